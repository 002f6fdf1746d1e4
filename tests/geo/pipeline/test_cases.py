"""Cases: what belongs together, where the objects are, and what a person adds."""

from __future__ import annotations

import dataclasses
import stat
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import pytest

from geo.errors import BadInput, NotFound, UnreadableFile
from geo.frames import frame_of_records
from geo.model import ArtObject, Audience, CustodyEvent, CustodyType, LinkType, Tlp
from geo.pipeline import cases
from geo.pipeline.cases import Case, keeping
from geo.pipeline.cases.custody import holders, same_party
from geo.pipeline.shown import records
from geo.settings import Settings
from geo.store import FileKey, Store
from tests import case_records
from tests.homes import NOW

M1, M2, M3, M4, M5, M6 = (("local", f"M{n}") for n in range(1, 7))


@pytest.fixture
def made(store: Store) -> Store:
    """The store with the made-up seizures and the made-up list."""
    for kind, frame in (("seizures", case_records.seizures()), ("stolen", case_records.stolen())):
        key = FileKey(file_name=f"{kind}.csv", sha256=kind[0].encode().hex()[0] * 64)
        store.add(kind, frame, key=key, author="test", now=NOW)
    return store


def frames(store: Store) -> Mapping[str, gpd.GeoDataFrame]:
    """What the office may see of all tables of a case."""
    return {kind: records(store, kind, Audience.INTERNAL) for kind in cases.KINDS}


def case(store: Store, name: cases.Name = M1) -> Case:
    """The case of a record as the store has it now."""
    return cases.case_of(frames(store), name)


def link(store: Store, first: cases.Name, second: cases.Name, relation: LinkType) -> None:
    """A link with grounds."""
    keeping.link(store, first, second, relation, author="ana", grounds="seen in both", now=NOW)


def counted(store: Store) -> int:
    """Cases among the real made-up records, as counting goes by their keys."""
    seizures = store.read("seizures")
    ours = seizures[(seizures["dataset_id"] == "local") & ~seizures["simulated"]]
    return int(ours["case_key"].where(ours["case_key"] != "", ours["id"]).nunique())


def test_a_case_of_the_facts_reads_from_seizure_to_return(facts: Store):
    """The Jordan case: a seizure and two returns, in time order, by any of its records."""
    found = case(facts, ("lamassu-facts", "SZ065"))
    assert found.key == "JORDAN"
    assert found.events["id"].tolist() == ["SZ012", "SZ023", "SZ065"]
    assert found.lead["id"] == "SZ012"
    assert found.holders == ()


def test_the_list_of_cases_holds_each_record_once(facts: Store):
    """As many records as there are; the newest first, undated ones last."""
    listed = cases.case_list(facts.read("seizures"))
    assert listed["events"].sum() == 118
    assert len(listed) == listed["case"].nunique()
    days = listed["date_from"].dropna()
    assert days.is_monotonic_decreasing
    assert listed["date_from"].isna().tolist() == sorted(listed["date_from"].isna())


def test_a_case_is_found_by_words_of_its_events_and_objects(made: Store):
    """In any script; of a return, the case; of an object, its seizure."""
    keeping.add_object(made, case_records.seal(), author="ana", now=NOW)
    link(made, M3, M1, LinkType.RETURN_OF)
    tables = frames(made)
    for words, found in {
        "ministry capital exampleland": ["M1"], "haematite 99999": ["M1"], "اختام السوق": ["M5"],
        "no such words": [], "exampleland hill": ["M4"],
    }.items():  # fmt: skip
        assert cases.find_cases(tables, words)["id"].tolist() == found, words
    assert len(cases.find_cases(tables, " ")) == len(cases.case_list(tables["seizures"]))


def test_a_case_of_nothing_is_not_found(facts: Store):
    """With the dataset, as ids are unique only there."""
    with pytest.raises(NotFound, match="no seizure 'SZ001' in dataset 'local'"):
        case(facts, ("local", "SZ001"))


def test_an_object_is_kept_with_what_its_seizure_is(made: Store):
    """An id of its own; as strictly marked and as invented as the seizure."""
    made.correct("seizures", "M1", {"marking": Tlp.RED}, author="ana", reason="test", now=NOW)
    piece = keeping.add_object(made, case_records.seal(), author="ana", now=NOW)
    invented = keeping.add_object(
        made, dataclasses.replace(case_records.seal(), seizure_id="M6"), author="ana", now=NOW
    )
    assert piece.marking is Tlp.RED
    assert not piece.simulated
    assert invented.simulated
    assert piece.id.startswith("OB-")
    assert case(made).objects["inscriptions"].tolist() == ["IM 99999 in black ink"]
    assert made.history("objects", piece.id)["author"].tolist() == ["ana"]


def test_an_object_of_a_fact_belongs_to_it(made: Store):
    """Although it is of another dataset."""
    piece = ArtObject(
        id="x", seizure_id="SZ012", seizure_dataset="lamassu-facts", object_type="cone"
    )
    keeping.add_object(made, piece, author="ana", now=NOW)
    assert case(made, ("lamassu-facts", "SZ023")).objects["object_type"].tolist() == ["cone"]
    with pytest.raises(NotFound, match="no 'SZ012' in dataset 'local'"):
        keeping.add_object(
            made, dataclasses.replace(piece, seizure_dataset="local"), author="ana", now=NOW
        )


def test_what_was_added_can_be_undone(made: Store):
    """Each addition is an import of its own."""
    keeping.add_object(made, case_records.seal(), author="ana", now=NOW)
    newest = made.imports()[0]
    assert (newest.kind, newest.accepted, newest.author) == ("objects", 1, "ana")
    made.undo(newest.import_id, author="ana", now=NOW)
    assert case(made).objects.empty


def test_custody_tells_who_holds_the_objects_now(made: Store):
    """The last step counts, and who gave without having taken is a gap."""
    for step in reversed(case_records.custody()):
        keeping.add_custody(made, step, author="ana", now=NOW)
    found = case(made)
    assert found.custody["event_type"].tolist() == ["seized", "transferred", "examined", "returned"]
    (holder,) = found.holders
    assert (holder.party, holder.state, holder.storage_place) == ("Embassy", "returned", "")
    assert holder.since == date(2022, 6, 1)
    assert holder.gaps == (
        "The Ministry gave them away, but Made-up Museum had taken them over before",
    )


def custody_frame(*steps: tuple[str, str, str, str, str, date | None]) -> gpd.GeoDataFrame:
    """Steps of type, object, giver, taker, place and day."""
    made = [
        CustodyEvent(
            id=f"C{n}", seizure_id="M1", event_type=CustodyType(kind), object_id=piece,
            from_party=giver, to_party=taker, storage_place=place, date_from=day, date_to=day,
        )
        for n, (kind, piece, giver, taker, place, day) in enumerate(steps)
    ]  # fmt: skip
    return frame_of_records("custody", made)


def test_an_object_with_steps_of_its_own_is_told_apart():
    """It follows the steps for all, then its own; a lost object lies nowhere."""
    found = holders(
        custody_frame(
            ("seized", "", "", "Customs", "Shed", date(2020, 1, 1)),
            ("transferred", "O1", "The Customs", "Museum", "Room 4", date(2020, 2, 1)),
            ("lost", "O2", "", "", "", date(2020, 3, 1)),
            ("stored", "", "", "", "Cellar", date(2020, 1, 15)),
        ),
        ["O1", "O2", "O3"],
    )
    told = [(one.object_id, one.party, one.storage_place, one.state) for one in found]
    assert told == [
        ("", "Customs", "Cellar", "stored"),
        ("O1", "Museum", "Room 4", "transferred"),
        ("O2", "Customs", "", "lost"),
    ]
    assert all(one.gaps == () for one in found)


def test_a_step_without_a_date_comes_last():
    """And its holder has no date either."""
    (holder,) = holders(
        custody_frame(
            ("stored", "", "", "Museum", "", None),
            ("seized", "", "", "Customs", "", date(2020, 1, 1)),
        ),
        [],
    )
    assert (holder.party, holder.since) == ("Museum", None)


def test_a_party_is_known_under_other_words():
    """An article, another order, another script's form of a letter; not another party."""
    assert same_party("Iraq Museum", "the Iraq Museum, Baghdad")
    assert same_party("دائرة الآثار", "دائره الاثار")
    assert not same_party("Iraq Museum", "British Museum")
    assert not same_party("", "")


def test_a_step_is_refused_that_cannot_be(made: Store):
    """Of no such object, or ending before it begins."""
    step = case_records.custody()[0]
    with pytest.raises(NotFound, match="no object 'O9'"):
        keeping.add_custody(made, dataclasses.replace(step, object_id="O9"), author="a", now=NOW)
    backwards = dataclasses.replace(step, date_to=step.date_from - timedelta(days=1))
    with pytest.raises(BadInput, match="before it begins"):
        keeping.add_custody(made, backwards, author="a", now=NOW)
    assert case(made).custody.empty


def test_two_reports_become_one_case_that_is_counted_once(made: Store):
    """The link is kept, the keys follow with a reason, and the pair is not proposed again."""
    tables = frames(made)
    proposed = cases.proposals(tables, cases.case_of(tables, M1))
    assert proposed[["dataset_id", "id", "own_id"]].to_numpy().tolist() == [["local", "M2", "M1"]]
    assert counted(made) == 5
    link(made, M2, M1, LinkType.SAME_EVENT)
    found = case(made)
    assert found.key == "CASE M1"
    assert found.events["id"].tolist() == ["M1", "M2"]
    assert counted(made) == 4
    assert cases.proposals(frames(made), found).empty
    assert made.history("seizures", "M2")["reason"].iloc[-1] == "same event M1: seen in both"
    link(made, M3, M2, LinkType.RETURN_OF)
    assert case(made).events["id"].tolist() == ["M1", "M2", "M3"]
    assert case(made, M3).lead["id"] == "M1"


def test_two_cases_that_are_linked_become_one(made: Store):
    """All records of the first get the second's key."""
    link(made, M2, M1, LinkType.SAME_EVENT)
    link(made, M3, M4, LinkType.RETURN_OF)
    link(made, M4, M1, LinkType.SAME_CASE)
    assert case(made, M3).events["id"].tolist() == ["M1", "M4", "M2", "M3"]
    assert set(case(made).events["case_key"]) == {"CASE M1"}


def test_not_the_same_is_remembered(made: Store):
    """The pair is not proposed again, and nothing is joined."""
    link(made, M2, M1, LinkType.DISTINCT)
    found = case(made)
    assert found.events["id"].tolist() == ["M1"]
    assert found.links["relation"].tolist() == ["distinct"]
    assert cases.proposals(frames(made), found).empty


def test_a_decision_can_be_changed(made: Store):
    """The last one holds; the one before is in the history."""
    link(made, M2, M1, LinkType.SAME_EVENT)
    link(made, M1, M2, LinkType.DISTINCT)
    assert case(made).events["id"].tolist() == ["M1"]
    assert case(made, M2).events["id"].tolist() == ["M2"]
    assert len(made.read("links")) == 1
    assert len(made.history("links", made.read("links")["id"][0])) == 2


def test_a_link_that_was_cut_short_is_completed(made: Store):
    """Keys without a link, as a kill leaves them: the same again keeps the link."""
    for name in ("M1", "M2"):
        made.correct("seizures", name, {"case_key": "CASE M1"}, author="a", reason="r", now=NOW)
    link(made, M2, M1, LinkType.SAME_EVENT)
    assert len(made.read("links")) == 1
    assert len(made.history("seizures", "M1")) == 2


@pytest.mark.parametrize(
    ("first", "second", "relation", "message"),
    [
        (M1, M1, LinkType.SAME_CASE, "M1 and M1 cannot be linked"),
        (M6, M1, LinkType.SAME_EVENT, "both real or both simulated"),
        (M1, M3, LinkType.RETURN_OF, "M1 is a seizure, not a return"),
        (M1, ("local", "M9"), LinkType.SAME_CASE, "no 'M9'"),
    ],
)
def test_a_link_that_cannot_be_is_refused(made: Store, first, second, relation, message: str):
    """And nothing has changed."""
    before = made.revision()
    with pytest.raises((BadInput, NotFound), match=message):
        link(made, first, second, relation)
    assert made.revision() == before


def test_a_link_needs_grounds(made: Store):
    """A decision that nobody can check later is none."""
    with pytest.raises(BadInput, match="a link without grounds"):
        keeping.link(made, M2, M1, LinkType.SAME_EVENT, author="a", grounds=" ", now=NOW)


def test_a_photograph_is_kept_as_it_came_and_shown_anew(
    made: Store, settings: Settings, tmp_path: Path
):
    """The original read-only under its fingerprint; a second time it is known."""
    file = case_records.picture(tmp_path / "a.jpg")
    kept, notes = keeping.add_photograph(
        made, settings, file, seizure=M1, caption="front", author="ana", now=NOW
    )
    original = settings.home / kept.path
    assert kept.path == f"originals/{kept.sha256}"
    assert original.read_bytes() == file.read_bytes()
    assert stat.S_IMODE(original.stat().st_mode) == 0o400
    assert stat.S_IMODE(original.parent.stat().st_mode) == 0o700
    assert notes == ()
    row = case(made).photographs.iloc[0]
    jpeg = keeping.shown_bytes(settings, row)
    assert jpeg[:3] == b"\xff\xd8\xff"
    assert (row["width"], row["height"], row["caption"]) == (900, 600, "front")
    with pytest.raises(BadInput, match="among the photographs of M1 already"):
        keeping.add_photograph(made, settings, file, seizure=M1, author="ana", now=NOW)


def test_a_file_that_is_no_photograph_leaves_nothing(
    made: Store, settings: Settings, tmp_path: Path
):
    """Neither a record nor a file."""
    file = tmp_path / "a.jpg"
    file.write_bytes(b"<svg onload=alert(1)>")
    with pytest.raises(UnreadableFile, match=r"a\.jpg.*expected a photograph"):
        keeping.add_photograph(made, settings, file, seizure=M1, author="ana", now=NOW)
    assert case(made).photographs.empty
    assert not (settings.home / keeping.ORIGINALS).exists()


@pytest.mark.parametrize("name", ["../../secret", "", "0" * 64, "/etc/passwd"])
def test_only_a_picture_drawn_anew_is_ever_read(settings: Settings, name: str):
    """A record that came from elsewhere cannot name another file."""
    with pytest.raises(NotFound, match="is not in this installation"):
        keeping.shown_bytes(settings, {"id": "P", "sha256": name})


def test_a_case_is_held_against_the_list_of_stolen_objects(
    made: Store, settings: Settings, tmp_path: Path
):
    """By the number, and by the picture of the object."""
    piece = keeping.add_object(made, case_records.seal(), author="ana", now=NOW)
    photograph, _ = keeping.add_photograph(
        made, settings, case_records.picture(tmp_path / "a.png"), seizure=M1, object_id=piece.id,
        author="ana", now=NOW,
    )  # fmt: skip
    made.correct("stolen", "L2", {"likeness": photograph.likeness}, author="a", reason="r", now=NOW)
    tables = frames(made)
    found = cases.stolen_matches(tables, cases.case_of(tables, M1))
    named = tables["stolen"]["reference"].iloc[found["stolen"]].tolist()
    assert named == ["REG-0001", "REG-0002"]
    assert found["photograph"].tolist() == [-1, 0]
    assert "the picture in the list" in found["why"][1]


def test_invented_objects_are_not_held_against_a_real_list(made: Store):
    """Simulated and real never mix."""
    keeping.add_object(
        made, dataclasses.replace(case_records.seal(), seizure_id="M6"), author="ana", now=NOW
    )
    tables = frames(made)
    assert cases.stolen_matches(tables, cases.case_of(tables, M6)).empty


def test_nothing_is_proposed_for_a_case_that_is_like_no_other(made: Store):
    """An empty table of the same columns, also in a store without lists and links."""
    tables = frames(made)
    found = cases.proposals(tables, cases.case_of(tables, M5))
    assert found.empty
    assert list(found.columns) == ["dataset_id", "id", "own_dataset_id", "own_id", "score", "why"]
