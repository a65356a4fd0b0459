"""Prompts that come whole are read as they stand; what they share is only read once."""

from __future__ import annotations

import pytest

from unravelling import models
from unravelling.language_models.continuations import complete
from unravelling.language_models.prompting import whole_prompts


@pytest.fixture(scope="module")
def decoder():
    return models.load("decoder")


@pytest.mark.parametrize(
    ("prompts", "beginning"),
    [
        (["hot -> cold\nup ->", "hot -> cold\nearly ->"], "hot -> cold"),
        (["a b\n\nc", "a b\n\nd"], "a b"),
        (["under one", "until one"], ""),
        (["the same words", "the same words"], "the same"),
        (["", "one"], ""),
        ([], ""),
    ],
)
def test_prompts_are_cut_before_the_space_or_newline_behind_a_word(prompts, beginning):
    assert whole_prompts.shared(prompts) == beginning


@pytest.mark.parametrize("between", ["\n", "\n\n", " "])
def test_a_cut_prompt_has_the_tokens_of_the_whole(decoder, between):
    prompts = [f"hot -> cold{between}big -> small{between}{word} ->" for word in ("up", "early", "  far")]
    cut = whole_prompts.shared(prompts)
    for prompt in prompts:
        pieces = [decoder.tokenizer(part)["input_ids"] for part in (cut, prompt[len(cut) :])]
        assert pieces[0] + pieces[1] == decoder.tokenizer(prompt)["input_ids"]


def test_what_is_written_is_what_each_prompt_alone_gets(decoder):
    prompts = [f"hot -> cold\nbig -> small\nopen -> closed\n{word} ->" for word in ("up", "early", "full")]
    alone = [complete(decoder, "", [prompt], most=5)[0].strip() for prompt in prompts]
    assert whole_prompts.continued(decoder, prompts) == alone
    assert alone != ["", "", ""]
