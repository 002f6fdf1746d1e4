"""Texts without coordinates and without the names of sites that are withheld."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from geo.access import OFFICE, Role, Viewer
from geo.disclosure import SiteIndex, for_viewer
from geo.disclosure.texts import names_of, without_names
from geo.frames import frame_of_records
from geo.model import Scene, Seizure, SeizureType, Site, Tlp
from geo.scrub import PLACE_WITHHELD

PUBLIC, PARTNER, ANALYST = (Viewer(role=r) for r in (Role.VIEWER, Role.PARTNER, Role.ANALYST))
INDEX = SiteIndex(
    sensitivity={"S1": "1", "S2": "none"},
    names={"S1": ("Tell Azgan", "Azgan", "\u0627\u0644\u0632\u063a\u0646", "Uru"),
           "S2": ("Azgan North",)},
)  # fmt: skip
"""Made up: one extremely sensitive site and an open one whose name holds the other's."""


PIECES = (
    "Tell",
    "Azgan",
    "North",
    "'s",
    " ",
    "-",
    PLACE_WITHHELD,
    "\u0627\u0644\u0632\u063a\u0646",
)


def seizures(**texts: str) -> gpd.GeoDataFrame:
    """One seizure with these texts."""
    record = Seizure(
        id="SZ1", event_type=SeizureType.SEIZURE, country="Iraq", marking=Tlp.CLEAR, **texts
    )
    return frame_of_records("seizures", [record])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("from Tell Azgan", f"from {PLACE_WITHHELD}"),
        ("from TELL  \u0100zgan.", f"from {PLACE_WITHHELD}."),
        ("Azgan's mound", f"{PLACE_WITHHELD} mound"),
        ("the azgan_2019.jpg", f"the {PLACE_WITHHELD}_2019.jpg"),
        ("\u0648\u0628\u0627\u0644\u0632\u063a\u0646 1", f"{PLACE_WITHHELD} 1"),
        ("\u0644\u0644\u0632\u063a\u0646", PLACE_WITHHELD),
        ("Azgana and Tell Az gan", "Azgana and Tell Az gan"),
        ("at Azgan North", "at Azgan North"),
        ("Uru is too short a name", "Uru is too short a name"),
        ("Tell of Azgan", f"Tell of {PLACE_WITHHELD}"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_withheld_name_is_taken_out_as_a_whole_word(text: str, told: str):
    """In any case, script and accent; a longer name of an open site stands."""
    assert without_names(text, names_of(INDEX.names, {"S1"})) == told


def test_nothing_is_looked_for_where_nothing_is_withheld():
    """Names of open sites stand."""
    assert names_of(INDEX.names, set()).by_first == {}
    assert without_names("Tell Azgan", names_of(INDEX.names, {"S9"})) == "Tell Azgan"


@given(text=st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_what_was_cleared_is_clear(text: str):
    """Clearing twice is clearing once, for any text."""
    names = names_of(INDEX.names, {"S1"})
    once = without_names(text, names)
    assert without_names(once, names) == once


@pytest.mark.parametrize("viewer", [PUBLIC, PARTNER])
def test_every_free_text_of_a_record_is_cleared(viewer: Viewer):
    """Place, description, origin, source: whatever somebody wrote."""
    text = "Tell Azgan, 36.1234 N 43.5678 E, in 2015"
    columns = ("place", "description", "claimed_origin", "transit", "source", "case_key", "outcome")
    frame = seizures(**dict.fromkeys(columns, text))
    shown = for_viewer(frame, viewer, kind="seizures", sites=INDEX)
    for name in columns:
        told = shown[name].iloc[0]
        assert told.startswith(PLACE_WITHHELD)
        assert told.endswith(", in 2015")
        assert "36.12" not in told
        assert "Azgan" not in told
    assert shown["id"].tolist() == ["SZ1"]


def test_an_analyst_keeps_coordinates_and_loses_names_that_are_not_for_him():
    """A site of a closed dataset is withheld from an analyst outside; its name too."""
    index = SiteIndex(
        sensitivity={"S1": "none"},
        names={"S1": ("Tell Azgan",)},
        records={"S1": (("secret", "TLP:GREEN"),)},
    )
    frame = seizures(place="Tell Azgan at 36.1234, 43.5678")
    closed = {"secret": frozenset({"red"})}
    outside = for_viewer(frame, ANALYST, kind="seizures", sites=index, closed=closed)
    assert outside["place"].tolist() == [f"{PLACE_WITHHELD} at 36.1234, 43.5678"]
    member = Viewer(role=Role.ANALYST, groups=frozenset({"red"}))
    inside = for_viewer(frame, member, kind="seizures", sites=index, closed=closed)
    assert inside["place"].tolist() == ["Tell Azgan at 36.1234, 43.5678"]


def test_the_administrator_reads_what_was_written():
    """Nothing is looked at, nothing changed."""
    frame = seizures(place="Tell Azgan at 36.1234, 43.5678")
    shown = for_viewer(frame, OFFICE, kind="seizures", sites=INDEX)
    assert shown["place"].tolist() == ["Tell Azgan at 36.1234, 43.5678"]


def test_a_shown_site_keeps_its_own_name():
    """Although it shares it with one that is withheld; coordinates in it do not stay."""
    sites = [
        Site(id="S2", name="Azgan", alt_names="Azgan 36.1234, 43.5678", country="Iraq",
             marking=Tlp.CLEAR, geometry=Point(43.3, 36.1), designation="as Azgan"),
    ]  # fmt: skip
    frame = frame_of_records("sites", sites)
    shown = for_viewer(frame, PARTNER, kind="sites", sites=INDEX)
    assert shown["name"].tolist() == ["Azgan"]
    assert shown["alt_names"].tolist() == [f"Azgan {PLACE_WITHHELD}"]
    assert shown["designation"].tolist() == [f"as {PLACE_WITHHELD}"]


def test_a_projection_of_ones_own_is_not_told():
    """Its middle may be the site's; a code is told."""
    scenes = [
        Scene(id=f"SC{n}", sensor="simulated", bands=("B04",), sha256="0" * 64, path="a.tif",
              acquired_at=pd.Timestamp("2015-03-07", tz="UTC").to_pydatetime(), marking=Tlp.CLEAR,
              crs=crs)
        for n, crs in enumerate(("EPSG:32638", 'PROJCS["x",PARAMETER["lon_0",43.5678]]'))
    ]  # fmt: skip
    shown = for_viewer(frame_of_records("scenes", scenes), PARTNER, kind="scenes")
    assert shown["crs"].tolist() == ["EPSG:32638", ""]


def test_a_thousand_names_and_texts_are_held_against_each_other():
    """More names than one pattern takes: the same words are found."""
    names = {f"S{n}": (f"Tell Number{n} Azgan",) for n in range(1500)}
    index = SiteIndex(sensitivity=dict.fromkeys(names, "1"), names=names)
    frame = pd.concat([seizures(place=f"near tell number{n} azgan") for n in (0, 1499, 1500)])
    shown = for_viewer(frame.reset_index(drop=True), PARTNER, kind="seizures", sites=index)
    assert shown["place"].tolist() == [f"near {PLACE_WITHHELD}"] * 2 + [
        "near tell number1500 azgan"
    ]
