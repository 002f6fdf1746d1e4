"""The only place where sources, store and analysis meet: every verb of the app and the shell."""

from pathlib import Path

FACTS_FOLDER = Path(__file__).resolve().parents[2] / "data"
"""The embedded facts."""
