"""Everything a submission can do to its grader, each with the score and the reason it must get.

Each is the solved notebook of module 04 (16 points) with one thing done to it; where an answer is changed, it is that
of 04.2 (1 point), so that 15 points say that all the others were judged all the same.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOLVED = json.loads((ROOT / "solutions" / "04_attention.ipynb").read_text(encoding="utf-8"))
RIGHT = "def causal_mask(T):\n    return torch.ones(T, T, dtype=torch.bool).tril()"
SLEEPER = "86399"  # seconds; a number that no other process sleeps for


@dataclass(frozen=True)
class Fault:
    """`content`: the file; `points`; the `status` of an exercise; a pattern in the reason, the problem or the notes."""

    content: bytes
    points: int
    status: str = "passed"
    says: str = ""
    file: str = "04_attention.ipynb"
    exercise: str = "04.2"


FAULTS: dict[str, Fault] = {}


def cell(notebook: dict, exercise: str, role: str) -> dict:
    mark = {"exercise": exercise, "role": role}
    return next(each for each in notebook["cells"] if each["metadata"].get("unravelling") == mark)


def with_answer(source: str, exercise: str = "04.2", solved: dict = SOLVED) -> bytes:
    notebook = copy.deepcopy(solved)
    cell(notebook, exercise, "answer")["source"] = source
    return json.dumps(notebook).encode()


def changed(change: Callable[[dict], object]) -> bytes:
    notebook = copy.deepcopy(SOLVED)
    change(notebook)
    return json.dumps(notebook).encode()


def answer(name: str, source: str, points: int, status: str, says: str = "") -> None:
    FAULTS[name] = Fault(with_answer(source), points, status, says)


def check_cell(name: str, change: Callable[[dict, dict], object], says: str) -> None:
    """Done to the check of 04.2 where the answer is wrong: it must stay wrong, and be told."""

    def both(notebook: dict) -> None:
        cell(notebook, "04.2", "answer")["source"] = RIGHT.replace("tril", "triu")
        change(notebook, cell(notebook, "04.2", "check"))

    FAULTS[name] = Fault(changed(both), 15, "wrong", says)


FAULTS["right"] = Fault(changed(lambda notebook: None), 16)
answer("wrong", RIGHT.replace("tril", "triu"), 15, "wrong", "True above the diagonal")
answer("raises", "raise ValueError('no idea')", 15, "wrong", "does not run: ValueError: no idea")
answer(
    "raises-at-length",
    "raise ValueError('no idea' + 'x' * 1_000_000 + 'at all')",
    15,
    "wrong",
    r"no idea.{1,4000}at all",
)
answer("right-and-then-raises", RIGHT + "\ncausal_mask(n)", 16, "passed", "04.2: its check passed.*NameError: name 'n'")
LEFT = RIGHT.replace("tril", "triu") + "\ncausal_mask(n)"
answer("wrong-and-then-raises", LEFT, 15, "wrong", "(?s)True above.*ended with NameError: name 'n'")
SENDS = """def causal_mask(T):
    kernel, part = get_ipython().kernel, bytes(64 << 20)
    kernel.session.send(kernel.iopub_socket, 'stream', {'name': 'stdout', 'text': 'x'}, kernel.get_parent(),
                        ident=b'stream', buffers=40 * [part])
    return torch.ones(T, T).tril().bool()"""
answer("sends-more-than-memory-holds", SENDS, 15, "stopped", "gave out more")
answer("does-not-parse", "def causal_mask(T:\n    return 1", 15, "wrong", "does not run: SyntaxError")
answer("not-tried", "def causal_mask(T):\n    raise NotImplementedError('later')", 15, "unsolved", "not solved yet")

MERGES_ONLY = """def split_heads(x, h):
    raise NotImplementedError('04.3 is not solved yet')

def merge_heads(x):
    return x.transpose(1, 2).flatten(2)"""
# The solution of 04.4 calls both, so its 4 points wait for split_heads too.
FAULTS["half-of-two-functions"] = Fault(with_answer(MERGES_ONLY, "04.3"), 11, "passed", "Right already: merge_heads")
# Nor is it to blame where split_heads is wrong.
FAULTS["helper-of-an-earlier-cell-is-wrong"] = Fault(
    with_answer(MERGES_ONLY.replace("raise NotImplementedError('04.3 is not solved yet')", "return x"), "04.3"),
    11,
    "wrong",
    r"Your code calls split_heads, and that is not right yet: mend your cell of 04\.3 first",
    exercise="04.4",
)

MERGES_WELL = (
    MERGES_ONLY.replace("raise NotImplementedError('04.3 is not solved yet')", "return x") + "\nmerge_heads(y)"
)
FAULTS["half-of-two-functions-and-then-raises"] = Fault(
    with_answer(MERGES_WELL, "04.3"), 11, "passed", "(?s)Right already: merge_heads.*ended with NameError: name 'y'"
)

# Endings
answer("endless", "def causal_mask(T):\n    while True:\n        pass", 15, "stopped", "processor time")


def slow(notebook: dict) -> None:
    """Two answers that take 3 seconds of processor time each, where 5 are given."""
    for exercise in ("04.1", "04.5"):
        here = cell(notebook, exercise, "answer")
        wait = "import time\nbegun = time.process_time()\nwhile time.process_time() - begun < 3:\n    pass\n"
        here["source"] = wait + "".join(here["source"])


FAULTS["slow-and-right"] = Fault(changed(slow), 16)
SWALLOWS = """import sys
def causal_mask(T):
    while True:
        try:
            print('x' * 1000, file=sys.stderr)
        except BaseException:
            pass"""
answer("swallows-interrupts", SWALLOWS, 15, "stopped", "gave out more than|processor time")
answer("leaves-hard", "import os\ndef causal_mask(T):\n    os._exit(0)", 15, "stopped", "exit code 0")
answer("leaves", "import sys\ndef causal_mask(T):\n    sys.exit(3)", 15, "wrong", "SystemExit")
answer("crashes", "import ctypes\ndef causal_mask(T):\n    ctypes.string_at(0)", 15, "stopped", "segmentation fault")
PARENT = "import os\ndef causal_mask(T):\n    os.kill(os.getppid(), 9)\n    return torch.ones(T, T).tril().bool()"
answer("kills-its-parent", PARENT, 15, "wrong", "PermissionError")
answer("kills-itself", "import os\nos.kill(os.getpid(), 9)", 15, "stopped", "SIGKILL")

# Taking without end
answer("six-gigabytes", "def causal_mask(T):\n    return bytearray(6 << 30)", 15, "wrong", "MemoryError")
MANY = "import os\ndef causal_mask(T):\n    while True:\n        os.fork()"
answer("forks-without-end", MANY, 15, "wrong|stopped", "BlockingIOError|processor time|memory")
LARGE = "def causal_mask(T):\n    with open('large', 'wb') as file:\n        for _ in range(10_000):\n"
answer("ten-gigabyte-file", LARGE + "            file.write(bytes(1 << 20))", 15, "wrong", "File too large")
FILES = (
    "import itertools\ndef causal_mask(T):\n    for n in itertools.count():\n        with open(f'{n}', 'wb') as file:\n"
)
answer("many-large-files", FILES + "            file.write(bytes(32 << 20))", 15, "stopped", "its files took 256 MB")
answer("files-without-end", FILES + "            pass", 15, "stopped", "its files took 256 MB")
NAMELESS = """import os
kept = []
def causal_mask(T):
    while True:
        kept.append(open('nameless', 'wb'))
        kept[-1].write(bytes(32 << 20))
        os.remove('nameless')"""
answer("files-without-a-name", NAMELESS, 15, "stopped", "its files took 256 MB")
DEEP = "import os\ndef causal_mask(T):\n    while True:\n        os.mkdir('d')\n        os.chdir('d')"
answer("folders-without-end", DEEP, 15, "stopped", "its files took 256 MB")
SHARED = """import mmap, os, time
def causal_mask(T):
    for _ in range(4):
        if os.fork() == 0:
            pages = [mmap.mmap(-1, 64 << 20) for _ in range(16)]  # shared, so that they are in nobody's own memory
            for each in pages:
                each.write(bytes(64 << 20))
            time.sleep(60)
    time.sleep(60)"""
answer("shared-memory", SHARED, 15, "stopped", "GB of memory")
NAMELESS_MEMORY = "import os\ndef causal_mask(T):\n    return os.memfd_create('hidden')"
answer("memory-without-a-name", NAMELESS_MEMORY, 15, "wrong", "PermissionError")
LINES = "for n in range(1_000_000):\n    print('line', n, 'of a million, and each ' + 60 * 'a')\n" + RIGHT
answer("million-lines", LINES, 15, "stopped", "gave out more than")
OUTLIVES = "import subprocess\nsubprocess.Popen(['/bin/sleep', '" + SLEEPER + "'], start_new_session=True)\n"
answer("outlives", OUTLIVES + RIGHT, 16, "passed")

# The checks
check_cell("check-deleted", lambda notebook, check: notebook["cells"].remove(check), "deleted")
check_cell("check-markdown", lambda notebook, check: check.update(cell_type="markdown"), "no code cell any more")
check_cell("check-twice", lambda notebook, check: notebook["cells"].append(copy.deepcopy(check)), "2 times")
check_cell(
    "check-moved",
    lambda notebook, check: notebook["cells"].append(notebook["cells"].pop(notebook["cells"].index(check))),
    "another order",
)  # fmt: skip
check_cell("check-edited", lambda notebook, check: check.update(source="print('PASS 04.2 causal_mask')"), "edited")
check_cell(
    "check-skipped", lambda notebook, check: check.update(source="# NBVAL_SKIP\n" + check["source"][0]), "edited"
)
check_cell("check-tagged", lambda notebook, check: check["metadata"].update(tags=["raises-exception"]), "True above")
PASSED = {"output_type": "stream", "name": "stdout", "text": ["PASS 04.2 causal_mask\n"]}
check_cell("outputs-edited", lambda notebook, check: check.update(outputs=[PASSED]), "True above")
for comment in ("# NBVAL_SKIP", "x = '''\n# NBVAL_SKIP\n'''", "# NBVAL_RAISES_EXCEPTION"):
    name = f"answer-{comment[-9:].strip(chr(39)).strip().lower()}".replace("#", "").replace(" ", "-")
    answer(f"{name}-{len(comment)}", comment + "\n" + RIGHT.replace("tril", "triu"), 15, "wrong", "True above")
answer("prints-pass", "print('PASS 04.2 causal_mask')\ndef causal_mask(T):\n    return None", 15, "wrong", "nothing")

# Cheating the judge
TRANSFORMS = "get_ipython().input_transformers_post.append(lambda lines: ['pass'])\n"
FAULTS["transforms-every-cell"] = Fault(
    with_answer(TRANSFORMS + RIGHT.replace("tril", "triu")), 15, "tampered", "nothing came out of it"
)
EQUAL = "class Equal:\n    def __eq__(self, other):\n        return True\ndef causal_mask(T):\n    return Equal()"
answer("equal-to-all", EQUAL, 15, "wrong", "not a torch tensor")
PATCHES = "import torch\ntorch.allclose = torch.equal = torch.isclose = lambda *a, **k: True\n"
answer("patches-torch", PATCHES + RIGHT.replace("tril", "triu"), 15, "tampered", "wrong on purpose")
answer(
    "replaces-check",
    "def causal_mask(T):\n    return None\ncheck = lambda *a: print('PASS')",
    15,
    "tampered",
    "replaced",
)
OBSERVES = """import unravelling.grading.in_kernel.published_checks as inside
inside.observe = lambda *a: {"result": None, "again": None, "changed": [], "used": [], "unreached": [], "printed": ""}
"""
answer("replaces-what-watches", OBSERVES + RIGHT, 15, "tampered", "wrong on purpose")
SPEAKS = """from IPython.display import publish_display_data
publish_display_data({"application/vnd.unravelling.values+json": "{}"})
"""
answer("speaks-for-the-check", SPEAKS + "def causal_mask(T):\n    return None", 15, "wrong", "nothing")
TWICE = """def causal_mask(T):
    from IPython.display import publish_display_data
    publish_display_data({"application/vnd.unravelling.values+json": "{}"})
    return torch.ones(T, T, dtype=torch.bool).tril()"""
answer("speaks-within-the-check", TWICE, 15, "tampered", "More came out")
REFERENCE = "from unravelling.checks.attention import CausalMask\ncausal_mask = CausalMask.reference"
answer("imports-the-reference", REFERENCE, 15, "wrong", "PermissionError|ModuleNotFoundError|ImportError")
for file, exercise, source, points, calls in (  # no exercise of module 04 forbids anything
    (
        "05_the_transformer.ipynb",
        "05.1",
        "def layer_norm(x, weight, bias, eps=1e-5):\n"
        "    return torch.nn.functional.layer_norm(x, x.shape[-1:], weight, bias, eps)",
        17,
        "torch.nn.functional.layer_norm",
    ),
    ("00_start_here.ipynb", "00.1", "def softmax(x, dim=-1):\n    return x.softmax(dim)", 0, "torch.Tensor.softmax"),
):
    solved = json.loads((ROOT / "solutions" / file).read_text(encoding="utf-8"))
    says = f"Your code calls {calls}, which this exercise asks you to do without"
    FAULTS[f"asks-a-library-{exercise}"] = Fault(
        with_answer(source, exercise, solved), points, "wrong", says, file, exercise
    )
HARD = "def causal_mask(T):\n    return {1: torch.ones(1, 1).bool(), 2: torch.tensor([[True, False], [True, True]])}[T]"
answer("hard-coded", HARD, 15, "wrong", "KeyError")

# Looking round: right only where every look was refused
LOOKS = """import glob, os, pathlib, socket, subprocess
seen = []
def look(what):
    try:
        found = what()
        seen.append(found) if found else None
    except (OSError, ImportError, subprocess.SubprocessError):
        pass
look(lambda: open({solutions!r}).read())
look(lambda: open({other!r}).read())
look(lambda: os.listdir({folder!r}))
look(lambda: glob.glob({folder!r} + "/*"))
look(lambda: os.environ.get("SECRET_OF_THE_GRADER"))
look(lambda: "SECRET" in open("/proc/%d/environ" % os.getppid()).read())
look(lambda: "SECRET" in open("/proc/self/environ").read())
look(lambda: socket.create_connection(("127.0.0.1", 9), 0.2))
look(lambda: socket.socket())
look(lambda: os.listdir("/tmp"))
look(lambda: os.listdir("/proc"))
look(lambda: os.listdir(os.path.expanduser("~root")))
look(lambda: pathlib.Path("/etc/shadow").read_text())
def causal_mask(T):
    return torch.ones(T, T, dtype=torch.bool).tril() if not seen else repr(seen)
"""


def looking_round(submissions: Path) -> Fault:
    """The fault that wants to read the solutions and what others handed in."""
    source = LOOKS.format(
        solutions=str(ROOT / "solutions" / "04_attention.ipynb"),
        other=str(submissions / "right" / "04_attention.ipynb"),
        folder=str(submissions),
    )
    return Fault(with_answer(source), 16)


# Files
FAULTS["no-json"] = Fault(b'{"cells": [', 0, "", "not JSON")
FAULTS["empty"] = Fault(b"", 0, "", "empty")
FAULTS["no-notebook"] = Fault(b"[1, 2]", 0, "", "no notebook")
FAULTS["large"] = Fault(b" " * (21 << 20), 0, "", "22 MB")
FAULTS["null-counts"] = Fault(changed(lambda n: [c.update(execution_count=None) for c in n["cells"]]), 16)
FAULTS["unknown-kernel"] = Fault(changed(lambda n: n["metadata"].update(kernelspec={"name": "fortran"})), 16)
FAULTS["same-ids"] = Fault(changed(lambda n: [c.update(id="same") for c in n["cells"]]), 16)
FAULTS["wrong-name"] = Fault(changed(lambda n: None), 16, file="my homework.ipynb")


FAULTS["metadata-lost"] = Fault(
    changed(lambda n: [c.update(metadata={}) for c in n["cells"]]), 16, "passed", "lost its mark"
)

answer("eight-megabytes-of-source", "a = 1\n" * 1_200_000 + RIGHT, 15, "stopped|wrong", "memory|processor|MemoryError")


ONES = "def ones(T):\n    return torch.ones(T, T)"


def split(*sources: str) -> bytes:
    """As JupyterLab's "split cell" does it, and copying a cell: all carry the mark."""

    def change(notebook: dict) -> None:
        whole = cell(notebook, "04.2", "answer")
        place = notebook["cells"].index(whole)
        notebook["cells"][place : place + 1] = [{**whole, "source": each} for each in sources]

    return changed(change)


MASKS = "def causal_mask(T):\n    return ones(T).tril().bool()"
FAULTS["answer-split"] = Fault(split(ONES, MASKS), 16, "passed", "04.2: its answer stands in 2 cells")
FAULTS["answer-split-within"] = Fault(split("def causal_mask(T):\n    size = T, T", RIGHT.split("\n")[1]), 16)
FAULTS["answer-tried-between"] = Fault(
    split(f"%matplotlib inline\n{ONES}\nprint(ones(n))", RIGHT.replace("tril", "triu"), "y = causal_mask(n)", MASKS),
    16,
    "passed",
    "(?s)04.2: 2 cells answer it.*2 statements in them were not run.*1 cell of your own was not run",
)

# What must not touch the next one
LEAVES_OPEN = """kept = []
def causal_mask(T):
    while len(kept) < 1000:
        try:
            kept.append(open("left.txt", "w"))
        except OSError:
            break
    return torch.ones(T, T, dtype=torch.bool).tril()"""
answer("leaves-files-open", LEAVES_OPEN, 16, "passed")
FILLS = "import os, socket\nkept = []\ntry:\n    while True:\n        kept.append({what})\nexcept OSError:\n    pass\n"
answer("leaves-files-open-before-its-check", FILLS.format(what="os.open('/dev/null', 0)") + RIGHT, 16, "passed")
answer(
    "leaves-sockets-open", FILLS.format(what="socket.socketpair()") + RIGHT, 15, "stopped", "sockets, pipes or files"
)
answer("byte-order-mark", "\ufeff" + RIGHT, 16, "passed")
answer("end-of-a-file-of-DOS", RIGHT + "\n\x1a", 16, "passed")

# What goes wrong between kernel and grader is told as that, and costs nobody else
ODD_MESSAGE = """def causal_mask(T):
    kernel = get_ipython().kernel
    session, content = kernel.session, {{"name": "stdout", "text": "x"}}
    parts = session.serialize(session.msg("stream", content, parent=kernel.get_parent()), b"stream")
    parts[-1] = {content}
    parts[2] = session.sign(parts[3:])
    kernel.iopub_socket.send_multipart(parts)
    return torch.ones(T, T, dtype=torch.bool).tril()"""
answer("sends-no-json", ODD_MESSAGE.format(content="b'{no json'"), 15, "stopped", "sent what is no message")
DEEP_MESSAGE = ODD_MESSAGE.format(content="b'[' * 100_000 + b']' * 100_000")
answer("sends-deep-json", DEEP_MESSAGE, 15, "stopped", "sent what is no message")
SILENT = "def causal_mask(T):\n    get_ipython().kernel._publish_status = lambda *a, **k: None\n"
answer("hides-that-it-ended", SILENT + RIGHT.split("\n")[1], 15, "stopped", "never told that it had ended")
FORGES = """import json
import unravelling.grading.in_kernel.published_checks as inside
sends = inside._publish
def forge(text):
    sent = json.loads(text)
    if sent["exercise"] == "04.4":
        parts = {"result": {}, "again": {}, "changed": [], "used": [], "unreached": [], "printed": ""}
        sent["values"] = inside.packed([parts] * 7)
    sends(json.dumps(sent))
inside._publish = forge
"""
answer("forges-for-another", FORGES + RIGHT, 15, "tampered", "not what it sends|some of the inputs only")
WITHHOLDS = "import unravelling.grading.in_kernel.published_checks as inside\nsends = inside._publish\n"
WITHHOLDS += "inside._publish = lambda text: sends(text) if '\"04.6\"' not in text else None\n"
answer("withholds-another", WITHHOLDS + RIGHT, 15, "tampered", "nothing came out of it")
for name, result, says in (
    ("number-too-long", "10**5000", "int of about 5,000 digits"),
    ("nested-tensor", "torch.nested.nested_tensor([torch.ones(1), torch.ones(2)])", "nested tensor; it should be"),
    ("eight-megabytes", "torch.ones(2000, 1000)", r"float32 tensor of shape \(2000, 1000\)"),
    ("itself", "(lambda kept: kept.append(kept) or kept)([])", "a list of 1"),
):
    answer(f"returns-{name}", f"def causal_mask(T):\n    return {result}", 15, "wrong", says)
MUTE = "class Mute(BaseException):\n    def __str__(self):\n        raise self\ndef causal_mask(T):\n    raise Mute"
answer("raises-without-words", MUTE, 15, "wrong", "with Mute")

MESS = """import os, threading, time
open("left.txt", "w").write("x")
os.mkdir("elsewhere"); os.chdir("elsewhere")
threading.Thread(target=lambda: [time.sleep(0.01) for _ in iter(int, 1)], daemon=True).start()
"""
FAULTS["makes-a-mess"] = Fault(with_answer(MESS + RIGHT), 16)
