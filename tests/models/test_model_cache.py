"""The cache holds complete folders or none, whatever happens while one is made."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import textwrap
from collections import namedtuple
from pathlib import Path

import pytest

from tests.models.carried import PAYLOAD, doubled
from unravelling.models import ModelError, download, model_cache

ROOT = Path(__file__).parents[2]


def served_from_memory(monkeypatch, log: list | None = None):
    """Leave out the second that pip takes, where the way of fetching is not what is tested."""

    def bring(carrier, staging):
        if log is not None:
            log.append(carrier.name)
        members = staging / "members"
        members.mkdir()
        (members / "payload.bin").write_bytes(PAYLOAD)
        return members

    monkeypatch.setattr(download, "bring", bring)


def left_in(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock")


def test_what_was_fetched_and_converted_is_there_and_the_rest_is_swept_away(cache, tiny):
    home = model_cache.ensure(tiny)
    assert home == cache / "tiny"
    assert (home / "twice.bin").read_bytes() == PAYLOAD * 2
    assert left_in(cache) == ["manifest.json", "once.bin", "twice.bin"]
    assert model_cache.state(tiny) == "ready" and model_cache.check_hashes(tiny) == []


def test_a_second_call_fetches_nothing(cache, tiny, monkeypatch):
    log = []
    served_from_memory(monkeypatch, log)
    model_cache.ensure(tiny)
    model_cache.ensure(tiny)
    assert log == ["tiny"]


@pytest.mark.parametrize("harm", ["truncated", "removed", "manifest gone", "manifest nonsense"])
def test_a_damaged_folder_is_noticed_by_its_sizes_and_mended_with_one_line(cache, tiny, monkeypatch, capsys, harm):
    served_from_memory(monkeypatch)
    home = model_cache.ensure(tiny)
    capsys.readouterr()
    if harm == "truncated":
        os.truncate(home / "twice.bin", 1000)
    elif harm == "removed":
        (home / "once.bin").unlink()
    elif harm == "manifest gone":
        (home / "manifest.json").unlink()
    else:
        (home / "manifest.json").write_text('["not", "a", "manifest"]')
    assert model_cache.state(tiny) == "damaged"
    model_cache.ensure(tiny)
    assert (home / "twice.bin").read_bytes() == PAYLOAD * 2 and model_cache.check_hashes(tiny) == []
    assert capsys.readouterr().out == "The stored tiny is damaged or out of date: fetching it again.\n"


def test_a_folder_made_by_an_older_recipe_is_made_anew(cache, tiny, monkeypatch):
    served_from_memory(monkeypatch)
    model_cache.ensure(tiny)
    newer = model_cache.Artefact(tiny.carrier, tiny.prepare, recipe=2)
    assert model_cache.state(newer) == "damaged"
    model_cache.ensure(newer)
    assert model_cache.state(newer) == "ready"


def test_changed_bytes_of_the_same_size_are_found_by_verifying(cache, tiny, monkeypatch):
    served_from_memory(monkeypatch)
    home = model_cache.ensure(tiny)
    with (home / "twice.bin").open("r+b") as file:
        file.write(b"changed")
    assert model_cache.state(tiny) == "ready", "sizes alone cannot tell"
    (problem,) = model_cache.check_hashes(tiny)
    assert "twice.bin" in problem
    model_cache.fetch(tiny)
    assert model_cache.check_hashes(tiny) == [], "fetching mends what verifying found"


def test_fetching_what_is_there_and_right_fetches_nothing(cache, tiny, monkeypatch):
    served_from_memory(monkeypatch)
    model_cache.fetch(tiny)
    monkeypatch.setattr(model_cache, "_make", lambda artefact: pytest.fail("It was made again."))
    model_cache.fetch(tiny)


def test_an_interrupted_conversion_leaves_nothing_half(cache, tiny, monkeypatch):
    served_from_memory(monkeypatch)

    def interrupted(members, finished):
        (finished / "twice.bin").write_bytes(b"half of it")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model_cache.ensure(model_cache.Artefact(tiny.carrier, interrupted))
    assert left_in(cache) == [] and model_cache.state(tiny) == "missing"
    model_cache.ensure(tiny)
    assert model_cache.state(tiny) == "ready"


def test_an_interrupted_fetch_stops_pip_and_leaves_nothing_half(cache, tiny, monkeypatch):
    started = []
    really = subprocess.Popen

    def remember(*arguments, **options):
        started.append(really([sys.executable, "-c", "import time; time.sleep(60)"]))
        return started[-1]

    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(download.subprocess, "Popen", remember)
    monkeypatch.setattr(download, "_show", interrupt)
    with pytest.raises(KeyboardInterrupt):
        model_cache.ensure(tiny)
    assert started[0].poll() not in (None, 0), "it was killed, not waited for"
    assert left_in(cache) == []


def test_what_a_killed_process_left_is_swept_by_the_next_one(cache, tiny, monkeypatch):
    served_from_memory(monkeypatch)
    leftover = cache / "staging" / "tiny-abcdef"
    leftover.mkdir(parents=True)
    (leftover / "half").write_bytes(b"x" * 1000)
    model_cache.ensure(tiny)
    assert not leftover.exists()


def test_two_processes_at_once_fetch_once_and_both_work(cache, wheel, tmp_path):
    program = textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        from tests.models.carried import artefact_of
        from unravelling.models import download, model_cache
        really = download.bring
        def bring(carrier, staging):
            open({str(tmp_path / "fetched")!r}, "a").write("once ")
            time.sleep(2)
            return really(carrier, staging)
        download.bring = bring
        print(len((model_cache.ensure(artefact_of(Path({str(wheel)!r}))) / "twice.bin").read_bytes()))
    """)
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join([str(ROOT), str(ROOT / "src")]))
    both = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120)[0].split("\n") for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert all(str(2 * len(PAYLOAD)) in lines for lines in said)
    assert (tmp_path / "fetched").read_text() == "once "
    assert sum("Another process is fetching the tiny: waiting for it." in lines for lines in said) == 1


def test_too_little_space_is_seen_before_fetching(cache, tiny, monkeypatch):
    usage = namedtuple("usage", "total used free")
    log = []
    served_from_memory(monkeypatch, log)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 1000, 1000))
    with pytest.raises(ModelError, match=r"needs about \d+ MB of free space in .*UNRAVELLING_CACHE"):
        model_cache.ensure(tiny)
    assert log == [] and left_in(cache) == []


def test_a_disk_that_fills_up_while_converting_gives_the_same_sentence(cache, tiny, monkeypatch):
    served_from_memory(monkeypatch)

    def full(members, finished):
        (finished / "twice.bin").write_bytes(b"half of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ModelError, match="free space"):
        model_cache.ensure(model_cache.Artefact(tiny.carrier, full))
    assert left_in(cache) == []


def test_a_disk_that_fills_up_inside_pip_gives_the_same_sentence(cache, tiny, monkeypatch):
    really = subprocess.Popen

    def full(command, **options):
        line = "import sys; sys.exit('ERROR: Could not install: [Errno 28] No space left on device')"
        return really([sys.executable, "-c", line], **options)

    monkeypatch.setattr(download.subprocess, "Popen", full)
    with pytest.raises(ModelError, match="free space"):
        model_cache.ensure(tiny)
    assert left_in(cache) == []


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 256 kB, where the machine lets us have one."""
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)], capture_output=True)
    if made.returncode:
        pytest.skip("mounting a small disk needs root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="the small disk is a tmpfs")
def test_a_disk_that_is_really_full_loses_nothing(small_disk, wheel, tiny, monkeypatch):
    monkeypatch.setenv("UNRAVELLING_CACHE", str(small_disk / "cache"))
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 0, 10**9))  # so that it fills up under way
    with pytest.raises(ModelError, match="free space"):
        model_cache.ensure(tiny)
    assert left_in(small_disk) == []


@pytest.mark.parametrize("place", ["a file stands there", "permission"])
def test_a_cache_that_cannot_be_written_gives_one_sentence(cache, tiny, monkeypatch, place):
    if place == "permission":
        monkeypatch.setattr(
            Path, "mkdir", lambda *a, **k: (_ for _ in ()).throw(PermissionError(13, "Permission denied"))
        )
    else:
        cache.write_text("in the way")
    with pytest.raises(ModelError, match=r"The cache folder .* cannot be written .* set UNRAVELLING_CACHE"):
        model_cache.ensure(tiny)


def test_a_read_only_cache_that_is_complete_can_be_used(cache, tiny, monkeypatch):
    served_from_memory(monkeypatch)
    model_cache.ensure(tiny)
    monkeypatch.setattr(model_cache, "_locked", lambda name: pytest.fail("a complete cache needs no lock"))
    assert model_cache.ensure(tiny) == cache / "tiny"


def test_files_of_the_cache_can_be_read_by_others_in_a_classroom(cache, wheel, monkeypatch):
    served_from_memory(monkeypatch)

    def private(members, finished):
        doubled(members, finished)
        (finished / "twice.bin").chmod(0o600)

    from tests.models.carried import carrier_of

    home = model_cache.ensure(model_cache.Artefact(carrier_of(wheel), private))
    assert all(path.stat().st_mode & 0o044 for path in home.iterdir())


def test_the_cache_is_the_users_cache_folder_unless_another_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("UNRAVELLING_CACHE", str(tmp_path))
    assert model_cache.cache_folder() == tmp_path
    monkeypatch.delenv("UNRAVELLING_CACHE")
    assert model_cache.cache_folder().name == "unravelling" or "unravelling" in model_cache.cache_folder().parts
