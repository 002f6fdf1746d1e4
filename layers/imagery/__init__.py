"""Scenes, scores and their comparison as pictures."""

from layers.imagery.chips import chip
from layers.imagery.picture import Picture, png
from layers.imagery.placing import image_overlay, on_web_map
from layers.imagery.scenes import Stretch, shared_stretch, true_colour
from layers.imagery.scores import score_legend_html, score_picture
from layers.imagery.swipe import page_colours, swipe_html
from layers.imagery.timelapse import Frame, timelapse_html

__all__ = [
    "Frame",
    "Picture",
    "Stretch",
    "chip",
    "image_overlay",
    "on_web_map",
    "page_colours",
    "png",
    "score_legend_html",
    "score_picture",
    "shared_stretch",
    "swipe_html",
    "timelapse_html",
    "true_colour",
]
