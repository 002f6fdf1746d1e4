"""A server of files in parts on this machine, as object stores are, and with their ways to fail."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAULTS = (
    "500", "once 503", "hang", "drip", "elsewhere", "round and round", "no parts", "wrong part",
    "short", "long", "lies about size", "changes", "packed", "login", "no range words",
)  # fmt: skip
"""Ways in which a file is served badly."""


@dataclass
class FileServer:
    """A running server; `files` and `faults` may be changed while it runs."""

    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    """Bytes by path."""
    faults: dict[str, str] = field(default_factory=dict)
    """How a path is served badly."""
    posted: dict[str, bytes] = field(default_factory=dict)
    """Answers to what is posted, by path."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Path and range of each request, in order."""
    woken: threading.Event = field(default_factory=threading.Event)
    """Set when the server ends, for those of its threads that sleep."""
    elsewhere: str = "http://10.255.255.1/secret"
    """Where the fault of that name sends the asker."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def host(self) -> str:
        """It as a list of hosts has it."""
        return f"127.0.0.1:{self.port}"


@contextmanager
def file_server() -> Iterator[FileServer]:
    """A server on a free port."""
    state = FileServer()

    class Handler(_Handler):
        served = state

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        state.woken.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    """A server that says nothing of those who hang up before it is done."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing."""


class _Handler(BaseHTTPRequestHandler):
    """Answers GET with parts, and POST with what was put there."""

    served: FileServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name above
        """Say nothing."""

    def do_POST(self) -> None:
        """Answer what was posted with what is there."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.served.asked.append((self.path, "POST"))
        self._answer(
            200, self.served.posted.get(self.path, b""), {"Content-Type": "application/json"}
        )

    def do_GET(self) -> None:
        """Give a part, or fail as told."""
        wanted = self.headers.get("Range", "")
        path = self.path.partition("?")[0]
        self.served.asked.append((path, wanted))
        fault = self.served.faults.get(path, "")
        content = self.served.files.get(path)
        if content is None:
            self._answer(404, b"")
        elif fault:
            self._fail(fault, path, content, wanted)
        else:
            self._part(content, wanted)

    def _part(self, content: bytes, wanted: str, **more: str) -> None:
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", wanted)
        if not found:
            self._answer(200, content)
            return
        first, last = int(found[1]), min(int(found[2]), len(content) - 1)
        if first >= len(content):
            self._answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            return
        headers = {"Content-Range": f"bytes {first}-{last}/{len(content)}", "ETag": '"one"'}
        self._answer(206, content[first : last + 1], headers | more)

    def _fail(self, fault: str, path: str, content: bytes, wanted: str) -> None:
        size = len(content)
        first = sum(one == path for one, _ in self.served.asked) == 1
        answers = {
            "500": (500, b"no", {}),
            "elsewhere": (302, b"", {"Location": self.served.elsewhere}),
            "round and round": (302, b"", {"Location": path}),
            "no parts": (200, content, {}),
            "wrong part": (206, content[1:65537], {"Content-Range": f"bytes 1-65536/{size}"}),
            "long": (206, content + bytes(200_000), {"Content-Range": "bytes 0-65535/65536"}),
            "lies about size": (
                206, content[:65_536], {"Content-Range": f"bytes 0-65535/{10 * size}"},
            ),
            "packed": (200, content, {"Content-Encoding": "gzip"}),
            "login": (403, b"no", {}),
            "no range words": (206, content[:65_536], {}),
        }  # fmt: skip
        if fault in answers:
            self._answer(*answers[fault])
        elif fault == "once 503" and first:
            self._answer(503, b"no", {"Retry-After": "7"})
        elif fault == "once 503":
            self._part(content, wanted)
        elif fault == "hang":
            self.served.woken.wait(5)
        elif fault == "drip":
            self._drip(content)
        elif fault == "short":
            self._break_off(content)
        elif fault == "changes":
            self._part(content, wanted, ETag=f'"{len(self.served.asked)}"')
        else:
            raise AssertionError(fault)

    def _break_off(self, content: bytes) -> None:
        self.send_response(206)
        self.send_header("Content-Range", f"bytes 0-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:100])
        self.close_connection = True

    def _drip(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        for byte in content[:200]:
            if self.served.woken.wait(0.05):
                break
            try:
                self.wfile.write(bytes([byte]))
            except OSError:
                break
        self.close_connection = True

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
