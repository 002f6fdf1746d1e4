"""Proof of what left the house: a canonical archive, its manifest and its signature; pure."""
