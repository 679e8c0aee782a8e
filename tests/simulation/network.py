"""The network of a world: host names to machines, with cuts, losses, delays and duplicates.

What happens to a request depends on the seed, the step, and what is asked of whom: never on which of two requests that
run side by side comes first.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

import httpx

from entrepot_sync.peer_url import parse_base_url
from entrepot_sync.transport import HttpTransport

from .clocks import Clock
from .history import Violation
from .serving import Answer, Place, Server


@dataclass(frozen=True, slots=True)
class Weather:
    """How many of a hundred requests are lost, answered in vain, sent twice, or late, and by how many seconds."""

    lost: int = 0
    answer_lost: int = 0
    twice: int = 0
    late: int = 0
    seconds: float = 0.0


CALM = Weather()
ROUGH = Weather(lost=10, answer_lost=10, twice=10)
SLOW = Weather(late=30, seconds=45.0)
FOUL = Weather(lost=15, answer_lost=15, twice=15, late=20, seconds=400.0)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its answer, as somebody on the line sees it."""

    caller: str
    host: str
    method: str
    target: str
    sent: bytes
    answer: Answer


Watcher = Callable[[Exchange], None]
Tamper = Callable[[Exchange], Answer]


@dataclass
class Network:
    """All machines by host name. `machine_of(caller, host)` finds the one that answers; None where nobody does."""

    seed: int
    server: Server
    machine_of: Callable[[str, str], Place | None]
    watch: Watcher
    tamper: dict[str, Tamper] = field(default_factory=dict)
    cuts: set[tuple[str, str]] = field(default_factory=set)
    weather: Weather = CALM
    pushes: list[tuple[str, bytes]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    step: int = 0
    _asked: Counter[str] = field(default_factory=Counter)

    def begin(self, step: int) -> None:
        self.step = step
        self._asked.clear()

    def opener(self, caller: str, clock: Clock) -> Callable[[str, bool], HttpTransport]:
        """The network as one node sees it."""

        def open_transport(base_url: str, allow_private: bool) -> HttpTransport:
            url = parse_base_url(base_url, allow_private=allow_private)
            return HttpTransport(url, inner=_Line(self, caller), now=clock)

        return open_transport

    def reaches(self, caller: str, host: str) -> bool:
        return (caller, host) not in self.cuts and self.machine_of(caller, host) is not None

    def luck(self, what: str) -> random.Random:
        """The luck of one request: that of the n-th of its kind in this step."""
        self._asked[what] += 1
        return random.Random(f"{self.seed} {self.step} {what} {self._asked[what]}")

    async def carry(self, caller: str, request: httpx.Request) -> httpx.Response:
        host, target = request.url.host, request.url.raw_path.decode("ascii")
        body = await request.aread()
        fate = self._fate(self.luck(f"{caller} {host} {request.method} {target}"))
        place = self.machine_of(caller, host)
        if place is None or (caller, host) in self.cuts or fate == "lost":
            self._say(caller, request.method, host, target, body, fate if place else "down")
            raise httpx.ConnectError("the line is cut")
        if fate == "late":
            await asyncio.sleep(self.weather.seconds)
        # Lies are told about plain bytes.
        plain = [(name, value) for name, value in request.headers.raw if name != b"Accept-Encoding"]
        headers = plain if host in self.tamper else request.headers
        for _ in range(2 if fate == "twice" else 1):
            answer = self.server.answer(place, request.method, str(request.url), headers, body)
            exchange = Exchange(caller, host, request.method, target, body, answer)
            if host in self.tamper:
                answer = self.tamper[host](exchange)
            self._see(Exchange(caller, host, request.method, target, body, answer))
        if request.method == "POST":
            self.pushes.append((host, body))
        self._say(caller, request.method, host, target, body, f"{fate} {answer.status}")
        if fate == "answer lost":
            raise httpx.ReadError("the answer is lost")
        return answer.response()

    def replay(self, host: str, body: bytes) -> int:
        """Send a push once more, as anybody can; the status of the answer, 0 where nobody answers."""
        place = self.machine_of("somebody", host)
        if place is None:
            return 0
        url = f"https://{host}/witness/add-checkpoint"
        answer = self.server.answer(place, "POST", url, {}, body)
        self._see(Exchange("somebody", host, "POST", "/witness/add-checkpoint", body, answer))
        return answer.status

    def _see(self, exchange: Exchange) -> None:
        """Watch, and keep what is found for the end of the step: nothing but errors of the wire leave a transport."""
        try:
            self.watch(exchange)
        except Violation as violation:
            self.violations.append(violation)

    def _fate(self, luck: random.Random) -> str:
        drawn = luck.randrange(100)
        for fate, share in (
            ("lost", self.weather.lost),
            ("answer lost", self.weather.answer_lost),
            ("twice", self.weather.twice),
            ("late", self.weather.late),
        ):
            if drawn < share:
                return fate
            drawn -= share
        return "fine"

    def _say(self, caller: str, method: str, host: str, target: str, body: bytes, fate: str) -> None:
        mark = f" {sha256(body).hexdigest()[:8]}" if body else ""
        self.said.append(f"{caller} {method} {host}{target}{mark}: {fate}")


class _Line(httpx.AsyncBaseTransport):
    """What stands in place of the socket: all else of a fetch is as on a real line."""

    def __init__(self, network: Network, caller: str) -> None:
        self._network = network
        self._caller = caller

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._network.carry(self._caller, request)
