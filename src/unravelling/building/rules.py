"""What a text of the course must keep to, whatever it is about. Each broken rule is one sentence with its line."""

from __future__ import annotations

import re
from itertools import pairwise

from unravelling.building.sources import Cell, Source

LONGEST_CELL = 15
EXEMPT = {"setup", "answer"}
IMAGE_TAG = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
ALT_OF_TAG = re.compile(r"""\balt\s*=\s*(["'])\s*\S""", re.IGNORECASE)


def problems_in(source: Source) -> list[str]:
    """All broken rules of one source."""
    return _setup(source) + _headings(source) + _long_cells(source) + _images_without_words(source)


def headings(cell: Cell) -> list[tuple[int, int, str]]:
    """(line of the file, level, text) of the headings in a Markdown cell; comments in fenced code are none."""
    tokens = _markdown(cell.source)
    found = []
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            found.append((cell.line + token.map[0], int(token.tag[1]), inline.content))
    return found


def _markdown(text: str) -> list:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").parse(text)


def _prose(source: Source) -> list[Cell]:
    return [cell for cell in source.cells if cell.kind == "markdown"]


def _setup(source: Source) -> list[str]:
    code = [cell for cell in source.cells if cell.kind == "code"]
    if not code or "setup" not in code[0].tags:
        line = code[0].line if code else 1
        return [source.at(line, "The first code cell must be the empty one tagged setup (:tags: [setup]).")]
    return [source.at(cell.line, "There may be only one setup cell.") for cell in code[1:] if "setup" in cell.tags]


def _headings(source: Source) -> list[str]:
    found = [heading for cell in _prose(source) for heading in headings(cell)]
    if not found or found[0][1] != 1:
        line = found[0][0] if found else 1
        return [source.at(line, "The text must begin with its title, a heading of level 1 (# Title).")]
    problems, before = [], 0
    for line, level, text in found:
        if level == 1 and before:
            problems.append(source.at(line, f"'{text}' is a second title: use ## or deeper after the first."))
        if level > before + 1:
            problems.append(source.at(line, f"'{text}' skips a level: after level {before} comes {before + 1}."))
        before = level
    return problems


def _long_cells(source: Source) -> list[str]:
    if source.kind != "lesson":
        return []
    problems = []
    for cell in source.cells:
        length = sum(1 for line in cell.source.splitlines() if line.strip())
        if cell.kind == "code" and length > LONGEST_CELL and not EXEMPT & set(cell.tags):
            sentence = f"This cell has {length} lines of code; a lesson's cell has at most {LONGEST_CELL}: split it."
            problems.append(source.at(cell.line, sentence))
    return problems


def _images_without_words(source: Source) -> list[str]:
    sentence = "An image has no alternative text: say in it what the picture shows."
    problems = []
    for cell in _prose(source):
        for block in _markdown(cell.source):
            line = cell.line + (block.map[0] if block.map else 0)
            for token in [block, *(block.children or [])]:
                bare_image = token.type == "image" and not token.content.strip()
                tags = IMAGE_TAG.findall(token.content) if token.type in ("html_block", "html_inline") else []
                if bare_image or any(not ALT_OF_TAG.search(tag) for tag in tags):
                    problems.append(source.at(line, sentence))
    return problems
