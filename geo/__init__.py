"""What Lamassu knows: records, grids, sources, store and analysis. Imports no user interface."""
