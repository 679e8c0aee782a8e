"""Ed25519 keys, checked once when they are loaded (SIG-10 to SIG-13).

Ed25519 implementations differ over weak keys: OpenSSL takes small-order public keys, for which one constant
signature fits every message, libsodium does not. We admit only canonical points of the prime-order group
(libsodium's `is_valid_point`) and refuse R = identity; then every honest implementation of plain
cofactorless verification gives the same answer.

PyNaCl verifies and signs because it is faster and releases the GIL; `cryptography` stores.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from nacl.bindings import (
    crypto_core_ed25519_is_valid_point,
    crypto_sign,
    crypto_sign_open,
    crypto_sign_seed_keypair,
)
from nacl.exceptions import BadSignatureError

from entrepot_schema import base58
from entrepot_schema.errors import Refused

PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
_MULTICODEC = b"\xed\x01"
_IDENTITY = b"\x01" + bytes(31)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key that is known to be sound. Make one with `from_bytes` or `from_multikey`."""

    raw: bytes

    @classmethod
    def from_bytes(cls, raw: bytes) -> PublicKey:
        """Take 32 bytes; refuse what is not a canonical point of the prime-order group (SIG-11)."""
        if len(raw) != PUBLIC_KEY_BYTES:
            raise Refused("key.multikey", f"an Ed25519 public key has 32 bytes, not {len(raw)}")
        if raw == _IDENTITY or not crypto_core_ed25519_is_valid_point(raw):
            raise Refused(
                "key.weak", "this public key is weak: not a canonical point of the prime-order group"
            )
        return cls(raw)

    @classmethod
    def from_multikey(cls, text: str) -> PublicKey:
        """Read `z6Mk…` in its one spelling (SIG-10)."""
        raw = base58.decode(text[1:], 34) if text.startswith("z") else None
        if raw is None or not raw.startswith(_MULTICODEC):
            raise Refused("key.multikey", "this is not an Ed25519 public key in Multikey form (z6Mk…)")
        return cls.from_bytes(raw[2:])

    @property
    def multikey(self) -> str:
        """The key as `z6Mk…`, 48 characters."""
        return _multikey(self.raw)

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Answer whether the signature fits (SIG-13). Never raises."""
        if len(signature) != SIGNATURE_BYTES or signature[:32] == _IDENTITY:
            return False
        try:
            crypto_sign_open(signature + message, self.raw)
        except BadSignatureError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key. Its text form never shows the secret."""

    seed: bytes = field(repr=False)
    public: PublicKey = field(init=False)
    _secret: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        raw, secret = crypto_sign_seed_keypair(self.seed)
        object.__setattr__(self, "_secret", secret)
        object.__setattr__(self, "public", PublicKey.from_bytes(raw))

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """Make the key of a 32-byte seed (RFC 8032 private key)."""
        return cls(seed)

    def sign(self, message: bytes) -> bytes:
        """Sign; the 64 bytes R‖S. Deterministic."""
        return crypto_sign(message, self._secret)[:SIGNATURE_BYTES]


def encode_signature(signature: bytes) -> str:
    """Write a signature as `z` + base58btc (SIG-12)."""
    return "z" + base58.encode(signature)


def decode_signature(text: object) -> bytes:
    """Read a proof value of exactly 64 bytes in its one spelling (SIG-12)."""
    raw = base58.decode(text[1:], SIGNATURE_BYTES) if isinstance(text, str) and text.startswith("z") else None
    if raw is None:
        raise Refused(
            "key.proof-value", "proofValue is not `z` and the base58 of 64 bytes", pointer="/proof/proofValue"
        )
    return raw


@lru_cache(maxsize=4_096)
def _multikey(raw: bytes) -> str:
    """Kept, since one key signs thousands of records, each of which names it."""
    return "z" + base58.encode(_MULTICODEC + raw)
