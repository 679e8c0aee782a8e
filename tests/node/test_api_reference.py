"""`/api/docs`: the reference of the API for people, from the same document as for programs (exchange §3)."""

from __future__ import annotations

import shlex
from html.parser import HTMLParser
from typing import Any

import pytest

API = "/api/v1"


class Page(HTMLParser):
    """What a test asks of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.anchors: list[str] = []
        self.language = ""
        self.commands: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        self.ids += [given["id"]] if given.get("id") else []
        if tag == "a" and (given.get("href") or "").startswith("#"):
            self.anchors.append(str(given["href"])[1:])

    def handle_data(self, data: str) -> None:
        if data.startswith("curl "):
            self.commands.append(data)


@pytest.fixture(scope="module")
def described(held: Any) -> dict[str, Any]:
    found: dict[str, Any] = held.get(f"{API}/openapi.json").json()
    return found


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_every_operation_has_a_place_and_a_command(
    held: Any, described: dict[str, Any], language: str
) -> None:
    """EXC-69: in both languages; anchors lead somewhere."""
    answer = held.get(f"/api/docs?lang={language}")
    page = Page(answer.body.decode())
    operations = [one["operationId"] for methods in described["paths"].values() for one in methods.values()]

    assert answer.status == 200
    assert page.language == language
    assert set(operations) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert set(page.anchors) <= set(page.ids)
    assert len(page.commands) == len(operations)


def test_the_page_runs_and_loads_nothing(held: Any) -> None:
    """EXC-69: no scripts, nothing from elsewhere, under the policy of all pages."""
    answer = held.get("/api/docs")
    page = Page(answer.body.decode())

    assert not {"script", "iframe", "img", "object"} & set(page.tags)
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_the_commands_work_as_they_stand(held: Any) -> None:
    """EXC-69: each command that reads asks a path that answers, or has no such record."""
    page = Page(held.get("/api/docs").body.decode())
    for command in page.commands:
        words = shlex.split(command)
        address = words[-1].removeprefix(held.settings.base_url)
        if "--data-binary" in words or address.endswith("/stream"):
            continue
        assert held.get(address).status in (200, 404, 410), command


def test_the_chrome_speaks_chinese_and_says_that_the_rest_does_not(held: Any) -> None:
    text = held.get("/api/docs?lang=zh-Hans").body.decode()

    assert "接口参考" in text
    assert "仅有英文" in text
