"""Serves the browser views."""
