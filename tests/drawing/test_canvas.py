"""The pure functions of our JavaScript, run by the node that playwright brings, and what its files may not contain."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from scripts.check_javascript import node
from unravelling.drawing import scene
from unravelling.drawing.joined_modules import joined
from unravelling.drawing.picture import Picture
from unravelling.notebook.choice import Choice

DRAWING = Path(scene.__file__).parent
NOTEBOOK = DRAWING.parent / "notebook"


def run(file: Path, expression: str):
    """The value of a JavaScript expression in which `v` is the module in `file`."""
    script = f"import * as v from '{file.as_uri()}'; console.log(JSON.stringify({expression}))"
    done = subprocess.run([node(), "--input-type=module", "-e", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


CANVAS, CHOICE, THEME = DRAWING / "canvas.js", NOTEBOOK / "choice.js", DRAWING / "theme.js"


@pytest.mark.parametrize("palette", ["viridis", "cividis"])
def test_colours_in_the_browser_are_those_of_matplotlib(palette):
    from matplotlib import colormaps

    ours = run(CANVAS, f"Array.from({{length: 101}}, (_, i) => v.colourOf('{palette}', i, 0, 100))")
    theirs = colormaps[palette](np.linspace(0, 1, 101))[:, :3] * 255
    assert np.abs(np.array(ours) - theirs).max() < 12
    assert run(CANVAS, f"[v.colourOf('{palette}', -5, 0, 1), v.colourOf('{palette}', 9, 0, 1)]") == [
        ours[0],
        ours[-1],
    ]


def test_a_cell_says_from_where_to_where_and_how_much():
    mark = {"rows": ["it"], "columns": ["the", "piano"], "words": ["from", "to"], "label": "", "low": 0, "high": 1}
    assert run(CANVAS, f"v.cellText({json.dumps(mark)}, 0, 1, 0.4321)") == "from 'it' to 'piano': 0.43"
    bare = {**mark, "rows": None, "columns": None, "label": "head 3"}
    assert run(CANVAS, f"v.cellText({json.dumps(bare)}, 0, 1, -0.5)") == "head 3: row 1, column 2: −0.50"
    assert run(CANVAS, f"v.cellText({json.dumps(mark)}, 0, 1, NaN)").endswith("no value")


def test_the_cursor_starts_in_the_heat_map_with_the_most_names():
    marks = [{"kind": "heat", "rows": None, "columns": None}, {"kind": "heat", "rows": ["a"], "columns": ["b"]}]
    assert run(CANVAS, f"v.mostLabelled({json.dumps([*marks, {'kind': 'text'}])}).rows") == ["a"]
    assert run(CANVAS, "v.mostLabelled([])") is None


def test_a_verdict_is_given_in_words_and_a_sign_not_by_colour_alone():
    right, wrong = run(CHOICE, "[v.verdict({right: true, why: 'a'}), v.verdict({right: false, why: 'b'})]")
    assert right["sign"] != wrong["sign"]
    assert (right["words"], wrong["words"]) == ("Right.", "Not right.")


def test_backticks_become_code():
    assert run(CHOICE, "v.pieces('use `q @ k` here')") == [
        {"text": "use ", "code": False},
        {"text": "q @ k", "code": True},
        {"text": " here", "code": False},
    ]


@pytest.mark.parametrize(
    ("page", "dark"),
    [
        ({"data": {"jpThemeLight": "false"}}, True),
        ({"data": {"jpThemeLight": "true"}, "system": True}, False),
        ({"theme": "dark"}, True),
        ({"theme": "light", "system": True}, False),
        ({"classes": "vscode-dark"}, True),
        ({"classes": "vscode-high-contrast"}, True),
        ({"classes": "vscode-high-contrast-light", "system": True}, False),
        ({"classes": "vscode-light", "system": True}, False),
        ({"system": True}, True),
        ({}, False),
    ],
)
def test_a_dark_page_is_known_in_every_house(page, dark):
    page = {"data": {}, "theme": None, "classes": "", "system": False, **page}
    given = f"""(p => (globalThis.document = {{body: {{dataset: p.data, className: p.classes}},
        documentElement: {{getAttribute: () => p.theme}}}}, globalThis.matchMedia = () => ({{matches: p.system}}),
        v.isDark()))({json.dumps(page)})"""
    assert run(THEME, given) is dark


def test_the_page_gets_each_file_once_and_nothing_to_import():
    for widget, files in ((Picture, ("canvas.js", "theme.js", "picture.js")), (Choice, ("theme.js", "choice.js"))):
        code = widget._esm
        assert "import " not in code and code.count("export default") == 1
        heads = [next((DRAWING.parent).rglob(name)).read_text(encoding="utf-8").splitlines()[0] for name in files]
        assert [code.count(head) for head in heads] == [1] * len(files)
        assert sorted(heads, key=code.index) == heads, "what is imported stands before what imports it"


def test_files_that_import_each_other_are_joined_once(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.js").write_text('import { b } from "./inner/b.js";\nimport { c } from "./c.js";\nb(c);\n')
    (tmp_path / "inner" / "b.js").write_text('import { c } from "../c.js";\nexport const b = c;\n')
    (tmp_path / "c.js").write_text("export const c = 1;\n")
    lines = [line for line in joined(tmp_path / "a.js").splitlines() if line]
    assert lines == ["export const c = 1;", "export const b = c;", "b(c);"]


FILES = sorted(path for kind in ("js", "css") for path in DRAWING.parent.rglob(f"*.{kind}"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_view_asks_nothing_of_another_host_and_puts_no_id_on_the_page(path):
    text = path.read_text(encoding="utf-8")
    for forbidden in ("http:", "https:", "url(", "@import", "innerHTML", ".id =", '"id",', "onclick", "eval("):
        assert forbidden not in text, forbidden
