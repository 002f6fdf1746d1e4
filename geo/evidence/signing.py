"""Ed25519 signatures (RFC 8032) and the keys that make them, as text; pure."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from geo.errors import UnreadableFile
from geo.evidence.verify import key_id, public_pem

__all__ = ["key_id", "private_pem", "public_pem", "read_private", "sign"]


def sign(private: Ed25519PrivateKey, content: bytes) -> str:
    """The signature of `content`: 128 hexadecimal digits, the same for the same key and content."""
    return private.sign(content).hex()


def private_pem(private: Ed25519PrivateKey) -> bytes:
    """A private key as PEM, not encrypted (PKCS 8, RFC 8410)."""
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read_private(pem: bytes) -> Ed25519PrivateKey:
    """The private key that a PEM holds.

    Raises
    ------
    UnreadableFile
        If it holds no Ed25519 key.
    """
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        raise UnreadableFile(
            "the file of the signing key holds no Ed25519 key",
            expected="a key as Lamassu made it",
            remedy="restore the file, or take a new key with 'keys rotate'",
        )
    return private
