"""The pure functions of canvas.js and choice.js, run by node where there is one."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import unravelling

PACKAGE = Path(unravelling.__file__).parent
FOLDERS = {"choice.js": "notebook", "choice.css": "notebook"}  # the others lie in drawing
NODE = shutil.which("node")


def _path(file: str) -> Path:
    return PACKAGE / FOLDERS.get(file, "drawing") / file


@pytest.fixture
def run(tmp_path):
    if NODE is None:
        pytest.skip("node is not installed: install it (Debian: nodejs) to run the tests of the JavaScript alone.")

    def evaluate(file: str, expression: str):
        shutil.copy(_path(file), tmp_path / "view.mjs")
        script = f"import * as v from './view.mjs'; console.log(JSON.stringify({expression}))"
        done = subprocess.run([NODE, "--input-type=module", "-e", script], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return evaluate


@pytest.mark.parametrize("palette", ["viridis", "cividis"])
def test_colours_in_the_browser_are_those_of_matplotlib(run, palette):
    from matplotlib import colormaps

    ours = run("canvas.js", f"Array.from({{length: 101}}, (_, i) => v.colourOf('{palette}', i, 0, 100))")
    theirs = colormaps[palette](np.linspace(0, 1, 101))[:, :3] * 255
    assert np.abs(np.array(ours) - theirs).max() < 12
    assert run("canvas.js", f"[v.colourOf('{palette}', -5, 0, 1), v.colourOf('{palette}', 9, 0, 1)]") == [
        ours[0],
        ours[-1],
    ]


def test_a_cell_says_from_where_to_where_and_how_much(run):
    mark = {"rows": ["it"], "columns": ["the", "piano"], "words": ["from", "to"], "label": "", "low": 0, "high": 1}
    assert run("canvas.js", f"v.cellText({json.dumps(mark)}, 0, 1, 0.4321)") == "from 'it' to 'piano': 0.43"
    bare = {**mark, "rows": None, "columns": None, "label": "head 3"}
    assert run("canvas.js", f"v.cellText({json.dumps(bare)}, 0, 1, -0.5)") == "head 3: row 1, column 2: −0.50"
    assert run("canvas.js", f"v.cellText({json.dumps(mark)}, 0, 1, NaN)").endswith("no value")


def test_the_cursor_starts_in_the_heat_map_with_the_most_names(run):
    marks = [{"kind": "heat", "rows": None, "columns": None}, {"kind": "heat", "rows": ["a"], "columns": ["b"]}]
    assert run("canvas.js", f"v.mostLabelled({json.dumps([*marks, {'kind': 'text'}])}).rows") == ["a"]
    assert run("canvas.js", "v.mostLabelled([])") is None


def test_a_verdict_is_given_in_words_and_a_sign_not_by_colour_alone(run):
    right, wrong = run("choice.js", "[v.verdict({right: true, why: 'a'}), v.verdict({right: false, why: 'b'})]")
    assert right["sign"] != wrong["sign"]
    assert (right["words"], wrong["words"]) == ("Right.", "Not right.")


def test_backticks_become_code(run):
    assert run("choice.js", "v.pieces('use `q @ k` here')") == [
        {"text": "use ", "code": False},
        {"text": "q @ k", "code": True},
        {"text": " here", "code": False},
    ]


@pytest.mark.parametrize("name", ["canvas.js", "picture.js", "choice.js", "picture.css", "choice.css"])
def test_a_view_asks_nothing_of_another_host_and_puts_no_id_on_the_page(name):
    text = _path(name).read_text(encoding="utf-8")
    for forbidden in (
        "http:",
        "https:",
        "url(",
        "@import",
        "import ",
        "innerHTML",
        ".id =",
        '"id",',
        "onclick",
        "eval(",
    ):
        assert forbidden not in text, forbidden
