"""`records.json`: one record under one entry, good and broken in one way each (SIG-01 to SIG-30, LOG-21)."""

from __future__ import annotations

import copy

from entrepot_conformance.reader.ed25519 import IDENTITY_BYTES
from entrepot_conformance.reader.encodings import multikey_encode

from . import lines
from .files import Files, json_file
from .record_bytes import byte_cases
from .record_drafts import KEY
from .record_profiles import profile_cases
from .record_proofs import proof_cases, schema_cases
from .record_rules import member_cases, name_cases
from .record_twins import twin_cases
from .record_wire import wire_cases
from .seeds import FEED, ORIGIN

ABOUT = (
    "One record each. `raw` is base64 of the bytes as they came; `entry` is what the feed of `origin` "
    "says: subject, type, time, digest (hex SHA-256 of the bytes) and the revision it counts. `state` "
    "names the key state in force in `states`: the `state` member of a key-log line. `expect` is "
    "accept, refuse with `code`, or kept (SIG-30). A code `schema.*` stands for any code with that "
    "prefix, `*` for any code at all. `twin_of` names the case of the older set that a case was "
    "modelled on."
)


def make_records() -> Files:
    """Return the file."""
    groups = [
        twin_cases(),
        byte_cases(),
        member_cases(),
        name_cases(),
        proof_cases(),
        schema_cases(),
        profile_cases(),
        wire_cases(),
    ]
    cases = [case for group in groups for case in group]
    weak = multikey_encode(IDENTITY_BYTES)
    two_methods = copy.deepcopy(lines.LINE_1["state"])
    two_methods["verificationMethod"] += lines.LINE_2["state"]["verificationMethod"]
    small = copy.deepcopy(lines.LINE_1["state"])
    small["verificationMethod"][0].update(id=f"{small['id']}#{weak}", publicKeyMultibase=weak)
    small["assertionMethod"] = [f"{small['id']}#{weak}"]
    states = {
        "line 1": {"assertion_key": KEY.multikey, "state": lines.LINE_1["state"]},
        "line 2": {"assertion_key": lines.RECORD_2.multikey, "state": lines.LINE_2["state"]},
        "two methods": {"assertion_key": KEY.multikey, "state": two_methods},
        "weak key": {"assertion_key": weak, "state": small},
    }
    return {
        "records.json": json_file(
            ABOUT, origin=ORIGIN, feed=FEED, scid=lines.SCID, states=states, cases=cases
        )
    }
