"""The settings and which of their sources wins."""

from __future__ import annotations

from ipaddress import ip_network
from itertools import product
from pathlib import Path

import pytest

from geo.errors import InvalidSetting
from geo.settings import Login, Settings, resolve

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
    assert settings.keys_folder == HOME / "keys"
    assert settings.originals_folder == HOME / "originals"


def test_without_any_setting_lamassu_is_for_this_machine_alone():
    """One user, no strangers, and no proxy but this machine's is believed."""
    settings = settings_from()
    assert settings.login is Login.LOCAL
    assert settings.anonymous is False
    assert settings.session_h == 12
    assert settings.proxy_header == "X-Lamassu-User"
    assert settings.proxy_from == (ip_network("127.0.0.1/32"),)
    assert settings == Settings(home=HOME, store_url=settings.store_url, online_basemap=False)


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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LAMASSU_HOME", "/other"),
        ("LAMASSU_STORE", "sqlite:////other"),
        ("LAMASSU_ONLINE_BASEMAP", "yes"),
        ("LAMASSU_LOGIN", "oidc"),
        ("LAMASSU_ANONYMOUS", "yes"),
        ("LAMASSU_SESSION_H", "4"),
        ("LAMASSU_PROXY_HEADER", "X-Other-User"),
        ("LAMASSU_PROXY_FROM", "10.0.0.1"),
    ],
)
@pytest.mark.parametrize("blank", ["", "   ", "\t"])
def test_an_empty_setting_counts_as_unset(name: str, value: str, blank: str):
    """An exported but empty variable changes nothing, and lets the secrets speak."""
    assert settings_from({name: blank}) == settings_from()
    assert settings_from({name: value}) != settings_from()
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


@pytest.mark.parametrize("word", ["local", "OIDC", " Proxy "])
def test_a_login_is_understood_in_any_case(word: str):
    """The three ways of knowing who somebody is."""
    assert settings_from({"LAMASSU_LOGIN": word}).login == word.strip().casefold()


@pytest.mark.parametrize("word", ["none", "saml", "local,oidc", "0", "false"])
def test_a_login_that_there_is_not_is_never_the_open_one(word: str):
    """A misspelt login must not make everybody the administrator."""
    with pytest.raises(InvalidSetting, match=r"LAMASSU_LOGIN is .*; expected one of local, oidc"):
        settings_from({"LAMASSU_LOGIN": word})


@pytest.mark.parametrize("word", ["maybe", "2", "anonymous"])
def test_whether_strangers_are_let_in_is_never_guessed(word: str):
    """A word that is neither yes nor no is refused."""
    with pytest.raises(InvalidSetting, match=r"LAMASSU_ANONYMOUS is .*; expected yes or no"):
        settings_from({"LAMASSU_ANONYMOUS": word})


@pytest.mark.parametrize(("text", "hours"), [("1", 1.0), ("0.5", 0.5), ("720", 720.0)])
def test_a_session_lasts_some_hours(text: str, hours: float):
    """Up to thirty days."""
    assert settings_from({"LAMASSU_SESSION_H": text}).session_h == hours


@pytest.mark.parametrize("text", ["0", "-1", "721", "nan", "inf", "1e400", "twelve", "12 h", "1,5"])
def test_a_session_without_an_end_is_refused(text: str):
    """No hours, endless hours, and what is no number."""
    with pytest.raises(InvalidSetting, match=r"LAMASSU_SESSION_H is .*; expected hours above 0"):
        settings_from({"LAMASSU_SESSION_H": text})


def test_a_header_of_a_proxy_keeps_its_name():
    """Other gateways have other headers."""
    settings = settings_from({"LAMASSU_PROXY_HEADER": "Remote-User"})
    assert settings.proxy_header == "Remote-User"


@pytest.mark.parametrize(
    "name",
    ["Cookie", "host", "X-Forwarded-For", "Authorization", "User-Agent", "X User", "X_User:",
     "X-User\r\nX-Other", "-User", "1User", "ÜUser", "X" * 101],
)  # fmt: skip
def test_a_header_that_anybody_fills_is_refused(name: str):
    """Whoever can send the header would be whoever they like."""
    with pytest.raises(InvalidSetting, match=r"LAMASSU_PROXY_HEADER is .*; expected a header that"):
        settings_from({"LAMASSU_PROXY_HEADER": name})


def test_proxies_are_addresses_and_networks():
    """Parted by commas or blanks, of both kinds of addresses."""
    settings = settings_from({"LAMASSU_PROXY_FROM": "127.0.0.1, 10.20.0.0/24 ::1,fd00::/8"})
    assert [str(network) for network in settings.proxy_from] == [
        "127.0.0.1/32", "10.20.0.0/24", "::1/128", "fd00::/8",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["0.0.0.0/0", "::/0", "127.0.0.1, 0.0.0.0/0", "*", "localhost", "10.0.0.1/24",
             "10.0.0", "10.0.0.1:8501", ",", "proxy.example", "::1%eth0/64"]
)  # fmt: skip
def test_a_proxy_that_could_be_anybody_is_refused(text: str):
    """The whole world, names that can be made to lead elsewhere, and what is no address."""
    with pytest.raises(InvalidSetting, match=r"LAMASSU_PROXY_FROM names .*not everybody"):
        settings_from({"LAMASSU_PROXY_FROM": text})


def test_login_may_stand_in_the_secrets():
    """Beside the provider's own section, which is no setting of ours."""
    settings = settings_from(
        secrets={"LAMASSU_LOGIN": "oidc", "LAMASSU_SESSION_H": 8, "LAMASSU_ANONYMOUS": False}
    )
    assert (settings.login, settings.session_h, settings.anonymous) == (Login.OIDC, 8.0, False)


def test_no_host_is_asked_for_scenes_unless_it_is_named():
    """Off by default; names and addresses, with ports, in small letters, each once."""
    assert settings_from({}).stac_hosts == ()
    named = settings_from(
        {"LAMASSU_STAC_HOSTS": "Stac.Example, 127.0.0.1:8802 [::1]:8803,stac.example"}
    )
    assert named.stac_hosts == ("stac.example", "127.0.0.1:8802", "[::1]:8803")


@pytest.mark.parametrize(
    "text", ["*", "*.example", "https://stac.example", "stac.example/v1", "a@b", "10.0.0.0/8",
             "stac.example:x", "-a", "::1", "a" * 300]
)  # fmt: skip
def test_a_host_that_is_a_pattern_or_more_than_a_host_is_refused(text: str):
    """What may be asked is written out."""
    with pytest.raises(InvalidSetting, match="LAMASSU_STAC_HOSTS names"):
        settings_from({"LAMASSU_STAC_HOSTS": text})
