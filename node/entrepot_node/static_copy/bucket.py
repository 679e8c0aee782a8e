"""A static copy in a bucket of an S3-compatible object store.

Objects are put side by side, in a bounded number, with the headers that the store then sends with them. Nothing is
packed: a bucket cannot ask its readers what they accept (EXC-07). Credentials come from the environment alone, and
stand in no message. Needs the extra `s3`.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import re
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import ObjectStore, S3Store

from entrepot_node.static_copy import layout
from entrepot_node.static_copy.bucket_lock import BucketLock, put_if
from entrepot_node.static_copy.manifest import NAME
from entrepot_node.static_copy.serving import freshness, media_type
from entrepot_schema.errors import Conflict, EntrepotError, Misuse, Unavailable

_BUCKET = re.compile(
    r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)/?", re.ASCII
)
_AT_ONCE = 16
_WAITING = 64  # objects in memory until they are put
_SOURCES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


class Bucket:
    """Writes below one prefix of a bucket."""

    def __init__(self, store: ObjectStore, name: str) -> None:
        self.name = name
        self._store = store
        self._lock = BucketLock(store, name)
        self._pool: ThreadPoolExecutor | None = None
        self._room = threading.BoundedSemaphore(_WAITING)
        self._pending: list[Future[None]] = []
        self._gone: list[str] = []
        self._shown: str | None = None
        self._there: dict[str, str] = {}
        self.keeps_versions = False
        """Whether the store was seen to keep old versions of what is replaced or removed."""

    def read(self, name: str) -> bytes | None:
        """Read an object; None where there is none."""
        try:
            found = obstore.get(self._store, name)
        except FileNotFoundError:
            return None
        if name == layout.CHECKPOINT:
            self._shown = found.meta["e_tag"]
        raw = bytes(found.bytes())
        return gzip.decompress(raw) if name == NAME else raw

    def holds(self, name: str) -> bool:
        """Answer whether there is an object of a name, or any below it."""
        if any(batch for batch in obstore.list(self._store, f"{name}/", chunk_size=1)):
            return True
        try:
            obstore.head(self._store, name)
        except FileNotFoundError:
            return False
        return True

    def make(self, home: Path, *, dry: bool) -> None:
        """A bucket is there, and holds no keys."""

    def require_within(self, names: Iterable[str]) -> None:
        """Nothing in a bucket leads out of it."""

    def go_on(self) -> None:
        """Look what is there, so that it is not sent again."""
        for batch in obstore.list(self._store):
            self._there.update((one["path"], (one["e_tag"] or "").strip('"')) for one in batch)

    def put(self, name: str, raw: bytes) -> None:
        """Write or replace an object. It is there after `settle`; the head, which implies all others, at once."""
        self._flush_removals()
        self._lock.renew()
        if name == layout.CHECKPOINT:
            self._put_head(raw)
        elif name not in self._there or self._there[name] != _tag_of(raw):
            self._room.acquire()
            self._pending.append(self._running().submit(self._put, name, raw))
            self._reap()

    def remove(self, name: str) -> None:
        """Remove an object, before anything is put that comes after this."""
        self._gone.append(name)

    def settle(self) -> None:
        """Wait until all is there and gone."""
        self._flush_removals()
        for one in self._pending:
            one.result()
        self._pending.clear()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the bucket, so that two runs never write at once; raise `static.locked`."""
        self._lock.take()
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="put")
        try:
            yield
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
            self._lock.give_back()

    @contextlib.contextmanager
    def faults(self) -> Iterator[None]:
        """Tell in words why the bucket cannot be written; what it served before it serves still."""
        try:
            yield
        except EntrepotError:
            raise
        except FileNotFoundError as error:
            raise Misuse("static.bucket", f"there is no {self.name}, or not at this endpoint") from error
        except (PermissionDeniedError, UnauthenticatedError) as error:
            hint = "It needs to list, read, write and delete objects; the keys come from AWS_ACCESS_KEY_ID and its like."
            raise Misuse(
                "static.bucket", f"{self.name} refuses what these keys ask for", hint=hint
            ) from error
        except BaseError as error:
            # Only the first words: what follows may show parts of a signed request.
            words = str(error).partition("\n")[0].partition("<")[0].strip()
            message = f"{self.name} cannot be written: {words}"
            raise Unavailable("static.bucket", message, hint="Run it again; it goes on.") from error

    def _running(self) -> ThreadPoolExecutor:
        if self._pool is None:
            raise RuntimeError("the bucket is not held")
        return self._pool

    def _put(self, name: str, raw: bytes) -> None:
        try:
            body = gzip.compress(raw, 6, mtime=0) if name == NAME else raw
            done = obstore.put(self._store, name, body, attributes=_attributes(name), use_multipart=False)
            if done["version"] not in (None, "", "null"):
                self.keeps_versions = True
        finally:
            self._room.release()

    def _put_head(self, raw: bytes) -> None:
        """Replace the head that was read when the run began, and no other."""
        self._lock.require()
        mode: Any = {"e_tag": self._shown} if self._shown else "create"
        try:
            put_if(self._store, layout.CHECKPOINT, raw, mode, _attributes(layout.CHECKPOINT))
        except (AlreadyExistsError, PreconditionError) as error:
            if self.read(layout.CHECKPOINT) != raw:  # else an attempt of ours whose answer was lost
                raise Conflict("static.locked", f"another run has changed {self.name} meanwhile") from error

    def _reap(self) -> None:
        """Forget what is done; raise what went wrong."""
        if len(self._pending) >= _WAITING:
            done = [one for one in self._pending if one.done()]
            self._pending = [one for one in self._pending if not one.done()]
            for one in done:
                one.result()

    def _flush_removals(self) -> None:
        if self._gone:
            obstore.delete(self._store, self._gone)
            self._gone = []


def _tag_of(raw: bytes) -> str:
    """What most stores call an object of these bytes; where another name is given, the object is sent again."""
    return hashlib.md5(raw, usedforsecurity=False).hexdigest()


def _attributes(name: str) -> Any:
    if name == NAME:
        return {"Content-Type": "application/octet-stream", "Cache-Control": "no-store"}
    return {"Content-Type": media_type(name), "Cache-Control": freshness(name)}


def open_bucket(address: str, endpoint: str) -> Bucket:
    """Open `s3://bucket/prefix`, at AWS or at an endpoint; the keys stand in the environment."""
    match = _BUCKET.fullmatch(address)
    if match is None:
        hint = "It is s3://BUCKET or s3://BUCKET/FOLDER."
        raise Misuse("static.bucket", f"{address} is no address of a bucket", hint=hint)
    if not any(os.environ.get(name) for name in _SOURCES):
        hint = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; they are read from nowhere else."
        raise Misuse("static.bucket", f"there are no keys for {address} in the environment", hint=hint)
    options: dict[str, Any] = {}
    if endpoint:
        options["endpoint"] = endpoint
    if not os.environ.get("AWS_REGION") and not os.environ.get("AWS_DEFAULT_REGION"):
        options["region"] = "us-east-1"
    store = S3Store(
        match[1],
        prefix=match[2].strip("/") or None,
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "timeout": timedelta(seconds=60),
            "connect_timeout": timedelta(seconds=10),
        },
        retry_config={
            "max_retries": 6,
            "retry_timeout": timedelta(minutes=3),
            "backoff": {
                "base": 2,
                "init_backoff": timedelta(seconds=0.2),
                "max_backoff": timedelta(seconds=20),
            },
        },
        **options,
    )
    return Bucket(store, address.rstrip("/"))
