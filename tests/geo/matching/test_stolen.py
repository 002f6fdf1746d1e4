"""Objects held against a list of stolen ones."""

from __future__ import annotations

import geopandas as gpd
import pytest

from geo.errors import BadInput
from geo.frames import frame_of, frame_of_records
from geo.matching.stolen import LEAST, matches
from tests import case_records

HALF = "0123456789abcdef"


def objects(**columns: list[object]) -> gpd.GeoDataFrame:
    """The made-up seal, but for these columns."""
    plain = frame_of_records("objects", [case_records.seal()])
    return frame_of("objects", {name: plain[name] for name in plain} | columns)


def photographs(likeness: str, object_id: str) -> gpd.GeoDataFrame:
    """One photograph."""
    return frame_of(
        "photographs",
        {
            "id": ["P"],
            "seizure_id": ["M1"],
            "sha256": ["0" * 64],
            "path": ["originals/x"],
            "object_id": [object_id],
            "likeness": [likeness],
        },
    )


def test_a_number_on_both_comes_first():
    """The museum's mark is named, with what else agrees."""
    found = matches(objects(), case_records.stolen())
    assert found[["object", "stolen", "photograph"]].to_numpy().tolist() == [[0, 0, -1]]
    assert found["score"][0] == pytest.approx(0.97)
    assert found["why"][0] == (
        "the number IM99999 stands on both; like type, measurements, materials"
    )


def test_a_number_on_another_thing_counts_for_less():
    """A coin with the seal's number is told of, but not as surely."""
    found = matches(objects(object_type=["gold coin"]), case_records.stolen())
    assert found["score"][0] == pytest.approx(0.8)
    assert found["why"][0] == "the number IM99999 stands on both; like measurements, materials"


def test_words_alone_can_speak():
    """Type, material and size agree without any number."""
    found = matches(objects(inscriptions=[""]), case_records.stolen())
    assert found["stolen"].tolist() == [0]
    assert LEAST <= found["score"][0] < 0.9


@pytest.mark.parametrize(
    "columns",
    [
        {"object_type": ["bead"], "materials": [""], "measurements": [""], "inscriptions": [""]},
        {"object_type": ["ختم"], "materials": [""], "measurements": [""], "inscriptions": [""]},
        {"measurements": ["H 40 cm"], "materials": ["marble"], "inscriptions": [""]},
    ],
    ids=str,
)
def test_little_or_other_words_do_not(columns: dict[str, list[object]]):
    """One word is not enough, nor is a script that cannot be compared, nor another size."""
    assert matches(objects(**columns), case_records.stolen()).empty


def test_a_like_picture_speaks_for_the_object_that_it_shows():
    """With the number of bits; the mirror image says so."""
    listed = case_records.stolen().assign(likeness=[HALF, ""])
    pieces = objects(inscriptions=[""], object_type=["thing"], materials=[""], measurements=[""])
    found = matches(pieces, listed, photographs=photographs(HALF[:-1] + "e", "new"))
    assert found[["object", "stolen", "photograph"]].to_numpy().tolist() == [[0, 0, 0]]
    assert "1 of 64 bits differ" in found["why"][0]
    mirrored = f"{int(HALF, 16) ^ 0x5555555555555555:016x}"
    found = matches(pieces, listed, photographs=photographs(mirrored, "new"))
    assert "is the picture in the list, as its mirror image" in found["why"][0]


def test_a_photograph_of_no_object_is_compared_too():
    """Its object is -1."""
    listed = case_records.stolen().assign(likeness=[HALF, HALF])
    found = matches(objects().iloc[:0], listed, photographs=photographs(HALF, ""))
    assert found[["object", "stolen", "photograph"]].to_numpy().tolist() == [[-1, 0, 0], [-1, 1, 0]]


def test_nothing_to_compare_gives_nothing():
    """Empty lists on either side, and a table of the same columns."""
    for pair in ((objects().iloc[:0], case_records.stolen()),
                 (objects(), case_records.stolen().iloc[:0])):  # fmt: skip
        found = matches(*pair, photographs=photographs("", ""))
        assert list(found.columns) == ["object", "stolen", "photograph", "score", "why"]
        assert found.empty


def test_a_hash_in_the_list_that_is_none_is_refused():
    """The list's row can be mended."""
    with pytest.raises(BadInput, match="'zz' is no perceptual hash"):
        matches(objects(), case_records.stolen().assign(likeness=["zz", ""]),
                photographs=photographs(HALF, ""))  # fmt: skip


def test_an_entry_is_found_among_many():
    """Five thousand entries: the one that is described alike comes first."""
    count = 5_000
    listed = frame_of(
        "stolen",
        {
            "id": [f"L{n}" for n in range(count)],
            "object_type": ["cylinder seal" if n % 3 else "tablet" for n in range(count)],
            "materials": [("haematite", "shell", "clay")[n % 3] for n in range(count)],
            "measurements": [f"{10 + n % 50} mm x {5 + n % 7} mm" for n in range(count)],
            "description": [f"scene{n} with figure{n % 70}" for n in range(count)],
        },
    )
    piece = objects(
        inscriptions=[""], materials=["shell"], measurements=["H 4.1 cm"],
        description=["scene1231 and figure41"],
    )  # fmt: skip
    assert matches(piece, listed, most=1)["stolen"].tolist() == [1231]
