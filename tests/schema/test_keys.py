"""Keys and signatures (SIG-10 to SIG-13): public vectors, weak keys, and every spelling but one."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from nacl import bindings as nacl

from entrepot_schema import base58
from entrepot_schema.errors import Refused
from entrepot_schema.keys import PublicKey, SigningKey, decode_signature, encode_signature
from entrepot_schema.known_test_keys import PUBLISHED_TEST_KEYS, is_published_test_key

VECTORS = Path(__file__).parent / "vectors"
GOLDEN = json.loads(
    (Path(__file__).parents[2] / "conformance_tests" / "vectors" / "keys.json").read_text("utf-8")
)
MULTIKEYS = json.loads((VECTORS / "did-and-multikey" / "multikey.json").read_text("utf-8"))
WYCHEPROOF = [
    pytest.param(group["publicKey"]["pk"], test, id=f"{test['tcId']} {test['comment']}")
    for group in json.loads((VECTORS / "wycheproof" / "ed25519_test.json").read_text("utf-8"))["testGroups"]
    for test in group["tests"]
]

KEY = SigningKey.from_seed(hashlib.sha256(b"a key of these tests").digest())
OTHER = SigningKey.from_seed(hashlib.sha256(b"another key of these tests").digest())
MESSAGE = b"entrepot"
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
FIELD = 2**255 - 19
IDENTITY = b"\x01" + bytes(31)

# The eight points of small order: y, with both signs of x where both exist.
ORDER_8 = [
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
]
ORDER_4 = [bytes(32), bytes(31) + b"\x80"]
ORDER_2 = [(FIELD - 1).to_bytes(32, "little")]
SMALL_ORDER = [IDENTITY, *ORDER_2, *ORDER_4, *ORDER_8]
NOT_CANONICAL = [
    FIELD.to_bytes(32, "little"),  # 0
    (FIELD + 1).to_bytes(32, "little"),  # 1
    (2**255 - 1).to_bytes(32, "little"),  # 18
    b"\x01" + bytes(30) + b"\x80",  # -0 as x, y = 1
    (FIELD - 1 + 2**255).to_bytes(32, "little"),  # -0 as x, y = -1
    b"\xff" * 32,
]


def code_of(function: Any, *arguments: Any) -> str:
    """The code with which the call refuses; "" when it does not."""
    try:
        function(*arguments)
    except Refused as refused:
        assert refused.layer == "K"
        return refused.code
    return ""


def scalar(number: int) -> bytes:
    return (number % GROUP_ORDER).to_bytes(32, "little")


def secret_scalar(key: SigningKey) -> bytes:
    head = bytearray(hashlib.sha512(key.seed).digest()[:32])
    head[0] &= 248
    head[31] = (head[31] & 127) | 64
    return bytes(head)


def signature_with(r: bytes, nonce: int, key: SigningKey) -> bytes:
    """A signature for a chosen R: S = nonce + H(R, A, M)·a, as its forger would compute it."""
    digest = hashlib.sha512(r + key.public.raw + MESSAGE).digest()
    challenge = int.from_bytes(digest, "little")
    secret = int.from_bytes(secret_scalar(key), "little")
    return r + scalar(nonce + challenge * secret)


# --- Multikey (SIG-10)


@pytest.mark.parametrize("row", MULTIKEYS, ids=lambda row: str(row["multibase"])[:20])
def test_s15_public_multikeys(row: dict[str, str]) -> None:
    """SIG-10, SIG-11: the published rows, good and bad."""
    code = code_of(PublicKey.from_multikey, row["multibase"])

    if row["as_ed25519_public_key"] == "accept":
        assert code == ""
        key = PublicKey.from_multikey(row["multibase"])
        assert (b"\xed\x01" + key.raw).hex() == row["decoded_hex"]
        assert key.multikey == row["multibase"]
    else:
        assert code in {"key.multikey", "key.weak"}


@pytest.mark.parametrize("case", GOLDEN["multikeys"], ids=lambda case: str(case["name"]))
def test_s15_golden_multikeys(case: dict[str, str]) -> None:
    """SIG-10, SIG-11."""
    assert code_of(PublicKey.from_multikey, case["multikey"]) == case.get("code", "")
    if case["expect"] == "accept":
        assert PublicKey.from_multikey(case["multikey"]).raw.hex() == case["public_key"]


@pytest.mark.parametrize("prefix", [b"\xed", b"\xed\x00", b"\xec\x01", b"\x80\x26", b"\xed\x01\x00", b""])
def test_s15_other_prefixes_are_no_multikey(prefix: bytes) -> None:
    """SIG-10: `ed01` and 32 bytes, nothing else."""
    assert code_of(PublicKey.from_multikey, "z" + base58.encode(prefix + KEY.public.raw)) == "key.multikey"


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_s15_a_public_key_has_32_bytes(length: int) -> None:
    """SIG-10."""
    raw = (KEY.public.raw * 2)[:length]

    assert code_of(PublicKey.from_bytes, raw) == "key.multikey"
    assert code_of(PublicKey.from_multikey, "z" + base58.encode(b"\xed\x01" + raw)) == "key.multikey"


@given(st.text(max_size=60))
def test_any_text_is_a_multikey_or_refused(text: str) -> None:
    """SIG-10."""
    assert code_of(PublicKey.from_multikey, text) in {"", "key.multikey", "key.weak"}


@given(st.binary(min_size=32, max_size=32))
def test_a_multikey_is_read_back(seed: bytes) -> None:
    """SIG-10: 48 characters that start with z6Mk."""
    key = SigningKey.from_seed(seed).public

    assert PublicKey.from_multikey(key.multikey) == key
    assert len(key.multikey) == 48
    assert key.multikey.startswith("z6Mk")


# --- sound keys only (SIG-11)


@pytest.mark.parametrize(
    "raw", [*SMALL_ORDER, *NOT_CANONICAL], ids=lambda raw: raw.hex()[:6] + raw.hex()[-2:]
)
def test_s02_a_key_of_small_order_or_other_spelling_is_refused_on_load(raw: bytes) -> None:
    """SIG-11: for such a key one constant signature fits every message."""
    assert code_of(PublicKey.from_bytes, raw) == "key.weak"
    assert code_of(PublicKey.from_multikey, "z" + base58.encode(b"\xed\x01" + raw)) == "key.weak"


def test_s02_the_universal_signature_is_a_real_threat() -> None:
    """SIG-11: OpenSSL verifies anything under the identity as key; here that key cannot be loaded."""
    universal = IDENTITY + bytes(32)

    Ed25519PublicKey.from_public_bytes(IDENTITY).verify(universal, b"whatever")
    assert code_of(PublicKey.from_bytes, IDENTITY) == "key.weak"
    assert not KEY.public.verify(universal, b"whatever")


@pytest.mark.parametrize("point", SMALL_ORDER[1:], ids=lambda raw: raw.hex()[:6] + raw.hex()[-2:])
def test_s03_a_key_of_mixed_order_is_refused_on_load(point: bytes) -> None:
    """SIG-11: a good key plus a point of small order; backends differ over it."""
    mixed = nacl.crypto_core_ed25519_add(KEY.public.raw, point)

    assert mixed != KEY.public.raw
    assert code_of(PublicKey.from_bytes, mixed) == "key.weak"


@given(st.binary(min_size=32, max_size=32))
def test_any_32_bytes_are_a_sound_key_or_refused(raw: bytes) -> None:
    """SIG-11: a loaded key has the order of the group: L times it is the identity."""
    if code_of(PublicKey.from_bytes, raw) == "":
        almost = nacl.crypto_scalarmult_ed25519_noclamp(scalar(GROUP_ORDER - 1), raw)
        assert nacl.crypto_core_ed25519_add(almost, raw) == IDENTITY


# --- signatures as text (SIG-12)


@given(st.binary(min_size=64, max_size=64))
def test_a_proof_value_is_read_back(signature: bytes) -> None:
    """SIG-12."""
    assert decode_signature(encode_signature(signature)) == signature


@pytest.mark.parametrize("case", GOLDEN["proof_values"], ids=lambda case: str(case["name"]))
def test_s15_golden_proof_values(case: dict[str, str]) -> None:
    """SIG-12."""
    assert code_of(decode_signature, case["proof_value"]) == case.get("code", "")


@pytest.mark.parametrize(
    "value", [None, 1, True, [], {}, ["z1"], b"z1", "", "z", "m" + "A" * 86, "u" + "A" * 86]
)
def test_s15_what_is_no_proof_value_is_refused(value: object) -> None:
    """SIG-12: exactly 64 bytes in base58btc."""
    assert code_of(decode_signature, value) == "key.proof-value"


@pytest.mark.parametrize("change", [" {}", "{} ", "{}\n", "1{}", "z{}", "{}1", "\ufeff{}"])
def test_s15_a_proof_value_has_one_spelling(change: str) -> None:
    """SIG-12."""
    assert code_of(decode_signature, change.format(encode_signature(KEY.sign(MESSAGE)))) == "key.proof-value"


# --- verification (SIG-13)


@pytest.mark.parametrize(("public", "test"), WYCHEPROOF)
def test_wycheproof(public: str, test: dict[str, str]) -> None:
    """SIG-13: all 151 verdicts, with S not below the group order among them (S01)."""
    key = PublicKey.from_bytes(bytes.fromhex(public))

    assert len(WYCHEPROOF) == 151
    assert key.verify(bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"])) is (test["result"] == "valid")


@pytest.mark.parametrize("case", GOLDEN["signatures"], ids=lambda case: str(case["name"]))
def test_golden_signatures(case: dict[str, str]) -> None:
    """SIG-13."""
    key = PublicKey.from_bytes(bytes.fromhex(case["public_key"]))
    verdict = key.verify(bytes.fromhex(case["signature"]), bytes.fromhex(case["message"]))

    assert verdict is (case["expect"] == "accept")


def test_s01_s_plus_the_group_order_is_refused() -> None:
    """SIG-13: else each signature would have more than one spelling."""
    signature = KEY.sign(MESSAGE)
    s = int.from_bytes(signature[32:], "little")

    assert KEY.public.verify(signature, MESSAGE)
    for times in range(1, 16):
        more = s + times * GROUP_ORDER
        if more < 2**256:
            assert not KEY.public.verify(signature[:32] + more.to_bytes(32, "little"), MESSAGE)


def test_a_signature_with_the_identity_as_r_is_refused() -> None:
    """SIG-13: also when S fits, which others take."""
    signature = signature_with(IDENTITY, 0, KEY)

    Ed25519PublicKey.from_public_bytes(KEY.public.raw).verify(signature, MESSAGE)
    assert not KEY.public.verify(signature, MESSAGE)


def test_the_forger_of_these_tests_computes_real_signatures() -> None:
    r = nacl.crypto_scalarmult_ed25519_base_noclamp(scalar(12345))

    assert KEY.public.verify(signature_with(r, 12345, KEY), MESSAGE)


@pytest.mark.parametrize("point", SMALL_ORDER[1:], ids=lambda raw: raw.hex()[:6] + raw.hex()[-2:])
def test_s03_verification_is_without_cofactor(point: bytes) -> None:
    """SIG-13: R plus a point of small order, and R of small order, which only cofactored verifiers take."""
    r = nacl.crypto_core_ed25519_add(nacl.crypto_scalarmult_ed25519_base_noclamp(scalar(12345)), point)

    assert not KEY.public.verify(signature_with(r, 12345, KEY), MESSAGE)
    assert not KEY.public.verify(signature_with(point, 0, KEY), MESSAGE)


@pytest.mark.parametrize("r", NOT_CANONICAL, ids=lambda raw: raw.hex()[:6] + raw.hex()[-2:])
def test_s03_another_spelling_of_r_is_refused(r: bytes) -> None:
    """SIG-13."""
    assert not KEY.public.verify(signature_with(r, 0, KEY), MESSAGE)


@given(st.binary(max_size=80), st.binary(max_size=100))
def test_verifying_answers_and_never_raises(signature: bytes, message: bytes) -> None:
    """SIG-13, S14."""
    assert KEY.public.verify(signature, message) is False


@given(st.binary(max_size=200), st.integers(0, 511))
def test_a_signature_verifies_until_one_bit_changes(message: bytes, bit: int) -> None:
    """SIG-13, in agreement with OpenSSL."""
    signature = KEY.sign(message)
    changed = bytearray(signature)
    changed[bit // 8] ^= 1 << bit % 8

    Ed25519PublicKey.from_public_bytes(KEY.public.raw).verify(signature, message)
    assert KEY.public.verify(signature, message)
    assert not KEY.public.verify(bytes(changed), message)
    assert not KEY.public.verify(signature, message + b"\0")
    assert not OTHER.public.verify(signature, message)


def test_signing_is_that_of_rfc_8032() -> None:
    """RFC 8032 §7.1, test 2."""
    key = SigningKey.from_seed(
        bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    )

    assert key.public.raw.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert key.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


def test_a_signing_key_does_not_show_its_secret() -> None:
    for text in (repr(KEY), str(KEY), f"{KEY}"):
        assert KEY.seed.hex() not in text
        assert repr(KEY.seed) not in text


# --- published keys (S13)

RFC_8032_SEEDS = [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5",
    "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
]

# Examples of signer keys as they stand in public: PRIVATE+KEY+<name>+<key id>+<base64 of 01 and the seed>.
SIGNED_NOTES = [
    "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",  # golang.org/x/mod/sumdb/note, its documentation
    "AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg",  # transparency-dev/tessera, its test data
    "Afge8kCzBXU7jb3cV2Q363oNXCufJ6u9mjOY1BGRY9E2",  # transparency-dev/tessera, a default of its commands
    "AXNNv9racVtMynH7oHIogZ4xS5sAIHBl47hlrcf6vsfu",  # a guide to binary transparency logs
]


def test_s13_the_keys_of_public_vectors_are_known() -> None:
    """SIG-14. The list is exactly: RFC 8032, the W3C example, examples of notes, the golden vectors, and 32 zero bytes."""
    example = json.loads((VECTORS / "w3c-vc-di-eddsa" / "keyPair.json").read_text("utf-8"))
    w3c = base58.decode(example["privateKeyMultibase"][1:], 34)
    assert w3c is not None
    notes = [base64.b64decode(key)[1:] for key in SIGNED_NOTES]
    seeds = [*map(bytes.fromhex, [*RFC_8032_SEEDS, *GOLDEN["seeds"].values()]), *notes, w3c[2:], bytes(32)]
    published = [SigningKey.from_seed(seed).public for seed in seeds]

    assert {key.multikey for key in published} == PUBLISHED_TEST_KEYS
    assert all(is_published_test_key(key) for key in published)


def test_s13_other_keys_are_not_on_the_list() -> None:
    assert not is_published_test_key(KEY.public)
