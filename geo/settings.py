"""Where this installation keeps its things, from options, environment and secrets; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from geo.errors import InvalidSetting


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Folder and store of one installation, and its choices about the network."""

    home: Path
    """Folder of the embedded store, originals and caches (`LAMASSU_HOME`)."""
    store_url: str
    """SQLAlchemy URL of the store (`LAMASSU_STORE`)."""
    online_basemap: bool
    """Whether an online base map is offered (`LAMASSU_ONLINE_BASEMAP`); off by default."""

    @property
    def scenes_folder(self) -> Path:
        """Folder of the scenes' files, named by their SHA-256."""
        return self.home / "scenes"

    @property
    def cache_folder(self) -> Path:
        """Folder of what can be made again."""
        return self.home / "cache"


def resolve(
    environment: Mapping[str, str],
    *,
    default_home: Path,
    store_option: str | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Settings:
    """The settings in force: the option beats the environment, that the secrets, those the default.

    Parameters
    ----------
    environment
        `LAMASSU_HOME`, `LAMASSU_STORE` and `LAMASSU_ONLINE_BASEMAP` are read; empty is unset.
    default_home
        The user's data folder.
    store_option
        Value of the command line's ``--store``.
    secrets
        The same names from ``.streamlit/secrets.toml``.

    Raises
    ------
    InvalidSetting
        If `LAMASSU_ONLINE_BASEMAP` is neither yes nor no, or `LAMASSU_HOME` begins with the home of
        a user who is not known.
    """
    kept = secrets or {}

    def chosen(name: str) -> str:
        return environment.get(name, "").strip() or str(kept.get(name, "")).strip()

    home = _folder("LAMASSU_HOME", chosen("LAMASSU_HOME") or str(default_home))
    url = (store_option or "").strip() or chosen("LAMASSU_STORE")
    return Settings(
        home=home,
        store_url=url or f"sqlite:///{home / 'lamassu.sqlite'}",
        online_basemap=_yes_or_no("LAMASSU_ONLINE_BASEMAP", chosen("LAMASSU_ONLINE_BASEMAP")),
    )


def _folder(name: str, value: str) -> Path:
    """A setting as an absolute path, ``~`` resolved."""
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError as err:
        raise InvalidSetting(
            f"{name} is {value!r}", expected="a folder", remedy="write out its whole path"
        ) from err


def _yes_or_no(name: str, value: str) -> bool:
    """Whether a setting says yes; empty says no."""
    word = value.casefold()
    if word in {"", "0", "no", "off", "false"}:
        return False
    if word in {"1", "yes", "on", "true"}:
        return True
    raise InvalidSetting(f"{name} is {value!r}", expected="yes or no", remedy="unset it for no")
