"""Text without passwords, tokens and paths of files; pure."""

from __future__ import annotations

import re

SECRET_WITHHELD = "[secret withheld]"  # noqa: S105 - the words that stand in a secret's place
"""What stands where a password or a token stood."""

PATH_WITHHELD = "[path withheld]"
"""What stands where the path of a file stood."""


def without_secrets(text: str) -> str:
    """`text` without passwords, tokens, cookies, private keys and paths of files; for logs.

    Hashes stay: a log must be able to name a file by what it holds. Addresses of the web keep
    their host and lose user, password and path.
    """
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


_NAMES = (
    r"pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|"
    r"authorization|credentials?|cookies?|session(?:[_-]?id)?|nonce|signature|ticket|"
    r"lamassu_browser|csrf|xsrf|code_verifier|assertion"
)

_SECRETS = (
    (
        re.compile(
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s]*"
            r"(?:-----END [A-Z ]{0,40}-----)?"
        ),
        SECRET_WITHHELD,
    ),
    (re.compile(r"(?i)\b((?:set-)?cookie[\"']?\s{0,3}[:=])[^\r\n]*"), rf"\1 {SECRET_WITHHELD}"),
    (re.compile(r"(?i)\b(bearer|basic|digest)\s{1,3}[\w.~+/=-]{8,}"), rf"\1 {SECRET_WITHHELD}"),
    (
        re.compile(
            rf"(?i)(?<![a-z])((?:\w{{1,40}}[_-])?(?:{_NAMES})[\"']?\s{{0,3}}[:=]\s{{0,3}})"
            r"(?:\"[^\"\r\n]*\"?|'[^'\r\n]*'?|(?!\[secret)[^\s\"'&,;]+)"
        ),
        rf"\1{SECRET_WITHHELD}",
    ),
    (re.compile(r"\beyJ[\w-]{5,}(?:\.[\w-]*){1,4}"), SECRET_WITHHELD),
    (re.compile(r"(://)[^\s/@\"'<>]{1,400}@"), rf"\1{SECRET_WITHHELD}@"),
    (re.compile(r"\bfile:/{1,3}[^\s\"'<>]+"), PATH_WITHHELD),
    (re.compile(r"(://[^\s/\"'<>?#]{1,400})[/?#](?!\[path)[^\s\"'<>]+"), rf"\1/{PATH_WITHHELD}"),
    (
        re.compile(r"([\"'`])(?:~?/|[A-Za-z]:[\\/]|\\\\)[^\"'`\r\n]{1,1000}\1"),
        rf"\1{PATH_WITHHELD}\1",
    ),
    (
        re.compile(r"(?<![\w:/.\\\]])~?/(?:[^\s\"'`<>:,;()\[\]/]+/)+[^\s\"'`<>:,;()\[\]/]*"),
        PATH_WITHHELD,
    ),
    (re.compile(r"(?<![\w])[A-Za-z]:[\\/][^\s\"'`<>|:,;]+"), PATH_WITHHELD),
    (re.compile(r"(?<![\\\w])\\\\[\w.-]+\\[^\s\"'`<>|,;]+"), PATH_WITHHELD),
)  # fmt: skip
"""What is taken out, in this order, and what stands in its place."""
