"""What somebody sees of a store, and that the rest is as if it were not there."""

from __future__ import annotations

import pytest

from geo.access import NOBODY, Role, viewer_for
from geo.disclosure import for_viewer, site_index
from geo.errors import InvalidSetting, NotFound
from geo.model import Audience, Tlp
from geo.pipeline.guard import guard
from geo.store import Store
from tests.guarded_store import (
    CLOSED,
    GROUP,
    KEEPER,
    NOW,
    SEIZURES,
    alerts,
    bring,
    clock,
    events_at,
    ids,
    mine,
    sites_of,
)


@pytest.mark.parametrize(
    ("role", "groups", "open_ceiling", "inside_ceiling"),
    [
        (Role.ANONYMOUS, (), Tlp.CLEAR, None),
        (Role.ANONYMOUS, (GROUP,), Tlp.CLEAR, None),
        (Role.VIEWER, (), Tlp.GREEN, None),
        (Role.VIEWER, (GROUP,), Tlp.GREEN, Tlp.GREEN),
        (Role.PARTNER, (), Tlp.GREEN, None),
        (Role.PARTNER, (GROUP,), Tlp.GREEN, Tlp.AMBER),
        (Role.PARTNER, ("other",), Tlp.GREEN, None),
        (Role.ANALYST, (), Tlp.AMBER_STRICT, None),
        (Role.ANALYST, (GROUP,), Tlp.AMBER_STRICT, Tlp.RED),
        (Role.REVIEWER, (GROUP,), Tlp.AMBER_STRICT, Tlp.RED),
        (Role.ADMINISTRATOR, (), Tlp.RED, Tlp.RED),
    ],
)
def test_rows_are_seen_by_marking_and_group(as_role, role, groups, open_ceiling, inside_ceiling):
    """The role gives the ceiling; a closed dataset is seen from inside a group of it alone."""
    guarded = as_role(role, *groups)
    ceilings = {"local": open_ceiling, CLOSED: inside_ceiling}
    wanted = {
        name
        for name, (marking, dataset) in SEIZURES.items()
        if (ceiling := ceilings[dataset]) and marking.strictness <= ceiling.strictness
    }
    assert ids(guarded.read("seizures")) == wanted
    for name in ("Z-CLEAR", "Z-AMBER", "Z-RED", "Y-AMBER"):
        if name in wanted:
            assert ids(guarded.get("seizures", name)) == {name}
        else:
            with pytest.raises(NotFound, match=f"there is no '{name}' in seizures"):
                guarded.get("seizures", name)
    assert (CLOSED in guarded.dataset_groups()) == (inside_ceiling is not None)


@pytest.mark.parametrize("method", ["get", "history"])
@pytest.mark.parametrize("dataset", [None, "local", CLOSED])
def test_the_unseen_cannot_be_told_from_what_is_not_there(analyst, method, dataset):
    """The same error, word for word, for a record that is hidden and for one that never was."""
    told = []
    for name in ("Y-AMBER", "Y-NEVER"):
        with pytest.raises(NotFound) as caught:
            getattr(analyst, method)("seizures", name, dataset_id=dataset)
        told.append(str(caught.value).replace(name, "ID"))
    assert told[0] == told[1]


def test_an_id_in_a_hidden_dataset_too_is_not_ambiguous(store, analyst, as_role):
    """An error that asks for a dataset tells that there is another, so only those inside get it."""
    twin = mine(id="Z-AMBER", dataset_id=CLOSED)
    bring(store, "seizures", twin, digit="twin")
    assert list(analyst.get("seizures", "Z-AMBER")["dataset_id"]) == ["local"]
    assert len(analyst.history("seizures", "Z-AMBER")) == 1
    corrected = analyst.correct(
        "seizures", "Z-AMBER", {"note": "seen"}, author="", reason="because", now=NOW
    )
    assert list(corrected["dataset_id"]) == ["local"]
    with pytest.raises(InvalidSetting, match="several datasets"):
        as_role(Role.ANALYST, GROUP).get("seizures", "Z-AMBER")
    with pytest.raises(InvalidSetting, match="datasets"):
        as_role(Role.PARTNER, GROUP).get("sites", twin_site(store))


def twin_site(store: Store) -> str:
    """A site of both datasets, brought in."""
    frame = sites_of("local").iloc[[0]].reset_index(drop=True)
    bring(store, "sites", frame.assign(dataset_id=CLOSED), digit="twin")
    return "S-PLAIN"


def test_a_version_beyond_the_ceiling_is_left_out_of_the_history(store, analyst):
    """A record that was RED once shows an analyst only what it is since."""
    store.correct("seizures", "Z-RED", {"marking": "TLP:AMBER", "note": "open now"},
                  author="Keeper", reason="released", now=NOW)  # fmt: skip
    history = analyst.history("seizures", "Z-RED")
    assert list(history["version"]) == [2]
    assert list(history["author"]) == ["Keeper"]
    assert len(store.history("seizures", "Z-RED")) == 2


def test_a_record_that_became_stricter_takes_its_history_along(store, analyst):
    """What was AMBER yesterday and is RED today is not read in its versions of yesterday."""
    store.correct("seizures", "Z-AMBER", {"marking": "TLP:RED"}, author="Keeper",
                  reason="a source is at risk", now=NOW)  # fmt: skip
    with pytest.raises(NotFound, match="there is no 'Z-AMBER'"):
        analyst.history("seizures", "Z-AMBER")


def test_a_dataset_that_is_closed_later_is_gone_at_the_next_call(store, analyst):
    """Nothing of the guard outlives a change of groups."""
    assert "Z-AMBER" in ids(analyst.read("seizures"))
    store.share("local", ["elsewhere"], author="Keeper", now=NOW)
    assert analyst.read("seizures").empty
    with pytest.raises(NotFound):
        analyst.get("seizures", "Z-AMBER")
    assert analyst.imports() == ()


def test_a_site_that_becomes_sensitive_is_gone_at_the_next_call(store, as_role):
    """The index of sites is made anew for each revision, by whichever guard asks first."""
    bring(store, "events", events_at("S-PLAIN", "S-EXTREME", "S-NOT-THERE"))
    partner, other = as_role(Role.PARTNER), as_role(Role.PARTNER)
    assert ids(partner.read("events")) == {"E-S-PLAIN"}
    store.correct("sites", "S-PLAIN", {"sensitivity": "1"}, author="Keeper", reason="robbed",
                  now=NOW)  # fmt: skip
    assert ids(partner.read("events")) == ids(other.read("events")) == set()


def test_partners_are_given_cells_and_no_inner_columns(as_role):
    """The frame that leaves is the redacted one, single records too."""
    partner = as_role(Role.PARTNER)
    assert "S-EXTREME" not in ids(partner.read("sites"))
    high = partner.get("sites", "S-HIGH").iloc[0]
    assert high["cell_deg"] == 0.1
    assert high.geometry.bounds == (45.1, 36.5, 45.2, 36.6)
    assert {"owner", "note", "import_id", "footprint_wkt"}.isdisjoint(partner.read("sites"))


@pytest.mark.parametrize("markings", [None, list(Tlp), [Tlp.CLEAR, Tlp.RED], []])
def test_what_is_beyond_the_ceiling_does_not_leave_the_store(store, as_role, markings, monkeypatch):
    """The store is asked for no more markings than the role may see anywhere."""
    asked = []
    read = type(store).read
    monkeypatch.setattr(
        type(store),
        "read",
        lambda self, kind, *, markings=None: (
            asked.append(markings) or read(self, kind, markings=markings)
        ),
    )
    found = as_role(Role.PARTNER, GROUP).read("seizures", markings=markings)
    wanted = set(Tlp if markings is None else markings) & {Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER}
    assert set(asked[0]) == wanted
    assert set(found["marking"]) <= {tlp.value for tlp in wanted}


def test_a_second_narrower_redaction_is_that_of_the_narrower(store, as_role):
    """What a partner is shown, shown to the public, is what the public is shown."""
    public = viewer_for(Audience.PUBLIC)
    sites = store.read("sites")
    once = for_viewer(sites, public, kind="sites", sites=site_index(sites),
                      closed=store.dataset_groups())  # fmt: skip
    partner = as_role(Role.PARTNER, GROUP)
    seen = partner.read("sites")
    twice = for_viewer(seen, public, kind="sites", sites=site_index(seen),
                       closed=partner.dataset_groups())  # fmt: skip
    assert twice.drop(columns="geometry").equals(once.drop(columns="geometry"))
    assert twice.geometry.geom_equals(once.geometry).all()


@pytest.mark.parametrize("role", Role)
def test_what_is_read_is_what_one_redaction_of_everything_gives(store, as_role, role):
    """That the store is asked for fewer markings changes no row, no id and no cell."""
    bring(store, "events", events_at("S-PLAIN", "S-LOW", "S-HIGH", "S-EXTREME", ""))
    bring(store, "alerts", alerts())
    for groups in ((), (GROUP,)):
        guarded = as_role(role, *groups)
        viewer, sites = guarded.principal.viewer, site_index(store.read("sites"))
        for kind in ("sites", "seizures", "events", "alerts"):
            closed = store.dataset_groups()
            once = for_viewer(store.read(kind), viewer, kind=kind, sites=sites, closed=closed)
            read = guarded.read(kind)
            assert read.drop(columns="geometry").equals(once.drop(columns="geometry"))
            assert read.geometry.to_wkb().equals(once.geometry.to_wkb())


@pytest.mark.parametrize("role", Role)
def test_what_is_handed_on_is_never_more_than_what_is_seen(store, as_role, role):
    """For the office, a partner or the public: no row that the one who hands it on does not see."""
    guarded = as_role(role)
    for audience in Audience:
        for kind in ("sites", "seizures"):
            handed = guarded.handed_to(viewer_for(audience), kind, store.read(kind))
            assert ids(handed) <= ids(guarded.read(kind))


def test_the_office_is_given_the_frame_as_it_is(store):
    """All rows and columns in their order, exact places; two columns say that nothing was done."""
    office = guard(store, KEEPER, clock=clock)
    for kind in ("sites", "seizures"):
        held, shown = store.read(kind), office.read(kind)
        assert shown[held.columns].equals(held)
        assert not shown["generalised"].any()
        assert set(shown.columns) - set(held.columns) == {"generalised", "cell_deg"}


def test_nobody_sees_what_strangers_see(store):
    """A forged login reads no more than no login."""
    nobody = guard(store, NOBODY, clock=clock)
    assert ids(nobody.read("seizures")) == {"Z-CLEAR"}
    assert ids(nobody.read("sites")) == {"S-PLAIN", "S-LOW"}
    assert nobody.dataset_groups() == {}


def test_groups_of_others_are_not_told(store, as_role):
    """Who else a dataset is shared with is the administrator's."""
    store.share(CLOSED, [GROUP, "customs"], author="Keeper", now=NOW)
    assert as_role(Role.PARTNER, GROUP).dataset_groups() == {CLOSED: frozenset({GROUP})}
    assert as_role(Role.ADMINISTRATOR).dataset_groups() == {CLOSED: frozenset({GROUP, "customs"})}


def test_a_kind_that_there_is_not_is_refused_alike(analyst, as_role):
    """The guard adds no error of its own to that of the store."""
    for guarded in (analyst, as_role(Role.PARTNER), as_role(Role.ADMINISTRATOR)):
        for call in (guarded.read, lambda kind, g=guarded: g.get(kind, "x")):
            with pytest.raises(InvalidSetting, match="there is no table 'tombs'"):
                call("tombs")


def test_why_is_told_of_what_is_seen_and_of_nothing_else(as_role):
    """A partner may ask why a site is coarse, but not why another is absent."""
    partner = as_role(Role.PARTNER)
    reasons = partner.why("sites", "S-HIGH")
    assert "cell 0.1" in {reason.outcome for reason in reasons}
    for name in ("S-EXTREME", "S-CLOSED", "S-NEVER"):
        with pytest.raises(NotFound, match=f"there is no '{name}' in sites"):
            partner.why("sites", name)
