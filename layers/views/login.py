"""The page of those who are nobody yet: the name of the house, one sentence, one button."""

from __future__ import annotations

from typing import Literal

import streamlit as st
from streamlit.errors import StreamlitAuthError

from geo.access import Principal
from geo.settings import Login
from layers.emblem import emblem_svg
from layers.style import picture_html, safe_html
from layers.views import cache, who

NOT_SET_UP = (
    "Nobody can log in: this server knows no identity provider yet. Its administrator names one in "
    "the section auth of the file secrets.toml."
)


def show(somebody: Principal) -> None:
    """The page; `somebody` may be known to the provider or the proxy and still have no role."""
    chosen = cache.settings()
    with st.container(horizontal_alignment="center"):
        st.html(f"{_STYLE}{_head_html(_sentence(somebody, chosen.login, chosen.proxy_header))}")
        if chosen.login is Login.OIDC:
            log_in_button(width=260)
            if who.logged_in():
                st.button("Log out", type="tertiary", on_click=who.log_out)


def log_in_button(*, width: int | Literal["content"] = "content") -> None:
    """The way to the identity provider."""
    if st.button("Log in", type="primary", width=width, key="log in"):
        try:
            st.login()
        except StreamlitAuthError:
            st.error(NOT_SET_UP)


def _sentence(somebody: Principal, login: Login, header: str) -> str:
    """What to do, or what is missing, as inert HTML."""
    if somebody.remark:
        return safe_html(somebody.remark)
    if login is Login.PROXY:
        return (
            "The gateway before Lamassu did not say who you are: it sent no header "
            f"<code>{safe_html(header)}</code>."
        )
    return "Your role decides what you see, and how exactly."


def _head_html(sentence: str) -> str:
    """Emblem, name and sentence as inert HTML."""
    return (
        "<main class='lamassu-login'>"
        f"{picture_html(emblem_svg())}<h1>Lamassu</h1><p>{sentence}</p></main>"
    )


_STYLE = """<style>
.lamassu-login{display:flex;flex-direction:column;align-items:center;text-align:center;
gap:.35rem;margin:14vh auto 0;max-width:26rem}
.lamassu-login img{width:84px;height:84px}
.lamassu-login h1{font-family:Georgia,"Times New Roman",serif;font-weight:500;
letter-spacing:.04em;font-size:2.6rem;padding:.3rem 0 0;margin:0}
.lamassu-login p{font-size:1.05rem;line-height:1.5;opacity:.8;margin:.2rem 0 1rem;
overflow-wrap:anywhere}
.lamassu-login code{white-space:nowrap}
</style>"""
