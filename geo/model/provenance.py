"""What made a result."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What made a result, so that it can be made again."""

    method: str
    """Name and version of the detector or model."""
    inputs: dict[str, str]
    """Role and file name of each input, with the SHA-256 of its bytes."""
    parameters: dict[str, object]
    """Every parameter with its value."""
    versions: dict[str, str]
    """Versions of Lamassu and of the libraries that compute."""
    findings: dict[str, object] = field(default_factory=dict)
    """What the run found out on its way, such as the shift between the two dates."""
