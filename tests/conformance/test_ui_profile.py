"""The profile `ui` passes a site that keeps EXC-75, EXC-76, EXC-77, EXC-78 and EXC-79, and sees each fault put into it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from html import escape, unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

from entrepot_conformance.checks import CHECKS
from entrepot_conformance.lying.peer import Peer
from entrepot_conformance.lying.server import Request
from entrepot_conformance.node_under_test import NodeUnderTest
from entrepot_conformance.profiles import ui
from entrepot_conformance.profiles.ui.hostile import SECRET, TEXTS
from entrepot_conformance.profiles.ui.site import publish_hostile
from entrepot_conformance.shim.command import command_launch
from entrepot_conformance.shim.driver import Launch
from entrepot_conformance.suite.outcome import Status
from entrepot_conformance.suite.runner import run_cases
from entrepot_conformance.suite.target import Target
from entrepot_conformance.toy_node import Response
from entrepot_conformance.toy_pages import POLICY, Look, launch_site

CASES = ui.cases()
Change = Callable[[Request, Response], Response]


def put(text: str, *, before: bytes = b"</body>") -> Look:
    """Write something into each page."""

    def last(request: Request, response: Response) -> Response:
        return replace(response, body=response.body.replace(before, text.encode() + before))

    return Look(last=last)


def headers(**members: str) -> Look:
    """Send other headers: `""` leaves one out."""
    told = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    told |= {name.replace("_", "-"): value for name, value in members.items()}
    return Look(headers={name: value for name, value in told.items() if value})


def where(wanted: Callable[[Request], bool], change: Callable[[Response], Response]) -> Look:
    """Answer some requests in another way."""
    return Look(last=lambda request, response: change(response) if wanted(request) else response)


def to(status: int, body: bytes | None = None, **more: str) -> Callable[[Response], Response]:
    return lambda told: Response(status, told.body if body is None else body, {**told.headers, **more})


def without(text: bytes) -> Look:
    """Leave something out of each page."""
    return Look(last=lambda request, told: replace(told, body=told.body.replace(text, b"")))


def gone_as(status: int, said: bytes = b"") -> Look:
    """Answer with another status for what is gone, and say something of it."""

    def last(request: Request, told: Response) -> Response:
        return replace(told, status=status, body=told.body + said) if told.status == 410 else told

    return Look(last=last)


def without_character_set(request: Request, told: Response) -> Response:
    kind = told.headers["Content-Type"].partition(";")[0]
    return replace(told, headers={**told.headers, "Content-Type": kind})


def echoed(request: Request, response: Response) -> Response:
    """Write the query into the page as it came, decoded."""
    return replace(response, body=response.body + unquote(request.target).encode("utf-8", "replace"))


def led_by(request: Request, response: Response) -> Response:
    if "next=" in request.target:
        return Response(302, b"", {"Location": request.target.partition("next=")[2]})
    return response


def based_on_host(request: Request, response: Response) -> Response:
    base = f'<a href="http://{request.headers.get("host", "")}/">start</a></body>'.encode()
    return replace(response, body=response.body.replace(b"</body>", base))


def speaking_of_the_withdrawn(request: Request, response: Response) -> Response:
    return replace(response, body=response.body.replace(b"</body>", SECRET.encode() + b"</body>"))


FAULTS: dict[str, tuple[Look, str]] = {
    "a dead link": (put('<a href="/nowhere">x</a>'), "pages-answer"),
    "one language": (without(b"zh-Hans"), "pages-answer"),
    "an error": (where(lambda r: r.target.startswith("/r/"), to(500)), "pages-answer said-in-html markup-is-text"),
    "names by script": (Look(text=lambda text: ""), "said-in-html text-as-written"),
    "a cookie": (headers(Set_Cookie="a=b"), "no-cookies odd-paths no-open-redirect"),
    "a picture from elsewhere": (put('<img src="https://evil.example/x.png">'), "nothing-from-elsewhere"),
    "a style sheet from elsewhere": (put('<link rel="stylesheet" href="//evil.example/x.css">'), "nothing-from-elsewhere"),
    "an import": (where(lambda r: r.target == "/style.css", to(200, b"@import '//evil.example/x.css'")), "nothing-from-elsewhere"),
    "a refresh": (put('<meta http-equiv="refresh" content="0;url=//evil.example">'), "nothing-from-elsewhere"),
    "no policy": (headers(Content_Security_Policy=""), "policy no-framing"),
    "an unsafe policy": (headers(Content_Security_Policy=f"{POLICY}; script-src 'unsafe-inline'"), "policy"),
    "a policy with a host": (headers(Content_Security_Policy=f"{POLICY}; img-src cdn.example"), "policy"),
    "a policy without base": (headers(Content_Security_Policy=POLICY.replace("base-uri", "x")), "policy"),
    "a policy with any form": (headers(Content_Security_Policy=POLICY.replace("form-action", "x")), "policy"),
    "a policy that keeps out its own sheet": (headers(Content_Security_Policy=POLICY.replace("style-src", "x")), "policy-lets-own-parts"),
    "a search that finds nothing": (where(lambda r: "q=" in r.target, to(200, b"<p>nothing</p>")), "search-finds-a-name"),
    "frames": (headers(Content_Security_Policy=POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")), "no-framing"),
    "sniffing": (headers(X_Content_Type_Options=""), "no-sniffing"),
    "no character set": (Look(last=without_character_set), "no-sniffing"),
    "a handler": (put('<p onclick="x()">'), "nothing-inline markup-is-text"),
    "a style": (put('<p style="color:red">'), "nothing-inline"),
    "a script": (put("<script>x()</script>"), "nothing-inline"),
    "nothing escaped": (Look(text=str), "markup-is-text nothing-inline search-shows-words-as-text"),
    "half escaped": (Look(text=lambda text: text.replace("<", "&lt;")), "search-shows-words-as-text"),
    "a script address": (put('<a href=" java\tscript:alert(1)">x</a>'), "addresses-are-plain"),
    "an address with data": (put('<a href="data:text/html,x">x</a>'), "addresses-are-plain"),
    "a template": (Look(text=lambda text: escape(text.replace("{{7*7}}", "49"))), "text-as-written"),
    "entities twice": (Look(text=lambda text: escape(unescape(text))), "text-as-written"),
    "tags taken out": (Look(text=lambda text: escape(text.replace("<img", ""))), "text-as-written"),
    "no isolation": (Look(isolated=str), "text-is-isolated"),
    "a title as it came": (Look(title=str), "title-keeps-its-order"),
    "no origin": (without(b"hostile.example"), "origin-beside-name"),
    "a withdrawal that is not followed": (Look(keeps_withdrawn=True), "withdrawn-is-gone withdrawn-is-said-nowhere"),
    "a search in what was said before": (Look(keeps_names=True), "search-forgets-old-versions"),
    "a withdrawn page as any that is missing": (gone_as(404), "withdrawn-is-gone"),
    "a withdrawn page that says what it said": (gone_as(410, SECRET.encode()), "withdrawn-is-gone"),
    "a page that goes on about the withdrawn": (Look(last=speaking_of_the_withdrawn), "withdrawn-is-gone withdrawn-is-said-nowhere"),
    "an expression": (where(lambda r: "q=%22" in r.target, to(500)), "search-takes-any-words search-shows-words-as-text"),
    "a moved search": (where(lambda r: "q=" in r.target, to(302)), "search-takes-any-words"),
    "parameters as they came": (Look(last=echoed), "odd-parameters odd-paths search-shows-words-as-text"),
    "a parameter that breaks": (where(lambda r: "%00" in r.target, to(500)), "odd-parameters odd-paths"),
    "a file of the machine": (where(lambda r: "passwd" in r.target and "?" not in r.target, to(200, b"root:x:0:0")), "odd-paths"),
    "any path": (where(lambda r: r.target.startswith("/static/"), to(200)), "odd-paths"),
    "a redirect": (Look(last=led_by), "no-open-redirect"),
    "the host of the request": (Look(last=based_on_host), "host-is-not-believed"),
}  # fmt: skip


def results(launch: Launch, work: Path, names: str = "") -> dict[str, tuple[Status, str]]:
    """What comes of some cases, of all if none is named."""
    chosen = [case for case in CASES if not names or case.name.removeprefix("ui.") in names.split()]
    target = Target(launch=launch, work=work)
    try:
        return {one.name.removeprefix("ui."): (one.status, one.reason) for one in run_cases(chosen, target)}
    finally:
        target.close()


def test_a_good_site_passes_every_case(tmp_path: Path) -> None:
    found = results(launch_site(Look(), tmp_path), tmp_path)

    assert {name: told for name, told in found.items() if told[0] is not Status.PASS} == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_seen(fault: str, tmp_path: Path) -> None:
    look, due = FAULTS[fault]
    found = results(launch_site(look, tmp_path), tmp_path, due)

    assert {name: found[name] for name in due.split() if found[name][0] is not Status.FAIL} == {}


def test_each_case_has_a_fault_that_it_sees() -> None:
    seen = {name for _, due in FAULTS.values() for name in due.split()}

    assert {case.name.removeprefix("ui.") for case in CASES} == seen


def test_the_hostile_records_keep_every_rule() -> None:
    """They are seen on pages only if they are no reason to refuse them."""
    peer = Peer("hostile.example")
    publish_hostile(peer)
    peer.tell()
    try:
        node = NodeUnderTest(peer.url)
        for check in CHECKS:
            check(node)
        assert len(node.state.live()) == len(TEXTS) + 2
    finally:
        peer.close()


@pytest.mark.long
def test_our_node_passes_the_whole_profile(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "entrepot_node.conformance_shim"]
    found = results(command_launch(command, tmp_path), tmp_path)

    assert {name: told for name, told in found.items() if told[0] is not Status.PASS} == {}
