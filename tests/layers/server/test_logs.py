"""What is written down of a fault holds no place, no secret and no foreign trace."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from layers.server import check_binding, logs
from layers.server.logs import install, noted, told

CANARY = "35.58812, 42.71834"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a process with scrubbed logs has written; afterwards logging is as it was."""
    for name in ("excepthook", "unraisablehook"):
        monkeypatch.setattr(sys, name, getattr(sys, name))
    monkeypatch.setattr("threading.excepthook", logs.threading.excepthook)
    # Streamlit, where it is loaded, has its loggers write by themselves.
    for name in ("streamlit", "streamlit.error_util", "uvicorn", "uvicorn.access", "uvicorn.error"):
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    plain = logging.getLogRecordFactory()
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(handler)
    install()
    yield stream
    logging.getLogger().removeHandler(handler)
    logging.captureWarnings(capture=False)
    logging.setLogRecordFactory(plain)


def fail_in_our_house() -> None:
    """Raise an error from one of our modules, caused by one with a place in its message."""
    try:
        {}["the tomb at " + CANARY]
    except KeyError as err:
        try:
            check_binding(None, None)  # type: ignore[arg-type]
            logs.scrubbed(None)  # type: ignore[arg-type]
        except TypeError as other:
            raise other from err
        raise


def test_a_line_of_any_logger_loses_places_and_secrets(written: io.StringIO):
    """Also where the values come apart from the message, and for loggers made before."""
    logging.getLogger("streamlit.anything").error("row at %s, %s", "35.58812", "42.71834")
    logging.getLogger("uvicorn.error").warning("postgresql://yusuf:pearl@host/db at " + CANARY)
    assert "35.58" not in written.getvalue()
    assert "pearl" not in written.getvalue()
    assert "ERROR streamlit.anything row at [place withheld]" in written.getvalue()


def test_a_line_stays_one_line(written: io.StringIO):
    """A value with line breaks cannot forge another entry."""
    logging.getLogger("x").error("name: %s", "Tell\nERROR forged\r\nentry\x1b[2J\u2028end")
    assert written.getvalue() == "ERROR x name: Tell ERROR forged entry [2J end\n"


def test_a_place_that_is_broken_over_two_lines_is_found(written: io.StringIO):
    """The lines are joined before places are looked for."""
    logging.getLogger("x").error("at 35.58812,\n 42.71834")
    assert written.getvalue() == "ERROR x at [place withheld]\n"


def test_a_trace_keeps_types_and_our_lines(written: io.StringIO):
    """Neither messages nor foreign paths are told; causes are."""
    try:
        fail_in_our_house()
    except Exception:
        logging.getLogger("streamlit.error_util").exception("Uncaught app execution")
    line = written.getvalue()
    assert "35.58" not in line
    assert "Traceback" not in line
    assert "layers/server/logs.py:" in line
    assert "caused by KeyError" in line
    assert str(Path(__file__).parents[3]) not in line


def test_a_message_that_cannot_be_made_is_told_so(written: io.StringIO):
    """A wrong number of values, or a value that fails, stops nothing."""

    class Failing:
        def __str__(self) -> str:
            raise RuntimeError(CANARY)

    logging.getLogger("x").error("%d", "one")
    logging.getLogger("x").error("%s", Failing())
    assert written.getvalue().splitlines() == [
        "ERROR x a message that cannot be written (TypeError)",
        "ERROR x a message that cannot be written (RuntimeError)",
    ]


def test_a_line_of_access_keeps_its_parts_but_not_what_was_asked(written: io.StringIO):
    """Uvicorn's own formatter finds the five parts of a request."""
    logging.getLogger("uvicorn.access").error(
        '%s - "%s %s HTTP/%s" %d', "127.0.0.1:5", "GET", f"/?at={CANARY}", "1.1", 200
    )
    assert written.getvalue() == 'ERROR uvicorn.access 127.0.0.1:5 - "GET / HTTP/1.1" 200\n'


def test_warnings_are_scrubbed_too(written: io.StringIO):
    """A library's warning about a row holds the row's place."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("geometry at " + CANARY, stacklevel=1)
    assert "[place withheld]" in written.getvalue()
    assert "35.58" not in written.getvalue()


def test_a_fault_has_a_number(written: io.StringIO):
    """Whoever met it and whoever reads the log speak of the same eight digits."""
    number = noted(ValueError("at " + CANARY))
    assert len(number) == 8
    assert int(number, 16) >= 0
    assert f"ERROR lamassu error {number}: ValueError" in written.getvalue()
    assert noted(ValueError()) != number


def test_installing_twice_is_installing_once(written: io.StringIO):
    """A second call wraps nothing again."""
    once = logging.getLogRecordFactory()
    install()
    assert logging.getLogRecordFactory() is once


def test_causes_that_lead_back_end():
    """Two errors that name each other as causes are each told once."""
    first, second = ValueError("a"), KeyError("b")
    first.__cause__, second.__cause__ = second, first
    assert told(first) == "ValueError caused by KeyError"


def test_a_suppressed_context_is_not_told():
    """What `from None` leaves out stays out."""
    outer = ValueError("outer")
    outer.__context__, outer.__suppress_context__ = KeyError("inner"), True
    assert told(outer) == "ValueError"


def test_whatever_ends_a_process_a_thread_or_a_finaliser_is_scrubbed(project: Path):
    """Nothing of an uncaught error reaches the standard streams but its type and number."""
    script = f"""
import sys, threading
from layers.server.logs import install
install()
class Failing:
    def __del__(self): raise OSError("{CANARY}")
def fail(): raise KeyError("{CANARY}")
thread = threading.Thread(target=fail); thread.start(); thread.join()
one = Failing(); del one
raise ValueError("{CANARY}")
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=project, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    kinds = [line.split(": ")[1].split()[0] for line in ended.stderr.splitlines()]
    assert kinds == ["KeyError", "OSError", "ValueError"]
    assert "35.58" not in ended.stderr
