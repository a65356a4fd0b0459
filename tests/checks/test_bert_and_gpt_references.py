"""The references of module 07 are right: they agree with torch's loss, with released models, and with each other."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
import torch

from unravelling import models
from unravelling.checks import registry
from unravelling.checks.bert_and_gpt.chance_bounds import unlikely
from unravelling.checks.bert_and_gpt.family_and_visibility import FAMILIES, TASKS
from unravelling.checks.bert_and_gpt.transformer_parameters import COUNTED, GPT_3
from unravelling.checks.engine import run

TEXT = (Path(__file__).parents[2] / "authoring/07_bert_and_gpt/exercises.md").read_text("utf-8")
SPECIAL = torch.tensor([0, 1, 2])
MASKING, LOSS, SCORING, SIZES, CHOOSING, TRAINING = (registry.load(f"07.{n}") for n in range(1, 7))


def test_masking_follows_the_shares_of_the_paper_on_a_hundred_thousand_tokens():
    ids = torch.randint(3, 500, (100, 1000), generator=torch.Generator().manual_seed(0))
    masked, labels = MASKING.reference(ids, 0.15, torch.Generator().manual_seed(1), SPECIAL, 2, 500)
    chosen = labels != -100
    n = int(chosen.sum())
    assert n / ids.numel() == pytest.approx(0.15, abs=0.006)
    assert torch.equal(labels[chosen], ids[chosen])
    assert torch.equal(masked[~chosen], ids[~chosen])
    assert int((masked[chosen] == 2).sum()) / n == pytest.approx(0.8, abs=0.02)
    assert int((masked == ids)[chosen].sum()) / n == pytest.approx(0.1, abs=0.015)


@pytest.mark.parametrize(("n", "p"), [(20, 0.1), (300, 0.5), (6000, 0.8)])
def test_what_is_called_unlikely_is_rarer_than_one_in_fifty_million(n, p):
    chances = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)] if n < 1000 else None
    found = [k for k in range(n + 1) if not unlikely(k, n, p)]
    assert found == list(range(found[0], found[-1] + 1))
    assert found[0] <= n * p <= found[-1]
    if chances:
        assert 1 - sum(chances[k] for k in found) < 2e-8
        assert sum(chances[: found[0] + 1]) > 1e-9  # nor is anything let pass that never happens
    assert (found[-1] - found[0]) / n < 14 * math.sqrt(p * (1 - p) / n)


@pytest.mark.parametrize("seed", range(5))
def test_the_masked_loss_equals_torchs_cross_entropy_that_ignores_minus_100(seed):
    rng = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(4, 9, 11, generator=rng)
    labels = torch.where(
        torch.rand(4, 9, generator=rng) < 0.3, torch.randint(11, (4, 9), generator=rng), torch.tensor(-100)
    )
    theirs = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
    torch.testing.assert_close(LOSS.reference(logits, labels), theirs)
    nothing = torch.full_like(labels, -100)
    leaf = logits.clone().requires_grad_()
    loss = LOSS.reference(leaf, nothing)
    assert loss.item() == 0
    assert torch.nn.functional.cross_entropy(logits.flatten(0, 1), nothing.flatten()).isnan()  # what the stub warns of
    assert torch.equal(torch.autograd.grad(loss, leaf)[0], torch.zeros_like(leaf))


def test_a_bare_zero_where_nothing_is_chosen_is_refused_because_training_would_stop_at_it():
    def bare_zero(logits, labels):
        if not (labels != -100).any():
            return torch.tensor(0.0, dtype=logits.dtype)
        return LOSS.reference(logits, labels)

    verdict = run(LOSS, bare_zero)
    assert verdict.kind == "gradient"
    assert "nothing chosen" in verdict.symptom


def test_the_score_of_a_sentence_is_what_full_enumeration_of_a_joint_distribution_gives():
    """A model made from a table of all texts of three words: its conditionals are exact, and so is their sum."""
    joint = torch.rand(4, 4, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def model(x):
        rows = []
        for a, b, c in x.tolist():
            given = [slice(None) if each == 4 else each for each in (a, b, c)]
            table = torch.zeros(3, 5, dtype=torch.float64)
            for place in range(3):
                if (a, b, c)[place] == 4:
                    table[place, :4] = joint[tuple(given)].log()
                    table[place, 4] = -1e9
            rows.append(table)
        return torch.stack(rows)

    score = SCORING.reference(model, torch.tensor([1, 3, 0]), torch.tensor([4]), 4)
    one = joint[1, 3, 0]
    want = sum((one / each.sum()).log() for each in (joint[:, 3, 0], joint[1, :, 0], joint[1, 3, :]))
    assert score == pytest.approx(want.item(), abs=1e-5)


@pytest.mark.models
@pytest.mark.skipif("masked_lm" not in {row.name for row in models.listing()}, reason="no masked model yet")
def test_the_course_gives_the_same_score_to_a_sentence_as_the_exercise():
    from unravelling.language_models import fill_mask

    reader = models.load("masked_lm")
    sentence = "The keys to the cabinet are lost."
    with torch.no_grad():
        score = SCORING.reference(
            lambda x: reader.model(x).logits,
            torch.tensor(reader.ids(sentence)),
            torch.tensor(reader.tokenizer.all_special_ids),
            reader.tokenizer.mask_token_id,
        )
    assert score == pytest.approx(fill_mask.pseudo_log_likelihood(reader, sentence), abs=1e-3)


@pytest.mark.parametrize(("name", "sizes", "count"), [(n, *each) for n, each in COUNTED.items()], ids=list(COUNTED))
def test_counts_equal_those_of_the_released_checkpoints(name, sizes, count):
    assert SIZES.reference.transformer_parameters(**sizes) == count


def test_gpt_3_comes_out_within_one_percent_of_its_papers_figure_and_its_width_can_be_guessed():
    count = SIZES.reference.transformer_parameters(**GPT_3)
    assert abs(count / 175e9 - 1) < 0.01
    assert SIZES.reference.width_from(175e9, 96) == pytest.approx(12_288, rel=0.01)


@pytest.mark.parametrize("name", COUNTED)
def test_transformers_builds_these_models_with_as_many_parameters(name):
    from transformers import BertConfig, BertModel, GPT2Config, GPT2Model, OpenAIGPTConfig, OpenAIGPTModel

    sizes, count = COUNTED[name]
    heads, d, layers = sizes["width"] // 64, sizes["width"], sizes["layers"]
    with torch.device("meta"):  # shapes without numbers
        if name == "GPT":
            model = OpenAIGPTModel(OpenAIGPTConfig())
        elif name.startswith("GPT-2"):
            model = GPT2Model(GPT2Config(n_embd=d, n_layer=layers, n_head=heads))
        else:
            config = BertConfig(
                hidden_size=d, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=4 * d
            )
            model = BertModel(config)
    assert sum(each.numel() for each in model.parameters()) == count


def test_the_exercise_counts_as_the_lesson_does():
    from unravelling.language_models.parameter_counts import CONFIGURATIONS, sizes_of

    for name, (sizes, _) in COUNTED.items():
        assert SIZES.reference.transformer_parameters(**sizes) == sizes_of(CONFIGURATIONS[name]).total


def test_every_wrong_family_for_every_task_has_a_thought_of_its_own():
    said = []
    for right, thoughts in TASKS.values():
        assert set(thoughts) == set(FAMILIES) - {right}
        said += thoughts.values()
    assert len(set(said)) == len(said) == 12
    assert all("?" in each for each in said)


@pytest.mark.parametrize("task", TASKS)
def test_a_wrong_choice_is_answered_with_its_thought_and_not_with_the_solution(task):
    right, thoughts = TASKS[task]
    for wrong, thought in thoughts.items():
        verdict = run(
            CHOOSING, (lambda asked, w=wrong: w if asked == task else TASKS[asked][0], CHOOSING.reference.visibility)
        )
        assert f'For "{task}" you chose {wrong}. {thought}' in verdict.symptom
        assert f"should be {right}" not in verdict.plain()
        assert "begins right" not in verdict.plain() and "more follows" not in verdict.plain()  # no letters compared
        assert verdict.tried.endswith(f"wrong for “{verdict.case.name}”")  # and no mask counted as wrong


def test_tasks_and_stub_name_the_same_six():
    stub = " ".join(CHOOSING.reference.family_of.__doc__.split())
    assert all(f'"{task}"' in stub for task in TASKS)
    assert [right for right, _ in TASKS.values()].count("encoder") == 3


def test_an_encoder_decoder_is_an_encoder_beside_a_decoder_that_sees_it():
    mask = CHOOSING.reference.visibility("encoder-decoder", 3, 4)
    assert torch.equal(mask[:3, :3], CHOOSING.reference.visibility("encoder", 3, 0))
    assert torch.equal(mask[3:, 3:], CHOOSING.reference.visibility("decoder", 0, 4))
    assert mask[3:, :3].all()
    assert not mask[:3, 3:].any()


def test_the_encoder_of_the_cell_finds_every_letter_and_the_decoder_only_those_whose_twin_is_behind_it():
    """What the text under 07.6 says of its two readers, with the code of its cell."""
    cell = re.search(r"(class Reader\(.*?)\n\n\nspecial, readers", TEXT, re.DOTALL)[1]
    scope = {"torch": torch}
    exec(cell, scope)
    places = {}
    for family in ("encoder", "decoder"):
        torch.manual_seed(0)
        generator = torch.Generator().manual_seed(0)
        reader = scope["Reader"](23, 64, 8, CHOOSING.reference.visibility(family, 8, 0))
        texts = scope["mirrored"](2000, generator)
        TRAINING.reference(reader, texts, 300, 64, 0.3, 2e-3, generator, SPECIAL, 2, 23)
        fresh = scope["mirrored"](200, generator)
        found = []
        for place in range(1, 7):
            asked = fresh.clone()
            asked[:, place] = 2
            with torch.no_grad():
                found.append((reader(asked)[:, place].argmax(-1) == fresh[:, place]).float().mean().item())
        places[family] = found
        counted = SIZES.reference.transformer_parameters(2, 64, 23, 8, outer_norm=False)
        assert sum(each.numel() for each in reader.parameters()) == counted
    assert min(places["encoder"]) > 0.9
    assert max(places["decoder"][:3]) < 0.2
    assert min(places["decoder"][3:]) > 0.9


def nothing_chosen_is_0_of_0(logits, labels):
    chosen = labels != -100
    picked = logits.log_softmax(-1).gather(-1, labels.clamp(min=0)[..., None])[..., 0]
    return torch.where(chosen.any(), -(picked * chosen).sum() / chosen.sum(), 0.0)


def test_a_loss_of_0_whose_gradient_is_nan_is_refused_and_its_cell_shows_it():
    verdict = run(LOSS, nothing_chosen_is_0_of_0)
    assert (verdict.kind, "to logits is NaN" in verdict.symptom) == ("gradient", True)
    here = {"mlm_loss": nothing_chosen_is_0_of_0}
    exec(verdict.cell, here)
    assert here["result"][0].isnan().any()
    here = {"mlm_loss": LOSS.reference}
    exec(verdict.cell, here)
    assert not here["result"][0].isnan().any()


def test_an_index_of_the_wrong_shape_is_not_taken_for_a_lookup_of_minus_100():
    def without_a_last_axis(logits, labels):
        rows = logits.log_softmax(-1)[labels != -100]
        return -rows.gather(1, labels[labels != -100]).sum() / max(len(rows), 1)

    verdict = run(LOSS, without_a_last_axis)
    assert (verdict.passed, verdict.misconception) == (False, "")


def test_the_cell_of_07_3_shows_the_model_that_the_check_used():
    def too_small(model, ids, special, mask_id):
        return SCORING.reference(model, ids, special, mask_id) - 1

    verdict = run(SCORING, too_small)
    asked = float(re.search(r"asked: (-?[\d.]+)", verdict.cell)[1].rstrip("."))
    here = {"pseudo_log_likelihood": SCORING.reference}
    exec(verdict.cell, here)
    assert here["result"] == pytest.approx(asked, abs=0.01)


def test_the_cell_of_07_4_does_not_give_away_the_rule_that_is_to_be_found():
    for case in SIZES.make_cases(torch.Generator().manual_seed(0)):
        assert "**" not in SIZES.show(case) and "* 12" not in SIZES.show(case)


def test_a_width_that_takes_whole_numbers_only_is_refused():
    class Rounded:
        transformer_parameters = staticmethod(SIZES.reference.transformer_parameters)

        @staticmethod
        def width_from(parameters, layers):
            return int(math.sqrt(parameters / (12 * layers)))

    assert not run(SIZES, Rounded).passed


def test_numpys_numbers_are_numbers():
    import numpy

    from unravelling.checks.instruments.plain import plain

    assert type(plain(numpy.float64(0.5))) is float and plain({"a": numpy.float64(2)}) == {"a": 2.0}


def test_of_tokens_that_are_all_masked_their_share_is_told_and_not_that_calls_are_alike():
    exercise = registry.load("07.1")
    wrong = next(each.solution for each in exercise.misconceptions if each.name == "all_masked")
    verdict = run(exercise, (wrong,) if isinstance(wrong, tuple) else wrong)
    assert "Of 600 chosen tokens 100.0% became the mask" in verdict.symptom
    assert "the same came back" not in verdict.plain() and "chance p" not in verdict.asked
