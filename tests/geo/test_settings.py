"""The settings and which of their sources wins."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from geo.errors import InvalidSetting
from geo.settings import Settings, resolve

HOME = Path("/data/lamassu")


def settings_from(
    environment: dict[str, str] | None = None,
    *,
    secrets: dict[str, str] | None = None,
    store_option: str | None = None,
) -> Settings:
    """Settings with the default home `HOME`."""
    return resolve(environment or {}, default_home=HOME, secrets=secrets, store_option=store_option)


def test_without_any_setting_everything_lies_in_the_users_folder():
    """A first start needs no configuration and asks nothing of the network."""
    settings = settings_from()
    assert settings.home == HOME
    assert settings.store_url == f"sqlite:///{HOME}/lamassu.sqlite"
    assert settings.online_basemap is False
    assert settings.scenes_folder == HOME / "scenes"
    assert settings.cache_folder == HOME / "cache"


@pytest.mark.parametrize(("option", "environment", "secret"), [*product([True, False], repeat=3)])
def test_option_beats_environment_beats_secrets_beats_default(
    option: bool, environment: bool, secret: bool
):
    """Of the sources that name a store, the strongest is in force."""
    settings = settings_from(
        {"LAMASSU_STORE": "sqlite:///environment"} if environment else {},
        secrets={"LAMASSU_STORE": "sqlite:///secret"} if secret else {},
        store_option="sqlite:///option" if option else None,
    )
    given = [name for name, named in (
        ("sqlite:///option", option),
        ("sqlite:///environment", environment),
        ("sqlite:///secret", secret),
    ) if named]  # fmt: skip
    assert settings.store_url == [*given, f"sqlite:///{HOME}/lamassu.sqlite"][0]


@pytest.mark.parametrize("name", ["LAMASSU_HOME", "LAMASSU_STORE", "LAMASSU_ONLINE_BASEMAP"])
@pytest.mark.parametrize("blank", ["", "   ", "\t"])
def test_an_empty_setting_counts_as_unset(name: str, blank: str):
    """An exported but empty variable changes nothing, and lets the secrets speak."""
    assert settings_from({name: blank}) == settings_from()
    value = "yes" if name == "LAMASSU_ONLINE_BASEMAP" else "sqlite:////other"
    assert settings_from({name: blank}, secrets={name: value}) == settings_from({name: value})


def test_an_empty_option_counts_as_unset():
    """`--store ""` falls back to the environment."""
    kept = settings_from({"LAMASSU_STORE": "sqlite:///kept"}, store_option=" ")
    assert kept.store_url == "sqlite:///kept"


def test_the_store_lies_in_the_chosen_home():
    """Moving the home moves the store, the scenes and the cache with it."""
    settings = settings_from({"LAMASSU_HOME": "/elsewhere"})
    assert settings.store_url == "sqlite:////elsewhere/lamassu.sqlite"
    assert settings.scenes_folder == Path("/elsewhere/scenes")


def test_a_store_elsewhere_leaves_the_home_alone():
    """With PostGIS the scenes still lie in the home."""
    settings = settings_from({"LAMASSU_STORE": "postgresql+psycopg://db/lamassu"})
    assert settings.store_url == "postgresql+psycopg://db/lamassu"
    assert settings.home == HOME


def test_a_home_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A relative folder or one with a tilde does not move when the process does."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "analyst"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "analyst"))
    assert settings_from({"LAMASSU_HOME": "here"}).home == tmp_path / "here"
    assert settings_from({"LAMASSU_HOME": "~/here"}).home == tmp_path / "analyst" / "here"


def test_the_home_of_an_unknown_user_is_refused():
    """A tilde that nobody can resolve is no folder called tilde."""
    with pytest.raises(
        InvalidSetting, match=r"LAMASSU_HOME is '~nobody-here/x'; expected a folder"
    ):
        settings_from({"LAMASSU_HOME": "~nobody-here/x"})


@pytest.mark.parametrize("word", ["1", "yes", "on", "true", "YES", "True", " on "])
def test_the_online_basemap_is_on_where_a_word_says_yes(word: str):
    """The usual words for yes are understood, in any case."""
    assert settings_from({"LAMASSU_ONLINE_BASEMAP": word}).online_basemap is True


@pytest.mark.parametrize("word", ["0", "no", "off", "false", "No", "FALSE"])
def test_the_online_basemap_is_off_where_a_word_says_no(word: str):
    """The environment can say no where the secrets say yes."""
    settings = settings_from(
        {"LAMASSU_ONLINE_BASEMAP": word}, secrets={"LAMASSU_ONLINE_BASEMAP": "yes"}
    )
    assert settings.online_basemap is False


@pytest.mark.parametrize("word", ["maybe", "2", "ja", "yes please"])
def test_the_online_basemap_is_never_guessed(word: str):
    """A word that is neither yes nor no is refused: the network is an explicit choice."""
    with pytest.raises(InvalidSetting, match=f"LAMASSU_ONLINE_BASEMAP is '{word}'; expected yes"):
        settings_from({"LAMASSU_ONLINE_BASEMAP": word})


def test_a_secret_that_is_no_text_is_understood():
    """TOML knows true without quotation marks."""
    assert settings_from(secrets={"LAMASSU_ONLINE_BASEMAP": True}).online_basemap is True
