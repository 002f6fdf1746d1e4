"""The index of sites: strictest where an id occurs twice, whole for a second redaction."""

from __future__ import annotations

import pandas as pd
import pytest
from shapely import Point, box

from geo.access import OFFICE, Role, Viewer
from geo.disclosure import K_LEAST, NO_SITES, counts_told, for_viewer, site_index
from geo.disclosure.sites import unseen_sites
from geo.errors import BadInput
from geo.frames import frame_of_records
from geo.model import Alert, Seizure, SeizureType, Sensitivity, Site, SiteEvent, SiteEventType, Tlp

PARTNER, ANALYST, PUBLIC = (Viewer(role=r) for r in (Role.PARTNER, Role.ANALYST, Role.ANONYMOUS))


def a_site(**fields: object) -> Site:
    """A site in the open, at a made-up place."""
    return Site(**({"id": "S1", "name": "Tell Azgan", "country": "Iraq", "marking": Tlp.CLEAR,
                    "geometry": Point(43.3287, 36.0984)} | fields))  # fmt: skip


TWICE = frame_of_records(
    "sites",
    [
        a_site(dataset_id="a", alt_names="Old Azgan|Azgan"),
        a_site(dataset_id="b", sensitivity=Sensitivity.HIGH, geometry=Point(43.41, 36.2),
               name_ar="\u0627\u0632\u063a\u0646", marking=Tlp.RED),
        a_site(id="S2", dataset_id="b", geometry=None, name="Birkat"),
    ],
)  # fmt: skip


def test_the_strictest_record_of_an_id_counts():
    """Sensitivity and place of the stricter, names of both."""
    index = site_index(TWICE)
    assert index.sensitivity == {"S1": "2", "S2": "none"}
    assert index.lonlat == {"S1": (43.41, 36.2)}
    assert index.names["S1"] == ("Tell Azgan", "\u0627\u0632\u063a\u0646", "Old Azgan", "Azgan")
    assert index.names["S2"] == ("Birkat",)
    assert set(index.records["S1"]) == {("a", "TLP:CLEAR"), ("b", "TLP:RED")}


def test_an_open_copy_does_not_give_a_sensitive_site_away():
    """The copy in another dataset is told as the strict record is: its cell, no finer."""
    shown = for_viewer(TWICE, PARTNER, kind="sites", sites=site_index(TWICE))
    assert shown["id"].tolist() == ["S1", "S2"]
    assert shown["sensitivity"].tolist() == ["2", "none"]
    assert shown.geometry.iloc[0].equals(box(43.4, 36.2, 43.5, 36.3))
    assert len(for_viewer(TWICE, PUBLIC, kind="sites", sites=site_index(TWICE))) == 1


def test_an_unknown_sensitivity_is_refused():
    """Never guessed."""
    with pytest.raises(BadInput, match="'5' is no Sensitivity"):
        site_index(TWICE.assign(sensitivity="5"))


def test_no_site_makes_an_empty_index():
    """Of a store that is new."""
    assert site_index(TWICE.iloc[:0]) == NO_SITES


def test_a_site_is_unseen_if_none_of_its_records_may_be_seen():
    """By marking or by group."""
    index, closed = site_index(TWICE), {"b": frozenset({"red"})}
    assert unseen_sites(index, PARTNER, {}) == frozenset()
    assert unseen_sites(index, ANALYST, closed) == {"S2"}
    assert unseen_sites(index, OFFICE, closed) == frozenset()
    member = Viewer(role=Role.ANALYST, groups=frozenset({"red"}))
    assert unseen_sites(index, member, closed) == frozenset()


@pytest.mark.parametrize(("viewer", "seen"), [(PARTNER, []), (ANALYST, []), (OFFICE, ["E1"])])
def test_what_speaks_of_an_unseen_site_is_not_seen(viewer: Viewer, seen: list[str]):
    """An open event at a site that is marked for the administrator alone."""
    sites = frame_of_records("sites", [a_site(marking=Tlp.RED)])
    event = SiteEvent(id="E1", site_name="Tell Azgan", event_type=SiteEventType.LOOTING,
                      site_id="S1", marking=Tlp.CLEAR)  # fmt: skip
    frame = frame_of_records("events", [event])
    shown = for_viewer(frame, viewer, kind="events", sites=site_index(sites))
    assert shown["id"].tolist() == seen


class TestGroups:
    """Datasets that are closed to sharing groups."""

    @pytest.mark.parametrize(
        ("role", "groups", "seen"),
        [
            (Role.ANONYMOUS, {"red"}, {"Z0"}),
            (Role.VIEWER, set(), {"Z0", "Z1"}),
            (Role.VIEWER, {"red"}, {"Z0", "Z1", "A0", "A1"}),
            (Role.PARTNER, {"blue"}, {"Z0", "Z1"}),
            (Role.PARTNER, {"red"}, {"Z0", "Z1", "A0", "A1", "A2"}),
            (Role.ANALYST, set(), {"Z0", "Z1", "Z2", "Z3"}),
            (Role.REVIEWER, {"red"}, {"Z0", "Z1", "Z2", "Z3", "A0", "A1", "A2", "A3", "A4"}),
            (Role.ADMINISTRATOR, set(), {f"{d}{n}" for d in "AZ" for n in range(5)}),
        ],
    )
    def test_a_group_opens_its_datasets_and_raises_the_marking_there(
        self, role: Role, groups: set[str], seen: set[str]
    ):
        """Five markings in a closed dataset and five in an open one, seen by hand."""
        records = [
            Seizure(id=f"{name}{n}", event_type=SeizureType.SEIZURE, country="Iraq",
                    marking=marking, dataset_id=dataset)
            for name, dataset in (("A", "a"), ("Z", "local"))
            for n, marking in enumerate(Tlp)
        ]  # fmt: skip
        shown = for_viewer(
            frame_of_records("seizures", records),
            Viewer(role=role, groups=frozenset(groups)),
            kind="seizures",
            closed={"a": frozenset({"red"})},
        )
        assert set(shown["id"]) == seen


def test_rows_come_in_the_order_of_dataset_and_id():
    """Neither arrival nor place shows; the administrator has them as they are."""
    records = [
        Seizure(id=name, event_type=SeizureType.SEIZURE, country="Iraq", marking=Tlp.CLEAR,
                dataset_id=dataset)
        for name, dataset in (("B", "z"), ("C", "a"), ("A", "z"), ("b", "a"))
    ]  # fmt: skip
    frame = frame_of_records("seizures", records)
    for viewer in (PUBLIC, PARTNER, ANALYST):
        assert for_viewer(frame, viewer, kind="seizures")["id"].tolist() == ["C", "b", "A", "B"]
    assert for_viewer(frame, OFFICE, kind="seizures")["id"].tolist() == ["B", "C", "A", "b"]


class TestRuns:
    """Ids of detections."""

    def test_flags_of_a_place_that_is_not_told_lose_the_hash_of_their_run(self):
        """In id, run and source; a partner's own name for a flag stays."""
        runs = ["CH-bbbbbbbbbbbb", "CH-aaaaaaaaaaaa", "CH-bbbbbbbbbbbb", "survey 7"]
        flags = [
            Alert(id=f"{run}-{n:03}", detection_id=run, geometry=Point(43.3287, 36.0984),
                  marking=Tlp.CLEAR, area_m2=100.0 * n, source=f"Change detection {run}-{n:03}")
            for n, run in enumerate(runs, start=1)
        ]  # fmt: skip
        shown = for_viewer(frame_of_records("alerts", flags), PUBLIC, kind="alerts")
        assert shown[["id", "detection_id", "area_m2", "source"]].values.tolist() == [
            ["CH-withheld-1-1", "CH-withheld-1", 100.0, "Change detection CH"],
            ["CH-withheld-1-2", "CH-withheld-1", 300.0, "Change detection CH"],
            ["CH-withheld-2-1", "CH-withheld-2", 200.0, "Change detection CH"],
            ["survey 7-004", "survey 7", 400.0, "Change detection survey 7-004"],
        ]

    def test_alerts_of_series_and_radar_lose_theirs_too(self):
        """The id of an alert of a series is a hash of its own, also where the study has a name."""
        kinds = [("SR-0123456789ab-2", "SE-0123456789ab"), ("SA-0123456789ab-001",
                 "SA-0123456789ab"), ("SR-ba9876543210-1", "watch 7")]  # fmt: skip
        flags = [
            Alert(id=name, detection_id=run, geometry=Point(43.3287, 36.0984), marking=Tlp.CLEAR,
                  area_m2=100.0 * n, source=f"{run} and {name}")
            for n, (name, run) in enumerate(kinds, start=1)
        ]  # fmt: skip
        shown = for_viewer(frame_of_records("alerts", flags), PUBLIC, kind="alerts")
        told = shown.sort_values("area_m2")[["id", "detection_id", "source"]].values.tolist()
        assert told == [
            ["SR-withheld-1-1", "SE-withheld-1", "SE and SR"],
            ["SA-withheld-2-1", "SA-withheld-2", "SA and SA"],
            ["SR-withheld-3-1", "SR-withheld-3", "watch 7 and SR"],
        ]

    def test_numbers_follow_from_what_is_shown(self):
        """Not from the hashes: with other hashes the same flags have the same numbers."""

        def numbered(first: str, second: str) -> list[str]:
            flags = [
                Alert(id=f"CH-{run * 12}-001", detection_id=f"CH-{run * 12}", marking=Tlp.CLEAR,
                      geometry=Point(43.3287, 36.0984), area_m2=area)
                for run, area in ((first, 200.0), (second, 100.0))
            ]  # fmt: skip
            shown = for_viewer(frame_of_records("alerts", flags), PUBLIC, kind="alerts")
            return shown.set_index("area_m2")["id"].to_dict()

        assert numbered("a", "b") == numbered("b", "a")

    def test_a_partner_keeps_the_ids_of_flags_at_an_open_place(self):
        """Nothing of the place is secret, so nothing follows from the hash."""
        flag = Alert(id="CH-aaaaaaaaaaaa-001", detection_id="CH-aaaaaaaaaaaa", marking=Tlp.CLEAR,
                     geometry=Point(43.3287, 36.0984))  # fmt: skip
        shown = for_viewer(frame_of_records("alerts", [flag]), PARTNER, kind="alerts")
        assert shown["id"].tolist() == ["CH-aaaaaaaaaaaa-001"]


def test_fewer_than_five_are_not_told():
    """1 to 4 are NaN; none and five are told."""
    told = counts_told(pd.Series([0, 1, 4, 5, 118], index=list("abcde")))
    assert K_LEAST == 5
    assert told.fillna(-1).tolist() == [0, -1, -1, 5, 118]
    assert told.index.tolist() == list("abcde")
    assert counts_told(pd.Series([2, 3]), least=3).fillna(-1).tolist() == [-1, 3]
