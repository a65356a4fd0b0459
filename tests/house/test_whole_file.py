"""A file that is written whole is the old one or the new one, whatever happens."""

from __future__ import annotations

import os

import pytest

from unravelling.whole_file import write_whole


def test_a_file_and_its_folder_come_to_be_with_the_very_bytes(tmp_path):
    write_whole(tmp_path / "new" / "file", "a\nb\r\nü")
    assert (tmp_path / "new" / "file").read_bytes() == "a\nb\r\nü".encode()


def test_what_utf_8_cannot_hold_is_escaped(tmp_path):
    write_whole(tmp_path / "file", "half a pair: \ud800")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "half a pair: \\ud800"


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_where_the_disk_refuses_the_old_file_stays_and_nothing_lies_beside_it(tmp_path, monkeypatch, fails):
    def refused(*_):
        raise OSError("no room")

    write_whole(tmp_path / "file", "old")
    monkeypatch.setattr(os, fails, refused)
    with pytest.raises(OSError, match="no room"):
        write_whole(tmp_path / "file", "new")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "old"
