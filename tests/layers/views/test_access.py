"""The page of access: people, closed data, the review, why, other eyes, and the audit."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from geo.access import Member, Role
from geo.settings import Login
from geo.store import Store
from layers.server.tickets import TICKETS
from layers.views import access, configured, downloads, whole
from tests import secret_records
from tests.handed import links
from tests.homes import NOW
from tests.layers.views.conftest import MAIN, forget
from tests.map_frames import PAYLOADS

BROWSER = "a browser of the test"
LAYLA, OMAR = "oidc:layla@office.example", "proxy:omar"


@pytest.fixture
def page(
    home: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., AppTest]]:
    """Opens a part of the page on the made-up records and two people."""
    secret_records.bring(store)
    for subject, name, role, groups in (
        (LAYLA, "ليلى حسن", Role.ADMINISTRATOR, ()),
        (OMAR, "Omar Made-up", Role.ANALYST, (secret_records.GROUP,)),
    ):
        said = Member(subject=subject, name=name, role=role, groups=frozenset(groups))
        store.set_member(said, author="test", now=NOW)
    forget()
    monkeypatch.setenv("LAMASSU_HOME", str(home))

    def turn(part: str) -> AppTest:
        app = AppTest.from_file(MAIN, default_timeout=60)
        app._page_hash = calc_hash("access")
        app.run().button_group(key="access part").set_value(part).run()
        assert (part, list(app.exception), list(app.error)) == (part, [], [])
        return app

    yield turn
    whole.store().close()
    forget()


def press(app: AppTest, label: str) -> AppTest:
    """Press the button of this name."""
    (button,) = (button for button in app.button if button.label == label)
    return button.click().run()


def words(app: AppTest) -> str:
    """What the page shows as HTML, without tags and styles."""
    drawn = " ".join(part.proto.body for part in app.get("html"))
    drawn = re.sub(r"<style>.*?</style>", "", drawn, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", drawn).split())


def member(subject: str) -> Member | None:
    """What the store says of somebody now."""
    return next((one for one in whole.store().members() if one.subject == subject), None)


def choose(app: AppTest, label: str, value: str) -> AppTest:
    """Choose in the list of this name."""
    (box,) = (box for box in app.selectbox if box.label == label)
    return box.set_value(value).run()


def test_people_are_listed_with_role_and_groups(page):
    """The strongest first, by name in any script."""
    told = words(page("People"))
    assert "ليلى حسن layla@office.example Administrator none" in told
    assert f"Omar Made-up gateway&#x27;s user omar Analyst {secret_records.GROUP}" in told
    assert told.index("ليلى") < told.index("Omar")


def test_somebody_new_is_given_access(page):
    """By e-mail, in small letters; the form is empty afterwards, and the audit has it."""
    app = page("People")
    assert next(b for b in app.button if b.label == "Save").disabled
    fields = {field.label: field for field in app.text_input}
    fields["E-mail address"].set_value(" Sara@Office.example ")
    fields["Name"].set_value("Sara Made-up")
    next(box for box in app.radio if box.label == "Role").set_value(Role.PARTNER)
    next(box for box in app.multiselect if box.label == "Sharing groups").set_value(
        [secret_records.GROUP]
    )
    press(app.run(), "Save")
    assert (list(app.exception), list(app.error)) == ([], [])
    found = member("oidc:sara@office.example")
    assert found is not None
    assert (found.name, found.role, found.groups) == (
        "Sara Made-up", Role.PARTNER, frozenset({secret_records.GROUP}),
    )  # fmt: skip
    assert "Sara Made-up" in words(app)
    assert next(f for f in app.text_input if f.label == "E-mail address").value == ""
    assert [(e.action, e.subject) for e in whole.store().audit()][-1] == ("member", found.subject)


def test_a_role_is_changed(page):
    """What is not touched stays as it was."""
    app = choose(page("People"), "Person", OMAR)
    next(box for box in app.radio if box.label == "Role").set_value(Role.REVIEWER)
    press(app.run(), "Save")
    found = member(OMAR)
    assert found is not None
    assert (found.role, found.groups, found.name) == (
        Role.REVIEWER, frozenset({secret_records.GROUP}), "Omar Made-up",
    )  # fmt: skip


def test_access_is_taken_away(page):
    """The person stands among those without access from then on."""
    app = choose(page("People"), "Person", OMAR)
    press(app, "Take it away now")
    found = member(OMAR)
    assert found is not None
    assert (found.role, found.groups) == (Role.ANONYMOUS, frozenset())
    assert [box.label for box in app.expander] == ["Without access any more (1)"]


def test_the_last_administrator_cannot_go(page, monkeypatch: pytest.MonkeyPatch, come_as):
    """Or nobody could let anybody in again; where one user is administrator anyway, they may."""
    app = choose(page("People"), "Person", LAYLA)
    now = configured.settings()
    monkeypatch.setattr(configured, "settings", lambda: replace(now, login=Login.PROXY))
    come_as(Role.ADMINISTRATOR)
    choose(app.run(), "Person", LAYLA)
    press(app, "Take it away now")
    assert ["nobody would be administrator" in told.value for told in app.error] == [True]
    found = member(LAYLA)
    assert found is not None
    assert found.role is Role.ADMINISTRATOR


def test_a_name_that_cannot_be_kept_is_told(page):
    """In words, and nothing is changed."""
    app = choose(page("People"), "Person", OMAR)
    next(box for box in app.multiselect if box.label == "Sharing groups").set_value(["a,b"])
    press(app.run(), "Save")
    assert ["comma" in told.value for told in app.error] == [True]


def test_a_dataset_is_closed_and_opened(page):
    """The table tells whom it is open to; an unchanged one cannot be pressed."""
    app = choose(page("Closed data"), "Dataset", "lamassu-simulated")
    assert next(b for b in app.button if b.label == "Open it to every role").disabled
    groups = next(box for box in app.multiselect if box.label == "Only for the groups")
    groups.set_value([secret_records.GROUP]).run()
    press(app, "Close it to these groups")
    assert not app.exception
    closed = whole.store().dataset_groups()
    assert closed["lamassu-simulated"] == frozenset({secret_records.GROUP})
    assert f"lamassu-simulated 11 records {secret_records.GROUP} ليلى حسن , Omar" in words(app)
    choose(app, "Dataset", secret_records.CLOSED)
    next(box for box in app.multiselect if box.label == "Only for the groups").set_value([]).run()
    press(app, "Open it to every role")
    assert secret_records.CLOSED not in whole.store().dataset_groups()


def test_the_review_tells_every_role_and_person(page):
    """With counts, and rules where something is taken away."""
    told = words(page("Who sees what"))
    assert "Partner Reads and prints, with exact places except of sensitive sites." in told
    assert "within about 11 km" in told
    assert "Administrator ليلى حسن" in told
    assert "Anonymous without a login" in told
    assert "R5 sensitive site" in told


@pytest.mark.parametrize(
    ("role", "outcome", "rule"),
    [
        (Role.ANONYMOUS, "Withheld", "R5 sensitive site"),
        (Role.PARTNER, "Told to within about 11 km", "R7 cell"),
        (Role.ADMINISTRATOR, "Shown", "R1 office"),
    ],
)
def test_why_a_role_is_given_what_it_is_given(page, role: Role, outcome: str, rule: str):
    """A highly sensitive site is withheld, coarse or exact, each by its rule."""
    app = page("Why?")
    choose(app, "Record", ("local", "Madeup-high"))
    next(box for box in app.radio if box.label == "Role").set_value(role).run()
    assert (list(app.exception), list(app.error)) == ([], [])
    told = words(app)
    assert outcome in told
    assert f"Rule {rule}" in told


def test_why_tells_who_was_shown_a_restricted_record(page):
    """The administrator who looks at it is the first."""
    app = page("Why?")
    choose(app, "Record", ("local", "Madeup-high"))
    assert any("of the audit" in part.value for part in app.markdown)
    choose(app, "Record", ("local", "Madeup-none"))
    assert any("Nobody yet" in part.value for part in app.caption)


def test_the_page_is_left_through_other_eyes(page):
    """It turns to the map, as a viewer sees it; the banner's button brings everything back."""
    app = page("See as another")
    next(box for box in app.radio if box.label == "Role").set_value(Role.VIEWER).run()
    press(app, "See as viewer")
    assert (list(app.exception), list(app.error)) == ([], [])
    assert app.button_group(key="table").options
    assert ["viewer" in told.value for told in app.warning] == [True]
    assert not any(button.label == "Correct" for button in app.button)
    press(app, "Back to my own view")
    assert (list(app.exception), list(app.error)) == ([], [])
    assert not app.warning


def test_the_audit_is_listed_and_found_whole(page):
    """Newest first, in words; the check says up to where."""
    app = page("Audit")
    told = words(app)
    assert "changed what a person may see Omar Made-up" in told
    assert "brought in a file" in told
    press(app, "Check the whole audit")
    assert ["The audit is whole" in told.value for told in app.success] == [True]


def test_the_audit_is_limited_to_a_person_an_action_and_a_record(page):
    """Each limit by itself; nothing found is said."""
    app = page("Audit")
    choose(app, "What", "share")
    assert secret_records.CLOSED in words(app)
    assert "brought in a file" not in words(app)
    choose(app, "What", "Anything")
    app.text_input(key="audit about").set_value("OMAR").run()
    assert "Omar Made-up" in words(app)
    assert "lamassu-facts" not in words(app)
    app.text_input(key="audit about").set_value("nothing of this name").run()
    assert [told.value for told in app.info] == ["No entry answers to this."]


def test_a_changed_audit_is_told(page, monkeypatch: pytest.MonkeyPatch):
    """The entry is named; the page does not call it whole."""
    app = page("Audit")
    store = whole.store()
    held = store.audit

    def tampered(**asked: int) -> tuple:
        return tuple(
            replace(entry, subject="another") if entry.number == 3 else entry
            for entry in held(**asked)
        )

    monkeypatch.setattr(type(store), "audit", lambda _self, **asked: tampered(**asked))
    press(app, "Check the whole audit")
    assert not app.success
    assert ["entry 3 was changed" in told.value for told in app.error] == [True]


def test_the_audit_is_handed_over_with_its_proof(page, monkeypatch: pytest.MonkeyPatch):
    """Every entry a line, a signed manifest that names the end, and the export noted behind it."""
    monkeypatch.setattr(downloads, "_browser", lambda: BROWSER)
    app = press(page("Audit"), "Audit with proof (.zip)")
    assert (list(app.exception), list(app.error)) == ([], [])
    ((address, name),) = links(app)
    assert re.fullmatch(r"lamassu-audit-\d{4}-\d\d-\d\d-\d+\.jsonl\.zip", name)
    made = TICKETS.get(address.rpartition("/")[2], browser=BROWSER)
    assert made is not None
    with zipfile.ZipFile(BytesIO(made.content)) as bundle:
        assert {"manifest.json", "verify.py", name.removesuffix(".zip")} <= set(bundle.namelist())
        lines = bundle.read(name.removesuffix(".zip")).decode().splitlines()
        head = json.loads(bundle.read("manifest.json"))["audit"]
    last = whole.store().audit(after=len(lines))[0]
    assert (last.action, last.subject, last.number) == ("export", "audit", head["number"])
    assert [json.loads(line)["number"] for line in lines] == list(range(1, last.number))


def test_hostile_names_stay_words(page, store: Store):
    """Of people, groups and datasets, in every part of the page."""
    hostile = "".join(c for c in " ".join(PAYLOADS) if c.isprintable() and c != ",")[:190].strip()
    said = Member(
        subject=f"oidc:{hostile[:150]}",
        name=hostile,
        role=Role.ANALYST,
        groups=frozenset({hostile}),
    )
    store.set_member(said, author=hostile, now=NOW)
    store.share(hostile, [hostile], author=hostile, now=NOW)
    app = page("People")
    for part in ("People", "Closed data", "Who sees what", "Why?", "See as another", "Audit"):
        app.button_group(key="access part").set_value(part).run()
        assert (part, list(app.exception), list(app.error)) == (part, [], [])
        for drawn in app.get("html"):
            assert "<img src=x" not in drawn.proto.body
            assert "<script" not in drawn.proto.body


def test_very_many_records_are_narrowed_first(page, monkeypatch: pytest.MonkeyPatch):
    """By words in the name or the id; the list stays short."""
    monkeypatch.setattr(access, "LISTED", 3)
    app = page("Why?")
    assert len(next(box for box in app.selectbox if box.label == "Record").options) == 3
    app.text_input(key="why words").set_value("MADEUP HIGH").run()
    assert next(box for box in app.selectbox if box.label == "Record").options == [
        "Madeup high · Madeup-high · local"
    ]
