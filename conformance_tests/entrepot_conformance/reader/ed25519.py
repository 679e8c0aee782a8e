"""Ed25519 as the standard narrows it: SIG-11 and SIG-13.

The group law is plain arithmetic with big integers (RFC 8032 §5.1): slow and short. It is
only used to check public keys; signatures are verified by `cryptography`, which does so without cofactor.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .rule_error import RuleError, require

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
IDENTITY = (0, 1)
IDENTITY_BYTES = b"\x01" + bytes(31)

Point = tuple[int, int]
Fractions = tuple[int, int, int]


@lru_cache(maxsize=1024)
def check_public_key(public_key: bytes) -> None:
    """Refuse what is not the canonical encoding of a point of the prime-order group (SIG-11)."""
    point = decode_point(public_key)
    if point is None or point == IDENTITY or multiply(L, point) != IDENTITY:
        raise RuleError("key.weak", "the public key is not a canonical point of the prime-order group")


def verify(public_key: bytes, message: bytes, signature: bytes, code: str = "key.signature") -> None:
    """Verify R‖S over `message` (SIG-13). The key MUST have passed `check_public_key`."""
    require(len(signature) == 64, code, "a signature has 64 bytes")
    require(signature[:32] != IDENTITY_BYTES, code, "R is the identity")
    require(int.from_bytes(signature[32:], "little") < L, code, "S is not below the group order")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        raise RuleError(code, "the signature does not fit key and message") from None


def decode_point(encoded: bytes) -> Point | None:
    """Decode RFC 8032 §5.1.3, canonical encodings only; None when there is no such point."""
    number = int.from_bytes(encoded, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if len(encoded) != 32 or y >= P:
        return None
    x_squared = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = _square_root(x_squared)
    if x is None or (x == 0 and sign == 1):
        return None
    return (P - x if x & 1 != sign else x, y)


def add(a: Point, b: Point) -> Point:
    """Add two points of the twisted Edwards curve; the formula is complete."""
    (x1, y1), (x2, y2) = a, b
    product = D * x1 * x2 * y1 * y2 % P
    x3 = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P
    y3 = (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P
    return (x3, y3)


def multiply(factor: int, point: Point) -> Point:
    """Multiply by doubling and adding; with fractions (X, Y, Z), so that only the end needs an inverse."""
    result, power = (*IDENTITY, 1), (*point, 1)
    while factor:
        if factor & 1:
            result = _add_fractions(result, power)
        power = _add_fractions(power, power)
        factor >>= 1
    x, y, z = result
    inverse = pow(z, -1, P)
    return (x * inverse % P, y * inverse % P)


def _add_fractions(a: Fractions, b: Fractions) -> Fractions:
    """`add` without inverses: x = X/Z, y = Y/Z."""
    (x1, y1, z1), (x2, y2, z2) = a, b
    z, x, y = z1 * z2 % P, x1 * x2 % P, y1 * y2 % P
    product = D * x * y % P
    less, more = (z * z - product) % P, (z * z + product) % P
    crossed = (x1 * y2 + x2 * y1) % P
    return (z * less * crossed % P, z * more * (x + y) % P, less * more % P)


def _square_root(value: int) -> int | None:
    root = pow(value, (P + 3) // 8, P)
    if root * root % P != value:
        root = root * pow(2, (P - 1) // 4, P) % P
    return root if root * root % P == value else None
