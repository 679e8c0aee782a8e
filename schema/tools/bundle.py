"""Write schema/v1/bundled/<name>.schema.json: each schema in one file, references turned into `#/$defs`.

    python schema/tools/bundle.py            write the files
    python schema/tools/bundle.py --check    say which are out of date, exit 1 if any

The files in schema/v1 are the source. A bundle has the same meaning under an `$id` of its own, for tools that
cannot or should not look for a second file.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

V1 = Path(__file__).resolve().parent.parent / "v1"
BASE = "https://w3id.org/entrepot/schema/1.0/"
WIDTH = 110
_NOT_PLAIN = re.compile("[\x7f-\xa0\xad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\U00010000-\U0010ffff]")


def format_json(value: Any) -> str:
    """Write JSON for people: what fits into a line stays in one, invisible characters are escaped."""
    text = _layout(value, "", 0) + "\n"
    return _NOT_PLAIN.sub(lambda match: json.dumps(match[0])[1:-1], text)


def bundle(name: str) -> dict[str, Any]:
    """Put a schema and all it refers to into one document."""
    schema = _read(name)
    definitions: dict[str, Any] = {}
    body = _inline(schema, name, definitions)
    own = body.pop("$defs", {})
    body["$id"] = f"{BASE}bundled/{name}.json"
    return {**body, "$defs": dict(sorted({**own, **definitions}.items()))}


def bundled_files() -> dict[Path, str]:
    """Every bundle with its path; `common` is no document of its own."""
    names = sorted(path.name.removesuffix(".schema.json") for path in V1.glob("*.schema.json"))
    folder = V1 / "bundled"
    return {folder / f"{name}.schema.json": format_json(bundle(name)) for name in names if name != "common"}


def _read(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((V1 / f"{name}.schema.json").read_text(encoding="utf-8"))
    return schema


def _inline(node: Any, file: str, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inline(item, file, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    result = {key: _inline(value, file, definitions) for key, value in node.items()}
    if isinstance(node.get("$ref"), str):
        result["$ref"] = f"#/$defs/{_define(node['$ref'], file, definitions)}"
    return result


def _define(reference: str, file: str, definitions: dict[str, Any]) -> str:
    """Add what the reference means to the definitions and return its name there."""
    target, _, pointer = reference.partition("#")
    file = target.removesuffix(".json") or file
    source = _read(file)
    if pointer:
        name = pointer.removeprefix("/$defs/")
        source = source["$defs"][name]
    else:
        name = file
        source = {key: value for key, value in source.items() if key not in {"$schema", "$id"}}
    if name not in definitions:
        definitions[name] = None  # taken: a definition may refer to itself
        definitions[name] = _inline(source, file, definitions)
    return name


def _layout(value: Any, indent: str, column: int) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or len(indent) + column + len(flat) <= WIDTH:
        return flat
    inner = indent + "  "
    if isinstance(value, list):
        lines = [inner + _layout(item, inner, 1) for item in value]
        return "[\n" + ",\n".join(lines) + f"\n{indent}]"
    lines = []
    for key, item in value.items():
        label = json.dumps(key, ensure_ascii=False) + ": "
        lines.append(inner + label + _layout(item, inner, len(label) + 1))
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def main(arguments: list[str] | None = None) -> int:
    """Write or check the bundles."""
    parser = argparse.ArgumentParser(description="Write schema/v1/bundled from schema/v1.")
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 if a bundle is out of date"
    )
    options = parser.parse_args(arguments)
    files = bundled_files()
    stale = [
        path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    stale += [path for path in V1.glob("bundled/*") if path not in files]
    for path in stale:
        sys.stdout.write(f"{path.relative_to(V1.parent)} is out of date\n")
        if options.check:
            continue
        if path not in files:
            path.unlink()
            continue
        path.parent.mkdir(exist_ok=True)
        path.write_text(files[path], encoding="utf-8")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
