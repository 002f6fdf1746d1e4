"""The outside comes in here, and only here."""
