"""Scenes, scores and their comparison as pictures."""

from layers.imagery.picture import (
    Picture,
    Stretch,
    chip,
    image_overlay,
    on_web_map,
    png,
    score_legend_html,
    score_picture,
    shared_stretch,
    true_colour,
)
from layers.imagery.swipe import swipe_html

__all__ = [
    "Picture",
    "Stretch",
    "chip",
    "image_overlay",
    "on_web_map",
    "png",
    "score_legend_html",
    "score_picture",
    "shared_stretch",
    "swipe_html",
    "true_colour",
]
