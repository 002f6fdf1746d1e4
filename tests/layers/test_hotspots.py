"""Hot spots on the map: which class a cell is in, what is framed, what a tooltip says."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from layers import hotspots
from layers.hotspots import BASELINE, CELLS, TINTS, cell_layer, chance, classes_of, cluster_layers
from layers.map_layer import clicked_record
from layers.style import INK, legend_html
from tests.map_frames import PAYLOADS, drawn

METHODS = ("counts", "density", "gi*", "clusters")


def cells(near: str = "Mosul") -> gpd.GeoDataFrame:
    """Five cells in a row; the first is hot."""
    return gpd.GeoDataFrame(
        {
            "cell": range(1, 6),
            "near": [near, "الموصل", "", "Hatra", "Hatra"],
            "events": [12, 5, 1, 0, 0],
            "density_per_1000_km2": [1.2, 0.5, 0.1, 0.01, 0.0],
            "z": [4.5, 1.2, 0.2, -0.4, -1.0],
            "p": [0.0001, 0.1, 0.4, 0.8, 1.0],
            "q": [0.0005, 0.25, 0.6, 1.0, 1.0],
            "hot": [True, False, False, False, False],
            "clustered": [9, 0, 0, 0, 0],
        },
        geometry=[box(43 + i, 36, 44 + i, 37) for i in range(5)],
        crs=4326,
    )


def clusters(near: str = "Mosul") -> gpd.GeoDataFrame:
    """A significant one and another."""
    return gpd.GeoDataFrame(
        {
            "cluster": [1, 2],
            "near": [near, ""],
            "events": [9, 3],
            "first_day": pd.to_datetime(["2019-06-01", "2003-04-10"]),
            "last_day": pd.to_datetime(["2019-07-01", "2003-05-01"]),
            "p": [0.005, 0.6],
            "significant": [True, False],
        },
        geometry=[box(43, 36, 43.5, 36.5), box(45, 33, 45.5, 33.5)],
        crs=4326,
    )


def layer(method: str = "gi*", frame: gpd.GeoDataFrame | None = None, **options):
    """The layer of the cells."""
    given = {"method": method, "study_id": "HS-1", "tested": True, "simulated": False} | options
    return cell_layer(cells() if frame is None else frame, **given)


@pytest.mark.parametrize("method", METHODS)
def test_every_cell_is_drawn_and_counted(method):
    """The legend's numbers are those of the cells."""
    made = layer(method)
    assert sum(entry.count for entry in made.legend) == len(drawn(made)["areas"]) == 5
    assert made.name == hotspots.NAMES[method]
    assert "lamassu-legend" in legend_html([made])


def test_counts_are_told_in_numbers_and_empty_cells_are_not_filled():
    """1, 5 and 12 events are three classes; without an event there is only an outline."""
    made = layer("counts")
    labels = {entry.label: entry.count for entry in made.legend}
    assert labels == {
        "No event on record": 2, "1 event": 1, "4 to 6 events": 1, "7 to 12 events": 1
    }  # fmt: skip
    opacity = [one["fillOpacity"] for one in drawn(made)["classes"]]
    assert opacity[0] == 0
    assert min(opacity[1:]) > 0.5


def test_a_hot_cell_is_framed_and_lies_above():
    """Not by its colour alone; plain counts and the others frame nothing."""
    content = drawn(layer("gi*"))
    framed = [one["weight"] >= 3 and one["color"] == INK for one in content["classes"]]
    assert framed == [False, False, False, True]
    assert content["classes"][content["areas"][-1][1]]["color"] == INK
    assert layer("gi*").legend[-1].label == "Hot, 3 standard deviations or more"
    for method in ("counts", "density", "clusters"):
        assert all(one["color"] != INK for one in drawn(layer(method))["classes"])


def test_tints_fall_evenly_in_lightness():
    """So that they can be ordered by every colour vision, and in grey."""

    def lightness(colour: str) -> float:
        parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return 116 * float(linear @ [0.2126, 0.7152, 0.0722]) ** (1 / 3) - 16

    steps = -np.diff([lightness(tint) for tint in TINTS])
    assert steps.min() > 12


def test_tooltips_say_what_the_value_means():
    """In words, with what chance gives; untested says so; no place has its number."""
    tips = {row[2].rpartition("/")[2]: row[3] for row in drawn(layer("gi*"))["areas"]}
    assert "Near Mosul" in tips["1"]
    assert "12 events on record" in tips["1"]
    assert "chance gives as much in fewer than 1 of 1,000 cases" in tips["1"]
    assert "hot, also after so many cells" in tips["1"]
    assert "Near الموصل" in tips["2"]
    assert "Cell 3" in tips["3"]
    assert "No event on record" in tips["4"]
    untested = drawn(layer("gi*", tested=False))["areas"]
    assert layer("gi*", tested=False).name.endswith(", not tested")
    assert all("not tested: too few events" in row[3] for row in untested)
    assert "0.50 events on 1,000 km²" in str(drawn(layer("density"))["areas"])
    assert "9 of them in a cluster" in str(drawn(layer("clusters"))["areas"])


def test_simulated_is_said_everywhere():
    """In each legend entry and each tooltip."""
    for made in (
        layer("counts", simulated=True),
        *cluster_layers(clusters(), study_id="HS-1", tested=True, simulated=True),
    ):
        content = drawn(made)
        assert all(entry.label.endswith(", SIMULATED") for entry in made.legend)
        tips = [row[-1] for row in content.get("areas") or content["rows"]]
        assert all("<i>SIMULATED</i>" in tip for tip in tips)


def test_a_click_gives_back_the_cell():
    """Kind, study and number; the baseline's cells are another kind."""
    for kind in (CELLS, BASELINE):
        content = drawn(layer("counts", kind=kind))
        key = f"{content['kind']}/{content['areas'][0][2]}"
        clicked = clicked_record(
            {"last_active_drawing": {"properties": {"key": key, "clicked": 5}}}
        )
        assert (clicked.kind, clicked.dataset_id, clicked.clicked_at) == (kind, "HS-1", 5)
        assert clicked.id in {"1", "2", "3", "4", "5"}


def test_clusters_have_outline_and_number():
    """Heavy where chance makes none as large, dashed elsewhere; the number stands in its middle."""
    outlines, numbers = cluster_layers(clusters(), study_id="HS-1", tested=True, simulated=False)
    content = drawn(outlines)
    assert [row[1] for row in content["areas"]] == [0, 1]
    assert [one["dashArray"] for one in content["classes"]] == ["", "4 4"]
    assert [entry.label for entry in outlines.legend] == [
        "Cluster, larger than chance makes",
        "Cluster as chance also makes them",
    ]
    assert "9 events, 2019-06-01 to 2019-07-01" in content["areas"][0][3]
    assert [picture[0].count(">1<") for picture in drawn(numbers)["pictures"]] == [1, 0]
    assert [row[2] for row in drawn(numbers)["rows"]] == [1, 0]
    untested, _ = cluster_layers(
        clusters().assign(significant=False), study_id="HS-1", tested=False, simulated=False
    )
    assert [entry.label for entry in untested.legend] == ["Cluster, not tested"]


def test_nothing_to_draw_is_no_error():
    """An empty study gives empty layers."""
    for method in METHODS:
        made = layer(method, cells().head(0))
        assert (made.legend, drawn(made)["areas"]) == ((), [])
    for made in cluster_layers(clusters().head(0), study_id="", tested=False, simulated=False):
        assert made.legend == ()


@pytest.mark.parametrize("highest", [0, 1, 2, 3, 4, 5, 7, 20, 1_000, 12_345])
def test_classes_of_counts_hold_every_count_once(highest):
    """Whole numbers from 1 to the highest, without gap or overlap."""
    found = classes_of("counts", np.array([0.0, highest]))
    assert 1 <= len(found.lower) == len(found.labels) <= len(TINTS)
    assert found.lower[0] == 1
    assert list(found.lower) == sorted(set(found.lower))
    assert str(max(highest, 1)) in found.labels[-1].replace(",", "")


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (float("nan"), "not tested"),
        (0.0004, "fewer than 1 of 1,000 cases"),
        (0.005, "0.5 of 100 cases"),
        (0.081, "8.1 of 100 cases"),
        (0.42, "42 of 100 cases"),
        (0.998, "every case"),
    ],
)
def test_chance_in_words(p, words):
    """A p value without the letter."""
    assert chance(p) == words


def test_texts_from_data_are_inert():
    """A place's name is shown, never run."""
    for payload in PAYLOADS:
        made = [
            layer("gi*", cells(near=payload)),
            *cluster_layers(clusters(near=payload), study_id="x", tested=True, simulated=False),
        ]
        for one in made:
            text = str(drawn(one).get("areas") or drawn(one)["rows"])
            assert "<img" not in text
            assert "<script" not in text
            assert "<svg onload" not in text
            assert "${" not in text
            assert "`" not in text


@pytest.mark.parametrize("method", METHODS)
def test_a_cell_whose_few_events_are_not_told_is_drawn_as_such(method: str):
    """Neither as empty nor as the fullest, and its tip says why there is no number."""
    frame = cells().astype({"events": float, "clustered": float})
    untold = ["events", "clustered", "density_per_1000_km2", "z", "p"]
    frame.loc[0, untold] = float("nan")
    made = layer(method, frame)
    assert str(drawn(made)["areas"]).count("Too few events on record") == 1
    assert any("Too few events on record" in entry.label for entry in made.legend)


def test_the_frames_are_not_changed():
    """Drawing reads."""
    frame, groups = cells(), clusters()
    before, before_groups = frame.copy(), groups.copy()
    layer("gi*", frame)
    cluster_layers(groups, study_id="x", tested=True, simulated=False)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(groups, before_groups)
