"""Which of many like cases each run tries; a thorough run tries them all."""

from __future__ import annotations

from collections.abc import Iterable

import pytest


def every(step: int, cases: Iterable[object]) -> list[object]:
    """The cases as parameters of a test, of which a run takes every `step`-th from the first on.

    A case that is a tuple stands for as many arguments.
    """
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            marks=pytest.mark.thorough if number % step else (),
        )
        for number, case in enumerate(cases)
    ]
