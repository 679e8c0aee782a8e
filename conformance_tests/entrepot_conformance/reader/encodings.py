"""base58btc, Multikey and the hashes of did:webvh (SIG-10, SIG-12, SIG-41)."""

from __future__ import annotations

import base64
import hashlib

from .rule_error import RuleError, require

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519_PUB = b"\xed\x01"
_SHA2_256 = b"\x12\x20"


def base58_encode(data: bytes) -> str:
    """Write base58btc without a multibase letter; each leading zero byte is one leading `1`."""
    number = int.from_bytes(data)
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = ALPHABET[digit] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def base58_decode(text: str, length: int, code: str) -> bytes:
    """Read base58btc of exactly `length` bytes, in its one canonical spelling, or refuse with `code`."""
    # A text longer than twice the bytes is never right; the bound keeps the arithmetic small.
    require(all(c in ALPHABET for c in text) and len(text) <= 2 * length, code, "not base58btc")
    number = 0
    for c in text:
        number = number * 58 + ALPHABET.index(c)
    require(number < 256**length, code, f"more than {length} bytes")
    data = number.to_bytes(length)
    require(base58_encode(data) == text, code, f"not the canonical base58btc of {length} bytes")
    return data


def multikey_encode(public_key: bytes) -> str:
    """Write an Ed25519 public key of 32 bytes as Multikey."""
    return "z" + base58_encode(_ED25519_PUB + public_key)


def multikey_decode(text: object) -> bytes:
    """Read a Multikey that must be Ed25519 (SIG-10). The point itself is checked in `ed25519`."""
    if not isinstance(text, str) or not text.startswith("z"):
        raise RuleError("key.multikey", "a Multikey starts with z")
    data = base58_decode(text[1:], 34, "key.multikey")
    require(data.startswith(_ED25519_PUB), "key.multikey", "not an Ed25519 public key")
    return data[2:]


def proof_value_encode(signature: bytes) -> str:
    """Write a signature of 64 bytes as the `proofValue` of a proof."""
    return "z" + base58_encode(signature)


def proof_value_decode(text: object) -> bytes:
    """Read the 64 bytes of a `proofValue` (SIG-12)."""
    if not isinstance(text, str) or not text.startswith("z"):
        raise RuleError("key.proof-value", "a proofValue starts with z")
    return base58_decode(text[1:], 64, "key.proof-value")


def multihash(data: bytes) -> str:
    """Write base58btc(1220 ‖ SHA-256(data)): SCIDs, entry hashes and next-key hashes."""
    return base58_encode(_SHA2_256 + hashlib.sha256(data).digest())


def base64_decode(text: str, code: str) -> bytes:
    """Read canonical base64 with padding, or refuse with `code`."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise RuleError(code, "not base64") from None
    require(base64.b64encode(data).decode("ascii") == text, code, "not canonical base64")
    return data
