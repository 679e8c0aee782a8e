"""Does the simulation see anything? One check of the node is taken out at a time, and some seed must fail."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from entrepot_node import witnessing
from entrepot_node.head_gate import WitnessGate
from entrepot_node.mark_file import MarkFile
from entrepot_node.signing_gate import SigningGate
from entrepot_node.storage import append
from entrepot_node.storage.sql_store import SqlStore
from entrepot_sync.head_gate import NO_HEAD
from entrepot_sync.peer_trust import RootCheck
from entrepot_sync.witness import WitnessRefused

from .running import run_seed
from .serving import Server
from .world import Failed, Template

MOST = 60
Break = Callable[[pytest.MonkeyPatch], None]


def nothing(*_args: Any, **_more: Any) -> None:
    """Stands in place of a check."""


def skip_the_gate(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SigningGate, "require", nothing)


def skip_the_witness_in_pulls(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(WitnessGate, "seen", lambda *_: NO_HEAD)
    patch.setattr(WitnessGate, "advance", lambda *_: True)


def cosign_without_proof(patch: pytest.MonkeyPatch) -> None:
    def judge(request: Any, seen: Any) -> None:
        if request.old != seen.size:
            raise WitnessRefused(409, "witness.stale", "not what was seen", size=seen.size)

    patch.setattr(witnessing, "judge_growth", judge)


def leave_withdrawn_contents(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(append, "_erase_withdrawn", nothing)


def take_in_withdrawn_contents(patch: pytest.MonkeyPatch) -> None:
    """Contents that are withdrawn in the chunk they come with stay."""
    insert, erase = append._insert_versions, append._erase_withdrawn

    def insert_late(connection: Any, feed_id: int, chunk: Any, effective: Any, final: Any) -> None:
        erase(connection, feed_id, effective, hold_until=chunk.hold_until)
        live = {name: dataclasses.replace(state, withdrawn_at=None) for name, state in final.items()}
        insert(connection, feed_id, chunk, effective, live)

    patch.setattr(append, "_insert_versions", insert_late)
    patch.setattr(append, "_erase_withdrawn", nothing)


def leave_withdrawn_words_in_the_index(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(append, "erase_subjects", nothing)


def leave_the_write_ahead_log(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SqlStore, "_forget", nothing)


def write_no_mark(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MarkFile, "raise_to", nothing)


def believe_entries_without_their_root(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(RootCheck, "finish", nothing)


BREAKS = [
    skip_the_gate, skip_the_witness_in_pulls, cosign_without_proof, leave_withdrawn_contents,
    take_in_withdrawn_contents, leave_withdrawn_words_in_the_index, leave_the_write_ahead_log, write_no_mark,
    believe_entries_without_their_root,
]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("breaking", BREAKS, ids=lambda one: one.__name__)
def test_a_check_that_is_taken_out_is_missed(
    breaking: Break, server: Server, template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking(monkeypatch)
    for seed in range(MOST):
        try:
            run_seed(seed, template, server)
        except Failed as failed:
            print(f"{breaking.__name__}: seen after {seed + 1} seeds: {str(failed).splitlines()[0]}")
            return
    pytest.fail(f"{MOST} seeds saw nothing")
