"""The printed page: a map with all that makes it traceable, on one sheet of A4."""

from layers.briefing.page import file_name, page, preview_png, save

__all__ = ["file_name", "page", "preview_png", "save"]
