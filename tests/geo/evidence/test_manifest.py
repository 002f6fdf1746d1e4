"""What is signed says everything once, in one way."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadInput, UnreadableFile
from geo.evidence.manifest import manifest_of
from geo.evidence.readme import readme_text
from geo.evidence.signing import key_id, private_pem, read_private, sign
from geo.evidence.verify import canonical_json
from tests.bundles import ABOUT, DATA, HEAD, KEY, MADE, OTHER_KEY

KEY_ID = key_id(KEY.public_key())


def manifest(about=ABOUT, files=DATA, now=MADE) -> bytes:
    """A manifest."""
    return manifest_of(about, files, head=HEAD, key=KEY_ID, now=now)


def test_a_manifest_says_all_that_a_reader_must_know():
    """Files by hash, marking, audience, what was done, from what, the audit, the key, when."""
    told = json.loads(manifest())
    assert told["files"][0] == {
        "name": "sites.csv",
        "sha256": hashlib.sha256(DATA["sites.csv"]).hexdigest(),
        "size": len(DATA["sites.csv"]),
    }
    assert (told["marking"], told["audience"], told["scope"]) == (
        "TLP:GREEN", "partner", "partner:",
    )  # fmt: skip
    assert told["notes"] == ["cells of 0.01 degree"]
    assert told["filters"] == ["Country: Iraq"]
    assert told["audit"] == {"number": 3, "sha256": "ab" * 32}
    assert (told["key"], told["made_by"]) == (KEY_ID, "Office of Tests")
    assert told["made_at"] == "2026-11-22T09:30:00+00:00"


def test_the_same_things_are_said_in_the_same_bytes():
    """Whatever the order of the files and the zone of the clock."""
    baghdad = MADE.astimezone(timezone(timedelta(hours=3)))
    assert manifest(files=dict(reversed(DATA.items())), now=baghdad) == manifest()


def test_half_a_character_does_not_stop_a_manifest():
    """What a browser sends as a search may be no text at all."""
    about = dataclasses.replace(ABOUT, filters=("Text: \ud800",))
    assert json.loads(manifest(about))["filters"] == ["Text: ?"]


@pytest.mark.parametrize("files", [{}, {"manifest.json": b""}, {"manifest.sig": b""}])
def test_files_that_cannot_be_told_from_the_proof_are_refused(files):
    """None at all, or one that goes by the name of a part of the proof."""
    with pytest.raises(BadInput, match="cannot be signed"):
        manifest(files=files)


def test_a_file_with_a_name_that_no_archive_holds_is_refused():
    """Before anything is signed."""
    with pytest.raises(BadInput, match=r"'a/b' is no plain name.*choose another name"):
        manifest(files={"a/b": b""})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abم"), inner),
    max_leaves=8,
)  # fmt: skip


@given(JSON)
def test_canonical_json_is_read_as_it_was_and_written_as_it_was(value):
    """Both ways, whatever it holds."""
    text = canonical_json(value)
    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\udfff"])
def test_what_json_cannot_hold_is_refused(value):
    """Rather than written as something that no other program reads."""
    with pytest.raises(ValueError, match=r"JSON|surrogates"):
        canonical_json([value])


def test_a_signature_is_the_same_for_the_same_key_and_content():
    """And another for another."""
    assert sign(KEY, b"x") == sign(KEY, b"x")
    assert len({sign(KEY, b"x"), sign(KEY, b"y"), sign(OTHER_KEY, b"x")}) == 3


def test_a_private_key_survives_its_text():
    """Written and read."""
    assert sign(read_private(private_pem(KEY)), b"x") == sign(KEY, b"x")


@pytest.mark.parametrize("pem", [b"", b"x", private_pem(KEY)[:60], private_pem(KEY)[:-40]])
def test_what_is_no_key_is_refused(pem):
    """With a way out."""
    with pytest.raises(UnreadableFile, match=r"holds no Ed25519 key.*keys rotate"):
        read_private(pem)


def test_the_words_for_the_reader_name_files_and_key_and_what_is_not_proved():
    """Also what only the office can tell."""
    text = readme_text(["a {b}.csv"], key=KEY_ID, number=1234).decode()
    for words in (
        "a {b}.csv",
        KEY_ID,
        "1,234",
        "What it does not prove",
        "as the\n  office itself",
    ):
        assert words in text
