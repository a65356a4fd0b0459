"""The encyclopedia text: cleaned, split by whole articles, with its licence."""

from __future__ import annotations

import pytest

from unravelling import corpora
from unravelling.corpora import clean
from unravelling.models import ModelError, model_cache


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (
            "'''Albedo''' is ''the'' [[reflection|reflecting power]] of a [[surface]].",
            "Albedo is the reflecting power of a surface.",
        ),
        ("One.<ref name=a>{{cite|b}}</ref> Two.<ref name=a /> Three.", "One. Two. Three."),
        ("A {{convert|5|km|mi}} walk, {{convert|3|to|4|m}} wide", "A 5 km walk, 3 to 4 m wide"),
        ("The {{lang|la|albedo}} ({{IPAc-en|a}}) is {{nowrap|one {{nobr|word}}}}.", "The albedo is one word."),
        ("Before\n{| class=x\n|-\n| a {| nested |}\n|}\nafter", "Before\n\nafter"),
        ("[[File:a.jpg|thumb|A [[caption]] with a [[link|word]]]]Text", "Text"),
        ("See [http://example.org the page] and [[Category:Light]]", "See the page and"),
        ("a &amp; b&nbsp;c<!-- hidden --><br/>d", "a & b c d"),
        ("* one\n** two\n# three\n: four", "one\ntwo\nthree\nfour"),
        (
            "== Kept ==\nwords\n== See also ==\n* link\n=== more ===\nlinks\n== Also kept ==\nwords",
            "Kept\n\nwords\n\nAlso kept\n\nwords",
        ),
        ("== Empty ==\n=== Empty too ===\n{{table}}\n== Full ==\n=== Part ===\nwords", "Full\n\nPart\n\nwords"),
        ("<math>x^2</math> grows", "grows"),
        ("a [[link that is never closed", "a link that is never closed"),
    ],
)
def test_markup_becomes_plain_text(markup, text):
    assert clean(markup) == text


def test_an_unknown_text_and_an_unknown_part_are_refused_with_the_choices(monkeypatch):
    with pytest.raises(ModelError, match='choose "encyclopedia"'):
        corpora.load("novels")
    with pytest.raises(ModelError, match='choose "train" or "held_out"'):
        corpora.load("encyclopedia", part="test")


def test_the_listing_states_licence_and_attribution():
    (row,) = corpora.listing()
    assert row.name == "encyclopedia" and "CC BY-SA" in row.licence and "Wikipedia" in row.licence


@pytest.mark.models
class TestTheRealText:
    def test_nine_articles_of_ten_are_for_training_and_none_is_in_both_parts(self):
        train = corpora.articles("encyclopedia")
        held_out = corpora.articles("encyclopedia", "held_out")
        assert (len(train), len(held_out)) == (89, 9)
        assert not {a.title for a in train} & {a.title for a in held_out}
        assert {"Anarchism", "Aristotle", "Apollo 11"} <= {a.title for a in train}

    def test_it_is_about_2_8_million_characters_of_plain_text(self):
        text = corpora.load("encyclopedia") + corpora.load("encyclopedia", part="held_out")
        assert 2_700_000 < len(text) < 2_900_000
        for mark in ("[[", "]]", "{{", "}}", "''", "==", "http://", "https://", "&nbsp;", "<ref", "<br", "{|"):
            assert mark not in text, mark

    def test_loading_gives_the_articles_one_after_the_other(self):
        text = corpora.load("encyclopedia", part="held_out")
        articles = corpora.articles("encyclopedia", "held_out")
        assert text == "\n\n".join(article.text for article in articles)
        assert all(article.text.startswith(article.title + "\n\n") for article in articles)
        assert articles[4].address.startswith("https://en.wikipedia.org/wiki/A")

    def test_it_is_available_and_its_hash_is_right(self):
        corpora.fetch("encyclopedia")
        assert corpora.available("encyclopedia") and corpora.verify("encyclopedia") == []

    def test_bytes_that_are_no_text_any_more_are_mended(self, tmp_path, monkeypatch):
        good = model_cache.ensure(corpora._TEXTS["encyclopedia"])
        monkeypatch.setenv("UNRAVELLING_CACHE", str(tmp_path))
        bad = tmp_path / "encyclopedia"
        bad.mkdir()
        for file in good.iterdir():
            (bad / file.name).write_bytes(file.read_bytes())
        size = (bad / "articles.jsonl").stat().st_size
        (bad / "articles.jsonl").write_bytes(b"?" * size)
        assert len(corpora.articles("encyclopedia")) == 89 and corpora.verify("encyclopedia") == []
