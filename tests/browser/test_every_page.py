"""Every page in every width, language and colour scheme: nothing breaks, nothing leaves, everybody can read it.

Attack ids: A01 (markup of peers), A04 (bidi and stacked marks), A20 (policy), F22 (only the local copy is shown).
"""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from .federation import Site
from .visitor import LANGUAGES, SCHEMES, SIZES, visiting

PAGES = (
    "home", "directory", "filtered", "all-countries", "nothing", "peers", "refused-list", "history", "version",
    "german", "unknown", "wrong", "cluster", "company", "institution", "relation", "opportunity", "withdrawn",
    "refused", "hidden", "markup", "long", "languages", "bidi",
)  # fmt: skip


def test_the_list_of_pages_is_complete(site: Site) -> None:
    assert set(PAGES) == set(site.pages)


@pytest.mark.parametrize("name", PAGES)
def test_a01_a04_a20_f22_page(
    name: str, site: Site, browser: Browser, axe: str, screenshots: Path, figures: Counter[str]
) -> None:
    for width, language, scheme in itertools.product(SIZES, LANGUAGES, SCHEMES):
        with visiting(browser, site.url, width=width, language=language, scheme=scheme) as visit:
            visit.open(site.url + site.pages[name])
            where = f"{name} at {width} px, {language}, {scheme}"
            # A page that is not there is no error of the page; the browser notes the status all the same.
            complaints = [text for text in visit.complaints if f"status of {visit.status}" not in text]

            assert visit.status == site.status_of(name), where
            assert complaints == [], where
            assert visit.policy_violations() == [], where
            assert visit.elsewhere == [], where
            assert visit.overflow() == 0, where
            assert visit.grave_findings(axe) == [], where
            assert visit.page.locator("html").get_attribute("lang") == language
            visit.page.screenshot(
                path=screenshots / f"{name}-{width}-{language}-{scheme}.png", full_page=True
            )
            figures["page looked at, in a width, language and colour scheme"] += 1
