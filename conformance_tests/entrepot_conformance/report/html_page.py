"""The report as one HTML file: no script, nothing loaded from anywhere, readable on a phone and on paper."""

from __future__ import annotations

from collections import Counter
from html import escape

from .run_report import Report
from .traced import Clause

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 70rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem;
border-bottom: 1px solid #8888; } .scroll { overflow-x: auto; } pre { white-space: pre-wrap; overflow-wrap: anywhere;
border-left: 3px solid #8888; padding-left: .6rem; } code { overflow-wrap: anywhere; }
td:first-child > code { display: block; min-width: 14rem; }
.fail, .error { font-weight: 700; } details > summary { cursor: pointer; }
""".replace("\n", " ")
_MOST_SHOWN = 8
_WORDS = {
    "pass": "passed", "fail": "FAILED", "skip": "not offered", "disabled": "switched off",
    "error": "error of the suite", "unknown": "could not be judged",
}  # fmt: skip


def html_page(report: Report, clauses: list[Clause]) -> str:
    """Return the page: what was judged, profiles, failures with traffic, all cases, clauses with their cases."""
    target = ", ".join(f"{name} {value}" for name, value in report["target"].items())
    verdict = "Every MUST that was tried is kept." if report["passed"] else "Not every MUST is kept."
    parts = [
        f"<h1>Entrepot conformance: {escape(verdict)}</h1>",
        f"<p>Judged: <code>{escape(target)}</code>. Suite {escape(report['suite'])}, specification {escape(report['spec'])}, "
        f"begun {escape(report['started'])}, seed {report['seed']}.</p>",
        _profiles(report),
        _failures(report["cases"]),
        _cases(report["cases"]),
        _clauses(clauses),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Entrepot conformance: {escape(target)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def _profiles(report: Report) -> str:
    states = [state for state in _WORDS if state in report["counts"]]
    rows = [
        [escape(name), *(str(found.get(state, 0)) for state in states)]
        for name, found in report["profiles"].items()
    ]
    rows.append(["all", *(str(report["counts"][state]) for state in states)])
    return "<h2>Profiles</h2>" + _table(["profile", *(_WORDS[state] for state in states)], rows)


def _failures(cases: list[Report]) -> str:
    broken = [case for case in cases if case["status"] in ("fail", "error", "unknown")]
    if not broken:
        return ""
    return "<h2>What failed</h2>" + "".join(map(_failure, broken))


def _failure(case: Report) -> str:
    announced = case.get("expectedFailure")
    note = f"<p>Announced: {escape(announced)}</p>" if announced else ""
    said = "".join(f"<pre>{escape(message)}</pre>" for message in case.get("messages", ()))
    traffic = f"<details><summary>What was sent and received</summary>{said}</details>" if said else ""
    return (
        f"<section><h3><code>{escape(case['name'])}</code>: {_state(case['status'])}</h3>"
        f"<p>{escape(case['level'])} {escape(', '.join(case['ids']))}: {escape(case['title'])}</p>{note}"
        f"<pre>{escape(case.get('reason', ''))}</pre>{traffic}</section>"
    )


def _cases(cases: list[Report]) -> str:
    rows = [
        [
            f"<code>{escape(case['name'])}</code>",
            escape(case.get("attack", "")),
            escape(case["level"]),
            escape(", ".join(case["ids"])),
            escape(case["title"]),
            _result(case),
            f"{case['milliseconds']:,}",
        ]
        for case in cases
    ]
    heads = ["case", "attack", "level", "clauses", "the node", "result", "ms"]
    return "<h2>All cases</h2>" + _table(heads, rows)


def _clauses(clauses: list[Clause]) -> str:
    if not clauses:
        return ""
    rows = [
        [
            escape(clause.id),
            escape(clause.text),
            _tried(clause),
        ]
        for clause in clauses
    ]
    return "<h2>Clauses of the specification</h2>" + _table(
        ["clause", "text", "cases and results, or why there are none"], rows
    )


def _tried(clause: Clause) -> str:
    """Cases with results, or how many of each where there are many; then what is missing, and why."""
    shown = [f"<code>{escape(name)}</code>: {_state(status)}" for name, status in clause.results]
    parts = [_folded(shown, clause)] if len(shown) > _MOST_SHOWN else shown
    return "<br>".join([*parts, *([escape(clause.reason)] if clause.reason else [])])


def _folded(shown: list[str], clause: Clause) -> str:
    found = Counter(status for _, status in clause.results)
    told = ", ".join(f"{count} {_state(status)}" for status, count in sorted(found.items()))
    return f"<details><summary>{told}</summary>{'<br>'.join(shown)}</details>"


def _result(case: Report) -> str:
    """The state; of what was not judged also why. What failed stands above with all that was said."""
    why = case.get("reason", "") if case["status"] in ("skip", "disabled") else ""
    return _state(case["status"]) + (f": {escape(why)}" if why else "")


def _state(status: str) -> str:
    return f'<span class="{escape(status)}">{_WORDS[status]}</span>'


def _table(heads: list[str], rows: list[list[str]]) -> str:
    """Cells are HTML already."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
