"""The references of module 02 are right: they agree with the library tokenizers, with torch, and with counting."""

from __future__ import annotations

import inspect
import itertools
import json
import math
import random
import re
from collections import Counter

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from unravelling import corpora
from unravelling.checks import registry
from unravelling.checks.less_work import Budget
from unravelling.checks.tokens_and_embeddings.train_bigram import bits_of, counted_bits
from unravelling.language_models import our_own, split_words

FIRST = 0x4E00  # letters in the order of their bytes: the library breaks ties by the order of its letters
MERGES = 300


def reference(id: str):
    return registry.load(id).reference


def as_letters(word: str) -> str:
    return "".join(chr(FIRST + byte) for byte in word.encode())


@pytest.fixture(scope="module")
def words() -> list[str]:
    return split_words(corpora.load("encyclopedia")[:120_000])


@pytest.fixture(scope="module")
def in_bytes(words) -> dict[tuple[int, ...], int]:
    return {tuple(word.encode()): count for word, count in Counter(words).items()}


@pytest.fixture(scope="module")
def theirs(words) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(vocab_size=len({b for w in words for b in w.encode()}) + MERGES, show_progress=False)
    tokenizer.train_from_iterator([" ".join(map(as_letters, words))], trainer)
    return tokenizer


@pytest.fixture(scope="module")
def ours(in_bytes) -> list[tuple[int, int]]:
    return reference("02.5")(in_bytes, range(256, 256 + MERGES))


def pieces_of(merges) -> dict[int, bytes]:
    pieces = {i: bytes([i]) for i in range(256)}
    for i, (a, b) in enumerate(merges):
        pieces[256 + i] = pieces[a] + pieces[b]
    return pieces


def test_merges_equal_those_of_the_library_with_the_same_rule_for_ties(theirs, ours):
    found = json.loads(theirs.to_str())["model"]["merges"]
    pairs = [each if isinstance(each, list) else each.split(" ") for each in found]
    pieces = pieces_of(ours)

    def in_letters(token: int) -> str:
        return "".join(chr(FIRST + byte) for byte in pieces[token])

    assert len(ours) == MERGES
    assert [[in_letters(a), in_letters(b)] for a, b in ours] == pairs


def test_a_text_becomes_the_tokens_of_the_library(theirs, ours):
    encode, pieces = reference("02.4").encode, pieces_of(ours)
    text = corpora.load("encyclopedia", "held_out")[:3000]
    known = {byte for byte in range(256) if theirs.token_to_id(chr(FIRST + byte)) is not None}
    text = "".join(each for each in text if set(each.encode()) <= known)
    want = theirs.encode(" ".join(map(as_letters, split_words(text)))).tokens
    got = ["".join(chr(FIRST + byte) for byte in pieces[each]) for each in encode(text, ours, {})]
    assert got == want


def test_both_ways_to_learn_the_merges_agree(in_bytes):
    some = dict(list(in_bytes.items())[:300])
    assert reference("02.3")(some, range(256, 296)) == reference("02.5")(some, range(256, 296))
    rng = random.Random(0)
    for _ in range(40):  # few letters, so many ties and runs
        drawn = {tuple(rng.choices((97, 98, 99), k=rng.randint(1, 9))): rng.randint(1, 3) for _ in range(8)}
        assert reference("02.3")(drawn, range(256, 280)) == reference("02.5")(drawn, range(256, 280))


def strings(count: int) -> list[str]:
    """Random texts from all planes of Unicode, with what is known to get lost: marks, joiners, line ends, spaces."""
    rng = random.Random(1)
    known = [(0x20, 0x7E), (0xA0, 0x24F), (0x300, 0x36F), (0x900, 0x97F), (0x4E00, 0x9FFF), (0x1F300, 0x1FAFF)]
    planes = [(0, 0xD7FF), (0xE000, 0xFFFF), *((plane << 16, (plane << 16) + 0xFFFF) for plane in range(1, 17))]
    odd = ["\r\n", "\u200d", "\u200c", " ", "  ", "\t", "e\u0301", "é", "\ufeff", "\x00", "<|end|>", "\u0939\u093f"]
    found = ["", " ", "\u200d", "\u0301", "\r\n"]
    while len(found) < count:
        kinds = [
            rng.choice(odd) if rng.random() < 0.4 else chr(rng.randint(*rng.choice(rng.choice([known, planes]))))
            for _ in range(12)
        ]
        found.append("".join(kinds[: rng.randint(1, 12)]))
    return found


def test_a_thousand_random_texts_come_back_as_they_were(ours):
    solution, merges, tried = reference("02.4"), ours, strings(1000)
    assert {ord(each) >> 16 for text in tried for each in text} == set(range(17))
    for odd in ("\r\n", "\u200d", "e\u0301", "é", "\x00"):
        assert sum(odd in text for text in tried) > 20
    assert "\u200d" in tried
    for text in tried:
        for special in ({}, {"<|end|>": 700}):
            assert solution.decode(solution.encode(text, merges, special), merges, special) == text
        assert "".join(split_words(text)) == text


def test_nothing_one_byte_and_a_long_paste_go_there_and_back(ours):
    solution, merges = reference("02.4"), ours[:20]
    assert solution.encode("", merges, {}) == [] and solution.decode([], merges, {}) == ""
    assert all(solution.encode(chr(byte), merges, {}) == [byte] for byte in range(128))
    for text in ("a" * 200_000, (corpora.load("encyclopedia")[:200_000])):
        assert solution.decode(solution.encode(text, merges, {}), merges, {}) == text


def test_where_there_is_nothing_to_merge_no_merge_is_learned():
    for id in ("02.3", "02.5"):
        for words in ({}, {(): 3}, {(97,): 9}):
            assert reference(id)(words, range(256, 260)) == []
        assert reference(id)({(97, 97): 1}, []) == []
        assert reference(id)({(97, 97): 1}, range(256, 300)) == [(97, 97)]


def test_a_vocabulary_of_one_token_has_no_neighbours_and_nothing_to_learn():
    with pytest.raises(ValueError, match="there are 0 other rows"):
        reference("02.6")(torch.ones(1, 3), 0, 1)
    table, losses = reference("02.8")(torch.zeros(5, dtype=torch.int64), 1, 3, 2.0)
    assert table.shape == (1, 1) and losses == [0.0, 0.0, 0.0]
    vectors, _ = reference("02.7")(torch.tensor([0, 0]), torch.tensor([[3.0, 4.0]]))
    assert vectors.tolist() == [[3.0, 4.0], [3.0, 4.0]]


def test_vowel_signs_and_accents_stay_with_their_letters():
    hindi = "\u0939\u093f\u0928\u094d\u0926\u0940 \u092d\u093e\u0937\u093e"
    assert split_words(hindi) == [hindi[:6], hindi[6:]]
    assert split_words("cafe\u0301 12a b") == ["cafe\u0301", " 12", "a", " b"]


@pytest.mark.parametrize("seed", range(5))
def test_neighbours_equal_those_by_torchs_cosine(seed):
    E = torch.randn(30, 6, generator=torch.Generator().manual_seed(seed))
    cosines = torch.nn.functional.cosine_similarity(E, E[seed : seed + 1])
    want = [j for j in cosines.argsort(descending=True).tolist() if j != seed][:7]
    assert reference("02.6")(E, seed, 7).tolist() == want
    assert reference("02.6")(E * torch.rand(30, 1).add(0.1), seed, 7).tolist() == want


def test_a_product_is_torchs_embedding_in_value_and_gradient():
    E, ids = torch.randn(9, 4, requires_grad=True), torch.tensor([[3, 0, 3], [8, 1, 2]])
    vectors, _ = reference("02.7")(ids, E)
    want = torch.nn.functional.embedding(ids, E)
    torch.testing.assert_close(vectors, want)
    (mine,), (theirs,) = (torch.autograd.grad(each.pow(2).sum(), E) for each in (vectors, want))
    torch.testing.assert_close(mine, theirs)


def test_the_learned_table_comes_within_a_hundredth_of_a_bit_of_the_counted_one():
    case = registry.load("02.8").cases()[-1]
    table, losses = reference("02.8")(case["ids"], case["V"], case["steps"], case["learning_rate"])
    assert bits_of(table, case["ids"]) - counted_bits(case["ids"], case["V"]) < 0.01
    assert losses[0] == pytest.approx(math.log(case["V"]))
    assert all(later < earlier for earlier, later in itertools.pairwise(losses))


def test_the_counted_bits_are_those_of_the_counts():
    text = our_own()[:400]
    alphabet = sorted(set(text))
    pairs, firsts = Counter(itertools.pairwise(text)), Counter(text[:-1])
    want = -sum(n * math.log2(n / firsts[a]) for (a, _), n in pairs.items()) / (len(text) - 1)
    assert counted_bits(torch.tensor([alphabet.index(each) for each in text]), len(alphabet)) == pytest.approx(want)


EXAMPLE = re.compile(r"Example: (?P<call>\w+\(.*\)) is (?P<value>.*?)(, which .*)?\.$", re.MULTILINE)


@pytest.mark.parametrize("id", ["02.1", "02.2", "02.3", "02.4", "02.5", "02.6"])
def test_the_examples_of_the_docstrings_are_true(id):
    exercise, count = registry.load(id), 0
    parts = exercise.parts(exercise.reference)
    for each in parts.values():
        for found in EXAMPLE.finditer(inspect.getdoc(each)):
            scope = {**parts, "tensor": torch.tensor, "torch": torch, "E": torch.tensor([[0, 2], [3, 1], [5, 2.0]])}
            got, want = (eval(found[name], scope) for name in ("call", "value"))
            assert torch.equal(got, want) if isinstance(want, torch.Tensor) else got == want
            count += 1
    assert count == len(parts)


def test_a_budget_tells_what_was_used_and_what_may_be():
    case = registry.load("02.5").cases()[-1]
    plain = {"hashes": 800, "comparisons": 200}
    budget = Budget("looks", share=0.2, plain=lambda case: plain, least=lambda case: 50)
    kept, counted = budget.kept(), budget.counted()

    def said(hashes: int, comparisons: int):
        result = {"work": {"hashes": hashes, "comparisons": comparisons}}
        return kept.symptom(case, result), counted.symptom(case, result), budget.spent_as_plain(case, result)

    assert said(150, 50) == (None, None, [])
    assert said(150, 51)[0] == "Your function takes 201 looks; the plain way takes 1,000, and 200 are allowed here."
    assert said(790, 190)[2] == ["hashes", "comparisons"]
    assert said(150, 190)[2] == ["comparisons"]
    assert said(300, 10)[2] == []
    assert "Only 49 looks were counted" in said(40, 9)[1]
    told = budget.found(case, {"work": {"hashes": 90, "comparisons": 10}})
    assert told == "Yours takes 100 looks, the plain way 1,000: 10% of it."
