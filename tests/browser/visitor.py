"""A visitor with a browser: what the page did, asked for and broke while it was looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, Route

SIZES = {360: 780, 1280: 900}
LANGUAGES = ("en", "zh-Hans")
SCHEMES = ("light", "dark")
_GRAVE = ("serious", "critical")
_LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", event => window.violations.push(event.violatedDirective));
"""
_JUDGE = """axe.run(document, {resultTypes: ["violations"]}).then(found => JSON.stringify(found.violations.map(
    rule => ({id: rule.id, impact: rule.impact, nodes: rule.nodes.map(node => node.target.join(" ") + ": " + node.html)})
)))"""


@dataclass(slots=True)
class Visit:
    """One look at one page."""

    page: Page
    status: int = 0
    elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, address: str) -> None:
        """Go to an address and wait until all of it is there."""
        answer = self.page.goto(address, wait_until="load")
        assert answer is not None
        self.status = answer.status

    def policy_violations(self) -> list[str]:
        """What the page's own policy has kept it from doing."""
        found: list[str] = self.page.evaluate("window.violations")
        return found

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return max(0, width)

    def grave_findings(self, axe: str) -> list[dict[str, Any]]:
        """What axe calls serious or critical.

        It runs in a world of its own: the page's policy stays in force for the page, and does not bind the tool.
        """
        session = self.page.context.new_cdp_session(self.page)
        frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        world = session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "axe"})
        context = world["executionContextId"]
        session.send("Runtime.evaluate", {"expression": axe, "contextId": context})
        judged = session.send(
            "Runtime.evaluate",
            {"expression": _JUDGE, "contextId": context, "awaitPromise": True, "returnByValue": True},
        )
        session.detach()
        found = json.loads(judged["result"]["value"])
        return [one for one in found if one["impact"] in _GRAVE]


@contextmanager
def visiting(
    browser: Browser,
    home: str,
    *,
    width: int = 1280,
    language: str = "en",
    scheme: str = "light",
    scripts: bool = True,
) -> Iterator[Visit]:
    """A fresh visitor whose network ends at the node."""
    context = browser.new_context(
        viewport={"width": width, "height": SIZES[width]},
        locale="zh-CN" if language.startswith("zh") else "en-GB",
        color_scheme=scheme,  # type: ignore[arg-type]  # one of its words
        java_script_enabled=scripts,
    )
    visit = Visit(context.new_page())

    def let_through(route: Route) -> None:
        if route.request.url.startswith((f"{home}/", "data:")):
            route.continue_()
        else:
            visit.elsewhere.append(route.request.url)
            route.abort()

    context.route("**/*", let_through)
    context.add_init_script(_LISTEN)
    visit.page.on("console", lambda message: visit.complaints.append(f"{message.type}: {message.text}"))
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    visit.page.on("dialog", lambda dialog: visit.complaints.append(f"dialog: {dialog.message}"))
    try:
        yield visit
    finally:
        context.close()
