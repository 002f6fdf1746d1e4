"""No call of the house turns text or bytes of others into code, or into a command of the system."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]

FORBIDDEN = {
    "eval", "exec", "compile", "__import__", "pickle", "marshal", "shelve", "dill", "cloudpickle",
    "os.system", "os.popen", "yaml.load", "yaml.full_load", "yaml.unsafe_load",
}  # fmt: skip
"""Names that run what they are given, and modules whose files do."""

OUR_PATTERNS = {
    "geo/evidence/readme.py": "the words of every bundle",
    "geo/sources/writers/kml.py": "one of two ways to write a vertex",
    "geo/store/postgis_faults.py": "a table of messages",
}
"""Files that fill in patterns of their own by name, and which."""


def unsafe(source: str) -> list[str]:
    """What a source calls or imports of `FORBIDDEN`, and templates and shells made from values."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name in FORBIDDEN]
        elif isinstance(node, ast.ImportFrom) and node.module in FORBIDDEN:
            found.append(str(node.module))
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in FORBIDDEN:
                found.append(name)
            if any(k.arg == "shell" and ast.unparse(k.value) != "False" for k in node.keywords):
                found.append(f"{name} with a shell")
            if name.endswith((".format", ".format_map")) and not isinstance(
                node.func.value,
                ast.Constant,  # type: ignore[attr-defined]
            ):
                found.append(f"{name} of a text that is not written there")
    return found


def test_no_text_becomes_code():
    """Nothing is evaluated, unpickled, formatted by somebody's pattern, or given to a shell."""
    files = [*PROJECT.glob("geo/**/*.py"), *PROJECT.glob("layers/**/*.py")]
    files += [PROJECT / "app.py", PROJECT / "cli.py"]
    found = {
        path.relative_to(PROJECT).as_posix(): unsafe(path.read_text(encoding="utf-8"))
        for path in files
    }
    assert {
        name: calls for name, calls in found.items() if calls and name not in OUR_PATTERNS
    } == {}
    assert all(len(found[name]) == 1 for name in OUR_PATTERNS)


@pytest.mark.parametrize(
    "source",
    [
        "eval(text)",
        "import pickle",
        "from pickle import loads",
        "yaml.load(text)",
        "subprocess.run(words, shell=True)",
        "os.system(words)",
        "pattern.format(row)",
    ],
)
def test_a_planted_call_is_found(source: str):
    """The check can fail."""
    assert unsafe(source)
