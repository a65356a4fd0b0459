"""The probes of 06.6: a training is stopped, saved, and gone on with by another."""

from __future__ import annotations

from ...declare import Case, share


def probe(solution, V, before, after, seed, what):
    import os
    import tempfile

    import torch

    from unravelling.checks.instruments.stopped_runs import Run, read_parts

    run, other = Run(V, seed), Run(V, seed + 3)
    first = run.go_on(before)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "run.pt")
        if what in ("cut off", "no checkpoint", "a part missing", "no file"):
            if what == "a part missing":
                torch.save({name: each for name, each in run.state().items() if name != "generator"}, path)
            elif what != "no file":
                torch.save(run.state(), path)
                with open(path, "rb") as file:
                    whole = file.read()
                with open(path, "wb") as file:
                    file.write(whole[: len(whole) // 2] if what == "cut off" else b"This is a letter, no checkpoint.")
            was = other.marks()
            try:
                solution.load_checkpoint(path, *other.all_of_it())
            except Exception as error:
                return {"raised": type(error).__name__, "untouched": bool(torch.equal(was, other.marks()))}
            return {"raised": "nothing", "untouched": bool(torch.equal(was, other.marks()))}
        solution.save_checkpoint(path, *run.all_of_it(), run.step)
        keys = ", ".join(sorted(read_parts(path)))
        kept = True
        if what == "twice":
            link = os.path.join(folder, "link")
            try:
                os.link(path, link)  # a second name for the very file
            except OSError:
                link = ""
            with open(path, "rb") as file:
                old = file.read()
            run.go_on(before)
            solution.save_checkpoint(path, *run.all_of_it(), run.step)
            if link:
                with open(link, "rb") as file:
                    kept = file.read() == old
        same = Run(V, seed)
        same.go_on(run.step)
        undisturbed = bool(torch.equal(same.marks(), run.marks()))
        unstopped = run.go_on(after)
        step = solution.load_checkpoint(path, *other.all_of_it())
        found = {"step": step, "losses": other.go_on(after), "unstopped": unstopped, "keys": keys}
        return found | {"kept": kept, "undisturbed": undisturbed, "first": first}


def show(case: Case) -> str:
    """The lines that show a failure of 06.6."""
    head = """
import os, tempfile
from unravelling.checks.instruments.stopped_runs import Run
run, other = Run(V, seed), Run(V, seed + 3)  # two trainings that begin differently
run.go_on(before)
path = os.path.join(tempfile.mkdtemp(), "run.pt")
"""
    if case["what"] in ("resume", "twice"):
        again = """
os.link(path, path + ".link")  # a second name for the very file
old = open(path, "rb").read()
run.go_on(before)
save_checkpoint(path, *run.all_of_it(), run.step)
print("the file before is as it was:", open(path + ".link", "rb").read() == old)
kept = open(path + ".link", "rb").read() == old"""
        return f"""{head}
save_checkpoint(path, *run.all_of_it(), run.step){again if case["what"] == "twice" else ""}
unstopped = run.go_on(after)
step = load_checkpoint(path, *other.all_of_it())
parts = torch.load(path, weights_only=True)
result = step, other.go_on(after), unstopped, sorted(parts){", kept" if case["what"] == "twice" else ""}
"""
    spoil = {
        "a part missing": 'torch.save({n: each for n, each in run.state().items() if n != "generator"}, path)',
        "no file": "pass",
        "cut off": 'torch.save(run.state(), path)\nwhole = open(path, "rb").read()\n'
        'open(path, "wb").write(whole[: len(whole) // 2])',
        "no checkpoint": 'open(path, "w").write("This is a letter, no checkpoint.")',
    }[case["what"]]
    return f"""{head}
{spoil}
was, raised = other.marks(), "nothing"
try:
    load_checkpoint(path, *other.all_of_it())
except Exception as error:
    raised = type(error).__name__
result = raised, torch.equal(was, other.marks())  # what was raised, and whether all is as it was
"""


@share(points=2)
def save_checkpoint(solution, V, before, after, seed, what):
    import os
    import tempfile

    from unravelling.checks.instruments.stopped_runs import Run, read_parts

    if what not in ("resume", "twice"):
        return {}
    run, other = Run(V, seed), Run(V, seed + 3)
    run.go_on(before)
    with tempfile.TemporaryDirectory() as folder:
        path, link, kept = os.path.join(folder, "run.pt"), os.path.join(folder, "link"), True
        solution.save_checkpoint(path, *run.all_of_it(), run.step)
        read_parts(path)
        if what == "twice":
            with open(path, "rb") as file:
                old = file.read()
            try:
                os.link(path, link)
            except OSError:
                link = path + ".none"
            run.go_on(before)
            solution.save_checkpoint(path, *run.all_of_it(), run.step)
            if os.path.exists(link):
                with open(link, "rb") as file:
                    kept = file.read() == old
        parts = read_parts(path)
        other.put_back(parts)
        return {"step": parts["step"], "losses": other.go_on(after), "kept": kept}


@share(points=2)
def load_checkpoint(solution, V, before, after, seed, what):
    import os
    import tempfile

    import torch

    from unravelling.checks.instruments.stopped_runs import Run

    run, other = Run(V, seed), Run(V, seed + 3)
    run.go_on(before)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "run.pt")
        state = run.state()
        if what == "a part missing":
            del state["generator"]
        if what != "no file":
            torch.save(state, path)
        if what in ("cut off", "no checkpoint"):
            with open(path, "rb") as file:
                whole = file.read()
            with open(path, "wb") as file:
                file.write(whole[: len(whole) // 2] if what == "cut off" else b"This is a letter, no checkpoint.")
        was = other.marks()
        try:
            step = solution.load_checkpoint(path, *other.all_of_it())
        except Exception as error:
            if what in ("resume", "twice"):
                raise
            return {"raised": type(error).__name__, "untouched": bool(torch.equal(was, other.marks()))}
        return {"step": step, "losses": other.go_on(after)}
