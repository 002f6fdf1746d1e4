"""Assessments that follow from an alert."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from geo.access import Role
from geo.eamena import (
    Activity,
    Certainty,
    Condition,
    DamageExtent,
    DisturbanceCategory,
    DisturbanceCause,
    DisturbanceEffect,
)
from geo.errors import BadInput, NotAllowed, NotFound
from geo.model import Audience, Tlp
from geo.pipeline.judging import assess, prefilled
from geo.pipeline.shown import records
from tests.guarded_store import NOW
from tests.judged_alerts import first_alert

HINTS = {
    "pits": (DisturbanceCategory.LOOTING, DisturbanceCause.EXCAVATION_HAND),
    "Bulldozing (hint, unverified)": (
        DisturbanceCategory.UNKNOWN,
        DisturbanceCause.CLEARANCE_BULLDOZING,
    ),
    "road": (DisturbanceCategory.INFRASTRUCTURE, DisturbanceCause.ROAD),
    "construction": (DisturbanceCategory.BUILDING, DisturbanceCause.CONSTRUCTION),
    "demolition": (DisturbanceCategory.UNKNOWN, DisturbanceCause.DEMOLITION),
    "cultivation": (DisturbanceCategory.AGRICULTURAL, DisturbanceCause.PLOUGHING),
    "flooding": (DisturbanceCategory.UNKNOWN, DisturbanceCause.FLOODING),
    "": (DisturbanceCategory.UNKNOWN, DisturbanceCause.UNKNOWN),
}


@pytest.mark.parametrize("hint", HINTS)
def test_a_hint_suggests_a_code_and_never_a_condition(store, hint):
    """Pits are coded as looting by hand, and no hint is more than a weak suggestion."""
    told = prefilled({**first_alert(store), "hint": hint}, now=NOW)
    assert (told.disturbance_category, told.disturbance_cause) == HINTS[hint]
    assert told.condition is Condition.UNKNOWN
    assert told.certainty is (Certainty.LOW if hint else Certainty.NOT_APPLICABLE)
    assert bool(told.disturbance_effects) == bool(hint)


def test_it_is_prefilled_with_what_the_alert_knows(store):
    """Site, interval, effects of pits, the way it was looked at, and today."""
    told = prefilled(first_alert(store), now=NOW)
    assert (told.site_id, told.alert_id) == ("S-PLAIN", "CH-0123456789ab-001")
    assert (told.date_from, told.date_to) == (date(2025, 4, 2), date(2025, 5, 12))
    assert told.disturbance_effects == (
        DisturbanceEffect.LOSS_OF_MATERIAL,
        DisturbanceEffect.EARTH_DISPLACEMENT,
    )
    assert (told.activity, told.assessed_on) == (Activity.CONDITION_IMAGES, NOW.date())


def test_an_assessment_is_kept_with_the_alerts_place_and_marking(store):
    """An id without a hash over the place; a stricter marking of one's own stays."""
    filled = dataclasses.replace(
        prefilled(first_alert(store), now=NOW),
        condition=Condition.POOR,
        damage_extent=DamageExtent.TO_30,
        marking=Tlp.CLEAR,
        note="seen on two dates",
    )
    kept = assess(store, first_alert(store), filled, author="Huda", now=NOW)
    (row,) = store.read("assessments").itertuples()
    assert (row.id, row.condition, row.damage_extent) == (kept.id, "Poor", "11-30%")
    assert (row.assessed_by, row.marking, row.note) == ("Huda", "TLP:GREEN", "seen on two dates")
    assert row.geometry.equals(first_alert(store)["geometry"])
    strict = dataclasses.replace(filled, marking=Tlp.AMBER_STRICT)
    again = assess(store, first_alert(store), strict, author="Ali", now=NOW)
    assert again.marking is Tlp.AMBER_STRICT
    assert len(store.read("assessments")) == 2


def test_a_partner_is_told_the_condition_but_neither_who_nor_which_alert(store):
    """The id of an alert is a hash over its place."""
    assess(store, first_alert(store), prefilled(first_alert(store), now=NOW), author="Huda",
           now=NOW)  # fmt: skip
    (told,) = records(store, "assessments", Audience.PARTNER).to_dict("records")
    assert told["condition"] == "Unknown"
    assert not {"alert_id", "alert_dataset_id", "assessed_by", "note"} & told.keys()
    assert "Huda" not in str(told)
    assert records(store, "assessments", Audience.PUBLIC).empty
    assert records(store, "opinions", Audience.PARTNER).empty


def test_what_cannot_be_assessed_is_refused(store):
    """A day to come, an alert of no site, a site that is not there, nobody."""
    alert = first_alert(store)
    filled = prefilled(alert, now=NOW)
    with pytest.raises(BadInput, match="the assessment is of 2027-01-01, which is to come"):
        assess(store, alert, dataclasses.replace(filled, assessed_on=date(2027, 1, 1)),
               author="Huda", now=NOW)  # fmt: skip
    with pytest.raises(BadInput, match="nobody says it"):
        assess(store, alert, filled, author="", now=NOW)
    for site, error, message in (
        ("", BadInput, "belongs to no site"),
        ("S-GONE", NotFound, "there is no site 'S-GONE'"),
    ):
        store.correct("alerts", alert["id"], {"site_id": site}, author="t", reason="r", now=NOW)
        with pytest.raises(error, match=message):
            assess(store, alert, filled, author="Huda", now=NOW)
    assert store.read("assessments").empty


def test_an_assessment_needs_the_right_to_keep(seen_by):
    """A partner reads."""
    partner = seen_by(Role.PARTNER, "p")
    (alert,) = (row for _, row in partner.read("alerts").head(1).iterrows())
    with pytest.raises(NotAllowed, match="the role partner may not keep"):
        assess(partner, alert, prefilled({**alert, "hint": ""}, now=NOW), author="P", now=NOW)
