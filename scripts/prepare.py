"""Make the course's own environment, .venv, and install the tested pins into it. Quick when there is nothing to do.

    python3 scripts/prepare.py          (what `make lab` and `make test` run first)

Standard library only, and written so that an old Python can still read it and say which one is needed.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST, NEWEST = (3, 11), (3, 13)
CPU_TORCH = "https://download.pytorch.org/whl/cpu"  # PyTorch's own index of builds without CUDA
SECONDS_TO_ANSWER = 4


def main():
    """Returns the exit code: 0, or 1 after a sentence that says what to do."""
    folder = Path(os.environ.get("VENV", str(ROOT / ".venv")))
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "unravelling-pins.txt"
    if python.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == pins_stamp():
        return 0
    try:
        if not python.exists():
            make_environment(folder)
        install(python)
    except Stopped as error:
        print(error, file=sys.stderr)
        return 1
    stamp.write_text(pins_stamp(), encoding="utf-8")
    return 0


class Stopped(Exception):
    """What could not be done, in a sentence that says what to do."""


def pins_stamp():
    """A text that changes when what is to be installed changes."""
    files = [ROOT / "requirements.txt", ROOT / "pyproject.toml"]
    return "\n".join(f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files) + f"\n{ROOT}\n"


def make_environment(folder):
    """A new environment at `folder`, made by a Python of a version that the course is tested on."""
    python = suitable_python()
    say(f"Making the environment {folder} with {python} ...")
    made = subprocess.run([python, "-m", "venv", str(folder)], stdin=subprocess.DEVNULL)
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)  # half an environment would be taken for a whole one next time
        raise Stopped(
            f"{python} could not make an environment. "
            "On Debian or Ubuntu run `sudo apt install python3-venv`, then try again."
        )


def suitable_python():
    """This Python, or another of a tested version that is on the path."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        for name in (f"python3.{minor}", "python3", "python"):
            found = shutil.which(name)
            if found and runs_as(found, minor):
                return found
    here = platform.python_version()
    raise Stopped(
        f"The course needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}; this is {here}. Install one, then try again."
    )


def runs_as(python, minor):
    """Whether `python` starts and is Python 3.`minor`; a name on the path may be a shim for nothing."""
    asked = subprocess.run(
        [python, "-c", "import sys; print(sys.version_info[:2])"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    return asked.returncode == 0 and asked.stdout.decode().strip() == str((3, minor))


def install(python):
    """Install the pins and the course itself (editable) into the environment of `python`."""
    begun = time.monotonic()
    pins = ["-r", str(ROOT / "requirements.txt")]
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    say("Installing the tested versions: about 2 GB, a few minutes the first time ...")
    if wants_cpu_torch() and answers(CPU_TORCH + "/torch/"):
        torch = next(line for line in pins_lines() if line.startswith("torch=="))
        if subprocess.run([*pip, "--no-deps", "--index-url", CPU_TORCH, torch], stdin=subprocess.DEVNULL).returncode:
            say("PyTorch's own index did not give it; taking the default build.")
    for arguments in (pins, ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]):
        if subprocess.run([*pip, *arguments], stdin=subprocess.DEVNULL).returncode:
            raise Stopped("pip could not install what the course needs: read its message above, then try again.")
    say(f"Installed in {time.monotonic() - begun:.0f} s.")


def pins_lines():
    """The lines of requirements.txt that name a package."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def wants_cpu_torch():
    """On Linux the default build of torch brings gigabytes of CUDA, of no use to a laptop without such a card."""
    return sys.platform.startswith("linux") and not (shutil.which("nvidia-smi") or Path("/proc/driver/nvidia").exists())


def answers(address):
    """Whether `address` answers within a few seconds."""
    try:
        with urllib.request.urlopen(address, timeout=SECONDS_TO_ANSWER) as reply:
            return reply.status == 200
    except (OSError, ValueError):
        return False


def say(text):
    """One line, at once, also into a log."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
