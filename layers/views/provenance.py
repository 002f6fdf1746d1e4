"""What a result was made from, so that it can be made again."""

from __future__ import annotations

import streamlit as st

from geo.model import Provenance
from layers.style import safe_markdown


def show_provenance(study_id: str, provenance: Provenance) -> None:
    """Inputs with their fingerprints, parameters and versions, folded away."""
    with st.expander("Provenance: how to make the same answer again"):
        st.caption(
            f"{safe_markdown(study_id)}, {safe_markdown(provenance.method)}: the same inputs, "
            "parameters and seed give the same answer."
        )
        inputs = [f"{role}  sha256 {digest}" for role, digest in provenance.inputs.items()]
        st.code("\n".join(inputs) or "no inputs", language=None)
        st.json(
            {"parameters": provenance.parameters, "versions": provenance.versions}, expanded=False
        )
