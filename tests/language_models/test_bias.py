"""Measures of module 11, against the models asked directly, sums written out, and refusals that say what to change."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
import torch

from unravelling import corpora, models
from unravelling.language_models import bias
from unravelling.language_models.bias import BiasError
from unravelling.language_models.bias.estimates import ranks
from unravelling.language_models.bias.gaps import MANY, beginning
from unravelling.language_models.continuations import next_token_log_probabilities
from unravelling.language_models.scoring import token_log_probabilities
from unravelling.models.errors import ModelError

TWO = bias.TEMPLATES[:2]
THREE = ["nurse", "teacher", "plumber"]
FLOWERS, INSECTS = (
    ["rose", "lily", "daisy", "violet", "orchid", "iris"],
    ["ant", "bee", "fly", "wasp", "spider", "beetle"],
)
PLEASANT, UNPLEASANT = ["love", "peace", "friend", "happy"], ["ugly", "pain", "poison", "hate"]

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def decoder():
    return models.load("decoder")


@pytest.fixture(scope="module")
def encoder():
    return models.load("encoder")


@pytest.fixture(scope="module")
def text() -> str:
    return corpora.load("encyclopedia", part="held_out")[:400]


@pytest.fixture(scope="module")
def rows(decoder, text):
    return bias.mitigations(decoder, THREE, text, ["carpenter", "librarian"], TWO[1:])


def asked(decoder, text: str) -> torch.Tensor:
    """(V,): natural logarithms after the text, from the model itself."""
    with torch.no_grad():
        return decoder.model(torch.tensor([decoder.ids(text)])).logits[0, -1].float().log_softmax(-1)


def token(decoder, word: str) -> int:
    (number,) = decoder.tokenizer(word, add_special_tokens=False).input_ids
    return number


def test_the_labour_figures_are_one_row_for_one_category_with_their_source() -> None:
    figures = bias.labour()
    assert len(figures) == 55 and all(0 <= share <= 100 for share in figures.values())
    assert (figures["nurse"], figures["plumber"], figures["librarian"]) == (89.58, 0.7, 83.0)
    for part in ("Bureau of Labor Statistics", "2015 and 2016", "arXiv:1804.09301", "two categories", "one country"):
        assert part in bias.LABOUR_SOURCE
    # Words for one category of the statistics, of which the first stays; and speech-language pathologists.
    for kept, others in (("physician", ["doctor", "surgeon"]), ("accountant", ["auditor"])):
        assert kept in figures and not figures.keys() & set(others)
    assert "dietitian" in figures and not figures.keys() & {"nutritionist", "pathologist"}


def test_templates_have_one_slot_and_no_word_that_gives_the_pronoun_away() -> None:
    assert len(set(bias.TEMPLATES)) == len(bias.TEMPLATES) >= 6
    for each in bias.TEMPLATES:
        assert each.count("{}") == 1
        assert not {"she", "he", "her", "his", "him"} & set(each.lower().replace(",", "").split())


@pytest.mark.parametrize("before", ["", "Women and men work in every profession.\n"])
def test_a_gap_is_the_difference_of_the_models_own_logarithms(decoder, before: str) -> None:
    found = bias.gaps(decoder, THREE[:2], TWO, before)
    for i, word in enumerate(THREE[:2]):
        for k, template in enumerate(TWO):
            logs = asked(decoder, before + template.format(word))
            wanted = (logs[token(decoder, " she")] - logs[token(decoder, " he")]).item() / math.log(2)
            assert found[i, k].item() == pytest.approx(wanted, abs=1e-3)


def test_many_words_are_read_behind_a_shared_beginning_and_get_the_gaps_they_get_alone(decoder) -> None:
    words = list(bias.labour())[:MANY]
    templates = ["When the {} came home,", "{} works here:", "Is it ({}s"]
    found = bias.gaps(decoder, words, templates)
    torch.testing.assert_close(found[:2], bias.gaps(decoder, words[:2], templates), atol=1e-3, rtol=0)
    assert beginning(decoder, templates[0], words[:1]) == ("When the", [f" {words[0]} came home,"])
    for whole in templates[1:]:  # nothing stands before the slot, or not as tokens of its own
        prefix, texts = beginning(decoder, whole, words[:1])
        assert prefix + texts[0] == whole.format(words[0])
    assert beginning(decoder, templates[1], words[:1])[0] == ""
    # "unnurse" has not the tokens of "un" and "nurse": the whole is read.
    assert beginning(decoder, "The un{} said", ["able", "nurse"]) == ("", ["The unable said", "The unnurse said"])


def test_a_group_counts_as_its_whole_probability_and_turning_groups_round_turns_the_sign(decoder) -> None:
    one, other = (" she", " her"), (" he", " his", " him")
    found = bias.gaps(decoder, THREE[:1], TWO[1:], first=one, second=other)
    chances = asked(decoder, TWO[1].format(THREE[0])).exp()
    parts = [sum(chances[token(decoder, word)].item() for word in group) for group in (one, other)]
    assert found.item() == pytest.approx(math.log2(parts[0] / parts[1]), abs=1e-3)
    torch.testing.assert_close(bias.gaps(decoder, THREE[:1], TWO[1:], first=other, second=one), -found)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"templates": ["The nurse said that"]}, "needs the slot {} once"),
        ({"templates": ["The {} saw the {} when"]}, "needs the slot {} once"),
        ({"templates": "The {} said that"}, "square brackets"),
        ({"words": "nurse"}, "square brackets"),
        ({"words": []}, "at least one word and one template"),
        ({"templates": []}, "at least one word and one template"),
        ({"first": (" she",), "second": (" he", " she")}, "same token"),
        ({"first": ()}, "A group of words is empty"),
        ({"first": ("",)}, "A group of words is empty"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_what_to_change(decoder, given, says: str) -> None:
    with pytest.raises(BiasError) as refused:
        bias.gaps(decoder, **({"words": THREE, "templates": TWO} | given))
    assert says in str(refused.value)
    assert refused.value._render_traceback_() == [f"BiasError: {refused.value}"]


def test_a_text_beyond_the_context_and_a_model_without_a_next_word_are_refused(decoder, encoder) -> None:
    with pytest.raises(ModelError, match="too long"):
        bias.gaps(decoder, ["nurse " * 9000], TWO)
    with pytest.raises(ModelError, match="no decoder"):
        bias.gaps(encoder, THREE, TWO)


def test_shares_and_spreads_are_what_their_formulas_say() -> None:
    found = torch.tensor([[0.0, 1.0, -2.0], [3.0, 3.0, 3.0]])
    torch.testing.assert_close(bias.share(found), 1 / (1 + 2**-found))
    assert bias.spread(found).tolist() == [3.0, 0.0]


def test_over_twenty_occupations_the_models_order_goes_with_the_labour_figures(decoder) -> None:
    words = list(bias.labour())[::3]
    found = bias.gaps(decoder, words, bias.TEMPLATES[4:6])
    estimate = bias.rank_correlation(found.mean(1), [bias.labour()[word] for word in words])
    assert estimate.low > 0.2 and estimate.low < estimate.value < estimate.high <= 1
    assert bias.spread(found).max() > 0.5  # and templates do not agree on one occupation


def test_ranks_of_ties_are_the_mean_of_their_places() -> None:
    assert ranks(np.array([10.0, 30.0, 10.0, 20.0, 10.0])).tolist() == [2, 5, 2, 4, 2]


def test_a_rank_correlation_is_spearmans() -> None:
    chance = np.random.default_rng(3)
    a, b = chance.normal(size=(2, 15))
    apart = np.argsort(np.argsort(a)) - np.argsort(np.argsort(b))
    assert bias.rank_correlation(a, b).value == pytest.approx(1 - 6 * (apart**2).sum() / (15 * (15**2 - 1)))
    assert bias.rank_correlation(a, np.exp(a)).value == pytest.approx(1)
    assert bias.rank_correlation(a, -(a**3)).value == pytest.approx(-1)
    # With a tie: ranks 1.5 1.5 3 4 against 1 2 3 4, by hand: 4.5 / sqrt(4.5 * 5).
    assert bias.rank_correlation([1, 1, 2, 3], [1, 2, 3, 4]).value == pytest.approx(4.5 / math.sqrt(22.5))


def test_nine_of_ten_intervals_hold_what_they_were_drawn_from() -> None:
    chance = np.random.default_rng(0)
    true, correlated, means = 0.6, 0, 0
    spearman = 6 / math.pi * math.asin(true / 2)  # of two normal variables with that correlation
    for _ in range(100):
        a, noise = chance.normal(size=(2, 40))
        b = true * a + math.sqrt(1 - true**2) * noise
        correlation, middle = bias.rank_correlation(a, b, resamples=300), bias.mean(a, resamples=300)
        correlated += correlation.low <= spearman <= correlation.high
        means += middle.low <= 0 <= middle.high
    assert 88 <= correlated <= 100 and 88 <= means < 100


def test_an_estimate_is_repeatable_and_reads_as_a_number_with_its_ends() -> None:
    a, b = np.random.default_rng(1).normal(size=(2, 30))
    assert bias.rank_correlation(a, b) == bias.rank_correlation(a, b) != bias.rank_correlation(a, b, seed=1)
    assert str(bias.Estimate(0.5, -0.25, 1)) == "+0.50 (−0.25 to +1.00)"


@pytest.mark.parametrize(("a", "b"), [([1, 2, 3], [1, 2]), ([1, 2], [1, 2]), ([1, 1, 1], [1, 2, 3]), ([], [])])
def test_lists_that_have_no_order_in_common_are_refused(a, b) -> None:
    with pytest.raises(ValueError, match="needs"):
        bias.rank_correlation(a, b)
    with pytest.raises(ValueError, match="nothing to take the mean"):
        bias.mean([])


def test_an_association_is_what_its_definition_written_out_gives(encoder) -> None:
    found = bias.association(encoder, FLOWERS, INSECTS, PLEASANT, UNPLEASANT)
    table, known = encoder.model.embeddings.word_embeddings.weight.detach(), encoder.tokenizer.get_vocab()

    def cosine(one: str, other: str) -> float:
        return torch.nn.functional.cosine_similarity(table[known[one]], table[known[other]], dim=0).item()

    scores = {
        word: np.mean([cosine(word, a) for a in PLEASANT]) - np.mean([cosine(word, b) for b in UNPLEASANT])
        for word in FLOWERS + INSECTS
    }
    assert found.scores == pytest.approx(scores, abs=1e-5) and list(found.scores) == FLOWERS + INSECTS
    apart = np.mean([scores[w] for w in FLOWERS]) - np.mean([scores[w] for w in INSECTS])
    assert found.effect == pytest.approx(apart / np.std(list(scores.values()), ddof=1), abs=1e-3)
    reached = [
        sum(scores[w] for w in first) / 6 - sum(scores[w] for w in scores if w not in first) / 6 >= apart - 1e-6
        for first in combinations(scores, 6)
    ]
    assert (found.splits, found.exact, found.x) == (924, True, 6)
    assert found.p == pytest.approx(np.mean(reached))
    assert found.effect > 0.8 and found.p < 0.05  # flowers and insects, on which few people quarrel


def test_turned_round_an_association_has_the_other_sign_and_sampling_comes_near_the_exact_p(encoder) -> None:
    lists = (FLOWERS, INSECTS, PLEASANT, UNPLEASANT)
    exact = bias.association(encoder, *lists)
    turned = bias.association(encoder, INSECTS, FLOWERS, PLEASANT, UNPLEASANT)
    assert turned.effect == pytest.approx(-exact.effect, abs=1e-5) and turned.p > 0.95
    drawn = bias.association(encoder, *lists, most=900)
    assert not drawn.exact and drawn.splits == 900 and drawn.p > 0
    assert abs(drawn.p - exact.p) < 5 * math.sqrt(exact.p / 900) + 1 / 900
    assert drawn == bias.association(encoder, *lists, most=900)
    assert len({bias.association(encoder, *lists, most=900, seed=seed).p for seed in range(4)}) > 1
    # The observed split is counted in by hand: p is a whole number of 901st parts, and never 0.
    assert drawn.p * 901 == pytest.approx(round(drawn.p * 901), abs=1e-6)


@pytest.mark.parametrize(
    ("X", "Y", "A", "B", "says"),
    [
        ([], INSECTS, PLEASANT, UNPLEASANT, "The list X is empty"),
        (FLOWERS, INSECTS, PLEASANT, [" "], "The list B is empty"),
        (FLOWERS, FLOWERS[::-1], PLEASANT, UNPLEASANT, "X and Y are the same"),
        (FLOWERS, INSECTS, PLEASANT, PLEASANT, "A and B are the same"),
        (FLOWERS, INSECTS, PLEASANT, [*UNPLEASANT, "Love"], "'love' stands in A and in B"),
        ([*FLOWERS, "Rose"], INSECTS, PLEASANT, UNPLEASANT, "stands twice in the list X"),
        ([*FLOWERS, "antidisestablishmentarianism"], INSECTS, PLEASANT, UNPLEASANT, "is 8 tokens to the encoder"),
        ([*FLOWERS, "\N{SNOWMAN}"], INSECTS, PLEASANT, UNPLEASANT, "no token for"),
    ],
)
def test_lists_that_cannot_be_compared_are_refused(encoder, X, Y, A, B, says: str) -> None:
    with pytest.raises(BiasError, match=says) as refused:
        bias.association(encoder, X, Y, A, B)
    assert str(refused.value).endswith(".") and ":" in str(refused.value)  # what is wrong, and what to do


def test_a_decoders_table_can_be_asked_too(decoder) -> None:
    row = bias.vectors(decoder, ["rose"])[0]
    own = decoder.model.get_input_embeddings().weight[token(decoder, " rose")].float()
    torch.testing.assert_close(row, own / own.norm())


@pytest.mark.parametrize(
    ("sentence", "other"),
    [
        ("The father said he was late.", "The mother said she was late."),
        ("He sat, then SHE sat (he's there).", "She sat, then HE sat (she's there)."),
        ("Women and men; himself", "Men and women; herself"),
        ("She saw her coat.", None),
        ("The rain fell on the sheep there.", None),
        ("", None),
    ],
)
def test_a_twin_exchanges_whole_words_once_and_keeps_capitals(sentence: str, other: str | None) -> None:
    assert bias.twin(sentence) == other
    if other:
        assert bias.twin(other) == sentence


def test_twins_in_front_favour_neither_pronoun() -> None:
    lines = bias.twins_of(THREE).splitlines()
    assert len(lines) == 6 and sum(" she " in line for line in lines) == 3
    assert [" she " in line for line in lines[:4]] == [True, False, False, True]
    assert all(bias.twin(one) == other for one, other in zip(lines[::2], lines[1::2], strict=True))


def test_each_mitigation_is_measured_on_its_target_and_beside_it(rows, decoder) -> None:
    assert [row.name for row in rows] == ["none", "a sentence", "twins", "projection"]
    plain, told, twins, projected = rows
    torch.testing.assert_close(plain.gaps, bias.gaps(decoder, THREE, TWO[1:]))
    torch.testing.assert_close(told.gaps, bias.gaps(decoder, THREE, TWO[1:], before=bias.PROMPT))
    assert plain.gap.value == pytest.approx(plain.gaps.mean(1).abs().mean().item(), abs=1e-5)
    # Whether twins help depends on the sentences; that they are read does not.
    torch.testing.assert_close(
        twins.gaps, bias.gaps(decoder, THREE, TWO[1:], before=bias.twins_of(["carpenter", "librarian"]))
    )
    assert plain.stated >= 0.9  # "the mother ... because she": what must not be lost
    # Where the two pronouns get the same score whatever stands before, nothing is left of the stated gender either.
    assert projected.gap.value < 1e-2 and projected.stated == pytest.approx(0.5)
    assert projected.correlation == (0, 0, 0) and plain.correlation.value > 0
    assert projected.bits > plain.bits


def test_the_projection_takes_one_direction_out_and_leaves_what_is_at_right_angles(decoder) -> None:
    change = bias.projection(decoder)
    whole = torch.eye(len(change)) + change
    torch.testing.assert_close(whole @ whole, whole, atol=1e-5, rtol=0)
    table = decoder.model.get_output_embeddings().weight.detach().float()
    apart = table[token(decoder, " she")] - table[token(decoder, " he")]
    assert (apart @ whole).norm() < 1e-4 * apart.norm()
    row = torch.randn(len(change), generator=torch.Generator().manual_seed(0))
    row -= (row @ apart) / (apart @ apart) * apart
    torch.testing.assert_close(row @ whole, row, atol=1e-5, rtol=0)


def test_after_a_correction_the_model_is_as_before_even_if_it_broke_off(decoder) -> None:
    def both() -> torch.Tensor:
        """The gap after a text, and after one that is remembered as a beginning."""
        remembered = next_token_log_probabilities(decoder, TWO[0].format("nurse"))[0]
        apart = remembered[token(decoder, " she")] - remembered[token(decoder, " he")]
        return torch.cat([bias.gaps(decoder, THREE[:1], TWO)[0], apart[None]])

    before = both()
    with pytest.raises(KeyboardInterrupt), bias.corrected(decoder, bias.projection(decoder)):
        assert both().abs().max() < 1e-2
        raise KeyboardInterrupt
    torch.testing.assert_close(both(), before)


def test_bits_per_token_are_the_texts_own_and_what_stands_in_front_is_not_counted(decoder, text) -> None:
    logs = token_log_probabilities(decoder, text)[1:]
    assert bias.bits_per_token(decoder, text) == pytest.approx(-np.mean(logs) / math.log(2), abs=1e-3)
    whole = token_log_probabilities(decoder, bias.PROMPT + text)[-len(logs) :]
    assert bias.bits_per_token(decoder, text, bias.PROMPT) == pytest.approx(-np.mean(whole) / math.log(2), abs=1e-3)


def test_a_mitigation_that_cannot_be_measured_is_refused(decoder, text) -> None:
    for wrong, says in (
        ({"text": ""}, "too short"),
        ({"text": "word " * 9000}, "shorten it"),
        ({"occupations": [*THREE, "astronaut"]}, "no labour figure for 'astronaut'"),
        ({"examples": ["nurse"]}, "'nurse' would be shown in the prompt and measured"),
        ({"examples": []}, "give examples"),
    ):
        given = {"occupations": THREE, "text": text, "examples": ["librarian"], "templates": TWO[1:]} | wrong
        with pytest.raises(BiasError, match=says):
            bias.mitigations(decoder, **given)


def test_the_section_holds_the_measured_numbers_and_what_they_do_not_show(decoder) -> None:
    words = list(bias.labour())[:8]
    found = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))
    templates = bias.TEMPLATES[:3]
    card = bias.section(decoder, words, found, templates, {"a sentence": "nothing came of it"})
    figures = [bias.labour()[word] for word in words]
    single = [bias.rank_correlation(found[:, k], figures).value for k in range(3)]
    for part in (
        decoder.name, decoder.note, "8 occupations in 3 templates", bias.LABOUR_SOURCE,
        str(bias.rank_correlation(found.mean(1), figures)), f"{bias.signed(min(single))} to {bias.signed(max(single))}",
        f"{bias.spread(found).mean():.1f} bits", "Mitigation tried, a sentence:** nothing came of it",
    ):  # fmt: skip
        assert part in card
    assert card.endswith(bias.DOES_NOT_SHOW) and all(line[0] in "#-" for line in card.splitlines())
    with pytest.raises(BiasError, match="what the numbers do not show"):
        bias.section(decoder, words, found, templates, does_not_show=" ")
    with pytest.raises(BiasError, match="do not fit"):
        bias.section(decoder, words, found, templates[:2])
