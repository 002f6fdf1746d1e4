"""The signing key of an installation, made at its first use, and the public keys that it had."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from geo.errors import StoreError
from geo.evidence.signing import key_id, private_pem, public_pem, read_private
from geo.pipeline.evidence.durable import draft, flush, publish
from geo.settings import Settings

SIGNING, PUBLIC = "signing.pem", "public"
"""The private key, and the folder of the public ones, in the folder of keys."""


def signing_key(settings: Settings) -> Ed25519PrivateKey:
    """The key that this installation signs with, made if there is none.

    Of several processes that make it at once, all get the same.

    Raises
    ------
    UnreadableFile
        If the file holds no key.
    StoreError
        If it cannot be read or made.
    """
    file = settings.keys_folder / SIGNING
    with _reported():
        if not file.exists():
            publish(private_pem(Ed25519PrivateKey.generate()), file)
        private = read_private(file.read_bytes())
        _keep_public(settings, private)
    return private


def rotate(settings: Settings) -> tuple[str, str]:
    """Ids of the key that was used so far, which is destroyed, and of the new one.

    The public half of the old one stays: what it signed can still be checked.

    Raises
    ------
    StoreError
        If a key cannot be read or made; the old one then stays.
    """
    old = key_id(signing_key(settings).public_key())
    private = Ed25519PrivateKey.generate()
    file = settings.keys_folder / SIGNING
    with _reported(), draft(private_pem(private), file.parent) as made:
        _keep_public(settings, private)
        made.replace(file)
        flush(file.parent)
    return old, key_id(private.public_key())


def public_keys(settings: Settings) -> dict[str, bytes]:
    """The PEM of each public key that this installation signed with, by its id.

    Raises
    ------
    StoreError
        If they cannot be read.
    """
    with _reported():
        files = sorted((settings.keys_folder / PUBLIC).glob("*.pem"))
        return {file.stem: file.read_bytes() for file in files}


def read_by_others(settings: Settings) -> bool:
    """Whether the file system lets other accounts read the signing key."""
    file = settings.keys_folder / SIGNING
    return os.name == "posix" and file.exists() and bool(file.stat().st_mode & 0o077)


def _keep_public(settings: Settings, private: Ed25519PrivateKey) -> None:
    """Keep the public half of a key, under its id."""
    public = private.public_key()
    file = settings.keys_folder / PUBLIC / f"{key_id(public)}.pem"
    if not file.exists():
        publish(public_pem(public), file)


@contextmanager
def _reported() -> Iterator[None]:
    """Turn what the file system says inside the block into our own error."""
    try:
        yield
    except OSError as err:
        raise StoreError(
            f"the signing key cannot be read or kept ({err.strerror or type(err).__name__})",
            expected="a folder 'keys' in the installation's folder that its owner may write to",
            remedy="check its permissions and the free space",
        ) from err
