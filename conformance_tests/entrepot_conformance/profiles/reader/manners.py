"""How the API answers: errors, methods, parameters, other hosts, caching, its own description."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

from entrepot_conformance.profiles.reader.api import Api, api_case, decoded
from entrepot_conformance.suite.case import Case

_ODD_QUERIES = ("nothing=1", "limit=1&limit=2", "q=%ff", "q=%00", "q=a%00b", "limit=%C0%80")
_LISTS = ("/records", "/changes", "/refused", "/peers", "/relations")


def cases() -> list[Case]:
    """Return the cases of manners."""
    return [
        api_case("problems", "says errors as problems with a stable code", "EXC-09 EXC-73", _problems, refuses=True),
        api_case("parameters", "refuses unknown and doubled parameters, and bytes that are no text", "EXC-72", _parameters, refuses=True),
        api_case("long-query", "refuses a query above 8 KiB", "EXC-72", _long_query, refuses=True),
        api_case("methods", "answers HEAD like GET, OPTIONS with methods, all else 405 with Allow", "EXC-71", _methods),
        api_case("other-hosts", "lets pages of other hosts read, errors too, without credentials", "EXC-70", _other_hosts),
        api_case("revalidation", "tags its answers and answers its own tag with 304", "EXC-57", _revalidation),
        api_case("description", "describes every operation in OpenAPI 3.1", "EXC-68", _description),
        api_case("described", "gives only answers that it describes", "EXC-68", _described),
        api_case("ranges", "sends no more for thousands of ranges than the whole", "EXC-74", _ranges, refuses=True, attack="H23"),
        api_case("other-protocol", "speaks no HTTP/2 to whoever begins with it, and goes on", "EXC-74", _other_protocol,
                 refuses=True, attack="H19"),
        api_case("words-without-end", "answers odd words of 8,000 characters as soon as others", "EXC-74 EXC-59", _odd_words,
                 attack="A21"),
        api_case("reference", "shows its description to people without scripts", "EXC-69", _reference),
    ]  # fmt: skip


def _problems(api: Api) -> None:
    found = api.problem("/nothing-of-this-name", 404)
    for member in ("type", "title", "status", "code"):
        assert member in found, f"a problem without {member}"
    code = api.problem("/records?limit=0", 400)["code"]
    kind = api.problem("/records?limit=0", 400)["type"]
    wanted = {f"https://w3id.org/entrepot/code/{code}", "about:blank"}
    assert kind in wanted, f"the type of a problem with the code {code} is {kind}"


def _parameters(api: Api) -> None:
    for query in _ODD_QUERIES:
        path = f"/search?{query}" if query.startswith("q=") else f"/records?{query}"
        api.problem(path, 400, "http.parameter")


def _long_query(api: Api) -> None:
    assert api.ask(f"/search?q={'a' * 9_000}").status == 414


def _methods(api: Api) -> None:
    for path in _LISTS:
        plain, head = api.ask(path), api.ask(path, "HEAD")
        assert head.status == plain.status, f"HEAD {path}: {head.status}"
        assert head.body == b"", f"HEAD {path}: a body"
        options = api.ask(path, "OPTIONS")
        assert options.status in (200, 204), f"OPTIONS {path}: {options.status}"
        offered = options.headers.get("allow", "").replace(",", " ").split()
        for method in ("PUT", "DELETE", "PATCH", "POST"):
            answer = api.ask(path, method)
            if method in offered:  # by which some publish: not without a credential
                assert answer.status in (401, 403), (
                    f"{method} {path} for anybody: {answer.status} where 401 was due"
                )
                continue
            assert answer.status == 405, f"{method} {path}: {answer.status} where 405 was due"
            assert "GET" in answer.headers.get("allow", ""), f"{method} {path}: no Allow"


def _other_hosts(api: Api) -> None:
    for path in ("/", "/records?limit=1", "/records?limit=0", "/nothing-of-this-name"):
        answer = api.ask(path, Origin="https://elsewhere.example")
        assert answer.headers.get("access-control-allow-origin") == "*", f"GET {path}: closed to other hosts"
        assert "access-control-allow-credentials" not in answer.headers, f"GET {path}: asks for credentials"
        assert "set-cookie" not in answer.headers, f"GET {path}: sets a cookie"


def _revalidation(api: Api) -> None:
    for path in ("/", "/records?limit=3", "/peers", "/statistics", "/catalogue", "/schemas", "/openapi.json"):
        answer = api.ask(path)
        etag = answer.headers.get("etag", "")
        assert etag.startswith('"'), f"GET {path}: no strong ETag"
        again = api.ask(path, If_None_Match=etag)
        grown = again.headers.get("etag", "") not in ("", etag)
        assert again.status == 304 or grown, f"GET {path}: {again.status} to its own ETag where 304 was due"


def _operations(api: Api) -> list[tuple[str, str, dict[str, Any]]]:
    description = api.get("/openapi.json")
    assert str(description["openapi"]).startswith("3.1"), "not OpenAPI 3.1"
    return [
        (path, method, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        if method in ("get", "post", "put", "delete", "patch")
    ]


def _description(api: Api) -> None:
    operations = _operations(api)
    names = [operation.get("operationId") for _, _, operation in operations]
    assert all(names), "an operation without operationId"
    assert len(set(names)) == len(names), "an operationId stands twice"
    for path, method, operation in operations:
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description"), f"{method} {path}: {parameter.get('name')} is not described"
        for status, answer in operation["responses"].items():
            assert answer.get("description"), f"{method} {path}: {status} is not described"


def _described(api: Api) -> None:
    for path, method, operation in _operations(api):
        if method != "get" or "{" in path or path.endswith("/stream"):
            continue
        for query in ("", "?nothing=1"):
            answer = api.page(path + query)  # what is described may stand beside `/api`, too
            assert str(answer.status) in operation["responses"], (
                f"GET {path}{query}: {answer.status} is not described"
            )


def _reference(api: Api) -> None:
    answer = api.page("/api/docs")
    page = answer.body.decode("utf-8", "replace")
    assert answer.status == 200, f"GET /api/docs: {answer.status}"
    assert "<script" not in page, "the reference needs a script"
    for _, _, operation in _operations(api):
        assert operation["operationId"] in page or operation.get("summary", "") in page, (
            f"{operation['operationId']} is not shown"
        )


def _ranges(api: Api) -> None:
    path = "/records?limit=50"
    whole = api.ask(path)
    assert decoded(whole)["items"] is not None
    parts = ",".join(f"{place}-{place}" for place in range(0, 1_200, 2))
    for value in (f"bytes={parts}", "bytes=" + ",".join(["0-"] * 1_000), "bytes=0-,-1,0-", "lines=0-1"):
        answer = api.ask(path, Range=value)
        size = len(answer.body)
        assert answer.status in (200, 206, 400, 416, 431), f"GET {path} for ranges: {answer.status}"
        assert size <= len(whole.body) + 4_096, (
            f"GET {path} for ranges: {size} bytes, the whole has {len(whole.body)}"
        )


def _other_protocol(api: Api) -> None:
    reset = b"\x00\x00\x04\x03\x00\x00\x00\x00\x01\x00\x00\x00\x08"
    settings = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
    said = api.raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + reset * 1_000)
    assert said[3:4] != b"\x04" or said[:1] == b"H", "it answers in frames of HTTP/2"
    assert api.get("/records?limit=1")["items"] is not None


def _odd_words(api: Api) -> None:
    usual = _seconds_for(api, "company")
    for words in ("a" * 8_000, "(" * 8_000, "a*" * 4_000, "\u4e2d" * 800, '"a ' * 2_600, "a " * 4_000):
        seconds = _seconds_for(api, words)
        assert seconds < 5 + 20 * usual, (
            f"a search for {words[:12]!r}… took {seconds:.1f} s, others {usual:.2f} s"
        )


def _seconds_for(api: Api, words: str) -> float:
    started = time.monotonic()
    answer = api.ask(f"/search?q={quote(words)}")
    assert answer.status in (200, 400, 414), f"a search for {words[:12]!r}…: {answer.status}"
    assert answer.status != 200 or decoded(answer)["items"] is not None
    return time.monotonic() - started
