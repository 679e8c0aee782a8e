"""Every patch of a mutant fits, bends code that runs, says what it breaks, and stands in the table."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from entrepot_conformance.suite.registry import PROFILES, all_cases, choose
from mutants.bent_tree import make_tree
from mutants.judge import Verdict, rounds
from mutants.mutant import FOLDER, PACKAGES, ROOT, Mutant, all_mutants, read_mutant
from mutants.table import (
    PAGE,
    RESULTS,
    judged_in,
    markdown,
    merged,
    read_begun,
    read_results,
    write_page,
    write_results,
)

MUTANTS = all_mutants()
NAMES = [mutant.name for mutant in MUTANTS]
SPEC = "".join(page.read_text("utf-8") for page in (ROOT / "spec").glob("*.md"))
CLAUSES = set(re.findall(r"^- \*\*([A-Z]{3}-[0-9]{2})\*\*", SPEC, re.MULTILINE))
CASES = all_cases()
each = pytest.mark.parametrize("mutant", MUTANTS, ids=NAMES)


@cache
def cases_of(word: str) -> int:
    return len(choose(CASES, only=[word]))


@cache
def modules_that_are_imported() -> set[str]:
    """The modules that some other module of the node imports."""
    found: set[str] = set()
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return found


def test_there_are_enough() -> None:
    assert len(MUTANTS) >= 60


@each
def test_a_patch_still_fits_and_bends_code(mutant: Mutant) -> None:
    text = (ROOT / mutant.file).read_text("utf-8")
    bent = mutant.applied(text)

    assert bent != text
    if mutant.file.endswith(".py"):
        assert ast.dump(ast.parse(bent)) != ast.dump(ast.parse(text))
    assert 1 <= mutant.changed <= 6


@each
def test_a_patch_is_of_a_module_that_the_node_uses(mutant: Mutant) -> None:
    package = next(one for one in PACKAGES if mutant.file.startswith(f"{one}/"))
    if mutant.file.endswith(".html"):
        return  # whatever template no page uses, the suite does not kill
    module = mutant.file.removeprefix(f"{package}/").removesuffix(".py").replace("/", ".")

    assert module in modules_that_are_imported()


@each
def test_a_header_names_what_exists(mutant: Mutant) -> None:
    named = re.findall(r"[A-Z]{3}-[0-9]{2}", mutant.breaks)

    assert named
    assert set(named) <= CLAUSES
    assert re.fullmatch(r"[A-Z]{3}-[0-9]{2}( [A-Z]{3}-[0-9]{2})*( \([A-Z][0-9]{2}\))?", mutant.breaks)
    assert set(mutant.profiles) <= set(PROFILES)
    assert mutant.profiles
    assert [word for word in mutant.first if not cases_of(word)] == []
    assert mutant.first
    assert not mutant.bent.endswith(".")


def test_no_two_are_equal() -> None:
    changes = {(mutant.file, mutant.applied((ROOT / mutant.file).read_text("utf-8"))) for mutant in MUTANTS}

    assert len(changes) == len(MUTANTS)
    assert len({mutant.bent for mutant in MUTANTS}) == len(MUTANTS)


def test_the_table_in_the_docs_has_a_row_for_each() -> None:
    row = re.compile(r"^\| ([a-z0-9-]+) \|.*\| `([a-z-]+\.[a-z0-9-]+)` \|$", re.MULTILINE)
    rows = row.findall(PAGE.read_text("utf-8"))

    assert [name for name, _ in rows] == NAMES
    assert RESULTS.is_file()


def test_the_cases_of_the_header_come_first_and_none_comes_twice() -> None:
    mutant = MUTANTS[0]
    tried = list(rounds(mutant))

    assert all(case.name.startswith(mutant.first) for case in tried[0])
    assert {case.profile for case in tried[1]} <= set(mutant.profiles)
    assert sorted(case.name for cases in tried for case in cases) == sorted(case.name for case in CASES)


def test_a_tree_is_the_node_but_for_one_file(tmp_path: Path) -> None:
    mutant = MUTANTS[0]
    make_tree(mutant, tmp_path)
    files = [path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    copied = [path for path in files if (tmp_path / path).is_file()]
    other = [path for path in copied if (tmp_path / path).read_bytes() != (ROOT / path).read_bytes()]

    assert len(copied) > 200
    assert [str(path) for path in other] == [mutant.file]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("Bent: ", "Bend: "), "header"),
        (("--- a/", "--- "), "no change"),
        (("+++ b/", "+++ b/x"), "unified diff"),
    ],
)
def test_a_patch_of_another_form_is_refused(change: tuple[str, str], words: str, tmp_path: Path) -> None:
    odd = tmp_path / "odd.patch"
    odd.write_text((FOLDER / f"{NAMES[0]}.patch").read_text("utf-8").replace(*change, 1), "utf-8")

    with pytest.raises(ValueError, match=words):
        read_mutant(odd)


def test_a_patch_that_fits_nowhere_or_twice_is_refused() -> None:
    mutant = MUTANTS[0]
    text = (ROOT / mutant.file).read_text("utf-8")

    for odd in ("", text + text):
        with pytest.raises(ValueError, match="times"):
            mutant.applied(odd)


def test_the_table_tells_what_survived_and_keeps_the_rest_of_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- mutants: begin -->\nold\n<!-- mutants: end -->\nafter\n", "utf-8")
    one, two = MUTANTS[:2]
    verdicts = [Verdict(one.name, "killed", "puller.rollback"), Verdict(two.name, "survived")]
    results = merged({}, verdicts, [one.name, two.name], "2026-11-26")
    write_page(markdown([one, two], results, "make mutants"), page)
    text = page.read_text("utf-8")

    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "**1 of 2**" in text
    assert f"| {two.name} | {two.bent} | {two.breaks} | **SURVIVED** |" in text


def test_a_new_verdict_takes_the_place_of_an_old_one_and_mutants_that_are_gone_have_none() -> None:
    old = merged({}, [Verdict("a", "survived"), Verdict("b", "killed")], ["a", "b"], "2026-11-25")
    new = merged(old, [Verdict("a", "killed")], ["a"], "2026-11-26")

    assert {name: (row["state"], row["day"]) for name, row in new.items()} == {"a": ("killed", "2026-11-26")}


def test_results_hold_no_folder_of_the_machine_they_were_reached_on() -> None:
    """They stand in the repository for everybody to read."""
    reasons = [row["reason"] for row in read_results().values()]

    assert reasons
    assert [reason for reason in reasons if 'File "' in reason or "/tmp/" in reason] == []


def test_a_run_that_was_stopped_knows_what_it_has_judged(tmp_path: Path) -> None:
    """And counts no verdict of another time."""
    path = tmp_path / "results.json"
    old = merged({}, [Verdict("a", "killed"), Verdict("b", "killed")], ["a", "b"], "2026-11-25", "first run")
    results = merged(old, [Verdict("a", "killed")], ["a", "b"], "2026-11-26", "second run")
    write_results(results, "make mutants", "second run", path)

    assert read_begun(path) == "second run"
    assert judged_in(read_results(path), read_begun(path)) == {"a"}
    assert judged_in(results, "") == set()
