"""The errors: what a message looks like, and who catches whom."""

from __future__ import annotations

import copy
import inspect
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import errors
from geo.errors import BadInput, InvalidSetting, LamassuError, NotFound, StoreBusy, StoreError

EVERY_CLASS = [
    thing
    for _, thing in inspect.getmembers(errors, inspect.isclass)
    if thing.__module__ == errors.__name__
]

parts = st.text(max_size=40)


def test_a_message_is_what_then_expected_then_remedy():
    """The three parts make one sentence that a command line can print."""
    error = BadInput(
        "latitude 138.2 is out of range",
        expected="-90 to 90",
        remedy="check whether the columns are swapped",
    )
    assert str(error) == (
        "latitude 138.2 is out of range; expected -90 to 90; check whether the columns are swapped"
    )


@pytest.mark.parametrize(
    ("expected", "remedy", "line"),
    [
        ("", "", "the file is empty"),
        ("a header", "", "the file is empty; expected a header"),
        ("", "export it again", "the file is empty; export it again"),
    ],
)
def test_a_part_that_is_not_given_leaves_no_trace(expected: str, remedy: str, line: str):
    """No dangling semicolon and no bare word stand for a missing part."""
    assert str(LamassuError("the file is empty", expected=expected, remedy=remedy)) == line


@pytest.mark.parametrize(
    "hostile",
    [
        "two\nlines",
        "two\r\nlines",
        "a\x1b[2Jb",
        "a\x00b",
        "a\u2028b",
        "a\u202eb",
        "a\udcffb",
        "a\tb",
    ],
)
def test_a_value_from_a_file_cannot_break_the_line(hostile: str):
    """Line breaks, terminal escapes, direction marks and lone surrogates become one space."""
    assert str(BadInput(hostile)).isprintable()
    assert len(str(BadInput(hostile)).split(" ")) == 2


@given(what=parts, expected=parts, remedy=parts)
def test_every_message_is_one_printable_line(what: str, expected: str, remedy: str):
    """Whatever the parts hold, the message can be printed anywhere on one line."""
    line = str(LamassuError(what, expected=expected, remedy=remedy))
    assert line.isprintable()
    assert line == line.strip()
    line.encode()


@given(what=parts, expected=parts, remedy=parts)
def test_the_parts_are_kept_as_they_were_given(what: str, expected: str, remedy: str):
    """A table of quarantined rows shows the parts in columns, without loss."""
    error = LamassuError(what, expected=expected, remedy=remedy)
    assert (error.what, error.expected, error.remedy) == (what, expected, remedy)


def test_arabic_text_is_left_alone():
    """A name in Arabic script is printable and stays as it is."""
    assert str(NotFound("الحضر is in no table")) == "الحضر is in no table"


@pytest.mark.parametrize("error_class", EVERY_CLASS)
def test_every_error_crosses_a_process_border(error_class: type[LamassuError]):
    """A worker's error arrives whole: pickled or copied, it has its class and its three parts."""
    error = error_class("the row", expected="a date", remedy="write it as 2015-02-26")
    for arrived in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(arrived) is error_class
        assert str(arrived) == str(error)
        assert (arrived.what, arrived.expected, arrived.remedy) == (
            "the row",
            "a date",
            "write it as 2015-02-26",
        )


@pytest.mark.parametrize("error_class", EVERY_CLASS)
def test_every_error_is_one_of_ours_and_says_what_it_is_for(error_class: type[LamassuError]):
    """One `except LamassuError` catches them all, and each has a docstring of its own."""
    assert issubclass(error_class, LamassuError)
    assert error_class.__doc__


def test_the_tree_tells_refusal_from_failure():
    """Bad input is a ValueError, what is missing a LookupError, a failing store a RuntimeError."""
    assert issubclass(InvalidSetting, BadInput)
    assert issubclass(BadInput, ValueError)
    assert issubclass(NotFound, LookupError)
    assert issubclass(StoreBusy, StoreError)
    assert issubclass(StoreError, RuntimeError)
    assert not issubclass(StoreError, BadInput)


def test_the_cause_is_kept():
    """A foreign error stays visible behind ours."""

    def read() -> None:
        try:
            int("Nimrud")
        except ValueError as err:
            raise BadInput("count 'Nimrud'", expected="a whole number") from err

    with pytest.raises(BadInput, match="count 'Nimrud'; expected a whole number") as caught:
        read()
    assert isinstance(caught.value.__cause__, ValueError)
