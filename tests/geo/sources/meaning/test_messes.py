"""Files as they come from partners end in accepted rows, rows set aside, or one line of refusal."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from geo.errors import BadInput
from geo.frames import Part, check_frame
from geo.model import ImportReport
from geo.sources.confined.limits import BROWSER
from geo.sources.meaning.guess import guess_mapping
from geo.sources.meaning.records import Defaults, parts_of
from geo.sources.readers.formats import open_raw
from geo.store import FileKey, Store, open_store
from tests.hostile.messes import GOOD, SIMPLE, Mess, messes, table
from tests.sampling import every

MESSES = messes()


@dataclasses.dataclass
class Outcome:
    """What became of a file."""

    parts: list[Part]
    """Its rows."""
    read: int
    """Rows that its reader counted."""
    said: str
    """All notes, doubts and reasons."""


def taken_in(folder: Path, mess: Mess) -> Outcome:
    """Read a file as the browser would, its mapping as guessed and the rest as a person says."""
    path = folder / mess.name
    path.write_bytes(mess.content)
    with open_raw(path, limits=BROWSER) as raw:
        shown = next((t for t in raw.tables if not t.hidden and t.rows), raw.tables[0])
        guess = guess_mapping(shown, mess.kind)
        constants = {**guess.mapping.constants, **mess.constants}
        mapping = dataclasses.replace(guess.mapping, constants=constants)
        notes = [*raw.notes, *shown.notes, *guess.doubts]
        parts = list(parts_of(shown, mapping, defaults=Defaults(source="made up"),
                              today=date(2026, 11, 22), notes=notes))  # fmt: skip
        notes += [row.what + row.remedy for part in parts for row in part.quarantined]
        return Outcome(parts=parts, read=shown.rows, said="\n".join(notes))


def test_there_are_more_than_thirty_messes():
    """A corpus that shrinks is noticed."""
    assert len(MESSES) > 30


@pytest.mark.parametrize(
    "name", every(5, [name for name, mess in MESSES.items() if not mess.refused])
)
def test_every_row_of_a_messy_file_is_accounted_for(tmp_path, name):
    """Read = accepted + quarantined; values as they were meant; what was guessed is said."""
    mess = MESSES[name]
    outcome = taken_in(tmp_path, mess)
    accepted = sum(len(part.frame) for part in outcome.parts)
    aside = [row for part in outcome.parts for row in part.quarantined]
    assert (accepted, len(aside)) == (mess.accepted, mess.quarantined), outcome.said
    assert outcome.read == accepted + len(aside)
    for row in aside:
        assert row.text
        assert row.what
        assert row.expected
        assert row.remedy
    for words in mess.says:
        assert words in outcome.said
    for field, values in mess.holds.items():
        assert values_of(outcome.parts, field) == list(values)


def values_of(parts: list[Part], field: str) -> list[object]:
    """The values of the accepted rows; a place as longitude and latitude."""
    found: list[object] = []
    for part in parts:
        check_frame("seizures" if "event_type" in part.frame else "sites", part.frame)
        if field == "place" and not part.frame["place"].any():
            found += [
                place and (round(place.x, 6), round(place.y, 6)) for place in part.frame.geometry
            ]
        elif field.startswith("date"):
            found += [f"{day:%Y-%m-%d}" for day in part.frame[field]]
        else:
            found += part.frame[field].tolist()
    return found


@pytest.mark.parametrize("name", [name for name, mess in MESSES.items() if mess.refused])
def test_a_file_without_rows_is_refused_in_one_line(tmp_path, name):
    """With what is wrong, what was expected, and what to do."""
    with pytest.raises(BadInput, match=MESSES[name].refused) as told:
        taken_in(tmp_path, MESSES[name])
    assert "\n" not in str(told.value)
    assert told.value.expected or told.value.remedy


def test_a_second_file_corrects_the_first(tmp_path):
    """The changed row is a new version, the others are known; the first again changes nothing."""
    first = MESSES["merged cells"]
    header, *rows = (SIMPLE, *GOOD)
    second = table(header, rows[0], (*rows[1][:5], "4"), ("S3", "2015", "Iraq", "Basra", "x", "1"))
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    reports = [
        keep(store, tmp_path, mess)
        for mess in (first, Mess(name="second.csv", content=second), first)
    ]
    assert [(r.accepted, r.duplicate, r.quarantined) for r in reports] == [
        (2, 0, 0), (2, 1, 0), (0, 2, 0),
    ]  # fmt: skip
    assert store.read("seizures").set_index("id")["object_count"].to_dict() == {
        "S1": 12, "S2": 4, "S3": 1,
    }  # fmt: skip
    assert len(store.history("seizures", "S2")) == 2
    store.close()


def keep(store: Store, folder: Path, mess: Mess) -> ImportReport:
    """Take a file into a store."""
    outcome = taken_in(folder, mess)
    key = FileKey(
        file_name=mess.name, sha256=hashlib.sha256(mess.content).hexdigest(), dataset_id="local"
    )
    return store.add_parts(
        mess.kind, outcome.parts, key=key, author="made", now=datetime(2026, 11, 22, tzinfo=UTC)
    )
