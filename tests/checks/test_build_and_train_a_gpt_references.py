"""The references of module 06 are right: they agree with torch, and with the models of transformers."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import nn

from unravelling import models
from unravelling.checks import registry
from unravelling.checks.instruments.faulty_gpts import PROGRAMS
from unravelling.checks.instruments.gpt import fill_gpt, fill_llama_block, gpt2_numbers, llama_numbers
from unravelling.checks.instruments.gpt_stages import of_patient, simple_text, symptoms
from unravelling.checks.instruments.planted_faults import built, edited
from unravelling.checks.mended_programs import apart
from unravelling.demos.build_and_train_a_gpt.six_faults import recorded


@pytest.fixture(params=range(5))
def rng(request):
    return torch.Generator().manual_seed(request.param)


def test_batches_begin_everywhere_and_targets_are_one_place_on():
    ids = torch.arange(40)
    generator = torch.Generator().manual_seed(0)
    begun = set()
    for _ in range(200):
        x, y = registry.load("06.1").reference(ids, 8, 5, generator)
        assert x.shape == y.shape == (8, 5)
        assert torch.equal(y, x + 1) and torch.equal(x, x[:, :1] + torch.arange(5))
        begun |= set(x[:, 0].tolist())
    assert begun == set(range(35))


def test_language_model_loss_equals_torchs_cross_entropy(rng):
    logits = 5 * torch.randn(3, 7, 11, generator=rng, dtype=torch.float64)
    targets = torch.randint(11, (3, 7), generator=rng)
    targets[torch.rand(3, 7, generator=rng) < 0.3] = -100
    ours = registry.load("06.2").reference(logits, targets)
    torch.testing.assert_close(ours, nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten()))
    assert registry.load("06.2").reference(logits, torch.full_like(targets, -100)) == 0


def test_a_step_of_micro_batches_is_the_step_of_the_whole_batch(rng):
    x, y = (torch.randint(7, (6, 5), generator=rng) for _ in "xy")
    y[torch.rand(6, 5, generator=rng) < 0.4] = -100
    found = []
    for cut in ([(x, y)], [(x[:1], y[:1]), (x[1:], y[1:])], [(x[i : i + 1], y[i : i + 1]) for i in range(6)]):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Embedding(7, 8), nn.Tanh(), nn.Linear(8, 7)).double()
        optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
        losses = [registry.load("06.3").reference(model, optimiser, cut) for _ in range(5)]
        found.append(torch.cat([torch.tensor(losses), *(each.detach().flatten() for each in model.parameters())]))
    torch.testing.assert_close(found[1], found[0])
    torch.testing.assert_close(found[2], found[0])


def test_tiny_gpt_with_the_weights_of_a_gpt_2_gives_its_logits():
    from transformers import GPT2Config, GPT2LMHeadModel

    for seed, (V, context, d, h, layers) in enumerate(((50, 20, 24, 4, 3), (31, 16, 32, 2, 2), (500, 64, 96, 6, 4))):
        torch.manual_seed(seed)
        config = GPT2Config(
            vocab_size=V, n_positions=context, n_embd=d, n_layer=layers, n_head=h, initializer_range=0.2
        )
        theirs = GPT2LMHeadModel(config).eval()
        ours = fill_gpt(registry.load("06.4").reference(V, context, d, h, layers), theirs.state_dict())
        ids = torch.randint(V, (2, context))
        with torch.no_grad():
            torch.testing.assert_close(ours(ids), theirs(ids).logits, atol=1e-4, rtol=1e-4)
        assert sum(each.numel() for each in ours.parameters()) == sum(each.numel() for each in theirs.parameters())


def test_the_drawn_numbers_have_the_layout_of_a_gpt_2():
    from transformers import GPT2Config, GPT2LMHeadModel

    numbers = gpt2_numbers(11, 9, 8, 2, seed=0)
    theirs = GPT2LMHeadModel(GPT2Config(vocab_size=11, n_positions=9, n_embd=8, n_layer=2, n_head=2)).eval()
    missing, unexpected = theirs.load_state_dict(numbers, strict=False)
    assert (missing, unexpected) == (["lm_head.weight"], [])
    theirs.tie_weights()
    ours = fill_gpt(registry.load("06.4").reference(11, 9, 8, 2, 2), numbers)
    ids = torch.randint(11, (3, 9))
    with torch.no_grad():
        torch.testing.assert_close(ours(ids), theirs(ids).logits, atol=1e-4, rtol=1e-4)


def test_the_drawn_numbers_have_the_layout_of_a_llama_and_our_blocks_give_its_scores():
    from transformers import LlamaConfig, LlamaForCausalLM

    for seed, (V, d, h, kv_heads, inner, layers, base, eps) in enumerate(
        ((40, 32, 4, 2, 48, 2, 10000.0, 1e-5), (31, 24, 6, 1, 20, 3, 500.0, 1e-3), (50, 36, 3, 3, 60, 1, 1e5, 1e-6))
    ):
        numbers = llama_numbers(V, d, h, kv_heads, inner, layers, seed)
        config = LlamaConfig(
            vocab_size=V, hidden_size=d, num_attention_heads=h, num_key_value_heads=kv_heads, intermediate_size=inner,
            num_hidden_layers=layers, rms_norm_eps=eps, tie_word_embeddings=True, max_position_embeddings=64,
            rope_parameters={"rope_type": "default", "rope_theta": base},
        )  # fmt: skip
        theirs = LlamaForCausalLM(config).eval()
        missing, unexpected = theirs.load_state_dict(numbers, strict=False)
        assert (missing, unexpected) == (["lm_head.weight"], [])
        theirs.tie_weights()
        ids = torch.randint(V, (2, 20), generator=torch.Generator().manual_seed(seed))
        given = {
            "V": V,
            "d": d,
            "h": h,
            "kv_heads": kv_heads,
            "inner": inner,
            "layers": layers,
            "base": base,
            "eps": eps,
        }
        exercise = registry.load("06.7")
        ours = exercise.probe(exercise.reference, ids=ids, seed=seed, **given)["logits"]
        with torch.no_grad():
            off = (ours - theirs(ids).logits).abs().amax((0, 2))
            wrong = next(each.solution for each in exercise.misconceptions if each.name == "neighbours_paired")
            rotten = exercise.probe(wrong, ids=ids, seed=seed, **given)["logits"]
            late = (rotten - theirs(ids).logits).abs().amax((0, 2))
        assert off.max() < 1e-3
        assert late[0] < 1e-3 < late[8:].min(), "interleaved pairs must show at every place from 8 on"


@pytest.mark.models
def test_our_blocks_with_the_decoders_weights_are_the_decoder():
    """What the cell that puts 06.7 to use tells the learner."""
    decoder = models.load("decoder")
    config, numbers = decoder.model.config, decoder.model.state_dict()
    sizes = config.hidden_size, config.num_attention_heads, config.num_key_value_heads, config.intermediate_size
    base = config.rope_parameters["rope_theta"]
    ids = decoder.tokenizer(
        "The old clock in the hall struck nine, and everybody went to", return_tensors="pt"
    ).input_ids
    with torch.no_grad():
        x = decoder.model.model.embed_tokens(ids)
        for layer in range(config.num_hidden_layers):
            block = registry.load("06.7").reference(*sizes, base, config.rms_norm_eps)
            x = fill_llama_block(block, numbers, layer)(x)
        ours = decoder.model.lm_head(decoder.model.model.norm(x))
        assert (ours - decoder.model(ids).logits).abs().amax((0, 2)).max() < 1e-3


def test_each_patient_is_ill_in_one_way_and_alike_when_mended():
    exercise = registry.load("06.5")
    answers = vars(exercise.reference)
    found = {name[-1]: of_patient(name[-1], answer, name[-1], 5) for name, answer in answers.items()}
    for letter, each in found.items():
        assert apart(each["after"], found["a"]["after"]) == [], letter
        assert apart(each["before"], each["after"]), letter
    assert len({each["fault"] for each in found.values()}) == 6


def test_the_six_patients_train_and_their_symptoms_are_those_that_are_told():
    text = simple_text()
    V = len(set(text))
    losses, unseen = {}, {}
    for letter, program in PROGRAMS.items():
        losses[letter], unseen[letter], _ = symptoms(built(program), text, letters=1)
    ends = {letter: sum(each[-20:]) / 20 for letter, each in losses.items()}
    assert all(abs(each[0] - math.log(V)) < 0.1 for each in losses.values()), "all begin near ln V"
    assert all(min(each) < each[0] - 0.3 for each in losses.values()), "all train"
    assert ends["a"] < 0.7 and unseen["a"] > 3, "A answers another question"
    assert ends["b"] < 0.1 and unseen["b"] < 0.1, "B sees the answers"
    assert 0.6 < ends["c"] < 1.5 and 0.6 < unseen["c"] < 1.5, "C is slow"
    assert 0.5 < ends["d"] < 1 and unseen["d"] < 1, "D stays too high"
    assert ends["e"] < 0.45 and unseen["e"] > 1, "E leaves out what is most frequent"
    assert ends["f"] < 0.1 and unseen["f"] > 2, "F knows its one batch"


def test_no_curve_of_a_patient_gives_its_fault_away_by_climbing_or_standing_still():
    for letter, each in recorded().items():
        tenths = [sum(each.losses[n : n + 30]) / 30 for n in range(0, 300, 30)]
        assert all(later < earlier + 0.1 for earlier, later in itertools.pairwise(tenths)), letter
        assert tenths[-1] < tenths[0] - 1, letter


def test_mended_patients_come_out_alike():
    text = simple_text()
    for letter in "bce":
        fault, line, instead = vars(registry.load("06.5").reference)[f"patient_{letter}"]()
        losses, unseen, _ = symptoms(built(edited(PROGRAMS[letter], line, instead)), text, letters=1)
        assert sum(losses[-20:]) / 20 < 0.45 and unseen < 0.45, fault


def test_the_examples_in_the_docstrings_are_worked_out_rightly():
    def count(model):
        return sum(each.numel() for each in model.parameters())

    gpt, block = registry.load("06.4").reference, registry.load("06.7").reference
    assert f"has {count(gpt(5, 8, 4, 2, 1))} parameters" in gpt.__doc__
    assert f"has {count(block(12, 3, 1, 20))} parameters" in block.__doc__
    turned = block(4, 1, 1, 1).turn(torch.tensor([[1.0, 0, 0, 0]] * 4)[None, None])[0, 0, 3]
    torch.testing.assert_close(turned, torch.tensor([-0.99, 0, 0.14, 0]), atol=5e-3, rtol=0)
    loss = registry.load("06.2").reference
    assert abs(float(loss(torch.tensor([[[0.0, 0], [5, 1]]]), torch.tensor([[1, -100]]))) - 0.693) < 1e-3
    x, y = registry.load("06.1").reference(torch.tensor([8, 3, 5, 7]), 1, 3, torch.Generator())
    assert (x.tolist(), y.tolist()) == ([[8, 3, 5]], [[3, 5, 7]])
