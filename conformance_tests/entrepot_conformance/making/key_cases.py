"""`keys.json`: public keys, signatures and vkeys, good and bad (SIG-10 to SIG-13, LOG-36)."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from entrepot_conformance.reader.ed25519 import IDENTITY_BYTES, L, P, add, decode_point
from entrepot_conformance.reader.encodings import base58_encode, multikey_encode, proof_value_encode
from entrepot_conformance.reader.notes import key_id

from . import lines
from .files import Files, json_file, verdict
from .seeds import FEED, TestKey, seed

ABOUT = (
    "`seeds`: the published throw-away keys of all vectors, hex; each is SHA-256 of 'entrepot test "
    "seed <name>'. `multikeys`: the text of a public key; `public_key` is hex. `signatures`: public "
    "key, message and signature in hex; every public key there is good. `proof_values`: the text of a "
    "signature. `vkeys`: the text of a log key."
)
# Encodings of the eight points of small order (RFC 8032 curve), canonical ones first.
ORDER_8 = (
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
)
SEEDS = (
    *("genesis update key", "card A", "card B", "card C", "card D", "attacker"),
    *("record key 1", "record key 2", "record key 3", "log key 1", "other log key"),
    *("card E", "record key 4", "log key 2", "log key 3"),
)


def make_keys() -> Files:
    """Return the file."""
    seeds = {name: seed(name).hex() for name in SEEDS}
    content = {"multikeys": _multikeys(), "signatures": _signatures(), "proof_values": _proof_values()}
    return {"keys.json": json_file(ABOUT, seeds=seeds, **content, vkeys=_vkeys())}


def little(number: int) -> bytes:
    """Write 32 bytes, little-endian."""
    return number.to_bytes(32, "little")


def encode_point(point: tuple[int, int]) -> bytes:
    """Write a point as RFC 8032 §5.1.2 does."""
    return little(point[1] | (point[0] & 1) << 255)


def mixed_order_key() -> bytes:
    """Return a good key plus a point of order 8: on the curve, canonical, not in the prime-order group."""
    good, small = decode_point(lines.RECORD_1.public), decode_point(bytes.fromhex(ORDER_8[0]))
    if good is None or small is None:
        raise AssertionError("these are points")
    return encode_point(add(good, small))


def not_on_curve() -> bytes:
    """Return the smallest y above 2 for which there is no point."""
    return next(little(y) for y in range(2, 100) if decode_point(little(y)) is None)


def _multikeys() -> list[dict[str, Any]]:
    good = lines.RECORD_1
    weak = {
        "identity": IDENTITY_BYTES,
        "identity with sign bit": IDENTITY_BYTES[:31] + b"\x80",
        "order 2": little(P - 1),
        "order 2 with sign bit": little(P - 1 | 1 << 255),
        "order 4": bytes(32),
        "order 4, sign bit": bytes(31) + b"\x80",
        **{f"order 8, number {number}": bytes.fromhex(text) for number, text in enumerate(ORDER_8, 1)},
        "y = p": little(P),
        "y = p + 1": little(P + 1),
        "y = p + 3, else a point": little(P + 3),
        "y = 2^255 - 1": little(2**255 - 1),
        "not on the curve": not_on_curve(),
        "mixed order": mixed_order_key(),
    }
    wrong = {
        "P-256 key": "z" + base58_encode(b"\x80\x24" + good.public + b"\x02"),
        "secret key": "z" + base58_encode(b"\x80\x26" + good.seed),
        "no prefix": "z" + base58_encode(good.public),
        "prefix ed alone": "z" + base58_encode(b"\xed" + good.public),
        "31 bytes": "z" + base58_encode(b"\xed\x01" + good.public[:31]),
        "33 bytes": "z" + base58_encode(b"\xed\x01" + good.public + b"\0"),
        "leading 1": "z1" + good.multikey[1:],
        "base64url": "u" + base64.urlsafe_b64encode(b"\xed\x01" + good.public).decode().rstrip("="),
        "no multibase letter": good.multikey[1:],
        "capital Z": "Z" + good.multikey[1:],
        "trailing LF": good.multikey + "\n",
        "leading space": " " + good.multikey,
        "letter l": good.multikey[:-1] + "l",
        "empty": "",
        "z alone": "z",
    }
    keys = [TestKey(name) for name in SEEDS]
    return [
        *(
            {"name": key.name, "multikey": key.multikey, "public_key": key.public.hex(), **verdict("")}
            for key in keys
        ),
        *(
            {
                "name": name,
                "ids": ["SIG-11"],
                "multikey": multikey_encode(key),
                "public_key": key.hex(),
                **verdict("key.weak"),
            }
            for name, key in weak.items()
        ),
        *(
            {"name": name, "ids": ["SIG-10"], "multikey": text, **verdict("key.multikey")}
            for name, text in wrong.items()
        ),
    ]


def _signatures() -> list[dict[str, Any]]:
    key, message = lines.RECORD_1, b"entrepot"
    good = key.sign(message)
    r, s = good[:32], int.from_bytes(good[32:], "little")
    cases = {
        "good": (message, good, ""),
        "good, empty message": (b"", key.sign(b""), ""),
        "other message": (message + b"!", good, "key.signature"),
        "of another key": (message, lines.RECORD_2.sign(message), "key.signature"),
        "S + L": (message, r + little(s + L), "key.signature"),
        "S + 2^255": (message, r + little(s | 1 << 255), "key.signature"),
        "S = 0": (message, r + bytes(32), "key.signature"),
        "S = L": (message, r + little(L), "key.signature"),
        "R is the identity, S = 0": (message, IDENTITY_BYTES + bytes(32), "key.signature"),
        "R is the identity, S fits": (message, _identity_r(key, message), "key.signature"),
        "R is not canonical": (message, little(P + 1) + bytes(32), "key.signature"),
        "R plus a point of order 8": (message, _shifted_r(r) + good[32:], "key.signature"),
        "63 bytes": (message, good[:63], "key.signature"),
        "65 bytes": (message, good + b"\0", "key.signature"),
        "zeros": (message, bytes(64), "key.signature"),
    }
    return [
        {
            "name": name,
            "ids": ["SIG-13"],
            "public_key": key.public.hex(),
            "message": text.hex(),
            "signature": signature.hex(),
            **verdict(code),
        }
        for name, (text, signature, code) in cases.items()
    ]


def _identity_r(key: TestKey, message: bytes) -> bytes:
    """Return R = identity with S = hash·secret: it verifies by the equation, and only SIG-13 refuses it."""
    digest = bytearray(hashlib.sha512(key.seed).digest()[:32])
    digest[0] &= 248
    digest[31] = digest[31] & 127 | 64
    secret = int.from_bytes(digest, "little")
    challenge = hashlib.sha512(IDENTITY_BYTES + key.public + message).digest()
    return IDENTITY_BYTES + little(int.from_bytes(challenge, "little") * secret % L)


def _shifted_r(r: bytes) -> bytes:
    point, small = decode_point(r), decode_point(bytes.fromhex(ORDER_8[0]))
    if point is None or small is None:
        raise AssertionError("these are points")
    return encode_point(add(point, small))


def _proof_values() -> list[dict[str, Any]]:
    good = lines.RECORD_1.sign(b"entrepot")
    text = proof_value_encode(good)
    cases = {
        "good": (text, ""),
        "zeros: 64 times 1": ("z" + "1" * 64, ""),
        "63 bytes": (proof_value_encode(good[:63]), "key.proof-value"),
        "65 bytes": (proof_value_encode(b"\x01" + good), "key.proof-value"),
        "leading 1": ("z1" + text[1:], "key.proof-value"),
        "trailing LF": (text + "\n", "key.proof-value"),
        "trailing space": (text + " ", "key.proof-value"),
        "base64url": ("u" + base64.urlsafe_b64encode(good).decode().rstrip("="), "key.proof-value"),
        "letter O": (text[:-1] + "O", "key.proof-value"),
        "10,000 letters": ("z" + "2" * 10_000, "key.proof-value"),
        "empty": ("", "key.proof-value"),
    }
    return [
        {"name": name, "ids": ["SIG-12"], "proof_value": value, **verdict(code)}
        for name, (value, code) in cases.items()
    ]


def _vkeys() -> list[dict[str, Any]]:
    key = lines.LOG
    good = key.vkey(FEED)
    name, kid, encoded = good.split("+", 2)

    def other(kind: bytes, public: bytes) -> str:
        identifier = key_id(FEED, public).hex()
        return f"{FEED}+{identifier}+{base64.b64encode(kind + public).decode()}"

    cases = {
        "good": (good, ""),
        "key id of another name": (f"{name}+{key_id('x', key.public).hex()}+{encoded}", "log.vkey"),
        "key id too short": (f"{name}+{kid[:7]}+{encoded}", "log.vkey"),
        "type 02": (other(b"\x02", key.public), "log.vkey"),
        "type 04": (other(b"\x04", key.public), "log.vkey"),
        "weak point": (other(b"\x01", IDENTITY_BYTES), "log.vkey"),
        "mixed order": (other(b"\x01", mixed_order_key()), "log.vkey"),
        "31 bytes": (other(b"\x01", key.public[:31]), "log.vkey"),
        "no padding" if encoded.endswith("=") else "padding": (
            good.rstrip("=") if encoded.endswith("=") else good + "====",
            "log.vkey",
        ),
        "trailing LF": (good + "\n", "log.vkey"),
        "no name": (f"+{kid}+{encoded}", "log.vkey"),
        "two parts": (f"{name}+{encoded}", "log.vkey"),
        "empty": ("", "log.vkey"),
    }
    return [
        {"name": label, "ids": ["LOG-36"], "vkey": text, **verdict(code)}
        for label, (text, code) in cases.items()
    ]
