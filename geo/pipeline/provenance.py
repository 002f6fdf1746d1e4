"""What makes a result, in a form that is the same on every machine."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json

import geo


def canonical(value: object) -> bytes:
    """`value` as JSON that is the same on every machine."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str
    ).encode()


def digest(value: object) -> str:
    """SHA-256 of `value`, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def versions(*libraries: str) -> dict[str, str]:
    """Versions of Lamassu and of the libraries whose change could change a result."""
    found = {name: importlib.metadata.version(name) for name in ("numpy", "scipy", *libraries)}
    return {"lamassu": geo.__version__, **found}
