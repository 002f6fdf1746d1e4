"""What Lamassu knows: records, grids, sources, store and analysis. Imports no user interface."""

__version__ = "0.1.0"
