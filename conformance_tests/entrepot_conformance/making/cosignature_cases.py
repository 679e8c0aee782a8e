"""`cosignatures.json`: which lines under a checkpoint count as cosignatures (LOG-70 to LOG-72)."""

from __future__ import annotations

import base64
from typing import Any

from entrepot_conformance.reader.cosignatures import COSIGNER_TYPE, cosigned_message, cosigner_key_id

from . import lines
from .checkpoint_cases import signed
from .files import Files, base64_text, json_file
from .seeds import FEED, OTHER_ORIGIN, TestKey, checkpoint_text, seed

ABOUT = (
    "`raw` is base64 of a checkpoint of `feed`, whose log key is `vkey`. `counted` are the cosignatures that count, with the "
    "times they state (POSIX seconds), when the keys in `cosigners` are known, in the order of their lines. Every case is a head "
    "that its log signed: no line beside spoils it."
)
WITNESS, MIRROR = TestKey("witness key"), TestKey("mirror key")
STRANGER = TestKey("stranger's witness key")
WITNESS_NAME, MIRROR_NAME = f"{OTHER_ORIGIN}/witness/1", f"{OTHER_ORIGIN}/mirror/1"
TEXT = checkpoint_text(FEED, 7, seed("some root"))
TIME = 1_795_426_200


def make_cosignatures() -> Files:
    """Return the file."""
    return {
        "cosignatures.json": json_file(
            ABOUT,
            feed=FEED,
            vkey=lines.LOG.vkey(FEED),
            cosigners=[cosigner_vkey(WITNESS, WITNESS_NAME), cosigner_vkey(MIRROR, MIRROR_NAME)],
            cases=[*_that_count(), *_that_do_not()],
        )
    }


def cosigner_vkey(key: TestKey, name: str) -> str:
    """Write the vkey of a cosigner."""
    encoded = base64.b64encode(COSIGNER_TYPE + key.public).decode()
    return f"{name}+{cosigner_key_id(name, key.public).hex()}+{encoded}"


def cosignature_line(
    key: TestKey = WITNESS, name: str = WITNESS_NAME, time: int = TIME, text: str = TEXT, **parts: bytes
) -> str:
    """Write the line of a cosigner; `kid`, `stamp` and `signature` replace its parts."""
    kid = parts.get("kid", cosigner_key_id(name, key.public))
    stamp = parts.get("stamp", time.to_bytes(8, "big"))
    signature = parts.get("signature", key.sign(cosigned_message(text, time)))
    return f"— {name} {base64.b64encode(kid + stamp + signature).decode()}\n"


def _case(name: str, *more: str, counts: list[tuple[str, int]], ids: str) -> dict[str, Any]:
    return {
        "name": name,
        "ids": ids.split(),
        "raw": base64_text(signed(TEXT, *more)),
        "counted": [{"name": who, "time": time} for who, time in counts],
    }


def _that_count() -> list[dict[str, Any]]:
    witness, mirror = (WITNESS_NAME, TIME), (MIRROR_NAME, TIME)
    by_mirror = cosignature_line(MIRROR, MIRROR_NAME)
    stranger = cosignature_line(STRANGER, "stranger.example/witness/1")
    wrong = cosignature_line(signature=bytes(64))

    def good(
        name: str, *more: str, counts: list[tuple[str, int]], ids: str = "LOG-70 LOG-71"
    ) -> dict[str, Any]:
        return _case(name, *more, counts=counts, ids=ids)

    return [
        good("a witness", cosignature_line(), counts=[witness]),
        good("a witness and a mirror", cosignature_line(), by_mirror, counts=[witness, mirror]),
        good("in the order of the lines", by_mirror, cosignature_line(), counts=[mirror, witness]),
        good("time 1", cosignature_line(time=1), counts=[(WITNESS_NAME, 1)]),
        good("time 2^63 - 1", cosignature_line(time=2**63 - 1), counts=[(WITNESS_NAME, 2**63 - 1)]),
        good("beside a stranger", stranger, cosignature_line(), counts=[witness], ids="LOG-72"),
        good("twice, with one time", cosignature_line(), cosignature_line(), counts=[witness], ids="LOG-72"),
        good(
            "twice, with two times", cosignature_line(time=5), cosignature_line(),
            counts=[(WITNESS_NAME, 5)], ids="LOG-72",
        ),
        good("behind one of the same key that is wrong", wrong, cosignature_line(), counts=[witness], ids="LOG-72"),
    ]  # fmt: skip


def _that_do_not() -> list[dict[str, Any]]:
    other = checkpoint_text(FEED, 8, seed("some root"))
    no_time = WITNESS.sign(TEXT.encode())
    as_log = base64.b64encode(cosigner_key_id(WITNESS_NAME, WITNESS.public) + no_time).decode()
    rows = {
        "none": "",
        "of another size": cosignature_line(text=other),
        "of another time than it states": cosignature_line(stamp=(TIME + 1).to_bytes(8, "big")),
        "time little-endian": cosignature_line(stamp=TIME.to_bytes(8, "little")),
        "time 0": cosignature_line(time=0),
        "time 2^63": cosignature_line(time=2**63),
        "of the text without its last line": cosignature_line(text=TEXT.rsplit("\n", 2)[0] + "\n"),
        "of the text without its header": cosignature_line(signature=WITNESS.sign(TEXT.encode())),
        "the witness key under the mirror's name": cosignature_line(WITNESS, MIRROR_NAME),
        "the mirror's key under the witness's name": cosignature_line(MIRROR, WITNESS_NAME),
        "the witness's key id, another key": cosignature_line(
            STRANGER, kid=cosigner_key_id(WITNESS_NAME, WITNESS.public)
        ),
        "key id of a log key": cosignature_line(kid=lines.LOG.public[:4]),
        "63 bytes of signature": cosignature_line(signature=bytes(63)),
        "no time, as a log signs": f"— {WITNESS_NAME} {as_log}\n",
        "signature of zeros": cosignature_line(signature=bytes(64)),
        "a stranger alone": cosignature_line(STRANGER, "stranger.example/witness/1"),
    }
    return [_case(name, line, counts=[], ids="LOG-71 LOG-72") for name, line in rows.items()]
