"""The two wrappers around Streamlit's cache; no other cache holds anything of a store.

What a cache holds is shared by every session of the server. A thing that depends on who looks is
therefore kept by `scoped` alone, whose key comes from the very store that it is computed from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import streamlit as st

from geo.pipeline.guard import GuardedStore

P = ParamSpec("P")
R = TypeVar("R")
OfStore = Callable[Concatenate[GuardedStore, P], R]


def common(most: int | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keeps up to `most` answers of a function that gives every viewer the same; None is no limit.

    Its arguments are plain values and all of them are the key; the answer is never changed.
    """

    def wrap(compute: Callable[P, R]) -> Callable[P, R]:
        kept: Callable[P, R] = st.cache_resource(show_spinner=False, max_entries=most)(compute)
        return kept

    return wrap


def scoped(most: int) -> Callable[[OfStore[P, R]], OfStore[P, R]]:
    """Keeps up to `most` answers of a function of a guarded store and of plain values.

    The key is the store's address, revision, members and groups, through whose eyes it is read, and
    the plain values. Two viewers share an answer only where they see the same; it is never changed.
    """

    def wrap(compute: OfStore[P, R]) -> OfStore[P, R]:
        def kept(
            key: tuple[str, int, int, str],
            _store: GuardedStore,  # unhashed: all that it changes in the answer is in the key
            *values: Any,  # noqa: ANN401 - whatever `compute` takes
        ) -> Any:  # noqa: ANN401 - whatever `compute` gives
            del key
            computed: Callable[..., R] = compute
            return computed(_store, *values)

        # Streamlit tells functions apart by these names.
        kept.__module__, kept.__qualname__ = compute.__module__, compute.__qualname__
        held = st.cache_resource(show_spinner=False, max_entries=most)(kept)

        def ask(store: GuardedStore, /, *values: P.args, **named: P.kwargs) -> R:
            if named:
                raise TypeError("values of a scoped function go by their places")
            seen_as = store.principal.viewer.scope
            key = (store.url, store.revision(), store.access_version(), seen_as)
            answer: R = held(key, store, *values)
            return answer

        return ask

    return wrap
