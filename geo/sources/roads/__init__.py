"""Surveyed roads from OpenStreetMap and from files of lines."""
