"""Where everything lies in a static copy. Paths are relative: the copy may stand below any base URL (EXC-95)."""

from __future__ import annotations

CHECKPOINT = "feed/checkpoint"
KEY_LOG = "feed/keys.jsonl"
ADDENDA_MARK = "feed/addenda.v1"
NODE_DOCUMENT = ".well-known/entrepot"
NODE_DOCUMENT_JSON = ".well-known/entrepot.json"
DID_LOG = ".well-known/did.jsonl"
DID_DOCUMENT = ".well-known/did.json"
STYLE = "entrepot.css"
START = "index.html"
CATALOGUE = "schema.org.jsonld"
DIRECTORY = "directory/index.html"
NO_JEKYLL = ".nojekyll"  # else GitHub Pages leaves out names that begin with a dot
OURS = ("feed", ".well-known", "record", "directory", STYLE, START, CATALOGUE, NO_JEKYLL)
"""The names at the top that a copy takes; a first run wants none of them taken."""


def addendum(digest: str) -> str:
    """Where the content of a digest lies."""
    return f"feed/addenda/{digest[:2]}/{digest[2:4]}/{digest}"


def contents(number: int) -> str:
    """Where the live contents of a bundle lie."""
    return f"feed/contents/{number}"


def record_page(letters: str) -> str:
    """Where the page of a record lies."""
    return f"record/{letters}/index.html"


def list_page(name: str) -> str:
    """Where a page of the directory lies."""
    return f"directory/{name}/index.html"


def list_data(name: str) -> str:
    """Where the same lies as JSON."""
    return f"directory/{name}/records.json"
