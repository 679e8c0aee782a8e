"""Cosigner keys: made with their state, used only with it, never numbered twice."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from entrepot_node.cosigner import make_cosigner, make_missing_cosigners
from entrepot_node.cosigner_states import StateFolder
from entrepot_node.home import Home
from entrepot_node.keyring import MIRROR, WITNESS, load_keyring
from entrepot_schema.errors import Misuse
from entrepot_sync import note
from entrepot_sync.cosignature import verify_cosignature
from entrepot_sync.merkle import EMPTY_ROOT
from entrepot_sync.witness import LogHead

ORIGIN = "biomed.example"
LOG = "lifepark.example/feed/1"
NOTHING = LogHead(LOG, 0, EMPTY_ROOT)
HEAD = LogHead(LOG, 5, b"a" * 32)


def test_founding_makes_witness_and_mirror_with_their_states(home: Home) -> None:
    names = [key.name(ORIGIN) for key in home.keyring(1).cosigners]

    assert names == [f"{ORIGIN}/witness/1", f"{ORIGIN}/mirror/1"]
    assert sorted(path.name for path in home.states.iterdir()) == ["mirror-1.db", "witness-1.db"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in [home.states, *home.states.iterdir()])


def test_no_two_cosigners_share_a_key(home: Home) -> None:
    """LOG-70: the name is not signed."""
    ring = home.keyring(1)

    keys = [ring.record, ring.log, *(cosigner.key for cosigner in ring.cosigners)]
    assert len({key.public.raw for key in keys}) == 4


def test_a_node_founded_before_gets_its_cosigners_once(home: Home) -> None:
    for path in [*home.keys.glob("witness-*"), *home.keys.glob("mirror-*"), *home.states.iterdir()]:
        path.unlink()
    assert load_keyring(home.keys, 1).cosigners == ()

    made = make_missing_cosigners(home.keys, StateFolder(home.states))

    assert [(key.role, key.number) for key in made] == [(WITNESS, 1), (MIRROR, 1)]
    assert load_keyring(home.keys, 1).cosigners == tuple(made)
    assert make_missing_cosigners(home.keys, StateFolder(home.states)) == []


def test_d12_a_key_without_its_state_signs_no_more_and_is_not_given_a_new_one(home: Home) -> None:
    """K12."""
    (home.states / "witness-1.db").unlink()

    assert make_missing_cosigners(home.keys, StateFolder(home.states)) == []
    with pytest.raises(Misuse) as misuse:
        home.cosigner(WITNESS, ORIGIN)
    assert misuse.value.code == "witness.no-state"


def test_the_next_key_has_a_number_that_neither_a_key_nor_a_state_had(home: Home) -> None:
    """K12."""
    (home.keys / "witness-1.pem").rename(home.keys / "taken-away")
    made = make_cosigner(
        home.keys, StateFolder(home.states), WITNESS, random_bytes=random.Random(3).randbytes
    )

    assert made.number == 2
    opened = home.cosigner(WITNESS, ORIGIN)
    assert opened is not None
    assert opened.name == f"{ORIGIN}/witness/2"


def test_a_cosignature_is_of_the_text_written_anew_and_is_found_again(home: Home) -> None:
    """LOG-78: what is served later is the line that was given, to the byte."""
    witness = home.cosigner(WITNESS, ORIGIN)
    assert witness is not None
    raw = HEAD.text() + b"\n" + "— log AAAAAAAA\n".encode()

    line = witness.cosign(NOTHING, HEAD, raw, now=1_000.5)

    assert line is not None
    assert verify_cosignature(HEAD.text(), line, witness.public).time == 1_000
    assert witness.cosigned(LOG) == raw + str(line).encode()
    assert note.split(witness.cosigned(LOG) or b"").text == HEAD.text()
    assert witness.cosigned("other.example/feed/1") is None


def test_a_judgement_that_came_too_late_signs_nothing(home: Home) -> None:
    """L25: of two that judged the same head one signs."""
    witness = home.cosigner(WITNESS, ORIGIN)
    assert witness is not None
    assert witness.cosign(NOTHING, HEAD, b"note\n\n", now=1) is not None

    assert witness.cosign(NOTHING, LogHead(LOG, 7, b"b" * 32), b"note\n\n", now=2) is None


def test_d08_two_processes_with_one_key_share_its_state(home: Home) -> None:
    """A copy of the key in another folder would not: that is detected by peers, not prevented."""
    one, two = home.cosigner(WITNESS, ORIGIN), Home(Path(home.path)).cosigner(WITNESS, ORIGIN)
    assert one is not None
    assert two is not None

    assert one.cosign(NOTHING, HEAD, b"note\n\n", now=1) is not None
    assert two.cosign(NOTHING, LogHead(LOG, 5, b"b" * 32), b"note\n\n", now=1) is None
    assert two.seen(LOG) == HEAD


_ON_A_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from entrepot_node.home import Home
from entrepot_schema.errors import Unavailable
from entrepot_sync.merkle import EMPTY_ROOT
from entrepot_sync.witness import LogHead

witness = Home(Path(sys.argv[1])).cosigner("witness", "biomed.example")
log = "lifepark.example/feed/1"
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # from here on every write fails
try:
    witness.cosign(LogHead(log, 0, EMPTY_ROOT), LogHead(log, 5, b"a" * 32), b"note", now=1)
except Unavailable as error:
    print(error.code)
"""


def test_d05_what_cannot_be_written_is_not_signed(home: Home) -> None:
    """LOG-78: the disk refuses, so there is no line; later it goes on from what the file says."""
    command = [sys.executable, "-c", _ON_A_FULL_DISK, str(home.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.stdout, done.returncode) == ("witness.busy\n", 0), done.stderr
    witness = home.cosigner(WITNESS, ORIGIN)
    assert witness is not None
    assert witness.seen(LOG) == NOTHING
    assert witness.cosign(NOTHING, HEAD, b"note", now=2) is not None
