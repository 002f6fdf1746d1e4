"""Names of Sentinel-1 products."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from geo.change.sar.naming import product_of

NAME = "S1{}_IW_GRDH_1SDV_20170309T024205_20170309T024230_{:06d}_0192C4_5E32"


@pytest.mark.parametrize(
    ("satellite", "absolute", "relative"), [("A", 73, 1), ("A", 247, 175), ("B", 27, 1)]
)
def test_a_product_tells_its_time_and_orbit(satellite, absolute, relative):
    """The first second, and the relative orbit by the satellite's own count."""
    product = product_of(f"/made-up/{NAME.format(satellite, absolute)}.tif")
    assert product is not None
    assert product.taken_at == datetime(2017, 3, 9, 2, 42, 5, tzinfo=UTC)
    assert (product.orbit, product.satellite) == (relative, f"Sentinel-1{satellite}")


@pytest.mark.parametrize(
    "name",
    ["", "vv.tif", NAME.format("D", 73), NAME.format("A", 73).replace("0309T", "1399T")],
)
def test_other_names_tell_nothing(name):
    """None, also for a date that does not exist."""
    assert product_of(name) is None
