"""A real nginx with the project's example configuration, on free ports of 127.0.0.1."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.browser.conftest import free_port

PEOPLE = {"noor": "pearl", "victor": "shell"}
"""Made-up names and passwords."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A running nginx."""

    address: str
    """Where browsers reach it, encrypted."""
    plain_address: str
    """Where it sends them there from."""
    trust: ssl.SSLContext
    """Believes its certificate and no other."""
    key_sha256: str
    """Base64 of the SHA-256 of its public key: how Chromium is told to believe it."""
    log: Path
    """What it writes of requests."""


@contextlib.contextmanager
def running_nginx(configuration: Path, folder: Path, *, to_port: int) -> Iterator[Site]:
    """A running nginx with `configuration` before the port `to_port`; only its places are changed.

    Fails if the configuration no longer names a place that has to be another here.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("no nginx on this machine")
    tls_port, plain_port = free_port(), free_port()
    places = {
        "listen 80;": f"listen 127.0.0.1:{plain_port};",
        "listen 443 ssl;": f"listen 127.0.0.1:{tls_port} ssl;",
        "http://127.0.0.1:8501;": f"http://127.0.0.1:{to_port};",
        "/etc/nginx/lamassu/": f"{folder}/",
        "/var/log/nginx/": f"{folder}/",
    }
    text = configuration.read_text(encoding="utf-8")
    for place, here in places.items():
        assert place in text, f"the example names {place}"
        text = text.replace(place, here)
    (folder / "site.conf").write_text(text, encoding="utf-8")
    (folder / "nginx.conf").write_text(_whole(folder), encoding="utf-8")
    _write_people(folder / "users")
    key_sha256 = _write_certificate(folder)
    # A list of arguments, no shell, and only files of this test's folder.
    server = subprocess.Popen(
        [program, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")],
        stderr=subprocess.PIPE,
    )
    try:
        _wait_until_open(server, tls_port)
        yield Site(
            address=f"https://127.0.0.1:{tls_port}",
            plain_address=f"http://127.0.0.1:{plain_port}",
            trust=ssl.create_default_context(cafile=str(folder / "certificate.pem")),
            key_sha256=key_sha256,
            log=folder / "lamassu.log",
        )
    finally:
        server.terminate()
        server.communicate(timeout=10)


def _whole(folder: Path) -> str:
    """What stands around the site in nginx's own configuration."""
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # Its workers would else be another account, which cannot read a test's folder.
    account = "user root;" if os.getuid() == 0 else ""
    return (
        f"{account} worker_processes 1; daemon off; pid {folder}/pid;"
        f"error_log {folder}/error.log; events {{ worker_connections 256; }}"
        f"http {{ {temporary} include {folder}/site.conf; }}"
    )


def _write_people(path: Path) -> None:
    """The file of names and passwords."""
    lines = (f"{name}:{{PLAIN}}{password}\n" for name, password in PEOPLE.items())
    path.write_text("".join(lines), encoding="utf-8")


def _write_certificate(folder: Path) -> str:
    """A certificate of its own for 127.0.0.1, and its key; gives the SHA-256 of the public one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lamassu.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(hashlib.sha256(public).digest()).decode()


def _wait_until_open(server: subprocess.Popen[bytes], port: int) -> None:
    """Returns once nginx listens; fails with its words if it ends."""
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    words = server.stderr.read().decode() if server.stderr and server.poll() is not None else ""
    pytest.fail(f"nginx does not listen: {words}")
