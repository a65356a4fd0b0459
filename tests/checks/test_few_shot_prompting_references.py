"""The references of module 10 are right: they agree with the lesson's harness, with the decoder, and with chance."""

from __future__ import annotations

import ast
import math
import re
from pathlib import Path

import pytest
import torch

from unravelling import models
from unravelling.checks import registry
from unravelling.checks.engine import run
from unravelling.checks.few_shot_prompting.bootstrap_interval.diagnosis import quantile
from unravelling.checks.few_shot_prompting.model_answers import reader, written
from unravelling.checks.few_shot_prompting.topic_sentences import EXAMPLES, HELD_OUT, TOPICS
from unravelling.checks.few_shot_prompting.write_prompt.diagnosis import told
from unravelling.checks.few_shot_prompting.write_prompt.exercise import NEEDED
from unravelling.checks.few_shot_prompting.write_prompt.variants import in_turn, lines
from unravelling.language_models import prompting
from unravelling.language_models.continuations import continuation_log_probabilities
from unravelling.models.errors import ModelError

TEXTS = Path(__file__).parents[2] / "authoring/10_few_shot_prompting"
TEXT = (TEXTS / "exercises.md").read_text("utf-8")
PROMPT, SCORES, CALIBRATION, INTERVAL, WRITE = (registry.load(f"10.{n}") for n in range(1, 6))


@pytest.fixture(scope="module")
def decoder():
    return reader("decoder")


def test_a_prompt_is_that_of_the_harness():
    task = prompting.task("antonyms")
    item = task.test[0]
    for shots in (0, 1, 4):
        for instruction in ("", task.instruction):
            ours = PROMPT.reference(list(task.pool), item, shots, instruction)
            assert ours == prompting.arrow(task.pool[:shots], instruction) + prompting.asked(item[0])


def test_label_scores_are_the_decoders_own_log_probabilities(decoder):
    def log_probabilities(ids):
        with torch.inference_mode():
            return decoder.model(torch.tensor([ids])).logits[0].float().log_softmax(-1)

    text, labels = "The capital of France is", [" Paris", " Paris, of course", " Rome"]
    ids = [decoder.tokenizer(label, add_special_tokens=False)["input_ids"] for label in labels]
    theirs = continuation_log_probabilities(decoder, "", [(text, label) for label in labels])
    for mean in (False, True):
        ours = SCORES.reference(log_probabilities, decoder.ids(text), ids, mean)
        want = [math.fsum(logs) / (len(logs) if mean else 1) for logs in theirs]
        torch.testing.assert_close(ours, torch.tensor(want), atol=2e-3, rtol=1e-3)
    assert [len(logs) for logs in theirs] == [1, 4, 1]


@pytest.mark.parametrize("seed", range(5))
def test_calibration_is_that_of_the_harness(seed):
    rng = torch.Generator().manual_seed(seed)
    scores, free = torch.randn(6, 3, generator=rng) * 3 - 50, torch.randn(2, 3, generator=rng) - 50
    torch.testing.assert_close(CALIBRATION.reference(scores, free), prompting.calibrated(scores, free))


@pytest.mark.parametrize("right", [0, 3, 11, 20])
def test_exact_quantiles_are_those_of_very_many_resamples(right):
    picks = torch.rand(200_000, 20, generator=torch.Generator().manual_seed(right)) < right / 20
    means = picks.float().mean(1)
    for share in (0.03, 0.3, 0.9):
        assert quantile(right, 20, share) == pytest.approx(means.quantile(share).item(), abs=1e-6)


def test_an_interval_of_200_answers_agrees_with_the_harness():
    row = torch.arange(200) % 4 > 0
    ours = INTERVAL.reference(row, generator=torch.Generator().manual_seed(0))
    theirs = prompting.bootstrap(row.numpy())
    assert ours == pytest.approx(theirs[1:], abs=0.02)


def test_an_interval_that_is_too_narrow_by_a_third_is_refused():
    def bootstrap_interval(correct, level=0.95, resamples=2000, generator=None):
        low, high = INTERVAL.reference(correct, level, resamples, generator)
        middle = (low + high) / 2
        return middle + (low - middle) * 2 / 3, middle + (high - middle) * 2 / 3

    for seed in range(5):
        assert not run(INTERVAL, bootstrap_interval, seed).passed


# 10.5: a prompt for a new task


def right(prompts_of, decoder) -> int:
    prompts = [prompts_of(sentence) for sentence, _ in HELD_OUT]
    said = written("decoder", prompts, [topic for _, topic in HELD_OUT], needed=0)
    return sum(a == b for a, (_, b) in zip(said, HELD_OUT, strict=True))


def test_the_bar_lies_clearly_between_the_examples_as_they_come_and_examples_in_turn(decoder):
    as_they_come = right(lambda sentence: lines(EXAMPLES, sentence), decoder)
    backwards = right(lambda sentence: lines(EXAMPLES[::-1], sentence), decoder)
    in_turns = right(lambda sentence: lines(in_turn(), sentence), decoder)
    assert max(as_they_come, backwards) < NEEDED - 1
    assert in_turns > NEEDED + 1


def test_no_held_out_sentence_is_among_the_examples_or_in_the_text():
    assert not {text for text, _ in EXAMPLES} & {text for text, _ in HELD_OUT}
    assert not [text for text, _ in HELD_OUT if text in TEXT]
    assert [sum(topic == each for _, topic in HELD_OUT) for each in TOPICS] == [10, 10, 10]


def test_the_examples_of_the_notebook_are_those_of_the_check():
    shown = re.search(r"\nexamples = (\[\n.*?\n\])\n", TEXT, re.DOTALL)[1]
    assert ast.literal_eval(shown) == EXAMPLES


def test_a_model_that_is_not_there_is_said_to_be_missing_and_no_verdict_is_given(monkeypatch):
    def load(name, dtype=None):
        raise ModelError("The decoder is not here: run unravelling models fetch decoder where there is a network.")

    monkeypatch.setattr(models, "load", load)
    reader.cache_clear()
    with pytest.raises(ModelError, match=r"10\.5 cannot be checked without the model that reads.*run unravelling"):
        run(WRITE, WRITE.reference)


def test_the_model_named_in_the_first_line_reads_the_prompts(monkeypatch):
    asked = []

    def load(name, dtype=None):
        asked.append(name)
        raise ModelError("not here")

    def write_prompt(sentence, model="hub:somebody/else"):
        return WRITE.reference(sentence)

    monkeypatch.setattr(models, "load", load)
    with pytest.raises(ModelError):
        run(WRITE, write_prompt)
    assert asked == ["hub:somebody/else"]


def test_an_encoder_or_an_unknown_name_is_refused_with_a_sentence():
    def write_prompt(sentence, model="encoder"):
        return WRITE.reference(sentence)

    assert "write 'decoder', or 'hub:' and a name" in run(WRITE, write_prompt).symptom


def test_a_prompt_longer_than_the_context_is_refused_with_a_sentence():
    verdict = run(WRITE, lambda sentence, model="decoder": "word " * 9000 + f"\n{sentence} ->")
    assert "The prompt is too long: it has" in verdict.symptom
    assert "shorten it" in verdict.symptom


def test_held_out_sentences_among_the_demonstrations_are_a_leak():
    verdict = run(WRITE, lambda sentence, model="decoder": lines([*in_turn(2), *HELD_OUT], sentence))
    assert "has this sentence among its demonstrations, with its topic" in verdict.symptom


def test_a_failure_says_how_many_were_right_and_shows_one_that_was_not():
    verdict = run(WRITE, lambda sentence, model="decoder": lines(EXAMPLES, sentence))
    assert re.match(r"The model named the topic of \d+ of the 30 sentences; 25 of 30 are needed\.", verdict.symptom)
    assert verdict.misconception == "examples_as_they_come"


def test_a_pool_that_holds_the_query_twice_gives_it_away_neither_time():
    def while_going_through(pool, item, shots, instruction=""):
        others = list(pool)
        for pair in others:
            if pair[0] == item[0]:
                others.remove(pair)  # and the next one is passed over
        if shots > len(others):
            raise ValueError("too few")
        lines = [f"{a} -> {b}" for a, b in others[:shots]]
        return "\n".join([*([instruction] if instruction else []), *lines, f"{item[0]} ->"])

    assert not run(PROMPT, while_going_through).passed


def test_a_sentence_named_twice_with_all_topics_behind_it_gives_nothing_away():
    sentence = "The home team scored."
    prompt = f'Snow fell. -> weather\n{sentence}\nTopic (sport, weather or food) of "{sentence}":'
    assert not told(prompt, sentence, "sport")
    assert told(f"{sentence} -> sport\n{sentence} ->", sentence, "sport")


def test_the_lessons_judge_of_sums_reads_the_number_and_nothing_behind_it():
    lesson = (TEXTS / "lesson.md").read_text("utf-8")
    (cell,) = (
        code for code in re.findall(r"```{code-cell} ipython3\n(.*?)```", lesson, re.DOTALL) if "def judged" in code
    )
    (judged,) = (part for part in ast.parse(cell).body if isinstance(part, ast.FunctionDef))
    said = [
        " 7 + 1 = 8, 8 + 2 = 10,",
        " 10.",
        " 7 + 1 = 8, 8 + 2 = 10",
        " 7 + 1 = 8, 8 + 2 = 101",
        " 8, 8 + 2 =",
        " ten",
    ]
    scope = {"re": re, "asked": [(7, 1, 2)] * len(said)}
    exec(ast.unparse(judged), scope)
    assert scope["judged"](said) == [True, True, True, False, False, False]
