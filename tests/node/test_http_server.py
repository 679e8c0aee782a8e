"""Whose word on the address of a client is believed."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI, Request

from entrepot_node.http_server import server_config


@pytest.mark.parametrize(
    ("proxies", "sender", "claimed", "believed"),
    [
        ((), "127.0.0.1", "192.0.2.1", "127.0.0.1"),
        (("127.0.0.1",), "127.0.0.1", "192.0.2.1", "192.0.2.1"),
        (("127.0.0.1",), "198.51.100.7", "192.0.2.1", "198.51.100.7"),
        (("127.0.0.1",), "127.0.0.1", "192.0.2.1, 203.0.113.5", "203.0.113.5"),
        (("127.0.0.1",), "127.0.0.1", "", "127.0.0.1"),
        (("10.0.0.0/8", "::1"), "10.9.8.7", "2001:db8::1", "2001:db8::1"),
        (("10.0.0.0/8",), "10.9.8.7", "192.0.2.1, 203.0.113.5, 10.1.1.1", "203.0.113.5"),
        (("10.0.0.0/8",), "10.9.8.7", "x" * 60_000 + ", 203.0.113.5", "203.0.113.5"),
        (("10.0.0.0/8",), "10.9.8.7", "192.0.2.1," * 6_000 + "203.0.113.5", "203.0.113.5"),
    ],
)
def test_a_proxy_is_believed_only_where_the_operator_names_it(
    proxies: tuple[str, ...], sender: str, claimed: str, believed: str
) -> None:
    """H24: anybody can write X-Forwarded-For."""
    app = FastAPI()

    @app.get("/")
    def who(request: Request) -> str:
        assert request.client is not None
        return request.client.host

    config = server_config(app, grace_seconds=1, proxies=proxies)
    config.load()

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(config.loaded_app, client=(sender, 4711))
        headers = {"x-forwarded-for": claimed} if claimed else {}
        async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
            return await client.get("/", headers=headers)

    assert asyncio.run(ask()).json() == believed
