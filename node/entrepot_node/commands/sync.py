"""`entrepot sync`: pull now, and say what came."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from entrepot_node.commands.node import Node, open_node
from entrepot_node.commands.output import DONE, Output, exit_code, printable
from entrepot_node.storage.follows import FollowRow
from entrepot_schema.errors import EntrepotError, Misuse
from entrepot_sync.pull import PullReport

_TURN_SECONDS = 3_600.0
"""Who asks for it waits for it: a million records take a quarter of an hour, a hundred thousand over a slow line too."""


@dataclass(frozen=True, slots=True)
class PullResult:
    """One pull: its report, or the error that stopped it."""

    origin: str
    report: PullReport | None
    error: EntrepotError | None = None


def run_sync(path: Path, origins: list[str], *, carried: Path | None = None, as_json: bool) -> int:
    """Pull the named peers, or all that are not paused; or one of them from a copy that was carried here."""
    output = Output(as_json=as_json)
    with open_node(path) as node:
        follows = [follow for follow in node.store.follows() if not follow.paused or follow.origin in origins]
        unknown = set(origins) - {follow.origin for follow in follows}
        if unknown:
            raise Misuse("follow.unknown", f"not followed: {', '.join(sorted(unknown))}")
        chosen = [follow for follow in follows if not origins or follow.origin in origins]
        if carried is not None:
            if len(origins) != 1:
                raise Misuse("carried.origin", "name the one peer whose feed was carried here")
            return report_pulls(output, [_take_carried(node, chosen[0], carried)])
        return report_pulls(output, pull_follows(node, chosen, output))


def _take_carried(node: Node, follow: FollowRow, carried: Path) -> PullResult:
    from entrepot_sync.carried import open_carried

    async def take() -> PullReport:
        async with aclosing(open_carried(carried)) as transport:
            return await node.puller().pull_carried(follow, transport)

    try:
        return PullResult(follow.origin, asyncio.run(take()))
    except Misuse:
        raise
    except EntrepotError as error:
        return PullResult(follow.origin, None, error)


def pull_follows(node: Node, follows: Sequence[FollowRow], output: Output) -> list[PullResult]:
    """Pull some feeds one after the other; a fault of one ends only its own pull."""
    puller = node.puller(turn_seconds=_TURN_SECONDS)
    results = []
    for follow in follows:
        with output.progress(f"Pulling {follow.origin}") as progress:
            try:
                results.append(PullResult(follow.origin, asyncio.run(puller.pull(follow, progress))))
            except EntrepotError as error:
                results.append(PullResult(follow.origin, None, error))
    return results


def report_pulls(output: Output, results: Sequence[PullResult]) -> int:
    """Print the outcomes; the exit code is that of the first error."""
    output.result(
        [pull_document(result) for result in results],
        lambda console: console.print("\n".join(map(pull_line, results))),
    )
    errors = [result.error for result in results if result.error]
    return exit_code(errors[0]) if errors else DONE


def pull_document(result: PullResult) -> dict[str, Any]:
    """One pull for programs."""
    if result.report:
        return {"origin": result.origin, "ok": True, **asdict(result.report)}
    error = result.error
    fault = {"code": error.code, "message": error.message, "hint": error.hint} if error else {}
    return {"origin": result.origin, "ok": False, "error": fault}


def pull_line(result: PullResult) -> str:
    """One pull for people."""
    report, error = result.report, result.error
    if report is None:
        return printable(f"{result.origin}: {error} [{error.code if error else ''}]")
    new = report.size_after - report.size_before
    line = f"{result.origin}: {new} new entries, {report.stored} records stored, {report.size_after} entries in all"
    if report.source:
        line += f", from the mirror {report.source}: its own node is silent"
    if report.refused:
        line += f", {report.refused} refused"
    if report.missing:
        line += f", {report.missing} contents unavailable"
    return f"{line} ({report.requests} requests, {report.wire_bytes:,} bytes)"
