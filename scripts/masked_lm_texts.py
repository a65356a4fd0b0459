"""The texts that scripts/train_masked_lm.py learns from: the encyclopedia's training part, and Debian's dictionaries.

The dictionaries come from Debian's packages (`apt-get download`, so this needs Debian or Ubuntu). They are read
and never shipped: what the repository holds is numbers learned from them.

    dict-wn           WordNet 3.0: definitions, and short examples of use
    dict-foldoc       the Free On-line Dictionary of Computing: short articles
    dict-gcide        the GNU version of Webster's dictionary of 1913
"""

from __future__ import annotations

import gzip
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from unravelling import corpora

PACKAGES = ("dict-wn", "dict-foldoc", "dict-gcide")
# How often a passage is drawn from a text: the lessons measure on articles like those of the first.
WEIGHTS = {"encyclopedia": 0.55, "foldoc": 0.12, "wordnet": 0.2, "gcide": 0.13}


def texts(folder: Path) -> dict[str, list[str]]:
    """Paragraphs by text, fetched into `folder` first where they are not there. Raises RuntimeError without Debian."""
    dictionaries = unpacked(folder) / "usr/share/dictd"
    return {
        "encyclopedia": [part for part in corpora.load("encyclopedia").split("\n") if len(part) > 60],
        "wordnet": list(dict.fromkeys(_wordnet(_dictionary(dictionaries / "wn.dict.dz")))),
        "foldoc": list(_entries(_dictionary(dictionaries / "foldoc.dict.dz"))),
        "gcide": list(_entries(_dictionary(dictionaries / "gcide.dict.dz"))),
    }


def unpacked(folder: Path) -> Path:
    """Where the packages' files are, downloaded and unpacked if they are not yet."""
    files = folder / "files"
    for package in PACKAGES:
        if any(folder.glob(f"{package}_*.deb")):
            continue
        folder.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run(["apt-get", "download", "-qq", package], cwd=folder, check=True, stdin=subprocess.DEVNULL)
            (archive,) = folder.glob(f"{package}_*.deb")
            subprocess.run(["dpkg-deb", "-x", str(archive), str(files)], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise RuntimeError(
                f"{package} could not be fetched: run this on Debian, after `apt-get update`."
            ) from error
    return files


def _dictionary(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode("utf-8", "replace")


def _wordnet(text: str) -> Iterator[str]:
    """ "word: definition." for each meaning, and each example of use as a sentence of its own."""
    text = re.sub(r"\[(syn|ant|also):[^\]]*\]", "", text)
    for entry in re.split(r"\n(?=\S)", text):
        word, _, body = entry.partition("\n")
        for meaning in re.split(r"\n\s+(?:(?:n|v|adj|adv) )?\d*: |\n\s+(?:n|v|adj|adv) 1?:? ?", "\n" + body):
            meaning = " ".join(meaning.split())
            examples = re.findall(r'"([^"]{12,})"', meaning)
            plain = re.sub(r'[;,]?\s*"[^"]*"', "", meaning).strip(" ;,")
            if len(plain) > 15:
                yield f"{word.strip()}: {plain}."
            yield from (example[0].upper() + example[1:].rstrip(".;,") + "." for example in examples)


def _entries(text: str) -> Iterator[str]:
    """Paragraphs of a dictionary without its marks for sources, kinds of word and links."""
    text = re.sub(r"\[(?:1913 Webster|PJC|[^\]\n]{0,40}corr\.?)\]|<[^>\n]{1,40}>|--[A-Z][\w.' ]*", "", text)
    text = text.replace("{", "").replace("}", "")
    for paragraph in re.split(r"\n\s*\n", text):
        paragraph = re.sub(r"^\d+\. ", "", " ".join(paragraph.split()))
        if len(paragraph) > 60 and paragraph.count("\\") < 2 and "http" not in paragraph:
            yield paragraph
