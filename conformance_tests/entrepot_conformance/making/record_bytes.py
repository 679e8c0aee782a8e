"""Records whose bytes break a rule of reading: SIG-01 to SIG-09."""

from __future__ import annotations

from entrepot_conformance.reader.strict_json import canonical

from .profiles import sign
from .record_drafts import GOOD, GOOD_BYTES, KEY, Case, case, draft, profile_of

# 35 summaries of 600 letters, three bytes each, leave less than one such summary of a 64 KiB record.
MANY_LANGUAGES = (
    "ar be bg cs da de el en es et fi fr he hi hr hu hy it ka kk ko lt lv nl pl pt ro ru sk sl sq sr sv tr uk"
)


def byte_cases() -> list[Case]:
    """SIG-01 to SIG-09, beyond the twins."""
    spaced = GOOD_BYTES.replace(b'","', b'", "', 1)
    umlaut = "Inhabergeführter".encode()
    nested = canonical({**GOOD, "license": "deep"}).replace(b'"deep"', b"[" * 64 + b"]" * 64)

    faults: list[tuple[str, bytes, str, str]] = [
        ("white space", spaced, "SIG-09", "json.not-canonical"),
        ("trailing LF", GOOD_BYTES + b"\n", "SIG-09", "json.not-canonical"),
        (
            "needless escape",
            GOOD_BYTES.replace(umlaut, b"Inhabergef\\u00fchrter"),
            "SIG-09",
            "json.not-canonical",
        ),
        ("escape in capitals", _with_control(b"\\u001F"), "SIG-09", "json.not-canonical"),
        (
            "escaped solidus",
            GOOD_BYTES.replace(b"https://brightwell", b"https:\\/\\/brightwell"),
            "SIG-09",
            "json.not-canonical",
        ),
        ("byte order mark", b"\xef\xbb\xbf" + GOOD_BYTES, "SIG-01", "json.bom"),
        ("Latin-1", GOOD_BYTES.replace(umlaut, b"Inhabergef\xfchrter"), "SIG-01", "json.encoding"),
        ("overlong UTF-8", GOOD_BYTES.replace(umlaut, b"Inhabergef\xc1\xbchrter"), "SIG-01", "json.encoding"),
        ("surrogate in UTF-8", GOOD_BYTES.replace(umlaut, b"\xed\xa0\x80"), "SIG-01", "json.encoding"),
        ("UTF-16", GOOD_BYTES.decode().encode("utf-16-le"), "SIG-01", "*"),
        ("exponent", GOOD_BYTES.replace(b'"revision":1,', b'"revision":1e0,'), "SIG-04", "json.number"),
        ("minus zero", GOOD_BYTES.replace(b'"revision":1,', b'"revision":-0,'), "SIG-04", "json.number"),
        (
            "2^53",
            GOOD_BYTES.replace(b'"revision":1,', b'"revision":9007199254740992,'),
            "SIG-04",
            "json.number",
        ),
        (
            "400 digits",
            GOOD_BYTES.replace(b'"revision":1,', b'"revision":' + b"1" * 400 + b","),
            "SIG-04",
            "json.number",
        ),
        ("NaN", GOOD_BYTES.replace(b'"revision":1,', b'"revision":NaN,'), "SIG-04", "*"),
        ("leading zero", GOOD_BYTES.replace(b'"revision":1,', b'"revision":01,'), "SIG-08", "*"),
        ("NUL", _with_control(b"\\u0000"), "SIG-05", "json.nul"),
        ("raw control character", _with_control(b"\x1f"), "SIG-08", "json.syntax"),
        (
            "member name not ASCII",
            GOOD_BYTES.replace(b'"founded"', '"gegründet"'.encode()),
            "SIG-06",
            "json.member-name",
        ),
        (
            "DEL in a member name",
            GOOD_BYTES.replace(b'"founded"', b'"found\x7f"'),
            "SIG-06",
            "json.member-name",
        ),
        ("deeper than 64", nested, "SIG-07", "json.too-deep"),
        ("100,000 brackets", b"[" * 60_000, "SIG-07", "*"),
        ("two values", GOOD_BYTES + b"{}", "SIG-08", "json.syntax"),
        ("cut short", GOOD_BYTES[:-1], "SIG-08", "json.syntax"),
        ("nothing", b"", "SIG-08", "json.syntax"),
        ("array", b"[" + GOOD_BYTES + b"]", "SIG-08", "json.not-an-object"),
        ("64 KiB and one byte", long_record(65_537), "SIG-02", "json.too-large"),
    ]
    largest = case("bytes: 64 KiB", long_record(65_536), "SIG-02")
    return [largest, *(case(f"bytes: {name}", raw, ids, code) for name, raw, ids, code in faults)]


def long_record(size: int) -> bytes:
    """Return a good record of exactly `size` bytes: long summaries in many languages, the last one cut."""
    record = draft()
    full = dict.fromkeys(MANY_LANGUAGES.split(), "界" * 600)

    def signed(rest: int) -> bytes:
        profile_of(record)["summary"] = {**full, "zu": "界" * (rest // 3) + "x" * (rest % 3)}
        return canonical(sign(record, KEY))

    rest = size - len(signed(0))
    # A proofValue has 86 to 88 letters, so the size is known only after signing.
    return next(raw for raw in map(signed, range(rest - 3, rest + 4)) if len(raw) == size)


def _with_control(text: bytes) -> bytes:
    return GOOD_BYTES.replace(b'"founded":"1998"', b'"founded":"' + text + b'"')
