"""What every command has: help, settings, and an end that says what was wrong."""

from __future__ import annotations

import pytest

from tests.homes import settings_of
from tests.shell_runs import refused

COMMANDS = (
    "init", "import", "detect", "cost", "routes", "exposure", "checks", "validate", "verify",
    "brief", "export", "quarantine", "mend", "undo", "correct", "case", "link", "photograph",
    "pictures", "backup", "restore", "copy", "upgrade", "fetch", "series", "sar", "alerts",
)  # fmt: skip


def test_help_names_every_command(shell):
    """In a process of its own, as the user meets it."""
    done = shell("--help")
    assert done.code == 0
    assert all(name in done.out for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_help(ask, command):
    """With --json on each, and --store where a store is used."""
    done = ask(command, "--help")
    assert done.code == 0
    assert "--json" in done.out
    assert ("--store" in done.out) is (command not in {"cost", "copy"})


@pytest.mark.parametrize(
    "words",
    [
        (), ("fly",), ("init", "--fast"), ("import",), ("import", "cars", "x.csv"),
        ("import", "sites"), ("detect",), ("detect", "--before", "x.tif"), ("brief", "hatra"),
        ("brief", "hatra", "--out", "x.pdf", "--audience", "press"), ("undo",),
        ("correct", "sites"),
        ("correct", "sites", "PL894004", "--set", "note=x"), ("backup",), ("cost",),
        ("cost", "f.tif"), ("routes",), ("routes", "--from", "Hatra", "--mode", "boat"),
        ("checks", "--k", "many"), ("verify",), ("exposure", "--top", "x"),
    ],
)  # fmt: skip
def test_a_command_that_is_not_understood_ends_with_2(ask, words):
    """Nothing is asked for; usage goes to standard error, or is the help."""
    assert ask(*words).code == 2


def test_the_option_beats_the_environment_and_that_the_home(run, home, tmp_path, monkeypatch):
    """--store, then LAMASSU_STORE, then the file in LAMASSU_HOME."""
    urls = [f"sqlite:///{tmp_path / name}.sqlite" for name in ("option", "variable")]
    monkeypatch.setattr("geo.sources.rasters.simulated.simulated_scenes", tuple)
    told = [
        run("init", "--json", "--store", urls[0], LAMASSU_STORE=urls[1]).json["store"],
        run("init", "--json", LAMASSU_STORE=urls[1]).json["store"],
        run("init", "--json").json["store"],
    ]
    assert told == [*urls, settings_of(home).store_url]
    assert (tmp_path / "option.sqlite").is_file()


@pytest.mark.parametrize(
    ("store", "word"),
    [("postgres://x/y", "names no store"), ("sqlite:///", "names no store"),
     ("{tmp}/x.sqlite", "names no store"), ("sqlite:///{tmp}", ""), ("sqlite:///{text}", "")],
)  # fmt: skip
def test_what_is_no_store_is_refused(run, tmp_path, store, word):
    """A folder, a text file and another kind of database are left as they are."""
    (tmp_path / "text").write_text("no store " * 500)
    url = store.format(tmp=tmp_path, text=tmp_path / "text")
    refused(run("init", "--store", url), word)
    assert (tmp_path / "text").read_text() == "no store " * 500


def test_a_home_that_cannot_be_is_refused(run, tmp_path):
    """A file is in the way."""
    (tmp_path / "file").write_text("")
    refused(run("init", LAMASSU_HOME=str(tmp_path / "file" / "home")), "LAMASSU_HOME")


def test_letters_that_the_terminal_lacks_are_told_by_their_codes(shell, tmp_path):
    """Arabic on a Western terminal ends no command."""
    path = tmp_path / "a.csv"
    path.write_text("id,event_type,country\nس,سرقة,العراق\n", encoding="utf-8")
    done = shell("import", "seizures", path, "--dry-run", PYTHONIOENCODING="cp1252")
    assert done.code == 1
    assert "\\u0633" in done.out
