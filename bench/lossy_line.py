"""Two hosts with a long, bad line between them, on one machine: network namespaces, and a program that carries each IP packet.

    with LossyLine(round_trip=0.25, loss=0.02) as line:
        subprocess.run([*line.at("a"), …])      # a program on the first host
        with line.inside("b"): …                # this thread on the second

Each end of the line is a TUN device. What the kernel sends into one is read here, kept for half the round trip and given to the
other, or dropped: each packet in each direction by itself, with the same probability. So TCP retransmits, probes and slows down
as on a real line. The kernel's own tool for this (netem) is not built into every kernel, and this does the same. There is no limit
on the rate and no reordering. It needs root, `ip` (iproute2) and /dev/net/tun.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import json
import os
import random
import select
import shutil
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

ADDRESSES = {
    "a": "198.18.0.1",
    "b": "198.18.0.2",
}  # set aside for benchmarks (RFC 2544); only in our namespaces
_TUN = Path("/dev/net/tun")
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_MAX_PACKET = 65_536
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET


class LossyLine:
    """The hosts `a` and `b`, for as long as the block lasts."""

    def __init__(self, *, round_trip: float, loss: float) -> None:
        self._options = [f"--delay={round_trip / 2}", f"--loss={loss}"]
        self._names = {host: f"entrepot-{os.getpid()}-{host}" for host in ADDRESSES}
        self._carrier: subprocess.Popen[str] | None = None

    def __enter__(self) -> LossyLine:
        _require_means()
        try:
            for name in self._names.values():
                _ip("netns", "add", name)
                _ip("-n", name, "link", "set", "lo", "up")
            command = [sys.executable, "-m", "bench.lossy_line", *self._names.values(), *self._options]
            self._carrier = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            self._await_ready(self._carrier)
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def at(self, host: str) -> list[str]:
        """What stands before a command that runs on a host."""
        return ["ip", "netns", "exec", self._names[host]]

    @contextmanager
    def inside(self, host: str) -> Iterator[None]:
        """Put this thread, and what it starts, on a host."""
        with (
            Path("/proc/thread-self/ns/net").open("rb") as before,
            (Path("/run/netns") / self._names[host]).open("rb") as there,
        ):
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(before.fileno())

    def close(self) -> dict[str, int]:
        """Cut the line; say how many packets each direction carried and lost."""
        assert self._carrier is not None
        said, _ = self._carrier.communicate("")
        counts: dict[str, int] = json.loads(said)
        return counts

    def _await_ready(self, carrier: subprocess.Popen[str]) -> None:
        if carrier.stdout is None or not carrier.stdout.readline():
            raise SystemExit("the line could not be laid; its words stand above")

    def _remove(self) -> None:
        if self._carrier is not None and self._carrier.poll() is None:
            self._carrier.communicate("")
        for name in self._names.values():
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def _require_means() -> None:
    if os.geteuid() != 0:
        raise SystemExit("a line with delay and loss needs root, to make network namespaces")
    if shutil.which("ip") is None:
        raise SystemExit("a line with delay and loss needs `ip` of iproute2: it is not installed")
    if not _TUN.exists():
        raise SystemExit(f"a line with delay and loss needs {_TUN}: this kernel has none")


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, _NEW_NETWORK) != 0:
        raise OSError(ctypes.get_errno(), "setns")


# --- the carrier, a process of its own so that no work of the bench delays a packet


def main() -> int:
    """Lay the line, carry packets until standard input ends, then say what was carried."""
    parser = argparse.ArgumentParser(prog="python -m bench.lossy_line")
    parser.add_argument("names", nargs=2)
    parser.add_argument("--delay", type=float, required=True)
    parser.add_argument("--loss", type=float, required=True)
    chosen = parser.parse_args()
    os.nice(-20)
    ends = [_end(name, host) for name, host in zip(chosen.names, ADDRESSES, strict=True)]
    print("ready", flush=True)
    print(json.dumps(_carry(ends, chosen.delay, chosen.loss)))
    return 0


def _end(name: str, host: str) -> int:
    """One end of the line in a namespace: what is written to it arrives there, what is sent from there can be read."""
    device = f"ent{os.getpid() % 100_000}{host}"
    end = os.open(_TUN, os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, _TUNSETIFF, struct.pack("16sH22x", device.encode(), _IFF_TUN | _IFF_NO_PI))
    (other,) = (address for one, address in ADDRESSES.items() if one != host)
    _ip("link", "set", device, "netns", name)
    _ip("-n", name, "addr", "add", ADDRESSES[host], "peer", other, "dev", device)
    _ip("-n", name, "link", "set", device, "up")
    return end


def _carry(ends: Sequence[int], delay: float, loss: float) -> dict[str, int]:
    draw = random.Random(1)
    others = {ends[0]: ends[1], ends[1]: ends[0]}
    on_the_way: deque[tuple[float, int, bytes]] = deque()  # all take the same time, so the first is due first
    carried, lost = dict.fromkeys(ends, 0), dict.fromkeys(ends, 0)
    ended = sys.stdin.fileno()
    while True:
        wait = max(0.0, on_the_way[0][0] - time.monotonic()) if on_the_way else None
        ready, _, _ = select.select([*ends, ended], [], [], wait)
        now = time.monotonic()
        while on_the_way and on_the_way[0][0] <= now:
            _, end, packet = on_the_way.popleft()
            os.write(end, packet)
        if ended in ready:
            first, second = ends
            return {
                "carried_from_a": carried[first], "lost_from_a": lost[first],
                "carried_from_b": carried[second], "lost_from_b": lost[second],
            }  # fmt: skip
        for end in ready:
            for packet in _packets(end):
                if draw.random() < loss:
                    lost[end] += 1
                else:
                    carried[end] += 1
                    on_the_way.append((now + delay, others[end], packet))


def _packets(end: int) -> Iterator[bytes]:
    """Read what waits; IPv6, which is nothing but the kernel's own talk here, is left out."""
    while True:
        try:
            packet = os.read(end, _MAX_PACKET)
        except BlockingIOError:
            return
        if packet[0] >> 4 == 4:
            yield packet


if __name__ == "__main__":
    sys.exit(main())
