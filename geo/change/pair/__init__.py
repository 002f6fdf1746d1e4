"""Change between two dates: maps of change, their fusion, the decision, and blocks of any size."""
