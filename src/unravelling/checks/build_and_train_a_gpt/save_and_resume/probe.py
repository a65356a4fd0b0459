"""The probes of 06.6: a training is stopped, saved, and gone on with by another."""

from __future__ import annotations

from ...declare import Case, share


def probe(solution, V, before, after, seed, what):
    import os
    import tempfile
    from pathlib import Path

    import torch

    from unravelling.checks.instruments.stopped_runs import Run, lost_after, read_parts, refusals

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
            old, link = Path(path).read_bytes(), Path(folder) / "link"
            try:
                os.link(path, link)  # a second name for the very file
            except OSError:  # where files have one name only, this is not looked at
                link.write_bytes(old)
            run.go_on(before)
            lost = lost_after(lambda: solution.save_checkpoint(path, *run.all_of_it(), run.step), path)
            kept = link.read_bytes() == old
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
from unravelling.checks.instruments.stopped_runs import Run, lost_after, read_parts, refusals
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
os.link(path, path + ".link")  # a second name for the very file
old = open(path, "rb").read()
run.go_on(before)
# lost: the call after which there was no whole checkpoint at path; kept: whether the file before is as it was
lost = lost_after(lambda: save_checkpoint(path, *run.all_of_it(), run.step), path)
kept = open(path + ".link", "rb").read() == old"""
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
    from pathlib import Path

    from unravelling.checks.instruments.stopped_runs import Run, lost_after, read_parts

    if what == "refuse":
        return {}
    run, other = Run(V, seed), Run(V, seed + 3)
    run.go_on(before)
    with tempfile.TemporaryDirectory() as folder:
        path, link, kept, lost = os.path.join(folder, "run.pt"), Path(folder) / "link", True, ""
        solution.save_checkpoint(path, *run.all_of_it(), run.step)
        read_parts(path)
        if what == "twice":
            old = Path(path).read_bytes()
            try:
                os.link(path, link)
            except OSError:
                link.write_bytes(old)
            run.go_on(before)
            lost = lost_after(lambda: solution.save_checkpoint(path, *run.all_of_it(), run.step), path)
            kept = link.read_bytes() == old
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
