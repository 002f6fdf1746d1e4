"""What is written down of a fault: where and of which kind, never with which values.

A message may quote a row, a coordinate, a path or a password. So every line of a log loses places
and secrets, and of an exception only its type and our own lines are told. Whoever meets a fault is
given its number, by which an administrator finds it.
"""

from __future__ import annotations

import logging
import secrets
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from geo.scrub import without_places, without_secrets

_HOUSE = Path(__file__).resolve().parents[2]

_OURS = tuple(str(_HOUSE / name) for name in ("app.py", "cli.py", "geo/", "layers/"))

_LOGGER = logging.getLogger("lamassu")


def scrubbed(text: str) -> str:
    """A text without places, paths, passwords and tokens, on one printable line."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return without_places(without_secrets(" ".join(printable.split())))


def told(error: BaseException) -> str:
    """An exception as it may be written down: types along its causes, and our lines.

    >>> told(KeyError("35.588, 42.718"))
    'KeyError'
    """
    parts = []
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        parts.append(" ".join([type(cause).__qualname__, *_lines(cause.__traceback__)]))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return " caused by ".join(parts)


def noted(error: BaseException) -> str:
    """The number under which a fault was written down; eight hexadecimal digits."""
    number = secrets.token_hex(4)
    _LOGGER.error("error %s: %s", number, told(error))
    return number


def install() -> None:
    """From now on every log line and every uncaught exception of this process is scrubbed.

    It holds for loggers and handlers that are made later too. A second call changes nothing.
    """
    plain = logging.getLogRecordFactory()
    if isinstance(plain, _Scrubbing):
        return
    logging.setLogRecordFactory(_Scrubbing(plain))
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


class _Scrubbing:
    """A factory of log records that hold neither values nor foreign traces."""

    def __init__(self, plain: Callable[..., logging.LogRecord]) -> None:
        self._plain = plain

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:  # noqa: ANN401 - of logging
        """The record, with its message made and scrubbed."""
        record = self._plain(*args, **kwargs)
        if record.name == "uvicorn.access":
            # Its formatter takes the parts of a request from the arguments.
            record.args = tuple(map(_part_of_request, record.args or ()))
        else:
            record.msg, record.args = _message(record), None
        if record.exc_info and record.exc_info[1]:
            record.exc_text = told(record.exc_info[1])
        record.exc_info = record.stack_info = None
        return record


def _message(record: logging.LogRecord) -> str:
    """The scrubbed message of a record; that of one which cannot be made says so."""
    try:
        return scrubbed(record.getMessage())
    except Exception as err:  # noqa: BLE001 - a value that cannot be told must not stop anything
        return f"a message that cannot be written ({type(err).__name__})"


def _part_of_request(part: object) -> object:
    """A part of a request's line; of a path, without what was asked of it."""
    return scrubbed(part.partition("?")[0]) if isinstance(part, str) else part


def _lines(trace: TracebackType | None) -> list[str]:
    """Our own lines of a trace, from the outside in, as ``layers/views/map.py:40``."""
    return [
        f"{Path(frame.f_code.co_filename).relative_to(_HOUSE).as_posix()}:{line}"
        for frame, line in traceback.walk_tb(trace)
        if frame.f_code.co_filename.startswith(_OURS)
    ]


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Write down what ended the process."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    noted(error)


def _uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    """Write down what ended a thread."""
    if arguments.exc_value is not None and not isinstance(arguments.exc_value, SystemExit):
        noted(arguments.exc_value)


def _unraisable(arguments: sys.UnraisableHookArgs) -> None:
    """Write down what could not be raised, such as a fault in a finaliser."""
    if arguments.exc_value is not None:
        noted(arguments.exc_value)
