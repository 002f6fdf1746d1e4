"""What the legend and the foot of the page count."""

from __future__ import annotations

from collections.abc import Callable

from geo.frames import frame_of
from geo.snapshot import Snapshot
from layers.briefing.ground import view_of
from layers.briefing.labels import Name, overlap, place
from layers.briefing.sheet import Box
from layers.briefing.tally import absent, cases_of, count_lines, drawn_of, entries

Make = Callable[..., Snapshot]
FRAME = Box(left=17, top=30, width=180, height=120)


def test_a_return_is_part_of_its_seizures_case(snapshot_with: Make):
    """Four records, of which two share a case."""
    assert cases_of(snapshot_with().frames["seizures"]) == 3


def test_equal_ids_of_two_datasets_are_two_cases():
    """Identity is dataset and id."""
    seizures = frame_of(
        "seizures",
        {
            "id": ["S1", "S1"],
            "geometry": [None, None],
            "country": ["Iraq"] * 2,
            "event_type": ["seizure"] * 2,
            "dataset_id": ["a", "b"],
        },
    )
    assert cases_of(seizures) == 2


def test_objects_are_never_added_up(snapshot_with: Make):
    """No count of objects is on the page: 40 seized and 40 returned are not 80."""
    lines = " ".join(count_lines(snapshot_with().frames))
    assert "Seizures and returns: 4 records in 3 cases" in lines
    assert not {"80", "87", "90"} & set(lines.split())


def test_the_legend_counts_what_is_in_the_frame(snapshot_with: Make):
    """Inside, outside and without a point add up to all records."""
    snapshot = snapshot_with()
    view = view_of(snapshot.centre_lonlat, snapshot.half_width_m, FRAME)
    for kind, frame in snapshot.frames.items():
        drawn = drawn_of(kind, frame, view)
        inside = sum(entry.count for entry in entries(drawn))
        assert inside + drawn.outside + drawn.unplaced == len(frame)
    seizures = drawn_of("seizures", snapshot.frames["seizures"], view)
    assert {entry.key: entry.count for entry in entries(seizures)} == {
        "seizure unclassified": 1,
        "return": 1,
    }
    assert absent(seizures) == "1 outside the map, 1 without a point"


def test_names_do_not_cover_one_another():
    """Of a hundred names at nearly one place as many are placed as there is room for."""
    names = [
        Name(text=f"Tell {n}", x=100 + n % 10, y=80 + n // 10, size=7, weight="regular",
             clearance=1.2)
        for n in range(100)
    ]  # fmt: skip
    taken = Box(left=95, top=70, width=8, height=8)
    placed = place(names, frame=FRAME, taken=[taken], at_most=30)
    assert 3 < len(placed) <= 30
    boxes = [
        Box(left=p.left, top=p.baseline - 2.1, width=len(p.text) * 1.0, height=2.2) for p in placed
    ]
    assert not any(overlap(a, taken) for a in boxes)
    assert not any(overlap(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])
