"""A real nginx of this machine, run by an ordinary user or root with a configuration of ours."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .go_programs import CANNOT_RUN
from .nodes import await_port, ended

_TYPES = "types { text/html html; text/css css; application/json json; }"
_FORM_OF_FILES = 5
"""The form of the head of cached files this code knows: `ngx_http_file_cache_header_t` of nginx 1.11 and later."""


@contextmanager
def running_nginx(folder: Path, servers: str, port: int) -> Iterator[None]:
    """Run nginx with what stands at the level of http, until the block ends; `port` is one that it listens at."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.exit(
            "the interop tests need nginx: it is not installed, nothing was verified", returncode=CANNOT_RUN
        )
    user = "user root;\n" if os.geteuid() == 0 else ""
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"{user}pid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{_TYPES}\n{servers}}}\n",
        "utf-8",
    )
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    with ended(subprocess.Popen(command)) as server:
        await_port(port, server)
        yield


def let_pass(cache: Path, seconds: int) -> int:
    """Make all that nginx has cached in a folder as old as it will be then; return how many files that are.

    Its own clock stays: the time until which each file counts as fresh, the second number in it, is moved back.
    """
    files = [path for path in cache.rglob("*") if path.is_file()]
    for path in files:
        with path.open("r+b") as file:
            form, fresh_until = struct.unpack("@Nq", file.read(16))
            assert form == _FORM_OF_FILES, f"nginx writes its cache in form {form}"
            file.seek(8)
            file.write(struct.pack("@q", fresh_until - seconds))
    return len(files)
