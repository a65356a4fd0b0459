"""What is filled into a template is escaped, and what is misspelt in one is no empty text."""

from __future__ import annotations

import re

import jinja2
import pytest

from tests.house.repository import ROOT
from unravelling import html_templates

PACKAGE = ROOT / "src" / "unravelling"
TEMPLATES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.html"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_template_lets_anything_through_unescaped(name):
    """So one environment that escapes is enough for all of them."""
    text = (PACKAGE / name).read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe|autoescape|Markup", text)
    html_templates._environment().get_template(name)  # it is well formed


def test_whatever_is_filled_in_is_escaped():
    shown = html_templates.render("notebook/box.html", text="<script>'\"&")
    assert "<p>&lt;script&gt;&#39;&#34;&amp;</p>" in shown


def test_prose_is_escaped_before_its_code_is_marked():
    shown = html_templates.render("notebook/measured.html", sentence="x", note="`<b>` & `c`")
    assert (
        re.sub(r" style=\"white-space: nowrap\"", "", shown).count("<code>&lt;b&gt;</code> &amp; <code>c</code>") == 1
    )


def test_a_name_that_nobody_fills_in_is_an_error():
    with pytest.raises(jinja2.UndefinedError, match="text"):
        html_templates.render("notebook/box.html")
