"""The view of change: choose, detect, keep, and what is said where nothing can be compared."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from streamlit.testing.v1 import AppTest

from layers.views import cache
from tests.guarded_store import bring, sites_of
from tests.handed import pictures
from tests.homes import NOW, settings_of


@pytest.fixture
def change(open_app, home) -> AppTest:
    """The app showing the page of change; the first site is one with scenes."""
    return open_app(home, "change")


def named(site_id: str) -> tuple[str, str]:
    """Dataset and id of a site, by which it is chosen."""
    sites = cache.store().read("sites")
    (dataset_id,) = sites.loc[sites["id"] == site_id, "dataset_id"]
    return dataset_id, site_id


def earlier_sites() -> gpd.GeoDataFrame:
    """Made-up sites that stand before all others in the store."""
    return sites_of("local").assign(dataset_id="a-first")


def press(app: AppTest, label: str) -> AppTest:
    """Presses a button."""
    (button,) = (one for one in app.button if one.label == label)
    return button.click().run()


def test_flags_are_found_kept_and_printed(change: AppTest):
    """The simulated pair says so; its flags are kept once, however often the button is pressed."""
    press(change, "Find change")
    assert not change.exception
    assert "SIMULATED" in change.warning[0].value
    flags = change.dataframe[0].value
    assert len(flags) > 0
    assert list(flags["Score"]) == sorted(flags["Score"], reverse=True)
    press(change, "Keep these flags")
    press(change, "Keep these flags")
    assert not change.exception
    kept = cache.store().read("alerts")
    assert len(kept) == len(flags)
    assert kept["simulated"].all()
    press(change, "Briefing")
    assert not change.exception
    assert not change.error
    assert len(pictures(change)) == 1


def test_a_chosen_flag_is_remembered(change: AppTest):
    """Choosing a row reruns the page with the flag on the map."""
    press(change, "Find change")
    found = change.session_state["change found"]
    key = f"flags {found.id}"
    change.session_state[key] = {"selection": {"rows": [0], "columns": []}}
    change.run()
    assert not change.exception
    assert change.session_state[f"flag of {found.id}"] == 0


@pytest.mark.thorough
def test_a_result_keeps_the_site_that_it_is_of(change: AppTest):
    """Looking at another site does not give its name to what was found at the first."""
    press(change, "Find change")
    (box,) = (one for one in change.selectbox if one.label == "Site")
    first, second = (option.split(" ")[0] for option in box.options[:2])
    box.select_index(1).run()
    assert not change.exception
    told = [line.value for line in change.markdown if "flagged areas" in line.value]
    assert told[0].startswith(f"{first}: ")
    assert second not in told[0]


def test_a_scene_whose_file_is_gone_is_told(change: AppTest, home: Path):
    """In words, with the file's name; and the next pair runs."""
    cache.store()
    folder = settings_of(home).scenes_folder
    hidden = folder.with_name("hidden")
    folder.rename(hidden)
    press(change, "Find change")
    assert not change.exception
    assert "is gone from" in change.error[0].value
    hidden.rename(folder)
    press(change, "Find change")
    assert not change.error
    assert not change.exception


def test_every_site_can_be_chosen(change: AppTest):
    """Sites without scenes say so, and the button waits; sites of one name are told apart."""
    (box,) = (one for one in change.selectbox if one.label == "Site")
    assert len(set(box.options)) == len(box.options) == 379
    box.set_value(box.value).run()
    change.selectbox(key="site to compare").set_value(named("EX001")).run()
    assert not change.exception
    assert "Fewer than two scenes" in change.info[0].value
    (button,) = (one for one in change.button if one.label == "Find change")
    assert button.disabled


def test_the_site_stays_chosen_while_another_page_is_shown(app: AppTest, go):
    """Also where sites come in meanwhile; a watch of Nimrud is not shown under another name."""
    nimrud = named("PL894019")
    go(app, "change")
    assert app.selectbox(key="site to compare").value != nimrud
    app.selectbox(key="site to compare").set_value(nimrud).run()
    go(app, "data")
    assert "site to compare" not in [one.key for one in app.selectbox]
    bring(cache.store(), "sites", earlier_sites())
    go(app, "change")
    assert not app.exception
    assert app.selectbox(key="site to compare").value == nimrud


def test_a_site_that_is_gone_is_not_chosen_any_more(app: AppTest, go):
    """Its import was undone while another page was shown; the first one stands there again."""
    earlier = earlier_sites()
    import_id = bring(cache.store(), "sites", earlier)
    go(app, "change")
    first = app.selectbox(key="site to compare").value
    app.selectbox(key="site to compare").set_value(named(earlier["id"].iloc[0])).run()
    go(app, "data")
    cache.store().undo(import_id, author="Keeper", now=NOW)
    go(app, "change")
    assert not app.exception
    assert app.selectbox(key="site to compare").value == first


def test_a_card_leads_here(app: AppTest, go):
    """The site that was asked for is the one that is chosen."""
    app.session_state["change site"] = "PL894004"
    go(app, "change")
    assert app.selectbox(key="site to compare").value == named("PL894004")
