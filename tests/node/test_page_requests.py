"""Hostile requests for pages: paths, hosts, ranges, caches (A05, A06, A20, A22, H22, H23, H24)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from .page_reader import PAGE, example, get, path_of

PAGES = ("/", "/search", "/search?q=acme", "/peers", "/refused")


@pytest.fixture
def path(node: Any, company: Callable[..., dict[str, Any]]) -> str:
    """The path of the page of one record."""
    node.publish(company("Acme", number=1))
    return path_of(company(number=1)["id"])


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.replace("biomed.example", "BIOMED.example"),
        lambda path: path.replace("biomed.example", "biomed.example."),
        lambda path: path.replace("biomed.example", "biomed.example:443"),
        lambda path: path.replace("https://", "http://"),
        lambda path: path.replace("biomed.example", "user@biomed.example"),
    ],
)
def test_a05_a_record_has_one_spelling_of_its_host(
    node: Any, path: str, change: Callable[[str], str]
) -> None:
    get(node, change(path), 404)
    assert node.get(change(path) + ".json").status == 404


@pytest.mark.parametrize(
    "tail",
    [
        "../../etc/passwd",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "a%00b",
        "..%5c..%5cx",
        "CON",
        "%ff%fe",
        "x" * 9000,
    ],
)
@pytest.mark.parametrize(
    "folder", ["/record/", "/record/https://biomed.example/id/", "/id/", "/evidence/", "/static/"]
)
def test_a06_a_path_is_no_file(node: Any, folder: str, tail: str) -> None:
    answer = node.get(folder + tail, accept=PAGE)

    assert answer.status == 404
    assert b"root:" not in answer.body


def test_h22_no_host_and_no_forwarding_header_reaches_a_page(node: Any, path: str) -> None:
    """H22, H24: a page is made of the path asked for alone."""
    hostile = {
        "host": "evil.example/x?", "x_forwarded_host": "evil.example", "x_forwarded_proto": "javascript",
        "x_forwarded_prefix": "//evil.example", "forwarded": "host=evil.example", "x_original_url": "//evil.example/",
    }  # fmt: skip

    for target in (*PAGES, path, f"{path}/history"):
        assert b"evil.example" not in node.get(target, accept=PAGE, **hostile).body


@pytest.mark.parametrize(
    "target", ["//evil.example/search", "//evil.example//record/x", "/%2f%2fevil.example/"]
)
def test_a20_no_path_becomes_a_link_to_another_site(node: Any, target: str) -> None:
    body = node.get(target, accept=PAGE).body.decode()

    assert not re.search(r'href="(?:/[/\\]|[a-z]+:)[^"]*evil', body)


def test_a20_no_parameter_redirects_and_no_page_can_be_framed(node: Any, path: str) -> None:
    for target in (*PAGES, path):
        joined = f"{target}{'&' if '?' in target else '?'}next=//evil.example&url=//evil.example"
        answer = node.get(joined, accept=PAGE)
        assert answer.status == 200
        assert b"evil.example" not in answer.body
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_h23_ranges_are_not_served_and_cost_nothing(node: Any, path: str) -> None:
    """EXC-74."""
    flood = "bytes=" + ",".join(f"{number}-{number}" for number in range(1500))

    for target in (*PAGES, path):
        whole, ranged = node.get(target, accept=PAGE), node.get(target, accept=PAGE, range=flood)
        assert (ranged.status, ranged.body) == (200, whole.body)


def test_a22_pages_hold_nothing_personal_and_vary_by_what_they_read(node: Any, path: str) -> None:
    for target in (*PAGES, path):
        answer = node.get(target, accept=PAGE, cookie="session=1", authorization="Bearer x")
        assert "set-cookie" not in answer.headers
        assert {"Accept-Language", "Accept"} <= set(answer.headers["vary"].split(", "))
        assert "must-revalidate" in answer.headers["cache-control"]
    assert node.get("/record/x", accept=PAGE).headers["cache-control"] == "no-store"


def test_every_page_names_its_data_and_the_data_answers(node: Any, path: str) -> None:
    node.publish(example("cluster"))
    for target in (*PAGES, path, f"{path}/history", f"{path}?revision=1"):
        page = get(node, target)
        twin = [link["href"] for link in page.all("link") if link.get("type") == "application/json"]
        assert len(twin) == 1, target
        data = node.get(twin[0])
        assert (data.status, data.headers["content-type"]) == (200, "application/json")
        assert data.headers["content-security-policy"].startswith("default-src 'none'; sandbox")
        assert node.get(twin[0], if_none_match=data.headers["etag"]).status == 304
        assert len(data.body) < 100_000


def test_data_of_what_is_not_there_is_a_problem(node: Any) -> None:
    for target in (
        "/record/https://biomed.example/id/x.json",
        "/record/x/history.json",
        "/search.json?sort=x",
    ):
        answer = node.get(target, accept=PAGE)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.status in (400, 404)


def test_an_address_with_nothing_behind_it_is_a_page_for_people_and_a_problem_for_programs(node: Any) -> None:
    assert "Not known here" in get(node, "/nowhere", 404).text
    for target in ("/nowhere", "/api/v1/nowhere", "/feed/nowhere"):
        answer = node.get(target, accept="application/json" if target == "/nowhere" else PAGE)
        assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
