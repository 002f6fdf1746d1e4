"""Proof of what came in and what left: keys, originals, sealed files, and checking them again."""

from geo.pipeline.evidence.bundles import (
    Handed,
    export_bundle,
    export_file,
    page_bundle,
    page_file,
)

__all__ = ["Handed", "export_bundle", "export_file", "page_bundle", "page_file"]
