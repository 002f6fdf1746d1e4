"""Files that are written whole or not at all, one by itself or several together."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from geo.errors import BadInput


@contextmanager
def whole_file(path: Path, *, suffix: str) -> Iterator[Path]:
    """A path to write to, which becomes `path` at the end; nothing is left if that fails.

    It ends in `suffix`, whatever `path` ends in. A file of that name is replaced.

    Raises
    ------
    BadInput
        If the file cannot be written, or something that is no file has its name.
    """
    _require_file(path)
    try:
        with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=path.parent) as folder:
            unfinished = Path(folder) / f"export{suffix}"
            yield unfinished
            unfinished.replace(path)
    except OSError as err:
        raise _unwritten(path, err) from err


@contextmanager
def whole_files(*paths: Path | None) -> Iterator[tuple[Path | None, ...]]:
    """Paths to write to, which become `paths` when all are written; if one fails, none does.

    Files of these names are replaced at the end, and stay as they were where something fails. None
    stays None.

    Raises
    ------
    BadInput
        If a file cannot be written, or something that is no file has its name.
    """
    for path in paths:
        _require_file(path)
    with ExitStack() as stack:
        drafts = tuple(path and stack.enter_context(_draft(path)) for path in paths)
        yield drafts
        for draft, path in zip(drafts, paths, strict=True):
            if draft is None or path is None:
                continue
            try:
                draft.replace(path)
            except OSError as err:
                raise _unwritten(path, err) from err


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """A path of the same name and on the same disk as `path`, gone at the end."""
    hidden = ""
    try:
        with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=path.parent) as folder:
            hidden = f"{Path(folder).name}{os.sep}"
            yield Path(folder) / path.name
    except OSError as err:
        raise _unwritten(path, err) from err
    except BadInput as err:  # whoever writes knows the draft only
        raise BadInput(
            err.what.replace(hidden, "") if hidden else err.what,
            expected=err.expected,
            remedy=err.remedy,
        ) from err


def _require_file(path: Path | None) -> None:
    """Refuse to take the place of a folder or a device, such as ``/dev/null``."""
    if path is not None and path.exists() and not path.is_file():
        raise BadInput(
            f"{path} cannot be written (it is no file)",
            expected="the name of a file in a folder that exists",
            remedy="choose another name",
        )


def _unwritten(path: Path, err: OSError) -> BadInput:
    """That a file cannot be written, and why."""
    return BadInput(
        f"{path} cannot be written ({err.strerror or err})",
        expected="a folder that exists, may be written to and has room",
    )
