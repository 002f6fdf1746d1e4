"""Passwords, tokens and paths are taken out of what goes into a log; hashes stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.scrub import PATH_WITHHELD, SECRET_WITHHELD, without_secrets

SECRETS = (
    "postgresql://analyst:s3cretword@db.example/lamassu",
    "password=s3cretword",
    "PASSWORD: 's3cretword and more'",
    '{"client_secret": "s3cretword", "n": 1}',
    "api_key=s3cretword",
    "Authorization: Bearer s3cretword.abc.def",
    "authorization: Basic s3cretword==",
    "Cookie: lamassu_browser=s3cretword; other=s3cretword",
    "Set-Cookie: a=s3cretword; HttpOnly",
    "lamassu_browser=s3cretword",
    "access_token=s3cretword&x=1",
    "id_token: eyJhbGciOi.s3cretword.s3cretword",
    "eyJhbGciOiJIUzI1NiJ9.s3cretword.s3cretword",
    "GET /files/s3cretword HTTP/1.1",
    "https://example.org/files/s3cretword?token=s3cretword",
    "/home/s3cretword/.lamassu/store.sqlite",
    "File '/home/a b/s3cretword.py', line 3",
    "~/s3cretword/x.csv",
    "C:\\Users\\s3cretword\\x.csv",
    "\\\\server\\s3cretword\\x.csv",
    "file:///home/s3cretword.gpkg",
    "-----BEGIN PRIVATE KEY-----\ns3cretword\n-----END PRIVATE KEY-----",
)

PLAIN = (
    "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "read 5 = accepted 3 + quarantined 1 + duplicate 1",
    "and/or 12/04/2025 at 3/4",
    "IM-20261122-1a2b3c4d by shell:yusuf",
    "2026-11-22T12:30:45+00:00 WARNING geo.store.embedded busy for 30 s",
    "error 3f2a91 was noted",
    "https://example.org",
    "TLP:AMBER+STRICT",
)


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_does_not_reach_the_log(text: str):
    """Nothing of it stays; what it was is said."""
    told = without_secrets(f"refused: {text} (once)")
    assert "s3cretword" not in told
    assert SECRET_WITHHELD in told or PATH_WITHHELD in told
    assert told.startswith("refused: ")


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_secret_stands(text: str):
    """Hashes, ids, dates, addresses without a path and plain words."""
    assert without_secrets(text) == text


@given(parts=st.lists(st.sampled_from(SECRETS + PLAIN) | st.text(max_size=10), max_size=3))
def test_what_was_cleared_is_clear(parts: list[str]):
    """Clearing twice is clearing once, for any text."""
    once = without_secrets(" ".join(parts))
    assert without_secrets(once) == once
