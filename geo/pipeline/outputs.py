"""Files that a run is to write, looked at before the work begins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from geo.errors import BadInput


def require_outputs(outputs: Sequence[Path | None], *, inputs: Sequence[Path] = ()) -> None:
    """Refuse files to write that would fail, or take the place of an input or of each other.

    Raises
    ------
    BadInput
        If one of them is so.
    """
    taken = {path.resolve() for path in inputs}
    for path in (path for path in outputs if path is not None):
        if (path.exists() and not path.is_file()) or not path.absolute().parent.is_dir():
            raise BadInput(
                f"{path} cannot be written",
                expected="the name of a file in a folder that exists",
                remedy="make the folder first, or choose another name",
            )
        if path.resolve() in taken:
            raise BadInput(
                f"{path} would take the place of another file of this run",
                expected="a name of its own for each file",
                remedy="choose another name",
            )
        taken.add(path.resolve())
