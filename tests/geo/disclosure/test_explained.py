"""Every denied or coarsened answer is told by its rule."""

from __future__ import annotations

from datetime import UTC, datetime

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box

from geo.access import OFFICE, Role, Viewer
from geo.disclosure import RULES, Reason, Rule, SiteIndex, explained, for_viewer
from geo.errors import BadInput, InvalidSetting
from geo.frames import frame_of_records
from geo.model import (
    Alert,
    CustodyEvent,
    CustodyType,
    Record,
    Route,
    Scene,
    Seizure,
    SeizureType,
    Sensitivity,
    Site,
    SiteEvent,
    SiteEventType,
    Tlp,
)

ANONYMOUS, PARTNER, ANALYST = (
    Viewer(role=role) for role in (Role.ANONYMOUS, Role.PARTNER, Role.ANALYST)
)
PLACE = Point(43.3287, 36.0984)
INDEX = SiteIndex(
    sensitivity={"S1": "2", "S2": "none", "S3": "1", "S4": "none"},
    lonlat={"S1": (43.3287, 36.0984), "S2": (45.5, 34.5)},
    names={"S3": ("Tell Azgan",), "S4": ("Birkat Zumur",)},
    records={"S4": (("secret", "TLP:CLEAR"),)},
)
CLOSED = {"secret": frozenset({"red"})}


def held(kind: str, record: Record) -> gpd.GeoDataFrame:
    """One record as the store holds it."""
    return frame_of_records(kind, [record]).assign(
        version=1, recorded_at=pd.Timestamp("2026-11-22", tz="UTC"), import_id="IM-1"
    )


def told(kind: str, record: Record, viewer: Viewer) -> dict[str, str]:
    """Outcome by rule."""
    reasons = explained(held(kind, record), viewer, kind=kind, sites=INDEX, closed=CLOSED)
    assert all(reason.why.startswith(RULES[reason.rule]) for reason in reasons)
    return {reason.rule: reason.outcome for reason in reasons}


def a_site(**fields: object) -> Site:
    """A site in the open."""
    return Site(**({"id": "X", "name": "Tell", "country": "Iraq", "geometry": PLACE,
                    "marking": Tlp.CLEAR} | fields))  # fmt: skip


def an_event(**fields: object) -> SiteEvent:
    """A looting in the open."""
    return SiteEvent(**({"id": "E1", "site_name": "Tell", "geometry": PLACE,
                         "event_type": SiteEventType.LOOTING, "marking": Tlp.CLEAR}
                        | fields))  # fmt: skip


def a_seizure(**fields: object) -> Seizure:
    """A seizure in the open."""
    return Seizure(**({"id": "Z1", "country": "Iraq", "event_type": SeizureType.SEIZURE,
                       "geometry": PLACE, "marking": Tlp.CLEAR} | fields))  # fmt: skip


def test_the_administrator_sees_it_as_it_is():
    """One rule, and no other."""
    assert told("sites", a_site(marking=Tlp.RED), OFFICE) == {"R1 office": "shown"}


def test_all_rules_against_a_record_are_told_and_no_other():
    """A closed dataset, a marking and a site at once."""
    event = an_event(dataset_id="secret", marking=Tlp.RED, site_id="S3")
    assert told("events", event, PARTNER) == {
        "R2 sharing group": "withheld", "R3 marking": "withheld", "R5 sensitive site": "withheld",
    }  # fmt: skip
    reasons = explained(held("events", event), PARTNER, kind="events", sites=INDEX, closed=CLOSED)
    assert reasons[0] == Reason(
        rule="R2 sharing group",
        outcome="withheld",
        why=f"{RULES['R2 sharing group']} The dataset secret is closed to red.",
    )
    assert reasons[1].why.endswith("It is TLP:RED; the role sees up to TLP:GREEN here.")
    assert reasons[2].why.endswith("The site's sensitivity is extreme.")


@pytest.mark.parametrize(
    ("kind", "record", "viewer", "expected"),
    [
        (
            "custody",
            CustodyEvent(id="C", seizure_id="Z1", event_type=CustodyType.STORED, marking=Tlp.CLEAR),
            PARTNER,
            {"R4 kind": "withheld"},
        ),
        ("events", an_event(site_id="S4"), ANALYST, {"R6 unseen site": "withheld"}),
        ("events", an_event(site_id="gone"), ANONYMOUS, {"R5 sensitive site": "withheld"}),
        ("sites", a_site(sensitivity=Sensitivity.HIGH), PARTNER, {"R7 cell": "cell 0.1"}),
        ("sites", a_site(), ANONYMOUS, {"R7 cell": "cell 0.01"}),
        ("sites", a_site(), PARTNER, {"R7 cell": "shown"}),
        ("events", an_event(site_id="S1"), PARTNER, {"R8 cell of the site": "cell 0.1"}),
        ("seizures", a_seizure(), PARTNER, {"R9 around a sensitive site": "cell 0.1"}),
        ("seizures", a_seizure(geometry=None), PARTNER, {"R3 marking": "shown"}),
        (
            "scenes",
            Scene(id="SC", sensor="s", bands=("B04",), path="a.tif", sha256="0" * 64, site_id="S1",
                  acquired_at=datetime(2015, 3, 7, tzinfo=UTC), geometry=box(43, 36, 44, 37),
                  marking=Tlp.CLEAR),
            PARTNER,
            {"R10 outline": "outline removed"},
        ),
        (
            "routes",
            Route(id="RT-aaaaaaaaaa-1", study_id="RT-aaaaaaaaaa", rank=1, origin_name="a place",
                  exit_id="P", exit_name="Rabia", mode="foot", marking=Tlp.CLEAR,
                  geometry=LineString([(45.5, 34.5), (46.5, 34.5)])),
            PARTNER,
            {"R11 route": "cell to cell of 0.1", "R15 ids of runs": "numbered"},
        ),
        (
            "alerts",
            Alert(id="CH-aaaaaaaaaaaa-001", detection_id="CH-aaaaaaaaaaaa", site_id="S1",
                  geometry=PLACE.buffer(0.01), marking=Tlp.CLEAR, source="a run"),
            PARTNER,
            {"R15 ids of runs": "numbered", "R13 telling sources": "texts removed: source"},
        ),
        (
            "seizures",
            a_seizure(place="Tell Azgan", note="x"),
            PARTNER,
            {"R14 places in texts": "texts changed: place",
             "R12 inner columns": "columns removed: coord_source, note, owner"},
        ),
        ("seizures", a_seizure(place="Birkat Zumur"), ANALYST,
         {"R14 places in texts": "texts changed: place"}),
    ],
)  # fmt: skip
def test_each_rule_says_what_it_did(
    kind: str, record: Record, viewer: Viewer, expected: dict[str, str]
):
    """By its id, with its outcome."""
    assert expected.items() <= told(kind, record, viewer).items()


@given(
    viewer=st.builds(Viewer, role=st.sampled_from(Role), groups=st.frozensets(st.just("red"))),
    marking=st.sampled_from(Tlp),
    site_id=st.sampled_from(["", "S1", "S2", "S3", "S4", "gone"]),
    dataset_id=st.sampled_from(["local", "secret"]),
)
def test_a_record_is_explained_as_it_is_treated(viewer, marking, site_id, dataset_id):
    """Withheld if and only if it is not given; its cell is the cell that is given."""
    frame = held("events", an_event(marking=marking, site_id=site_id, dataset_id=dataset_id))
    shown = for_viewer(frame, viewer, kind="events", sites=INDEX, closed=CLOSED)
    reasons = explained(frame, viewer, kind="events", sites=INDEX, closed=CLOSED)
    outcomes = {reason.outcome for reason in reasons}
    assert outcomes
    assert ("withheld" in outcomes) is (len(shown) == 0)
    cells = {f"cell {width:g}" for width in shown["cell_deg"].dropna()}
    assert {outcome for outcome in outcomes if outcome.startswith("cell")} == cells
    assert not any("43.3" in reason.why for reason in reasons)


def test_each_rule_has_its_sentence():
    """No rule without words, no words without a rule."""
    assert set(RULES) == {rule.value for rule in Rule}
    assert all(text.endswith(".") for text in RULES.values())


@pytest.mark.parametrize("rows", [0, 2])
def test_one_record_at_a_time_is_explained(rows: int):
    """A frame of none or several is refused."""
    frame = frame_of_records("sites", [a_site(id=f"X{n}") for n in range(rows)])
    with pytest.raises(BadInput, match=f"{rows} records are to be explained; expected one record"):
        explained(frame, PARTNER, kind="sites")


def test_an_unknown_kind_is_refused():
    """As it is by the redaction itself."""
    with pytest.raises(InvalidSetting, match="there is no table 'site'"):
        explained(held("sites", a_site()), PARTNER, kind="site")
