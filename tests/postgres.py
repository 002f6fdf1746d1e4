"""A PostgreSQL server of the tests' own, with PostGIS, on a free port; gone when they end."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

OWNER = "lamassu_owner"
"""The account that a store is opened with; no superuser."""

ROLES = ("lamassu_clear", "lamassu_green", "lamassu_amber", "lamassu_amber_strict", "lamassu_red")
"""The roles of those who read with programs of their own."""

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "64MB",
    # No power is lost in a test: these make it quick.
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}  # fmt: skip

_numbers = count(1)


def programs() -> Path | None:
    """The folder of the newest PostgreSQL server's programs; None if there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: path.parts)
    on_path = shutil.which("pg_ctl")
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else None


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server."""

    programs: Path
    folder: Path
    port: int
    password: str

    def url(self, database: str, *, user: str = OWNER, password: str | None = None) -> str:
        """The URL of a database for `geo.store.open_store`."""
        word = self.password if password is None else password
        return f"postgresql://{user}:{word}@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str, *, database: str = "postgres", user: str = "postgres") -> Any:
        """Execute SQL as an account, the superuser unless another is named; rows if it has any."""
        with closing(self.connect(database, user=user)) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else None

    def connect(self, database: str, *, user: str = "postgres") -> psycopg.Connection:
        """A connection that commits each statement."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, dbname=database, user=user, password=self.password,
            autocommit=True,
        )  # fmt: skip

    def new_database(self, *, template: str = "with_postgis", more: str = "") -> str:
        """Make a database that belongs to `OWNER`; gives its name."""
        name = f"lamassu_{next(_numbers)}"
        self.run(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template} {more}")
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database and whoever is connected to it."""
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def new_user(self, *roles: str) -> str:
        """Make an account with the server's password and these roles; gives its name."""
        name = f"reader_{next(_numbers)}"
        self.run(f"CREATE ROLE {name} LOGIN PASSWORD '{self.password}'")
        for role in roles:
            self.run(f"GRANT {role} TO {name}")
        return name

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
        self._control("start", "-o", f"-p {self.port} {options}", "-l", str(self.folder / "log"))

    def stop(self, *, mode: str = "fast") -> None:
        """Stop the server; ``immediate`` is as if its process were killed."""
        self._control("stop", "-m", mode)

    def log(self) -> str:
        """All that the server wrote into its log."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def _control(self, *arguments: str) -> None:
        data = str(self.folder / "data")
        call(str(self.programs / "pg_ctl"), "-D", data, "-w", "-s", *arguments)


def call(*command: str) -> None:
    """Run a program of the server; as the user postgres if this is root, who may not run it."""
    as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*as_other, *command], check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, cwd="/", timeout=120,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stdout}")


@contextmanager
def running_server() -> Iterator[Server]:
    """A new server with the account `OWNER`, the `ROLES` and a template with PostGIS."""
    found = programs()
    if found is None:
        raise RuntimeError("no PostgreSQL server is installed")
    with tempfile.TemporaryDirectory(
        prefix="lamassu-postgres-", ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        password = secrets.token_urlsafe(12)
        word = folder / "password"
        word.write_text(password)
        word.chmod(0o600)
        if os.geteuid() == 0:
            for path in (folder, word):
                shutil.chown(path, "postgres")
        call(str(found / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "-A",
             "scram-sha-256", "--pwfile", str(word), "-E", "UTF8", "--locale", "C.UTF-8",
             "--no-sync")  # fmt: skip
        server = Server(programs=found, folder=folder, port=_free_port(), password=password)
        server.start()
        with _ended_with_this_process(folder):
            try:
                _furnish(server)
                yield server
            finally:
                server.stop(mode="immediate")


@contextmanager
def _ended_with_this_process(folder: Path) -> Iterator[None]:
    """Let nothing of a server stay when this process is killed before it can stop the server."""
    script = (
        'while kill -0 "$1" 2>/dev/null; do sleep 2; done;'
        ' kill -QUIT "$(head -n 1 "$2/data/postmaster.pid")"; sleep 1; rm -rf "$2"'
    )
    watch = subprocess.Popen(
        ["sh", "-c", script, "sh", str(os.getpid()), str(folder)], start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
    )  # fmt: skip
    try:
        yield
    finally:
        watch.kill()
        watch.wait()


def _furnish(server: Server) -> None:
    """Make accounts and the template."""
    server.run(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{server.password}'")
    for role in ROLES:
        server.run(f"CREATE ROLE {role}")
    server.run("CREATE DATABASE with_postgis")
    server.run("CREATE EXTENSION postgis", database="with_postgis")


def _free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The server of this session; the test is skipped where none is installed."""
    if programs() is None:
        pytest.skip("no PostgreSQL server is installed")
    with running_server() as server:
        yield server
