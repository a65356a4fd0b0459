"""An autograder for Gradescope: one zip with the course and the two scripts that Gradescope looks for.

Gradescope's documentation ("Autograder specifications"): setup.sh runs once, as root, in /autograder/source; then
run_autograder for each submission, which lies in /autograder/submission; it reads /autograder/results/results.json.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

# What the grader needs of a clone; course/ may be empty, but marks the place.
TAKEN = ("pyproject.toml", "requirements.txt", "README.md", "LICENSE", "LICENSE-lessons", "NOTICE", "src", "exercises")

SETUP = """\
#!/usr/bin/env bash
# Once, when the autograder is built. Gradescope's images bring an older Python than the course needs; uv brings one.
set -euo pipefail
AUTOGRADER="${AUTOGRADER:-/autograder}"
cd "$AUTOGRADER/source"
python3 -m pip install --quiet uv || { apt-get update -qq && apt-get install -qq -y python3-pip && \\
    python3 -m pip install --quiet uv; }
python3 -m uv venv --quiet --python 3.11 --python-preference managed "$AUTOGRADER/venv"
torch="$(grep '^torch==' requirements.txt)"
python3 -m uv pip install --quiet --python "$AUTOGRADER/venv/bin/python" "$torch" \\
    --index-url https://download.pytorch.org/whl/cpu
python3 -m uv pip install --quiet --python "$AUTOGRADER/venv/bin/python" -r requirements.txt
python3 -m uv pip install --quiet --python "$AUTOGRADER/venv/bin/python" --no-deps -e .
"""

RUN = """\
#!/usr/bin/env bash
# For each submission: grade its notebook, of several the last changed; results.json says which were passed over, and is
# written also where nothing can be graded, and says why.
AUTOGRADER="${{AUTOGRADER:-/autograder}}"
PYTHON="${{PYTHON:-$AUTOGRADER/venv/bin/python}}"
cd "$AUTOGRADER/source" || exit 1
results="$AUTOGRADER/results/results.json"
rm -f "$results"
"$PYTHON" -m unravelling grade "$AUTOGRADER/submission" --together --module {module} --out "$AUTOGRADER/results"{more}
[ -s "$results" ] || echo '{{"score": 0, "stdout_visibility": "hidden", "output_format": "text", "output":
    "The grader ended without a result; that is not your fault. Its log tells your instructor why."}}' > "$results"
exit 0
"""


def write(root: Path, module: str, target: Path, trust: bool = False) -> Path:
    """Write the autograder of one module for the course that lies at `root`; returns `target`.

    trust: grade without walls, where Gradescope's machines lack one. The same course gives the same bytes.
    """
    run = RUN.format(module=module, more=" --trust" if trust else "")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "setup.sh", SETUP.encode(), 0o755)
        _add(archive, "run_autograder", run.encode(), 0o755)
        _add(archive, "course/README", b"The lessons are not needed here.\n", 0o644)
        for each in TAKEN:
            for path in sorted((root / each).rglob("*")) if (root / each).is_dir() else [root / each]:
                if path.is_file() and "__pycache__" not in path.parts:
                    _add(archive, path.relative_to(root).as_posix(), path.read_bytes(), 0o644)
    target.write_bytes(out.getvalue())
    return target


def _add(archive: zipfile.ZipFile, name: str, content: bytes, mode: int) -> None:
    entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
    entry.external_attr = (0o100000 | mode) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)
