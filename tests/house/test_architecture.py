"""ARCHITECTURE.md is true: what it names is there, and its rooms are all of them."""

from __future__ import annotations

import re

import pytest

from tests.house.repository import ROOT, versioned_files
from tests.house.test_floors import MAY_IMPORT

TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+/|[\w/]+\.(?:py|js|md))`", TEXT)))


@pytest.mark.parametrize("name", NAMED)
def test_every_file_that_is_named_is_there(name):
    places = [f"/{path.as_posix()}" for path in versioned_files()]
    folders = {f"{place.rpartition('/')[0]}/" for place in places}
    folders |= {f"{'/'.join(each.split('/')[:n])}/" for each in folders for n in range(1, each.count("/") + 1)}
    assert any(each.endswith(f"/{name}") for each in [*places, *folders]), f"{name} is named and not there"


def test_every_room_of_the_package_is_named():
    rooms = {name for name in MAY_IMPORT if name != "__main__"}
    table = TEXT.split("## The rooms of the package")[1].split("## The floors")[0]
    assert not [room for room in rooms if f"`{room}/`" not in table and f"`{room}.py`" not in table]


def test_every_part_stands_only_on_lower_floors():
    drawn = re.findall(r"^(\d)   (.+)$", TEXT, re.MULTILINE)
    floor = {name: int(number) for number, names in drawn for name in names.split()}
    assert floor.keys() == MAY_IMPORT.keys() - {"__main__"}
    up = [(part, on) for part in floor for on in MAY_IMPORT[part] if floor[on] >= floor[part]]
    assert up == []
