"""The few-shot harness: tasks without leaks, prompts to the letter, labels, calibration, intervals that hold."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from unravelling import models
from unravelling.language_models import prompting
from unravelling.language_models.prompting import PromptError, Task


@pytest.fixture(scope="module")
def decoder():
    return models.load("decoder")


every_task = pytest.mark.parametrize("name", prompting.names())


@every_task
def test_a_task_asks_forty_items_and_shows_none_of_them(name: str) -> None:
    task = prompting.task(name)
    assert len(task.test) >= 40 and len(task.pool) >= prompting.MOST_SHOTS
    asked, shown = ({text.casefold() for text, _ in pairs} for pairs in (task.test, task.pool))
    assert len(asked) == len(task.test) and not asked & shown
    assert not prompting.leaks(task.pool, task.test)
    if not task.labels and name != "addition":  # no word of the pool on either side of the test, not even turned round
        words = [{word.casefold() for pair in pairs for word in pair} for pairs in (task.pool, task.test)]
        assert not words[0] & words[1]


def test_half_of_the_reviews_are_positive() -> None:
    task = prompting.task("sentiment")
    assert task.labels == ("negative", "positive")
    assert sum(answer == "positive" for _, answer in task.test) == len(task.test) / 2


def test_sums_are_right_and_none_is_the_other_of_one_that_is_shown() -> None:
    task = prompting.task("addition")
    for text, answer in (*task.pool, *task.test):
        a, b = text.split(" + ")
        assert int(a) + int(b) == int(answer)
    shown = {frozenset(text.split(" + ")) for text, _ in task.pool}
    assert not shown & {frozenset(text.split(" + ")) for text, _ in task.test}


def test_draws_differ_and_a_larger_one_begins_with_the_smaller() -> None:
    task = prompting.task("antonyms")
    assert task.draw(4, 0) == task.draw(8, 0)[:4] and task.draw(4, 0) != task.draw(4, 1)
    assert task.draw(0) == () and set(task.draw(8)) <= set(task.pool)
    for wrong in (-1, len(task.pool) + 1, 2.0, True):
        with pytest.raises(PromptError, match="can show 0 to"):
            task.draw(wrong)


def test_prompts_are_these_to_the_letter() -> None:
    shown = [("hot", "cold"), ("up", "down")]
    assert (
        prompting.arrow(shown, "Opposites.") + prompting.asked("big") == "Opposites.\nhot -> cold\nup -> down\nbig ->"
    )
    written = prompting.format_of("Q: {text}\\nA: {answer}")
    assert written.prefix(shown[:1]) + written.fill("up") == "Q: hot\nA: cold\n\nQ: up\nA:"
    plain = prompting.Format()
    assert plain.prefix(shown) + plain.fill("big") == prompting.arrow(shown) + prompting.asked("big")


@pytest.mark.parametrize("pattern", ["{text}", "{answer} {text}", "{text} {answer} end", "{text} {text} {answer}", ""])
def test_a_template_that_cannot_be_used_is_refused(pattern: str) -> None:
    with pytest.raises(PromptError):
        prompting.format_of(pattern)


def test_a_learners_table_is_a_task() -> None:
    lines = [f"word{n} -> answer{n}" for n in range(10)]
    mine = Task.from_text("mine", "\n".join([*lines, ""]))
    assert len(mine.pool) == 5 and len(mine.test) == 5 and mine.labels == ()
    assert Task.from_text("mine", "; ".join(lines)) == mine


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a -> b; c -> d", "at least 8"),
        ("a -> b; a -> c; " + "; ".join(f"{n} -> {n}x" for n in range(8)), "more than once"),
        ("a - b", "is no pair"),
        (" -> b; " + "; ".join(f"{n} -> {n}x" for n in range(8)), "half empty"),
    ],
)
def test_a_table_that_makes_no_task_gets_a_sentence(text: str, says: str) -> None:
    with pytest.raises(PromptError, match=says):
        Task.from_text("mine", text)


def test_a_pair_turned_round_is_a_leak() -> None:
    with pytest.raises(PromptError, match="gives away its test: 'cold' and 'hot'"):
        Task("mine", (("hot", "cold"),), (("cold", "hot"),))


def test_random_answers_leave_nobody_her_own() -> None:
    task = prompting.task("plurals")
    for number in range(20):
        for count in (1, 2, 8):
            shown = task.draw(count, number)
            mixed = prompting.mixed_up(shown, task, number)
            assert [text for text, _ in mixed] == [text for text, _ in shown]
            assert all(new != old for (_, new), (_, old) in zip(mixed, shown, strict=True))


def test_accuracy_asks_each_draw_and_agrees_with_single_prompts(decoder) -> None:
    whole = prompting.task("past tense")
    task = Task("a few", whole.pool, whole.test[:6])
    found = prompting.accuracy(decoder, task, shots=2, draws=2)
    assert found.right.shape == (2, 6) and len(found.by_draw) == 2
    for row in range(2):
        for item, (text, answer) in enumerate(task.test):
            ids = decoder.ids(prompting.arrow(task.draw(2, row)) + prompting.asked(text))
            rows = torch.tensor([ids])
            with torch.no_grad():  # without the mask, generate would hide the first token: it is also the padding
                out = decoder.model.generate(
                    rows, attention_mask=torch.ones_like(rows), max_new_tokens=8, do_sample=False, pad_token_id=0
                )
            said = decoder.tokenizer.decode(out[0, len(ids) :]).split("\n")[0].strip()
            assert found.right[row, item] == (said == answer)
    assert prompting.accuracy(decoder, task, shots=0).right.shape == (1, 6)


@pytest.mark.parametrize(
    ("how", "says"),
    [({"labels": "wrong"}, "labels must be"), ({"draws": 0}, "draws must be"), ({"draws": True}, "draws must be")],
)
def test_a_measurement_that_makes_no_sense_is_refused(how, says) -> None:
    with pytest.raises(PromptError, match=says):
        prompting.accuracy(None, prompting.task("plurals"), 1, **how)


def test_label_scores_are_log_probabilities_and_whole_ones_reach_to_the_lines_end(decoder) -> None:
    prefix, labels = (
        prompting.arrow([("A dull film.", "negative"), ("A fine film.", "positive")]),
        ("negative", "positive"),
    )
    scores = prompting.label_scores(decoder, prefix, ["Great fun."], labels)
    whole = prompting.label_scores(decoder, prefix, ["Great fun."], labels, whole=True)
    ids = decoder.ids(prefix + "Great fun. ->")
    for place, label in enumerate(labels):
        ending = decoder.tokenizer(f" {label}\n", add_special_tokens=False).input_ids
        with torch.no_grad():
            logs = decoder.model(torch.tensor([ids + ending])).logits[0].log_softmax(-1)
        steps = [logs[len(ids) - 1 + k, token].item() for k, token in enumerate(ending)]
        assert scores[0, place].item() == pytest.approx(steps[0], abs=2e-3)
        assert whole[0, place].item() == pytest.approx(sum(steps), abs=5e-3)


@pytest.mark.parametrize(
    ("labels", "texts", "says"),
    [
        (("positive",), ["a"], "at least two labels"),
        (("yes", "yes "), ["a"], "at least two labels"),
        ((), ["a"], "at least two labels"),
        (("New York", "New Delhi"), ["a"], "share their first token"),
        (("yes", "no"), [], "no text"),
    ],
)
def test_labels_that_cannot_be_told_apart_get_a_sentence(decoder, labels, texts, says) -> None:
    with pytest.raises(PromptError, match=says):
        prompting.label_scores(decoder, "a -> yes\n", texts, labels)


def test_without_a_demonstration_there_are_no_verdicts(decoder) -> None:
    with pytest.raises(PromptError, match="no demonstration"):
        prompting.verdicts(decoder, prompting.task("sentiment"), ())
    with pytest.raises(PromptError, match="different answer"):
        prompting.verdicts(decoder, prompting.task("plurals"), (("a", "b"),))


def test_calibration_makes_the_content_free_text_even() -> None:
    free = torch.tensor([[0.8, 0.2]]).log()
    even = prompting.calibrated(torch.tensor([[0.5, 0.5], [0.8, 0.2]]).log() - 7, free)
    assert torch.allclose(even, torch.tensor([[0.2, 0.8], [0.5, 0.5]]))


def test_orders_show_the_same_pairs_and_unknown_ones_are_refused() -> None:
    task = prompting.task("sentiment")
    assert sorted(prompting.in_order(task, "PPNN")) == sorted(prompting.in_order(task, "NPNP"))
    assert [label[0] for _, label in prompting.in_order(task, "NPPN")] == list("nppn")
    with pytest.raises(PromptError, match="no demonstration left for 'X'"):
        prompting.in_order(task, "PX")
    flipped = prompting.flipped(prompting.in_order(task, "PNPN"), task, 2)
    assert [label[0] for _, label in flipped] == list("pnnp")


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """A model right with chance 0.7 on any item, 40 items: over 300 exams the share of intervals with 0.7 in them."""
    chance = np.random.default_rng(1)
    held = 0
    for exam in range(300):
        found = prompting.bootstrap(chance.random((1, 40)) < 0.7, resamples=400, seed=exam)
        held += found.low <= 0.7 <= found.high
    assert 0.88 <= held / 300 <= 0.98


def test_none_and_all_right_have_an_interval_with_a_width() -> None:
    """Wilson, 1927: of none in 40 the upper end is z² / (40 + z²)."""
    end = 1.96**2 / (40 + 1.96**2)
    for draws in (1, 3):  # the same questions asked again are no other questions
        none, every = (prompting.bootstrap(np.full((draws, 40), each)) for each in (False, True))
        assert none == pytest.approx((0, 0, end)) and every == pytest.approx((1, 1 - end, 1))
    assert str(none) == "0.00 (0.00 to 0.09)"
    right, wrong = np.full((1, 40), True), np.full((2, 40), False)
    assert prompting.difference(right, wrong) == pytest.approx((1, 1 - end, 1))
    assert prompting.difference(wrong, right) == pytest.approx((-1, -1, end - 1))
    assert prompting.difference(right, right) == pytest.approx((0, -end, end))
    assert str(prompting.difference(wrong, right)) == "−1.00 (−1.00 to −0.91)"
    assert prompting.bootstrap([[True]]).low < 0.3  # one answer says next to nothing


def test_draws_that_differ_widen_the_interval_and_paired_items_narrow_the_difference() -> None:
    easy = np.arange(40) < 20
    alike, apart = np.tile(easy, (4, 1)), np.stack([easy, easy | True, easy & False, easy])
    widths = [prompting.bootstrap(table).high - prompting.bootstrap(table).low for table in (alike, apart)]
    assert widths[1] > 1.3 * widths[0]
    better = easy | (np.arange(40) < 26)
    gain = prompting.difference(better, easy)
    assert gain.mean == pytest.approx(0.15) and gain.low > 0
    with pytest.raises(ValueError, match="needs a table"):
        prompting.bootstrap([])
