"""Pictures as bytes."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from layers.imagery import (
    png,
    true_colour,
)
from tests.scene_pictures import noise


def test_a_png_keeps_its_label_and_its_cells():
    """Saved and opened again, it is the same picture and still says what it shows."""
    picture = true_colour(noise("B02", "B03", "B04"), simulated=True)
    image = Image.open(io.BytesIO(png(picture)))
    assert image.text["Title"] == picture.label
    np.testing.assert_array_equal(np.asarray(image), picture.rgba)
    assert png(picture) == png(picture)
