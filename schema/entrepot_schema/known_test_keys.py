"""Public keys whose private half is published: anybody can sign with them (S13).

The list of spec/signing.md (SIG-14): RFC 8032 §7.1, the W3C eddsa-jcs-2022 example, examples of signed notes, the key of 32
zero bytes, and the golden vectors in `conformance_tests/vectors/keys.json`. A node must not start with one of them and
must not follow a peer that has one. Verification itself takes them, because the vectors need them.
"""

from __future__ import annotations

from entrepot_schema.key_log import multihash
from entrepot_schema.keys import PublicKey

_RFC_8032 = {
    "z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw",
    "z6MkiaMbhXHNA4eJVCCj8dbzKzTgYDKf6crKgHVHid1F1WCT",
    "z6MkwSD8dBdqcXQzKJZQFPy2hh2izzxskndKCjdmC2dBpfME",
    "z6Mkh7U7jBwoMro3UeHmXes4tKtFbZhMRWejbtunbU4hhvjP",
    "z6MkvLrkgkeeWeRwktZGShYPiB5YuPkhN2yi3MqMKZMFMgWr",
}
_W3C_EXAMPLE = {"z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"}
_SIGNED_NOTES = {
    "z6MkgEAm56WdUmn2gKJAkKtZZo2aysN7AZhw2KYqJpm5mVv5",  # PeterNeumann: golang.org/x/mod/sumdb/note
    "z6Mkueo2yBjeCw5Lua1v42JByhUhcz7JaA9Wew4BBsT7n17n",  # example.com/log/testdata: Tessera
    "z6Mkeisw8faY9McG5kbdYz4R1mpcWZD9FwUugdCh8P5uu6sS",  # Test-Betty: Tessera
    "z6MksdsM6QjbtbqTaN4iMM3ggr7uQGwz18JwWqHfb9VeF5xc",  # binarytransparency.log/example
}
_GOLDEN_VECTORS = {
    "z6Mkixppf13yQUsi7o1kTp3JFunMMyKbAJ7V3cK7idyPXbGB",  # genesis update key
    "z6MkpyorNRkHcy1oYtYbet53BnvRsijPASuR84Pr85Z1z4DZ",  # card A
    "z6MkjmuDAFZt2nScWABTg1Fh3dLJiJiUeuLvzNyT25XD2T6C",  # card B
    "z6MkvYtgf2oD2XpRTZ5mNgocXk8gW2k6bHspci36ihhhsros",  # card C
    "z6Mkr1iqwkbXVmdBrD4QNHtUigaQNigNMU1C4dnEqq4UBkrF",  # card D
    "z6MksKVnSosSEAjiU4yyjQjRvUXGFzYXwvD8sAjddfGr5GXw",  # attacker
    "z6Mkrs78ztueLYCncpzKeGoeg5EU1pr8kM3dYW2vsZEPYnkZ",  # record key 1
    "z6MkhSXAfeqqhVodnrNJqKd8JCX4N7VfJA3iQqW45tQ3c44L",  # record key 2
    "z6MkfPVKsCZ9iDh2L5emWdyQT3PEhcuM97jXUmPWfqJaPa5u",  # record key 3
    "z6MkraJmgkeZTB32DLE1sweQk6NzJThjBW16gaVaZ13kCPSL",  # log key 1
    "z6MksrqmA5QcqvfaVzKaLD1PxF59Pnatdq3hHXt44ksxPj4A",  # other log key
    "z6MkoKJvNsUMSKwrTATVVYjVoCwLNbU7eVmdcKxXSk98HKni",  # card E
    "z6MkmaudGFGw8u4z85MdcSgFkyHW2CGrG2QvTtSM5VebaDYq",  # record key 4
    "z6MksrECC9fbSP8TaAKcc93qv478tCaAxxy9KcpRFt2JhsPL",  # log key 2
    "z6MkpBC6JDcdAuXCQt3vpjvWzpx1GRyvgUnwjXd3qBoXLcSs",  # log key 3
}
_ZERO_SEED = {"z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"}

PUBLISHED_TEST_KEYS = frozenset(_RFC_8032 | _W3C_EXAMPLE | _SIGNED_NOTES | _GOLDEN_VECTORS | _ZERO_SEED)

PUBLISHED_CARD_HASHES = frozenset(multihash(key.encode()) for key in PUBLISHED_TEST_KEYS)
"""What a line of a key log that commits to one of them as a card says."""


def is_published_test_key(key: PublicKey) -> bool:
    """Answer whether the private half of the key is published, so that its signatures prove nothing."""
    return key.multikey in PUBLISHED_TEST_KEYS
