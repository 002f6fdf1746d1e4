"""The records and code lists."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from datetime import date
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from geo import model
from geo.model import (
    ImportReport,
    ObjectClass,
    Precision,
    Seizure,
    SeizureType,
    Sensitivity,
    Site,
    SourceClass,
    Tlp,
    strictest,
)

markings = st.lists(st.sampled_from(Tlp), max_size=8)


def classes_of_the_model() -> list[type]:
    """Every class that the model itself defines."""
    members = inspect.getmembers(model, inspect.isclass)
    return [thing for _, thing in members if thing.__module__.startswith(f"{model.__name__}.")]


ENUMS = [thing for thing in classes_of_the_model() if issubclass(thing, StrEnum)]
DATACLASSES = [thing for thing in classes_of_the_model() if dataclasses.is_dataclass(thing)]


def test_the_markings_are_those_of_tlp_2_from_free_to_strict():
    """FIRST, Traffic Light Protocol 2.0 (2022), section 3: five labels, WHITE is no more."""
    assert [marking.value for marking in sorted(Tlp, key=lambda m: m.strictness)] == [
        "TLP:CLEAR",
        "TLP:GREEN",
        "TLP:AMBER",
        "TLP:AMBER+STRICT",
        "TLP:RED",
    ]


@pytest.mark.parametrize(
    ("inputs", "composite"),
    [
        ([], Tlp.CLEAR),
        ([Tlp.CLEAR], Tlp.CLEAR),
        ([Tlp.CLEAR, Tlp.AMBER, Tlp.GREEN], Tlp.AMBER),
        ([Tlp.AMBER_STRICT, Tlp.AMBER], Tlp.AMBER_STRICT),
        ([Tlp.RED, Tlp.CLEAR], Tlp.RED),
    ],
)
def test_a_composite_takes_the_strictest_marking(inputs: list[Tlp], composite: Tlp):
    """A page with one AMBER row is an AMBER page."""
    assert strictest(inputs) is composite


@given(one=markings, other=markings)
def test_joining_two_composites_is_the_composite_of_all(one: list[Tlp], other: list[Tlp]):
    """In whatever order and grouping frames are joined, the marking is the same."""
    assert strictest(one + other) is strictest([strictest(other), strictest(one)])
    assert all(marking.strictness <= strictest(one).strictness for marking in one)


@pytest.mark.parametrize(
    ("precision", "radius_m"),
    [("exact", 100.0), ("vicinity", 1e3), ("town", 1e4), ("province", 1e5), ("country", None)],
)
def test_each_precision_has_its_radius(precision: str, radius_m: float | None):
    """The circle drawn round a place is the one that the facts' README gives for the word."""
    assert Precision(precision).radius_m == radius_m


def test_precisions_are_listed_from_fine_to_coarse():
    """Order in the list is order of coarseness, with `country` last."""
    radii = [precision.radius_m for precision in Precision]
    assert radii[-1] is None
    assert radii[:-1] == sorted(radius for radius in radii if radius)


def test_sensitivities_are_the_four_of_gbif_and_none():
    """Chapman (2020): category 1 is the most sensitive, 4 the least."""
    assert [(s.name, s.value) for s in Sensitivity] == [
        ("NONE", "none"),
        ("EXTREME", "1"),
        ("HIGH", "2"),
        ("MEDIUM", "3"),
        ("LOW", "4"),
    ]


def test_object_classes_are_the_seven_of_the_red_list():
    """ICOM, Emergency Red List of Iraqi Antiquities at Risk (2015), has seven categories."""
    assert len(ObjectClass) == 7


@pytest.mark.parametrize("codes", ENUMS)
def test_no_code_can_be_mistaken_in_a_table(codes: type[StrEnum]):
    """Codes are trimmed, distinct without case, and free of the separators that tables use."""
    values = [code.value for code in codes]
    assert len({value.casefold() for value in values}) == len(values)
    assert all(value == value.strip() and "|" not in value and "/" not in value for value in values)


@pytest.mark.parametrize("record", DATACLASSES)
def test_every_record_is_frozen_and_takes_its_fields_by_name(record: type):
    """A record cannot be changed by whoever is handed it, nor filled in the wrong order."""
    assert record.__dataclass_params__.frozen
    assert all(field.kw_only for field in dataclasses.fields(record))
    assert "__slots__" in vars(record)


@pytest.mark.parametrize("record", DATACLASSES)
def test_every_field_says_what_it_holds(record: type):
    """Under each field of each record stands a docstring."""
    (tree,) = ast.parse(inspect.getsource(record)).body
    assert isinstance(tree, ast.ClassDef)
    for field, below in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign):
            described = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            assert described, f"{record.__name__}.{ast.unparse(field.target)} is not described"


def test_a_bare_record_claims_nothing():
    """Without more, a row is AMBER, ungraded, of unstated source and placed in a country only."""
    site = Site(id="X1", name="Tell X", country="Iraq")
    assert site.marking is Tlp.AMBER
    assert site.grade == "F6"
    assert site.source_class is SourceClass.UNSTATED
    assert site.precision is Precision.COUNTRY
    assert site.geometry is None
    assert site.sensitivity is Sensitivity.NONE
    assert not site.simulated


def test_a_required_field_must_be_given():
    """A site without a name is no site."""
    with pytest.raises(TypeError, match="name"):
        Site(id="X1", country="Iraq")


def test_a_record_does_not_take_an_unknown_field():
    """A mistyped name is refused, not swallowed."""
    with pytest.raises(TypeError, match="longitude"):
        Site(id="X1", name="Tell X", country="Iraq", longitude=43.3)


def test_a_record_cannot_be_changed():
    """Facts are corrected by a new version, never in place."""
    site = Site(id="X1", name="Tell X", country="Iraq")
    with pytest.raises(dataclasses.FrozenInstanceError):
        site.name = "Tell Y"


def test_records_with_the_same_content_are_equal():
    """Equality is of values, so a correction that changes nothing is seen as such."""

    def seizure() -> Seizure:
        return Seizure(
            id="SZ001",
            event_type=SeizureType.SEIZURE,
            country="Iraq",
            date_from=date(2003, 4, 10),
            geometry=Point(44.4, 33.3),
            object_classes=(ObjectClass.SEALS,),
        )

    assert seizure() == seizure()
    assert hash(seizure()) == hash(seizure())
    assert seizure() != dataclasses.replace(seizure(), object_count=1)


def test_an_import_report_prints_the_law_of_conservation():
    """After every import: read N = accepted A + quarantined Q + duplicate D."""
    report = ImportReport(
        import_id="",
        kind="seizures",
        file_name="partner.csv",
        sha256="0" * 64,
        read=10,
        accepted=7,
        quarantined=2,
        duplicate=1,
    )
    assert str(report) == "read 10 = accepted 7 + quarantined 2 + duplicate 1"
