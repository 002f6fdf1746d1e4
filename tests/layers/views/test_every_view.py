"""Every view opens, whatever the store holds, and says what it is of."""

from __future__ import annotations

import csv
from pathlib import Path

from streamlit.testing.v1 import AppTest

from layers.style import safe_html

VIEWS = (
    "map", "alerts", "change", "cases", "routes", "exposure", "hotspots", "data", "sources",
    "settings",
)  # fmt: skip


def page_text(app: AppTest) -> str:
    """Everything that stands on the page as HTML or Markdown."""
    parts = [*app.get("html"), *app.markdown, *app.caption, *app.info, *app.error, *app.warning]
    return "\n".join(str(getattr(part, "body", "") or getattr(part, "value", "")) for part in parts)


def test_every_view_opens_on_the_embedded_facts(app: AppTest, go):
    """Without an exception and without a refusal."""
    for address in VIEWS:
        go(app, address)
        assert (address, list(app.exception), list(app.error)) == (address, [], [])


def test_every_view_opens_on_an_empty_store(empty_app: AppTest, go):
    """Everything undone: no site to go to, no scene to compare, no fact to date."""
    for address in VIEWS:
        go(empty_app, address)
        assert (address, list(empty_app.exception), list(empty_app.error)) == (address, [], [])


def test_an_empty_map_says_zero_everywhere(empty_app: AppTest):
    """Counts, caption and table agree that there is nothing."""
    assert empty_app.button_group(key="table").options == [
        "Sites 0", "Posts 0", "Seizures 0", "Events 0", "Links 0"
    ]  # fmt: skip
    assert empty_app.caption[0].value == "0 records"
    assert empty_app.dataframe[0].value.empty


def test_nothing_can_be_compared_without_scenes(empty_app: AppTest, go):
    """The button waits for two pictures."""
    go(empty_app, "change")
    (button,) = (button for button in empty_app.button if button.label == "Find change")
    assert button.disabled


def test_the_sources_name_every_attribution(app: AppTest, go, project: Path):
    """Each line of the manifest's attributions, and each licence, stands on the page."""
    go(app, "sources")
    text = page_text(app)
    with (project / "data" / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = {part for row in rows for part in row["attribution"].split(" | ")}
    wanted |= {row["licence"] for row in rows} | {row["file"] for row in rows}
    assert [part for part in wanted if safe_html(part) not in text] == []
    assert f"as of {max(row['date'] for row in rows)}" in text


def test_undone_facts_have_no_date(empty_app: AppTest, go):
    """The page still tells where they are from."""
    go(empty_app, "sources")
    assert "undone here" in page_text(empty_app)


def test_the_producer_is_kept(app: AppTest, go, open_app, tmp_path: Path):
    """Name and office come back after the server has been started anew."""
    go(app, "settings")
    name, office = app.text_input
    name.set_value("  Dr. Layla Hassan ")
    office.set_value("مكتب")
    (save,) = (button for button in app.button if button.label == "Save")
    save.click().run()
    assert not app.exception
    again = open_app(tmp_path / "home", "settings")
    assert [field.value for field in again.text_input] == ["Dr. Layla Hassan", "مكتب"]


def test_the_store_is_checked_and_backed_up(app: AppTest, go, tmp_path: Path):
    """Both say what they did; a second backup within the same second is refused in words."""
    go(app, "settings")
    buttons = {button.label: button for button in app.button}
    buttons["Check the store"].click().run()
    assert [told.value for told in app.success] == ["The store is sound."]
    buttons = {button.label: button for button in app.button}
    buttons["Back up now"].click().run()
    assert not app.exception
    assert len(list((tmp_path / "home" / "backups").glob("*.sqlite"))) == 1
