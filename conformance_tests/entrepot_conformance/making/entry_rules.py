"""Entries that break a rule on form: LOG-11 to LOG-16."""

from __future__ import annotations

from typing import Any

from entrepot_conformance.reader.entries import encode_entry
from entrepot_conformance.reader.strict_json import canonical

from .entry_drafts import ACME, BETA, DID, GONE, ONE, TIME, digest, entry, entry_case, publish, withdraw
from .seeds import ORIGIN, OTHER_ORIGIN, subject_id


def framing() -> list[dict[str, Any]]:
    fields = {"op": "publish", "prev": None, "subject": BETA, "time": TIME, "type": "company"}
    text, content = canonical(fields), digest("beta 1")
    swapped = text.replace(b'{"op":"publish","prev":null,', b'{"prev":null,"op":"publish",')
    twice = text.replace(b'"prev":null', b'"prev":null,"prev":null')
    deep = canonical({**fields, "x": "deep"}).replace(b'"deep"', b"[" * 64 + b"]" * 64)
    cases = {
        "no JSON, no digest": _raw(b""),
        "one byte 01": b"\x01",
        "36 bytes and 01": bytes(36) + b"\x01",
        "37 bytes and 01, no JSON": _raw(b"", content),
        "offset one too small": _raw(text, content, len(text) - 1),
        "offset one too large": _raw(text, content, len(text) + 1),
        "offset zero": _raw(text, content, 0),
        "offset little-endian": text + content + len(text).to_bytes(4, "little") + b"\x01",
        "digest of 31 bytes": text + content[1:] + len(text).to_bytes(4) + b"\x01",
        "white space": _raw(text.replace(b":null", b": null"), content),
        "members not sorted": _raw(swapped, content),
        "needless escape": _raw(text.replace(b"publish", b"p\\u0075blish"), content),
        "duplicate member": _raw(twice, content),
        "prev is 1.0": _raw(text.replace(b"null", b"1.0"), content),
        "prev is 1e0": _raw(text.replace(b"null", b"1e0"), content),
        "prev is -0": _raw(text.replace(b"null", b"-0"), content),
        "prev is 2^53": _raw(text.replace(b"null", b"9007199254740992"), content),
        "NaN": _raw(text.replace(b"null", b"NaN"), content),
        "array": _raw(b'["publish"]', content),
        "string": _raw(b'"publish"', content),
        "not UTF-8": _raw(text.replace(b"company", b"compan\xff"), content),
        "lone surrogate": _raw(text.replace(b"company", b"\\ud800"), content),
        "byte order mark": _raw(b"\xef\xbb\xbf" + text, content),
        "NUL in a string": _raw(canonical({**fields, "type": "a\0"}), content),
        "member name not ASCII": _raw(canonical({**fields, "zü": 1}), content),
        "deeper than 64": _raw(deep, content),
        "trailing LF": _raw(text + b"\n", content),
        "no op": _raw(canonical({k: v for k, v in fields.items() if k != "op"}), content),
        "op is null": _raw(canonical({**fields, "op": None}), content),
        "op is a number": _raw(canonical({**fields, "op": 1}), content),
    }
    return [entry_case(f"framing: {name}", ONE, raw, "LOG-11", "log.framing") for name, raw in cases.items()]


def _raw(text: bytes, content: bytes | None = None, offset: int | None = None) -> bytes:
    if content is None:
        return text + b"\x00"
    return text + content + (len(text) if offset is None else offset).to_bytes(4) + b"\x01"


def members() -> list[dict[str, Any]]:
    without_type = {"op": "publish", "prev": None, "subject": BETA, "time": TIME}
    cases = {
        "sixth member": publish(BETA, None, "beta 1", reason="error"),
        "four members": encode_entry(without_type, digest("beta 1")),
        "other name": encode_entry({**without_type, "kind": "company"}, digest("beta 1")),
        "op alone": encode_entry({"op": "withdraw"}, None),
        "publish without digest": entry("publish", BETA, None, None),
        "keys without digest": entry("keys", DID, 0, None),
        "withdraw with digest": entry("withdraw", ACME, 1, digest("x")),
    }
    return [entry_case(f"members: {name}", ONE, raw, "LOG-13", "log.members") for name, raw in cases.items()]


def subjects() -> list[dict[str, Any]]:
    wrong = {
        "other origin": subject_id("beta", OTHER_ORIGIN),
        "http": BETA.replace("https:", "http:"),
        "25 letters": BETA[:-1],
        "27 letters": BETA + "a",
        "capital letter": BETA[:-1] + "A",
        "digit 1": BETA[:-1] + "1",
        "trailing LF": BETA + "\n",
        "fragment": BETA + "#x",
        "port": BETA.replace(ORIGIN, ORIGIN + ":443"),
        "sub-domain": BETA.replace(ORIGIN, "www." + ORIGIN),
        "did:web": DID,
        "null": None,
        "number": 7,
        "list": [BETA],
        "object": {"id": BETA},
    }
    cases = {name: publish(subject, None, "beta 1") for name, subject in wrong.items()}
    cases["keys about a company"] = entry("keys", ACME, 1, digest("x"))
    cases["keys of other origin"] = entry("keys", f"did:web:{OTHER_ORIGIN}", None, digest("x"))
    cases["withdraw keys"] = withdraw(DID, 0, type="keys")
    return [entry_case(f"subject: {name}", ONE, raw, "LOG-14", "log.subject") for name, raw in cases.items()]


def types() -> list[dict[str, Any]]:
    wrong = {"empty": "", "33 letters": "a" * 33, "capital": "Company", "hyphen": "a-b", "digit": "a1"}
    wrong |= {"trailing LF": "company\n", "keys": "keys", "not ASCII": "firmä"}
    cases: dict[str, tuple[list[bytes], bytes]] = {
        name: (ONE, publish(BETA, None, "beta 1", type=kind)) for name, kind in wrong.items()
    }
    for name, value in {"null": None, "number": 1, "list": ["company"]}.items():
        cases[name] = (ONE, publish(BETA, None, "beta 1", type=value))
    cases["keys with other type"] = (ONE, entry("keys", DID, 0, digest("x"), type="company"))
    cases["changed at publish"] = (ONE, publish(ACME, 1, "acme 2", type="institution"))
    cases["changed at withdraw"] = (ONE, withdraw(ACME, 1, type="institution"))
    cases["changed after withdraw"] = (GONE, publish(ACME, 2, "acme 2", type="institution"))
    result = [
        entry_case(f"type: {name}", before, raw, "LOG-15", "log.type")
        for name, (before, raw) in cases.items()
    ]
    inert = [*ONE, publish(BETA, 0, "beta 1", type="institution")]
    return [
        *result,
        entry_case("type: an inert entry does not bind it", inert, publish(BETA, None, "beta 2"), "LOG-15"),
    ]


def times() -> list[dict[str, Any]]:
    wrong = [
        "2026-05-04T09:30:60Z",
        "2026-05-04T24:00:00Z",
        "2026-05-04T09:60:00Z",
        "2026-02-29T09:30:00Z",
        "2026-04-31T09:30:00Z",
        "2026-13-01T09:30:00Z",
        "2026-00-01T09:30:00Z",
        "0000-05-04T09:30:00Z",
        "2026-05-04T09:30:00",
        "2026-05-04T09:30:00z",
        "2026-05-04t09:30:00Z",
        "2026-05-04 09:30:00Z",
        "2026-05-04T09:30:00+00:00",
        "2026-05-04T09:30:00.0Z",
        "2026-05-04T09:30Z",
        "20260504T093000Z",
        "12026-05-04T09:30:00Z",
        "2026-W19-1T09:30:00Z",
        "２026-05-04T09:30:00Z",
        "2026-05-04T09:30:00Z\n",
        "",
        None,
        1777887000,
    ]
    right = ["2028-02-29T23:59:59Z", "2000-02-29T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]

    def case(time: Any, code: str = "") -> dict[str, Any]:
        return entry_case(f"time: {time!r}", ONE, publish(BETA, None, "beta 1", time=time), "LOG-16", code)

    return [*(case(time, "log.time") for time in wrong), *(case(time) for time in right)]
