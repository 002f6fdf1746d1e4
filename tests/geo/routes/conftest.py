"""What several tests of routes are about."""

from __future__ import annotations

import pytest

from geo.routes.records import Records
from tests.geo.routes.small_records import five_posts


@pytest.fixture
def records() -> Records:
    """Five posts of two kinds, one of them unseen, and a group of each sort."""
    return five_posts()
