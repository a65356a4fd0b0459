"""Texts for the lessons: fetched once like the models, cleaned, split into a training and a held-out part.

    text = corpora.load("encyclopedia")                        # the training part, one long string
    unseen = corpora.load("encyclopedia", part="held_out")     # whole articles that the training part does not have
    corpora.articles("encyclopedia")[0].title

The encyclopedia is the sample of English Wikipedia that the package gensim uses for its own tests: about a hundred
articles of 2015, all of them beginning with A, 2.8 million characters. The text is CC BY-SA 3.0 by Wikipedia's
contributors; name them and link the article (`Article.address`) where you show more than a line.

Cleaning is simple and loses on purpose: templates (but for a dozen kinds that carry words: units, foreign words,
quotations), tables, formulas, footnotes, pictures with their captions, reference lists, lists of links. A sentence
that had a formula or an unknown template in it has a gap there. Kept: headings with something under them (a line of
their own), prose, list items. Pages that only point to other pages are left out.
"""

from __future__ import annotations

import bz2
import html
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote
from xml.etree import ElementTree

from unravelling.models import model_cache
from unravelling.models.errors import ModelError
from unravelling.models.wheels import ENCYCLOPEDIA, MB

PARTS = ("train", "held_out")
_HELD_OUT_EVERY = 10
_FILE = "articles.jsonl"


class Article(NamedTuple):
    """One article: its title, and its cleaned text (which begins with the title on a line of its own)."""

    title: str
    text: str

    @property
    def address(self) -> str:
        """Where the living article and the list of its authors are."""
        return "https://en.wikipedia.org/wiki/" + quote(self.title.replace(" ", "_"))


class Row(NamedTuple):
    """One line of a listing."""

    name: str
    what: str
    size: str  # what it takes on disk
    licence: str  # with the attribution that it asks for
    fetched: bool


def load(name: str, part: str = "train") -> str:
    """The text of one part, articles separated by a blank line. Fetched first where necessary.

    name: "encyclopedia". part: "train" (nine articles of ten) or "held_out" (every tenth).

    Raises ModelError, whose message is one sentence that says what to do.
    """
    return "\n\n".join(article.text for article in articles(name, part))


def articles(name: str, part: str = "train") -> list[Article]:
    """The articles of one part, in the order of the sample. Parameters and errors as for `load`."""
    if part not in PARTS:
        raise ModelError(f'There is no part named {part!r}: choose "train" or "held_out".')
    artefact = _artefact(name)
    path = model_cache.ensure(artefact) / _FILE
    try:
        everything = _read(str(path))
    except (ValueError, TypeError):  # the right size, but the bytes are not what was stored
        everything = _read(str(model_cache.ensure(artefact, remake=True) / _FILE))
    held_out = part == "held_out"
    last = _HELD_OUT_EVERY - 1
    return [a for number, a in enumerate(everything) if (number % _HELD_OUT_EVERY == last) == held_out]


def fetch(name: str) -> None:
    """Put a text into the cache, so that loading needs no network."""
    model_cache.fetch(_artefact(name))


def available(name: str) -> bool:
    """Whether `load(name)` needs no network."""
    return model_cache.state(_artefact(name)) == "ready"


def verify(name: str) -> list[str]:
    """Read every byte of a fetched text and compare the sha256; returns a sentence per problem, [] if all is well."""
    return model_cache.check_hashes(_artefact(name))


def listing() -> list[Row]:
    """The texts of the course."""
    return [
        Row(
            name,
            "98 articles of English Wikipedia, about 2015",
            f"{round(artefact.carrier.finished / MB)} MB",
            "CC BY-SA 3.0, Wikipedia contributors; the sample in the package gensim 4.4.0",
            available(name),
        )
        for name, artefact in _TEXTS.items()
    ]


def clean(markup: str) -> str:
    """Wiki markup to plain text, as described at the top of this module."""
    text = re.sub(r"<!--.*?-->", "", markup, flags=re.DOTALL)
    text = re.sub(r"<ref\b[^>]*/>", "", text, flags=re.IGNORECASE)
    for tag in ("ref", "math", "gallery", "timeline", "score", "imagemap", "chem"):
        text = re.sub(rf"<{tag}\b[^>]*>.*?</{tag}\s*>", "", text, flags=re.DOTALL | re.IGNORECASE)
    text = re.sub(r"\[(?:https?:)?//[^\s\]]*\s*([^\]]*)\]", r"\1", text)
    # From the inside out, since templates stand inside templates; the same for tables and for links in captions.
    text = _repeat(r"\{\{([^{}]*)\}\}", lambda found: _template(found[1]), text)
    text = _repeat(r"\{\|(?:(?!\{\|).)*?\|\}", lambda found: "", text, flags=re.DOTALL)
    text = _repeat(r"\[\[([^\[\]]*)\]\]", lambda found: _link(found[1]), text)
    text = re.sub(r"<br\b[^<>]*>", " ", text, flags=re.IGNORECASE)
    text = re.sub(r"</?[a-zA-Z][^<>]*>", "", text)
    text = re.sub(r"__[A-Z]+__", "", text)
    text = re.sub(r"'{2,}", "", html.unescape(text)).replace("\u00a0", " ").replace("\u200b", "")
    return _tidy(_without_back_matter(text))


_BACK_MATTER = {
    *("see also", "references", "notes", "external links", "further reading", "bibliography", "sources", "footnotes"),
    *("citations", "notes and references", "works cited", "gallery", "general references", "references and notes"),
}
_MARK = "\x01"  # as many before a heading as its level, until empty sections are gone
_HEADING = re.compile(r"^(={2,6})\s*(.*?)\s*\1\s*$")
_DROPPED_LINKS = re.compile(r"^:?(file|image|category|[a-z]{2,3}|wikt|commons)\s*:", re.IGNORECASE)
# Templates whose words belong to the sentence; the number says which of their arguments holds them.
_KEPT_TEMPLATES = {
    **dict.fromkeys(("lang", "transl", "transliteration", "color", "abbr dated"), 2),
    **dict.fromkeys(("nowrap", "nobr", "quote", "blockquote", "cquote", "abbr", "small", "sic", "linktext"), 1),
    **dict.fromkeys(("quotation", "sup", "sub", "big", "circa-year", "visible anchor", "smallcaps", "val"), 1),
}
_SIGNS = {
    "'": "'",
    "ndash": "–",
    "mdash": "—",
    "spaced ndash": " – ",
    "snd": " – ",
    "nbsp": " ",
    "!": "|",
    "circa": "c.",
}
_NOT_AN_ARTICLE = re.compile(r"\{\{\s*(disambig|disambiguation|hndis|geodis|surname|given name|letter.?disambig)", re.I)


def _template(inside: str) -> str:
    """The words that a template shows, as far as they are known: "convert|5|km" gives "5 km", most give nothing."""
    name, *arguments = [part.strip() for part in inside.split("|")]
    name = name.lower()
    plain = [argument for argument in arguments if not re.match(r"^[\w -]+=", argument)]
    if name in _SIGNS:
        return " ".join([_SIGNS[name], *plain[:1]])
    if name in ("convert", "cvt") and len(plain) >= 2:
        between = {"-": "–", "–": "–", "to": " to ", "and": " and ", "by": " by ", "x": " × "}.get(plain[1])
        return f"{plain[0]}{between}{plain[2]} {plain[3]}" if between and len(plain) > 3 else f"{plain[0]} {plain[1]}"
    if name == "chem":
        return "".join(plain)
    if name.startswith("lang-") or name.startswith("as of"):
        return ("As of " if name.startswith("as of") else "") + " ".join(plain[:1])
    place = _KEPT_TEMPLATES.get(name, 0)
    return plain[place - 1] if 0 < place <= len(plain) else ""


def _link(inside: str) -> str:
    if _DROPPED_LINKS.match(inside):
        return ""
    return inside.split("|")[-1]


def _repeat(pattern: str, put, text: str, flags: int = 0) -> str:
    """Replace until nothing changes, so that nested marks go from the inside out."""
    rule = re.compile(pattern, flags)
    for _ in range(30):
        text, changes = rule.subn(put, text)
        if not changes:
            break
    return text


def _without_back_matter(text: str) -> str:
    """Leave out the sections that hold no prose: references, links, further reading."""
    kept, skipping = [], 0
    for line in text.split("\n"):
        heading = _HEADING.match(line)
        if heading:
            level = len(heading[1])
            if not skipping or level <= skipping:
                skipping = level if heading[2].strip().lower() in _BACK_MATTER else 0
            line = f"\n{_MARK * level}{heading[2]}\n"
        if not skipping:
            kept.append(line)
    return "\n".join(kept)


def _without_empty_sections(text: str) -> str:
    """Leave out headings under which nothing is left, and the marks of the others."""
    kept, level_below = [], 1  # from the end: the level of the heading just below, 9 where prose came between
    for line in reversed(text.split("\n")):
        level = len(line) - len(line.lstrip(_MARK))
        if level and level_below <= level:
            continue
        if level or line.strip():
            level_below = level or 9
        kept.append(line.lstrip(_MARK))
    return "\n".join(reversed(kept))


def _tidy(text: str) -> str:
    text = re.sub(r"^.*(?:File:|\bthumb\|).*$", "", text, flags=re.MULTILINE)  # a picture whose brackets did not match
    text = re.sub(r"\[\[|\]\]|\{\{|\}\}", "", text)
    text = re.sub(r"^[*#:;]+[ \t]*", "", text, flags=re.MULTILINE)
    text = re.sub(r"^[|!}{].*$", "", text, flags=re.MULTILINE)  # what is left of broken tables
    text = re.sub(r"\(\s*[,;:]*\s*", "(", text)
    text = re.sub(r"[,; ]*\(\s*\)", "", text)
    text = re.sub(r"[ \t]+([,.;:)])", r"\1", text)
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r"^ | $", "", text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", _without_empty_sections(text)).strip()


def _prepare_encyclopedia(members: Path, finished: Path) -> None:
    (dump,) = members.glob("*.bz2")
    with bz2.open(dump) as stream, (finished / _FILE).open("w", encoding="utf-8", newline="\n") as out:
        for page in ElementTree.parse(stream).getroot().iterfind("{*}page"):
            title, markup = page.findtext("{*}title"), page.findtext("{*}revision/{*}text") or ""
            if page.find("{*}redirect") is not None or page.findtext("{*}ns") != "0" or not title:
                continue
            if "(disambiguation)" in title or _NOT_AN_ARTICLE.search(markup):
                continue
            out.write(json.dumps([title, f"{title}\n\n{clean(markup)}"], ensure_ascii=False) + "\n")


@lru_cache(maxsize=2)
def _read(path: str) -> tuple[Article, ...]:
    with open(path, encoding="utf-8") as lines:
        return tuple(Article(*json.loads(line)) for line in lines)


_TEXTS = {"encyclopedia": model_cache.Artefact(ENCYCLOPEDIA, _prepare_encyclopedia)}


def _artefact(name: str) -> model_cache.Artefact:
    try:
        return _TEXTS[name]
    except (KeyError, TypeError):
        names = " or ".join(f'"{known}"' for known in _TEXTS)
        raise ModelError(f"There is no text named {name!r}: choose {names}.") from None
