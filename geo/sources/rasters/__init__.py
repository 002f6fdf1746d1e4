"""Scenes, heights and cubes, and the simulated scenes."""
