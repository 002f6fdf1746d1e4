"""Exposure of posts, places to check and tests on withheld events, on the embedded facts."""

from __future__ import annotations

import csv
from datetime import timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from geo.columns import STORE_COLUMNS
from geo.errors import BadInput, InvalidSetting
from geo.frames import frame_of
from geo.pipeline import checks, exposure, flows, validation
from geo.pipeline.exposure import counted, exposure_study, read_evidence, write_exposure
from geo.pipeline.provenance import digest
from geo.store import FileKey
from tests.homes import NOW


@pytest.fixture(scope="module")
def study(facts, home):
    """Exposure by the embedded facts."""
    return exposure_study(facts, home)


@pytest.fixture(scope="module")
def all_flows(facts, home):
    """The flows that the embedded facts imply."""
    return flows.flows_of(facts, home, mode="vehicle", avoidance=1.0, seed=1)


def posts(**columns) -> gpd.GeoDataFrame:
    """Two posts: a crossing from Iraq to Jordan, and an airport of Iraq."""
    return frame_of(
        "posts",
        {"id": ["P1", "P2"], "name": ["Trebil", "Baghdad airport"], "country": ["Iraq", "Iraq"],
         "kind": ["land", "air"], "facing_country": ["Jordan", ""],
         "geometry": [Point(39.0, 32.5), Point(44.23, 33.26)], **columns},
    )  # fmt: skip


def seizures(*rows) -> gpd.GeoDataFrame:
    """Seizures with what is told of each; a plain one in Jordan of objects from Iraq otherwise."""
    usual = {
        "event_type": "seizure", "country": "Jordan", "claimed_origin": "Iraq", "geometry": None,
        "precision": "country", "place": "", "transit": "", "case_key": "", "event_note": "",
        "transport_mode": "", "simulated": False, "description": "",
    }  # fmt: skip
    table = [{"id": f"S{number}", **usual, **row} for number, row in enumerate(rows)]
    frame = frame_of("seizures", {name: [row[name] for row in table] for name in table[0]})
    return frame.assign(recorded_at=pd.Timestamp(NOW))


def test_shares_add_up_and_lie_within_their_intervals(study):
    """The index is a share of the flow over the posts that the model reaches."""
    on_map = study.posts[study.posts["share"].notna()]
    assert on_map["share"].sum() == pytest.approx(1.0)
    assert (on_map["share_low"] <= on_map["share_high"]).all()
    assert on_map["probability_top"].sum() == pytest.approx(study.top, abs=0.01)
    assert on_map["data_share"].between(0, 1).all()
    known = study.posts[~study.posts["unknown"]]
    assert known["rank"].tolist() == list(range(1, len(known) + 1))
    assert (known["share"].diff().dropna() <= 0).all()


def test_each_post_is_ranked_once(study):
    """A crossing between two looted countries is one post."""
    assert study.posts["id"].is_unique


def test_posts_without_a_road_are_unknown_with_a_reason(study):
    """They have no number, and no rank."""
    lost = study.posts[study.posts["share"].isna()]
    assert len(lost) >= 10
    assert lost["unknown"].all()
    assert lost[["share_low", "probability_top"]].isna().all(axis=None)
    assert lost["rank"].isna().all()
    assert (lost["why"] != "").all()


def test_posts_of_which_nobody_could_tell_are_unknown_too(study):
    """On the map, but without anything that was or could have been seen: no rank, and said so."""
    unseen = study.posts[study.posts["unknown"] & study.posts["share"].notna()]
    assert len(unseen) > 0
    assert unseen["rank"].isna().all()
    assert (unseen["evidence"] == 0).all()
    assert unseen["why"].str.contains("the map's alone").all()
    assert any("nothing is known but the map" in remark for remark in study.remarks)


def test_the_screen_is_told_in_plain_words_that_most_is_assumption(study):
    """The first remark says how much is prior and how many seizures speak."""
    assert study.data_share < 0.5
    assert f"{study.used} seizures" in study.remarks[0]
    assert f"{study.unused} more do not" in study.remarks[0]
    assert f"{1 - study.data_share:.0%} of this comes from assumptions" in study.remarks[0]
    assert study.used + study.unused == len(counted_of_facts(study))


def counted_of_facts(study) -> range:
    """As many as the embedded facts hold: seizures, recoveries and arrests, one a case."""
    return range(study.used + study.unused)


def test_the_same_seed_gives_the_same_ranking(facts, home, study):
    """Twice the same, id and all."""
    again = exposure_study(facts, home)
    assert again.id == study.id
    assert again.posts.equals(study.posts)


def test_a_table_of_the_posts_can_be_written(study, tmp_path):
    """Every post has its row, with marking and study."""
    write_exposure(study, tmp_path / "posts.csv")
    with (tmp_path / "posts.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(study.posts)
    assert {row["study"] for row in rows} == {study.id}
    assert {row["marking"] for row in rows} == {"TLP:CLEAR"}
    with pytest.raises(BadInput, match="cannot be written"):
        write_exposure(study, tmp_path / "nowhere" / "posts.csv")


@pytest.mark.parametrize("top", [0, 11])
def test_a_top_outside_its_range_is_refused(facts, home, top):
    """One to ten."""
    with pytest.raises(InvalidSetting, match=f"top {top}; expected 1 to 10"):
        exposure_study(facts, home, top=top)


def test_without_looting_there_is_nothing_to_model(store, settings):
    """The message says what to bring."""
    for record in store.imports():
        if record.kind == "events":
            store.undo(record.import_id, author="t", now=record.imported_at)
    with pytest.raises(BadInput, match="tells of no looting at a site"):
        exposure_study(store, settings)


def test_a_seizure_at_a_post_counts_there():
    """By name or by a word for a border, within reach of the post."""
    near = {"geometry": Point(39.01, 32.51), "precision": "vicinity", "country": "Iraq"}
    rows = seizures({**near, "place": "Trebil"}, {**near, "place": "border crossing"})
    told = read_evidence(rows, posts(), left=["Iraq"])
    assert told.located.tolist() == [2, 0]
    assert told.unused == 0


def test_a_seizure_in_the_town_of_an_airport_is_not_one_at_the_airport():
    """Baghdad has an airport; not everything seized in Baghdad was bound for it."""
    town = {"geometry": Point(44.3, 33.3), "precision": "town", "country": "Iraq"}
    rows = seizures({**town, "place": "Baghdad"}, {**town, "transport_mode": "air cargo"})
    told = read_evidence(rows, posts(), left=["Iraq"])
    assert told.post_of.tolist() == [-1, 1]


def test_a_seizure_in_the_neighbour_counts_for_the_posts_between():
    """Objects of Iraq found in Jordan crossed the border; by which post is not known."""
    told = read_evidence(seizures({}), posts(), left=["Iraq"])
    assert told.groups == (("Iraq", "Jordan"),)
    assert told.counts.tolist() == [1]
    assert told.members.tolist() == [[True, False]]


@pytest.mark.parametrize(
    "row",
    [
        {"country": "United States"},
        {"claimed_origin": "Egypt"},
        {"country": "Iraq"},
        {"country": "Germany", "transit": "false papers Jordan"},
    ],
)
def test_a_seizure_that_tells_no_way_out_is_not_used(row):
    """Far away, from elsewhere, still at home, or on forged papers."""
    rows = seizures(row, {})
    told = read_evidence(rows, posts(), left=["Iraq"])
    assert told.unused == 1
    assert told.counts.tolist() == [1]


def test_a_transit_country_is_a_country_crossed():
    """Found in Germany after it had passed Jordan."""
    rows = seizures({"country": "Germany", "transit": "Jordan; London"}, {})
    assert read_evidence(rows, posts(), left=["Iraq"]).counts.tolist() == [2]


def test_a_country_that_never_tells_of_seizures_makes_no_group():
    """Its silence is no evidence."""
    rows = seizures({"country": "Germany", "transit": "Jordan"})
    assert read_evidence(rows, posts(), left=["Iraq"]).groups == ()


def test_a_case_is_counted_once_and_invented_rows_never():
    """Returns, aggregates, simulated rows and second rows of a case are left out."""
    rows = seizures(
        {"case_key": "A"}, {"case_key": "A"}, {"event_type": "return"}, {"simulated": True},
        {"event_note": "aggregate of a year"}, {},
    )  # fmt: skip
    assert counted(rows)["id"].tolist() == ["S0", "S5"]


def test_a_copy_in_another_dataset_is_not_counted_again():
    """The same id, day, country and place: one seizure, the copy that was recorded last."""
    once = seizures({"place": "Amman"}, {"place": "Irbid"})
    copies = once.assign(dataset_id="partner", recorded_at=pd.Timestamp(NOW + timedelta(days=1)))
    both = pd.concat([once, copies], ignore_index=True)
    found = counted(gpd.GeoDataFrame(both, crs=once.crs))
    assert found["dataset_id"].tolist() == ["partner", "partner"]
    other = both.assign(place=["Amman", "Irbid", "Zarqa", "Salt"])
    assert len(counted(gpd.GeoDataFrame(other, crs=once.crs))) == 4


def test_the_same_facts_under_another_name_change_no_answer(store, settings, study):
    """Everything imported again as a partner's dataset: the same ranking and the same shares."""
    for kind in ("posts", "roads", "sites", "events", "seizures"):
        frame = store.read(kind).drop(columns=list(STORE_COLUMNS))
        store.add(
            kind, frame.assign(dataset_id="partner"), author="t", now=NOW,
            key=FileKey(file_name=kind, sha256=digest(kind), dataset_id="partner"),
        )  # fmt: skip
    again = exposure_study(store, settings)
    assert again.posts["id"].tolist() == study.posts["id"].tolist()
    np.testing.assert_array_equal(again.posts["share"], study.posts["share"])


def test_silence_of_posts_that_nobody_reports_from_is_not_evidence():
    """A post is observed where its country has told of seizures at posts of its kind."""
    known = exposure.detection_of(posts(), np.array([0, 3]))
    assert known.observable.tolist() == [False, True]


def test_looted_places_start_routes_in_their_own_country(all_flows):
    """Each origin's exit probabilities add up to one, over posts of its country."""
    assert set(all_flows.left) == {"Iraq", "Syria"}
    assert all_flows.choice.sum(axis=2) == pytest.approx(np.ones(all_flows.choice.shape[:2]))
    assert all_flows.counts.sum() == 15


def test_origins_before_a_day_know_nothing_of_later_events(all_flows):
    """The counts before a day are those of events that were over by then."""
    assert all_flows.counts_before(np.datetime64("1990-01-01")).sum() == 0
    early = all_flows.counts_before(np.datetime64("2004-06-01")).sum()
    assert 0 < early < all_flows.counts.sum()


@pytest.fixture(scope="module")
def placed(facts, home):
    """Four places to check."""
    return checks.check_study(facts, home, count=4, catch_probability=0.3, rounds=1)


@pytest.mark.thorough
def test_more_checks_catch_more(placed):
    """The list holds for any number: each place adds to what is caught."""
    table = placed.checks
    assert table["rank"].tolist() == [1, 2, 3, 4]
    assert (table["catch_before"].diff().dropna() > 0).all()
    assert table["catch_before"].between(0, 1).all()
    assert (table["catch_after"] <= table["catch_before"] + 0.02).all()


@pytest.mark.thorough
def test_the_gap_is_proven_and_small(placed):
    """No other four places could catch much more."""
    assert 0 <= placed.gap < 0.1


@pytest.mark.thorough
def test_studies_of_other_conditions_have_other_ids(facts, home, placed):
    """Another shyness is another study, of checks and of exposure alike."""
    options = {"count": 1, "rounds": 1}
    ids = {
        checks.check_study(facts, home, **options, avoidance=avoidance).id
        for avoidance in (1.0, 2.0)
    }
    assert len(ids | {placed.id}) == 3


@pytest.mark.thorough
def test_no_place_is_named_twice(placed):
    """A road is one place, however many pieces it has."""
    assert not placed.checks.duplicated(["kind", "id"]).any()
    assert placed.checks.geometry.notna().all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"count": 0}, "0 checks; expected 1 to"),
        ({"count": 100000}, "100000 checks; expected 1 to"),
        ({"catch_probability": 0.0}, "catch 0.0; expected above 0"),
        ({"catch_probability": 1.5}, "catch 1.5"),
        ({"rounds": 0}, "0 rounds; expected 1 to 10"),
        ({"mode": "boat"}, "there is no mode 'boat'"),
    ],
)
def test_checks_that_cannot_be_are_refused(facts, home, options, words):
    """More checks than places, and numbers outside their range."""
    with pytest.raises(InvalidSetting, match=words):
        checks.check_study(facts, home, **options)


@pytest.fixture(scope="module")
def tested(facts, home):
    """The tests on the embedded facts."""
    return validation.validation_study(facts, home)


def test_every_measure_has_its_verdict_and_its_reason(tested):
    """Passed, failed or not testable, each with a sentence."""
    assert set(tested.rows["verdict"]) <= {"passed", "failed", "not testable"}
    assert (tested.rows["why"] != "").all()
    assert {"time split", "leave one post out"} <= set(tested.rows["test"])


def test_too_few_events_are_said_to_be_too_few(tested):
    """The embedded facts hold too few seizures at posts to leave one out."""
    out = tested.rows[tested.rows["test"] == "leave one post out"]
    assert (out["verdict"] == "not testable").all()
    assert out["why"].str.contains("are needed").all()


def test_measured_values_stand_beside_the_naive_guesses(tested):
    """A number without a baseline says nothing."""
    judged = tested.rows[tested.rows["verdict"] != "not testable"]
    assert judged["lamassu"].notna().all()
    assert judged[list(validation.BASELINES)].notna().any(axis=1).sum() >= len(judged) - 1


def test_a_failed_test_fails_the_whole(tested):
    """The sum of the verdicts is that of the worst."""
    assert tested.passed is not ("failed" in set(tested.rows["verdict"]))
