"""Requests that are odd in ways the golden vectors do not hold: sizes, many lines, huge and endless bodies."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

from entrepot_conformance.making.seeds import checkpoint_text, seed
from entrepot_conformance.making.witness_cases import STRANGER, write_request
from entrepot_conformance.reader import merkle
from entrepot_conformance.suite.usage import Budget

from .asking import post
from .rows import ACCEPT, BOTH, REFUSE, Row
from .scene import WitnessScene
from .watched import WatchedLog, rival

_SMALL = Budget(memory_bytes=32 * 1024 * 1024, cpu_seconds=3.0)
_UNKNOWN_LINE = "— w.example/witness/1 " + base64.b64encode(bytes(76)).decode() + "\n"
_SIZES = {
    "leading-zeros": "008",
    "plus": "+8",
    "minus": "-8",
    "underscore": "1_0",
    "fraction": "8.0",
    "exponent": "1e1",
    "space-before": " 8",
    "space-behind": "8 ",
    "tab-behind": "8\t",
    "hexadecimal": "0x8",
    "arabic-digit": "٨",
    "full-width-digit": "８",
    "superscript-digit": "⁸",
    "empty": "",
    "word": "eight",
    "2-63": str(2**63),
    "2-64": str(2**64),
    "2-64-and-8": str(2**64 + 8),
    "4-999-digits": "8" * 4_999,
}
Make = Callable[[WatchedLog], bytes]


def rows() -> Iterator[Row]:
    """Yield the rows of this table."""
    yield from (_odd_size(name, size) for name, size in _SIZES.items())
    yield from _beyond_json()
    yield from _many_lines()
    yield from _bodies()
    yield from _proofs()


def _refused(make: Make, *statuses: int, state: int = 5) -> Callable[[WitnessScene], None]:
    def act(scene: WitnessScene) -> None:
        log = scene.log_at(state)
        scene.refuse(log, make(log), *statuses)
        if 422 not in statuses:
            scene.put_back(log)

    return act


def _odd_size(name: str, size: str) -> Row:
    def make(log: WatchedLog) -> bytes:
        honest = checkpoint_text(log.name, 8, merkle.root(log.leaves[:8]))
        text = honest.replace("\n8\n", f"\n{size}\n", 1)
        proof = merkle.consistency_proof(5, log.leaves[:8])
        return write_request(5, proof, f"{text}\n{log.log.key.note_line(log.name, text)}".encode())

    shown = size if len(size) < 30 else f"{size[:8]}…"
    return Row(
        f"head-size-{name}", f"It refuses a head of size {shown!r}, although its log signed it", "LOG-73 LOG-31",
        _refused(make, 400), REFUSE, "L07",
    )  # fmt: skip


def _beyond_json() -> Iterator[Row]:
    def make(size: int, old: int) -> Make:
        return lambda log: write_request(old, (), log.log.head(size, seed("a root")))

    for name, size in {"2-53": 2**53, "2-53-and-1": 2**53 + 1, "2-63-less-1": 2**63 - 1}.items():
        yield Row(
            f"feed-of-size-{name}", f"It refuses a head of a feed of size {size}", "LOG-32 LOG-73",
            _refused(make(size, 0), 400, 422, state=0), REFUSE, "L07",
        )  # fmt: skip
    yield Row(
        "fast-forward", "It does not sign a jump of 10^12 that nothing proves", "LOG-77",
        _refused(make(10**12, 5), 422), REFUSE, "L24",
    )  # fmt: skip


def _many_lines() -> Iterator[Row]:
    def beside(count: int) -> Make:
        return lambda log: log.growth(8, head=log.head(8) + (_UNKNOWN_LINE * count).encode())

    def filled(scene: WitnessScene) -> None:
        log = scene.log_at(5)
        scene.accept(log, beside(99)(log), 8)
        scene.put_back(log)

    yield Row("99-unknown-lines", "It ignores 99 lines of keys it does not know", "LOG-33 LOG-74", filled, ACCEPT, "L11",
              budget=_SMALL)  # fmt: skip
    yield Row("101-lines", "It refuses a note of 101 signature lines", "LOG-33 LOG-73", _refused(beside(100), 400),
              REFUSE, "L11", budget=_SMALL)  # fmt: skip
    yield Row("450-lines", "It refuses a note filled with signature lines", "LOG-33 LOG-73",
              _refused(beside(450), 400), REFUSE, "L11", budget=_SMALL)  # fmt: skip

    def twice(log: WatchedLog) -> bytes:
        return log.growth(8, head=log.head(8) + log.head(8).partition(b"\n\n")[2])

    def other_key(scene: WitnessScene) -> None:
        log = scene.log_at(5)
        text = checkpoint_text(log.name, 8, merkle.root(log.leaves[:8]))
        scene.accept(log, log.growth(8, head=log.head(8) + STRANGER.note_line(log.name, text).encode()), 8)
        scene.put_back(log)

    yield Row("log-key-twice", "It refuses a head that one key signed twice", "LOG-35 LOG-74", _refused(twice, 403, 400),
              REFUSE, "L10")  # fmt: skip
    yield Row("log-name-with-other-key", "It ignores a line under the name of the log by a key it does not know",
              "LOG-35 LOG-74", other_key, ACCEPT, "S16")  # fmt: skip


def _bodies() -> Iterator[Row]:
    def sent(
        make: Callable[[WatchedLog], bytes | Iterator[bytes]], *statuses: int
    ) -> Callable[[WitnessScene], None]:
        def act(scene: WitnessScene) -> None:
            log = scene.log_at(5)
            before = scene.shown(log)
            reply = post(scene.node.url, make(log), scene.target.traffic)
            scene.check_refused(log, reply, statuses)
            scene.check_unmoved(log, before)
            scene.put_back(log)

        return act

    def endless(log: WatchedLog) -> Iterator[bytes]:
        yield log.growth(8)
        for _ in range(800):
            yield b"x" * 65_536

    def in_chunks(scene: WitnessScene) -> None:
        log = scene.log_at(5)
        body = log.growth(8)
        pieces = (body[at : at + 7] for at in range(0, len(body), 7))
        scene.check_accepted(log, body, post(scene.node.url, pieces, scene.target.traffic), 8)
        scene.put_back(log)

    yield Row("body-of-50-megabytes", "It answers 413 to a body of 50 MB, and does not keep it", "LOG-73 EXC-90",
              sent(lambda log: log.growth(8) + b"x" * 50_000_000, 413), REFUSE, "L11", budget=_SMALL)  # fmt: skip
    yield Row("body-of-unknown-length", "It answers 413 to a body without length that goes on and on", "LOG-73 EXC-90",
              sent(endless, 413), REFUSE, "L11", budget=_SMALL)  # fmt: skip
    yield Row("body-in-chunks", "It reads a good body that comes in chunks", "LOG-73", in_chunks, ACCEPT)
    yield Row(
        "body-of-zeros",
        "It refuses bytes that are no request",
        "LOG-73",
        sent(lambda log: bytes(60_000), 400),
    )
    yield Row("body-not-utf-8", "It refuses a head that is not UTF-8", "LOG-33 LOG-73",
              sent(lambda log: log.growth(8) + b"\xff\n", 400))  # fmt: skip


def _proofs() -> Iterator[Row]:
    def too_long(scene: WitnessScene) -> None:
        log = scene.log_at(5)
        good = merkle.consistency_proof(5, log.leaves[:8])
        longest = write_request(5, [*good, *[seed("a hash")] * (63 - len(good))], log.head(8))
        scene.refuse(log, longest, 422)

    def shorter_history(scene: WitnessScene) -> None:
        """A proof that is good, but from another head of that size than the one cosigned."""
        log = scene.log_at(5)
        scene.refuse(log, log.growth(8, rival(log.leaves, 4)), 422)

    def swapped(scene: WitnessScene) -> None:
        """The old root in the place of the new one: a verifier that compares one root alone is content."""
        log = scene.log_at(4)
        root = merkle.root(log.leaves[:4])
        scene.refuse(log, write_request(4, (), log.log.head(8, root)), 422)

    yield Row("proof-of-63-hashes", "It refuses a good proof with hashes behind it, as many as are allowed", "LOG-77",
              too_long, REFUSE, "L04")  # fmt: skip
    yield Row("proof-of-another-history", "It refuses a good proof from another head of the old size", "LOG-77",
              shorter_history, REFUSE, "L04")  # fmt: skip
    yield Row("old-root-at-new-size", "It refuses the old root at a larger size without proof", "LOG-77", swapped, REFUSE,
              "L04")  # fmt: skip
    yield Row("walk", "It follows a log through every size from 0 to 20", "LOG-76 LOG-77", _walk, BOTH)


def _walk(scene: WitnessScene) -> None:
    log = scene.log()
    times = [scene.accept(log, log.growth(size), size).time for size in range(21)]
    assert times == sorted(times), f"the times of its cosignatures go back: {times}"
    scene.refuse(log, log.growth(21, old=19), 409)
