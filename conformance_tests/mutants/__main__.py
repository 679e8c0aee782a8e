"""`python -m mutants`: judge mutants of our node with the conformance suite, and write the table into the docs."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from .bent_tree import compile_tree
from .judge import Verdict, judge_task
from .mutant import Mutant, all_mutants
from .table import CONTROL, judged_in, markdown, merged, read_begun, read_results, write_page, write_results

_COMMAND = "make mutants"


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge mutants; 0 if all are killed and the node as it is passes."""
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="only mutants whose names begin so")
    parser.add_argument("--processes", type=int, default=2, help="how many at a time (default: 2)")
    parser.add_argument(
        "--rounds",
        type=int,
        default=3,
        choices=(1, 2, 3),
        help="1: cases that the patch names, 2: its profiles, 3: all",
    )
    parser.add_argument("--no-control", action="store_true", help="do not judge the node as it is")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the whole run that was begun last: leave out what it has judged",
    )
    options = parser.parse_args(arguments)
    given = sys.argv[1:] if arguments is None else arguments
    command = " ".join(["python -m mutants", *given]) if given else _COMMAND
    if options.names:  # the page tells of all mutants, most of which were judged at other times
        flags = [word for word in given if word not in options.names]
        command = " ".join(["python -m mutants", *flags, "NAME…, in parts"])
    known = all_mutants()
    mutants = [one for one in known if not options.names or one.name.startswith(tuple(options.names))]
    todo: list[Mutant | None] = [*mutants] if options.no_control else [None, *mutants]
    names = [one.name for one in known]
    now = datetime.now(UTC)
    begun = read_begun() if options.resume or options.names else now.isoformat(timespec="seconds")
    run = begun if options.resume or not options.names else ""
    results, verdicts = merged(read_results(), [], names, ""), list[Verdict]()
    if options.resume:
        done = judged_in(results, run)
        todo = [one for one in todo if (one.name if one else CONTROL) not in done]
        mutants = [one for one in mutants if one.name not in done]
    for verdict in judged(todo, processes=options.processes, most=options.rounds):
        verdicts.append(verdict)
        results = merged(results, [verdict], names, datetime.now(UTC).date().isoformat(), run)
        write_results(results, command, begun)
        passed = datetime.now(UTC) - now
        left = passed * (len(todo) - len(verdicts)) / len(verdicts)
        _say(f"{len(verdicts)}/{len(todo)}, {left.total_seconds() / 60:.0f} min left: {_line(verdict)}")
    killed = [verdict.name for verdict in verdicts if verdict.state == "killed" and verdict.name != CONTROL]
    sound = all(verdict.state == "survived" for verdict in verdicts if verdict.name == CONTROL)
    _say(f"{len(killed)} of {len(mutants)} killed{'' if sound else '; THE NODE AS IT IS FAILS'}")
    write_page(markdown(known, results, command, judged_in(results, begun)))
    return 0 if sound and len(killed) == len(mutants) else 1


def judged(todo: Sequence[Mutant | None], *, processes: int, most: int) -> Iterator[Verdict]:
    """Judge each in a process of its own: what it sets up for its node is nothing for the next."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        source = compile_tree(Path(folder))
        tasks = [(one, source, most if one else 3) for one in todo]
        with context.Pool(processes, maxtasksperchild=1) as pool:
            yield from pool.imap_unordered(judge_task, tasks)


def _line(verdict: Verdict) -> str:
    state = verdict.state if verdict.state == "killed" else verdict.state.upper()
    if verdict.name == CONTROL:
        state = "passes" if verdict.state == "survived" else "FAILS"
    by = f" by {verdict.case}" if verdict.case else ""
    text = f"{state:10} {verdict.name}{by}  [{verdict.cases} cases, {verdict.seconds:g} s]"
    return f"{text}\n           {verdict.reason[:300]}" if verdict.reason else text


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
