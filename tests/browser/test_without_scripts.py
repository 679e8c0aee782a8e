"""A visitor with scripts off and no mouse gets everywhere; every link of every page leads somewhere."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urljoin

import httpx
import pytest
from playwright.sync_api import Browser, expect

from .federation import Site
from .visitor import visiting

_LINK = re.compile(r'<(?:a|link)\b[^>]*?\shref="([^"]+)"')
_MOST_STEPS = 12


def test_the_keyboard_reaches_the_box_and_searches(site: Site, browser: Browser) -> None:
    with visiting(browser, site.url, scripts=False) as visit:
        visit.open(site.url + "/")
        box = visit.page.locator("#q")
        for _ in range(_MOST_STEPS):
            visit.page.keyboard.press("Tab")
            if visit.page.locator("#q:focus").count():
                break
        expect(box).to_be_focused()
        visit.page.keyboard.type("diagnostics")
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url("**/search?q=diagnostics")

        expect(visit.page.locator(".total")).to_contain_text("record")
        expect(visit.page.locator(".hit").first).to_be_visible()


def test_the_first_tab_stop_skips_to_the_content(site: Site, browser: Browser) -> None:
    with visiting(browser, site.url, scripts=False) as visit:
        visit.open(site.url + "/search")
        visit.page.keyboard.press("Tab")
        visit.page.keyboard.press("Enter")

        assert visit.page.url.endswith("#content")


@pytest.mark.parametrize("width", [360, 1280])
def test_filters_work_without_scripts_at_any_width(site: Site, browser: Browser, width: int) -> None:
    with visiting(browser, site.url, width=width, scripts=False) as visit:
        visit.open(site.url + "/search")
        if width == 360:
            expect(visit.page.locator(".facet").first).not_to_be_visible()
            visit.page.locator(".facets > summary").click()
        visit.page.locator("#facet-type a").first.click()

        expect(visit.page.locator(".chip")).to_have_count(1)
        visit.page.locator(".chip").click()
        expect(visit.page.locator(".chip")).to_have_count(0)


def test_every_link_of_every_page_leads_somewhere(site: Site, figures: Counter[str]) -> None:
    """Links to what was withdrawn or never came would be dead ends; there are none on any page."""
    with httpx.Client(base_url=site.url, trust_env=False, headers={"accept": "text/html"}) as client:
        links = {
            urljoin(site.url + path, link.replace("&amp;", "&")).partition("#")[0]
            for path in site.pages.values()
            for link in _LINK.findall(client.get(path).text)
        }
        own = sorted(link for link in links if link.startswith(f"{site.url}/"))
        expected = {site.url + path: site.status_of(name) for name, path in site.pages.items()}
        dead = []
        for link in own:
            with client.stream("GET", link) as answer:
                same = link.partition("?lang=")[0].partition("&lang=")[0]
                if answer.status_code != expected.get(same, 200):
                    dead.append((link, answer.status_code))
    figures["link followed"] += len(own)

    assert len(own) > 300
    assert dead == [], "\n".join(f"{status} {link}" for link, status in dead)


def test_a_record_prints_on_one_page_of_a4(site: Site, browser: Browser) -> None:
    for name in ("company", "institution", "relation", "opportunity"):
        with visiting(browser, site.url) as visit:
            visit.open(site.url + site.pages[name])
            document = visit.page.pdf(
                format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "15mm")
            )

            assert len(re.findall(rb"/Type\s*/Page\b", document)) == 1, name
