"""What a page has worked out as a file with its proof: noted, signed and bundled."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from geo.evidence.manifest import About
from geo.model import Audience, Provenance, Tlp
from geo.pipeline.evidence.sealing import bundle_bytes, seal
from geo.pipeline.provenance import canonical
from layers.views import cache, who


def sealed_study(
    study_id: str, name: str, content: bytes, *, marking: Tlp, provenance: Provenance
) -> tuple[str, bytes]:
    """Name and content of the bundle of a study's file, for those who see what its maker sees.

    Raises
    ------
    InvalidSetting, StoreError
        As `geo.pipeline.evidence.sealing.seal` does.
    """
    made_from = json.loads(canonical(dataclasses.asdict(provenance)))
    return sealed_file(name, content, subject=study_id, marking=marking, provenance=made_from)


def sealed_file(
    name: str,
    content: bytes,
    *,
    subject: str,
    marking: Tlp,
    counts: Mapping[str, int] | None = None,
    notes: tuple[str, ...] = (),
    provenance: Mapping[str, object] | None = None,
) -> tuple[str, bytes]:
    """Name and content of the bundle of one file; that it leaves is in the audit."""
    store, principal = cache.store(), who.principal()
    audience = principal.viewer.audience
    office = audience is Audience.INTERNAL
    sealed = seal(
        store,
        cache.settings(),
        {name: content},
        about=About(
            subject=subject,
            marking=marking,
            audience=audience,
            scope=principal.viewer.scope if office else principal.viewer.role.value,
            made_by=principal.author if office else store.setting("producer_office"),
            counts=counts or {},
            notes=notes,
            provenance=provenance or {},
        ),
        action="export",
        subject=subject,
        explained=True,
        author=principal.author,
        now=datetime.now(UTC),
    )
    return f"{name}.zip", bundle_bytes(sealed)
