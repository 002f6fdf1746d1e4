"""Satellite scenes from STAC servers: asked for, and read piece by piece, by our own hand only."""
