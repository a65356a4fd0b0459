"""A class on one static page: scores, how exercises went, the commonest misconceptions. No script, no other host."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from unravelling.grading.results import PASSED, NotebookResult
from unravelling.grading.sandbox import WALLS

from .class_summary import Item, items
from .student_report import WORDS

_STYLE = """
:root { color-scheme: light dark; --line: #8886; --bar: #3b6fb6; --soft: #8882; }
@media (prefers-color-scheme: dark) { :root { --bar: #8ab4f0; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 2rem; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.bar { display: inline-block; height: .7em; background: var(--bar); }
.track { display: inline-block; width: 8rem; background: var(--soft); }
.scroll { overflow-x: auto; }
"""


def page(
    results: Sequence[NotebookResult],
    absent: Sequence[tuple[str, str]],
    walls: dict[str, str],
    aside: Sequence[str] = (),
    due: str = "",
) -> str:
    """The page, as HTML. Whatever learners wrote is escaped. due: the moment after which a notebook is late."""
    students = len({each.student for each in results})
    late = f"{sum(each.late for each in results)} late" + (f" (due by {escape(due)})" if due else "")
    found = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>Grades: {len(results)} notebooks</title><style>{_STYLE}</style></head><body><main>",
        "<h1>Grades</h1>",
        f"<p>{len(results)} notebooks of {students} students; {late}, {len(absent)} not handed in.</p>",
        _exercises(items(results)),
        _scores(results, absent),
        _aside(aside),
        _walls(walls),
        "</main></body></html>",
    ]
    return "\n".join(found) + "\n"


def _table(caption: str, heads: Sequence[tuple[str, bool]], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f'<th scope="col"{_number(right)}>{name}</th>' for name, right in heads)
    body = "\n".join(
        "<tr>" + "".join(f"<td{_number(heads[i][1])}>{cell}</td>" for i, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    head = f"<caption>{caption}</caption><thead><tr>{top}</tr></thead>"
    return f'<div class="scroll" tabindex="0"><table>{head}<tbody>\n{body}\n</tbody></table></div>'


def _number(right: bool) -> str:
    return ' class="n"' if right else ""


def _exercises(found: Sequence[Item]) -> str:
    rows = []
    for each in found:
        share = each.passed / max(each.of, 1)
        bar = f'<span class="track"><span class="bar" style="width:{share:.0%}"></span></span> {share:.0%}'
        named = ", ".join(f"{escape(name.replace('_', ' '))} ({count})" for name, count in each.misconceptions)
        rows.append([f"{each.exercise} {escape(each.title)}", bar, str(each.tried), f"{each.seconds:.1f}", named])
    heads = [("exercise", False), ("passed", False), ("tried", True), ("seconds", True), ("commonest mistakes", False)]
    return _table("How each exercise went", heads, rows)


def _scores(results: Sequence[NotebookResult], absent: Sequence[tuple[str, str]]) -> str:
    rows = []
    for each in results:
        words = "; ".join(escape(text) for text in (each.problem, *_lost(each), *each.notes) if text)
        late = " (late)" if each.late else ""
        rows.append([escape(each.student), escape(each.module) + late, f"{each.points} of {each.of}", words])
    rows += [[escape(student), escape(module), "", "not handed in"] for student, module in absent]
    heads = [("student", False), ("module", False), ("points", True), ("what is missing, and what was noticed", False)]
    return _table("Scores", heads, rows)


def _lost(graded: NotebookResult) -> list[str]:
    """What did not pass, by what became of it: "04.2, 04.5 not yet"."""
    by: dict[str, list[str]] = {}
    for part in graded.parts:
        if part.status != PASSED:
            by.setdefault(part.status, []).append(part.exercise)
    return [f"{', '.join(exercises)} {WORDS[status]}" for status, exercises in by.items()]


def _aside(aside: Sequence[str]) -> str:
    heads = [("what lies in the folder, and was not graded", False)]
    return _table("Left aside", heads, [[escape(each)] for each in aside]) if aside else ""


def _walls(walls: dict[str, str]) -> str:
    rows = [[escape(WALLS[wall]), escape(why) or "stood"] for wall, why in walls.items()]
    return _table("Walls round the notebooks", [("kept from", False), ("wall", False)], rows)
