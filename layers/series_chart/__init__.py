"""A value of one place through time, beside what it was expected to be."""

from layers.series_chart.chart import Series, series_page

__all__ = ["Series", "series_page"]
