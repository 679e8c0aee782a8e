"""A connection must say what it wants in good time: uvicorn itself waits for the head of a request for ever.

Whoever opens connections and sends nothing, or a head byte by byte, would hold as many as the system lets a process
have, and nobody else gets in.
"""

from __future__ import annotations

import asyncio
import socket
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol


class PatientProtocol(H11Protocol):
    """Closes a connection that sends no whole head of a request for `head_seconds`, or takes nothing for `drain_seconds`."""

    head_seconds: ClassVar[float] = 15.0
    drain_seconds: ClassVar[float] = 60.0
    _deadline: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # asyncio hands over no other kind
        """Begin to wait for the first request."""
        super().connection_made(transport)
        _send_at_once(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Take some bytes; whatever they are, they do not move the deadline of a head that is on its way."""
        super().data_received(data)
        if self._is_busy():
            self._stop_waiting()
        else:
            self._await_head()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request; without any byte of it, uvicorn closes sooner."""
        super().on_response_complete()
        if not self._is_busy():
            self._await_head()

    def pause_writing(self) -> None:
        """Give a reader that takes nothing a bound."""
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(self.drain_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: the reader took what was waiting."""
        self._unset_stalled()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        self._unset_stalled()
        super().connection_lost(exc)

    def _is_busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _await_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.head_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _unset_stalled(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _give_up(self) -> None:
        self._deadline = None
        if not self._is_busy() and not self.transport.is_closing():
            self.transport.close()


def _send_at_once(transport: asyncio.Transport) -> None:
    """Let the body of an answer not wait until its head is acknowledged: 40 ms, where a listener was not made by asyncio."""
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
