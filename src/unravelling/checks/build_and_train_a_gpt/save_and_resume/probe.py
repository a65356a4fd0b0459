"""The probes of 06.6: a training is stopped, saved, and gone on with by another."""

from __future__ import annotations

from ...declare import Case, share


def probe(solution, V, before, after, seed, what):
    import os
    import tempfile

    import torch

    from unravelling.checks.instruments.stopped_runs import Run, read_parts, refusals, saved_over

    run, other = Run(V, seed), Run(V, seed + 3)
    run.go_on(before)
    with tempfile.TemporaryDirectory() as folder:
        if what == "refuse":
            other.go_on(after)
            return {"refused": refusals(solution.load_checkpoint, run, other, folder)}
        path, kept, lost = os.path.join(folder, "run.pt"), True, ""
        solution.save_checkpoint(path, *run.all_of_it(), run.step)
        keys = ", ".join(sorted(read_parts(path)))
        if what == "twice":
            run.go_on(before)
            kept, lost = saved_over(lambda: solution.save_checkpoint(path, *run.all_of_it(), run.step), path)
        same = Run(V, seed)
        same.go_on(run.step)
        undisturbed = bool(torch.equal(same.marks(), run.marks()))
        unstopped = run.go_on(after)
        step = solution.load_checkpoint(path, *other.all_of_it())
        found = {"step": step, "losses": other.go_on(after), "unstopped": unstopped, "keys": keys}
        return found | {"kept": kept, "lost": lost if kept else "", "undisturbed": undisturbed}


def show(case: Case) -> str:
    """The lines that show a failure of 06.6."""
    head = """
import os, tempfile
from unravelling.checks.instruments.stopped_runs import Run, read_parts, refusals, saved_over
run, other = Run(V, seed), Run(V, seed + 3)  # two trainings that begin differently
run.go_on(before)
folder = tempfile.mkdtemp()
path = os.path.join(folder, "run.pt")
"""
    if case["what"] == "refuse":
        return head + (
            "other.go_on(after)\n"
            "result = refusals(load_checkpoint, run, other, folder)  # what was raised; whether all is as it was\n"
        )
    again, kept = "", ""
    if case["what"] == "twice":
        kept = ", kept, lost"
        again = """
run.go_on(before)
# kept: whether the file before is as it was; lost: the call after which there was no whole checkpoint at path
kept, lost = saved_over(lambda: save_checkpoint(path, *run.all_of_it(), run.step), path)"""
    return f"""{head}
save_checkpoint(path, *run.all_of_it(), run.step){again}
unstopped = run.go_on(after)
step = load_checkpoint(path, *other.all_of_it())
result = step, other.go_on(after), unstopped, sorted(read_parts(path)){kept}
"""


@share(points=2)
def save_checkpoint(solution, V, before, after, seed, what):
    import os
    import tempfile

    from unravelling.checks.instruments.stopped_runs import Run, read_parts, saved_over

    if what == "refuse":
        return {}
    run, other = Run(V, seed), Run(V, seed + 3)
    run.go_on(before)
    with tempfile.TemporaryDirectory() as folder:
        path, kept, lost = os.path.join(folder, "run.pt"), True, ""
        solution.save_checkpoint(path, *run.all_of_it(), run.step)
        read_parts(path)
        if what == "twice":
            run.go_on(before)
            kept, lost = saved_over(lambda: solution.save_checkpoint(path, *run.all_of_it(), run.step), path)
        parts = read_parts(path)
        other.put_back(parts)
        return {"step": parts["step"], "losses": other.go_on(after), "kept": kept, "lost": lost, "later": run.go_on(1)}


@share(points=2)
def load_checkpoint(solution, V, before, after, seed, what):
    import os
    import tempfile

    import torch

    from unravelling.checks.instruments.stopped_runs import Run, refusals

    run, other = Run(V, seed), Run(V, seed + 3)
    run.go_on(before)
    with tempfile.TemporaryDirectory() as folder:
        if what == "refuse":
            other.go_on(after)
            return {"refused": refusals(solution.load_checkpoint, run, other, folder)}
        path = os.path.join(folder, "run.pt")
        torch.save(run.state(), path)
        step = solution.load_checkpoint(path, *other.all_of_it())
        return {"step": step, "losses": other.go_on(after)}
