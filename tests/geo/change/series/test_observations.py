"""What a watch is fed."""

from __future__ import annotations

import pytest

from geo.change.series import Bands
from geo.errors import BadInput


def test_bands_must_be_there_and_each_once():
    """No band, and one twice, are refused."""
    for names in ((), ("B02", "B02")):
        with pytest.raises(BadInput, match="each once"):
            Bands(names=names)
