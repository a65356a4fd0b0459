"""Small faults in a right answer are caught, and told no story that is not theirs.

Those that are not caught stand here, each with the reason why it is no fault; those of which a story is told stand in
tests/checks/answers.
"""

from __future__ import annotations

import pytest

from tests.checks.answers import mutants_read
from tests.checks.proofs import mutants_told, survivors
from unravelling.checks import registry

A_TENSOR_WILL_DO = "tensors of one number are taken for numbers"
SAME_AXES = "the same two axes change places, whichever is named first"
ONE_DEVICE = "a check runs on one device, the processor"
SMALL_ENOUGH = "the last norm brings any size of positions back, and the loss is near ln V either way"
TIED_NEXT = "its weight is the table of tokens in the next line, whatever it was made with"
KEEPS_ORDER = "on a CPU torch keeps equals in order without being asked; it promises so only where it is"
_SECTION = (
    "return {**{name: notes[name] for name in NOTES}, 'items': len(x) + len(y), 'templates': len(by_template), "
    "'estimate': float(a.mean() - b.mean()), 'interval': (low, high), 'p_value': permutation_p_value(a, b, 20000, "
    "generator), 'by_template': by_template, 'spread': max(by_template) - min(by_template)}"
)
SURVIVORS: dict[str, dict[str, str]] = {
    "02.4": {
        "encode: pattern = '|'.join(map(re.escape, sorted(special, reverse=True)))": "longer texts are the "
        "larger ones, of those that begin alike",
        "decode: return b''.join((pieces[each] for each in ids)).decode(errors='replace')": "UTF-8 is the default",
    },
    "02.5": {"for i in where.pop(pair):": "a pair that is counted has rows"},
    "02.6": {
        "cosines = E @ E[i] / norms.clamp(min=1e-12)": "the length of row i divides all alike",
        "cosines = E @ E[i] / (norms * norms[k]).clamp(min=1e-12)": "another length divides all alike, too",
    },
    "02.8": {
        "return (table, losses)": "a table that still wants gradients holds the same numbers",
        "losses.append(loss)": A_TENSOR_WILL_DO,
    },
    "03.2": {
        "i, f, g, o = (x @ w_x.T + h @ w_h.T + b).chunk(4, dim=1)": "there are two axes: 1 is -1",
    },
    "03.3": {
        "factor = max_norm / total if total >= max_norm else 1.0": "where they are equal, the factor is 1 either way",
    },
    "03.5": {
        "loss = torch.nn.functional.cross_entropy(logits.transpose(2, 1), runs[:, 1:])": SAME_AXES,
    },
    "04.1": {
        "scores = q @ k.transpose(-1, -2) / sqrt(q.shape[-1])": SAME_AXES,
        "scores = q @ k.transpose(-2, -1) / sqrt(k.shape[-1])": "queries and keys have the same width",
    },
    "04.3": {
        "split_heads: return x.reshape(B, T, h, d // h).transpose(2, 1)": SAME_AXES,
        "merge_heads: return x.transpose(2, 1).reshape(B, T, h * w)": SAME_AXES,
    },
    "04.4": {
        "q, k, v = (layer(x).reshape(B, T, self.h, d // self.h).transpose(2, 1) "
        "for layer in (self.q_proj, self.k_proj, self.v_proj))": SAME_AXES,
        "scores = q @ k.transpose(-1, -2) / sqrt(d // self.h)": SAME_AXES,
        "scores = q @ k.transpose(2, -1) / sqrt(d // self.h)": "there are four axes: 2 is -2",
        "scores = q @ k.transpose(-2, -1) / sqrt(d / self.h)": "d divides by h by now",
        "return self.out_proj(output.transpose(2, 1).reshape(B, T, d))": SAME_AXES,
    },
    "04.5": {
        "angles = -positions[:, None] * speed": "turning the other way round is as right: only distances matter",
        "angles = positions[:, None] * -speed": "turning the other way round is as right: only distances matter",
        "speed = base ** (-torch.arange(0, d, 2) / d)": "speeds in single precision are accepted",
        "speed = base ** (-torch.arange(0, d, 2, dtype=positions.dtype) / d)": "the same: whole numbers become float32",
    },
    "04.6": {
        "W_q = 10 * sqrt(T) * torch.eye(T)": "louder is as right",
        "W_q = 9 * T * torch.eye(T)": "louder is as right",
    },
    "05.1": {
        "variance = ((-(x - mean)) ** 2).mean(-1, keepdim=True)": "a square has no sign",
        "variance = ((mean - x) ** 2).mean(-1, keepdim=True)": "a square has no sign",
    },
    "05.2": {"table = torch.ones(T, d)": "every column is written over"},
    "05.6": {"target = torch.cat([target, logits.argmax(1, keepdim=True)], dim=1)": "there are two axes: 1 is -1"},
    "06.2": {
        "scores = scores - scores.amax(1, keepdim=True)": "there are two axes: 1 is -1",
        "surprise = scores.exp().sum(1).log() - right": "there are two axes: 1 is -1",
    },
    "06.3": {
        "count = sum(((y != -100).sum() for _, y in micro_batches))": A_TENSOR_WILL_DO,
        "loss = cross_entropy(model(x).transpose(2, 1), y, reduction='sum') / count": SAME_AXES,
    },
    "06.4": {
        "later = torch.ones(T, T, dtype=torch.bool).triu(1)": ONE_DEVICE,
        "places = torch.arange(T)": ONE_DEVICE,
        "without: nn.init.normal_(self.positions.weight, std=0.02)": SMALL_ENOUGH,
        "nn.init.normal_(self.positions.weight)": SMALL_ENOUGH,
        "nn.init.normal_(self.positions.weight, std=1.02)": SMALL_ENOUGH,
        "nn.init (2)": SMALL_ENOUGH,
        "self.output = nn.Linear(V, d, bias=False)": TIED_NEXT,
        "self.output = nn.Linear(h, V, bias=False)": TIED_NEXT,
        "self.output = nn.Linear(d, context, bias=False)": TIED_NEXT,
        "q, k, v = (each.reshape(B, T, self.h, -1).transpose(2, 1) for each in block['qkv'](x).chunk(3, dim=-1))": (
            SAME_AXES
        ),
        "return block['out']((weights @ v).transpose(2, 1).reshape(B, T, d))": SAME_AXES,
    },
    "06.6": {"load_checkpoint: found = torch.load(path)": "torch's own default is to load weights only"},
    "06.7": {
        "q, k, v = (layer(x).reshape(B, T, heads, d // self.h).transpose(2, 1) for layer, heads in ((self.q_proj, "
        "self.h), (self.k_proj, self.kv_heads), (self.v_proj, self.kv_heads)))": SAME_AXES,
        "T, w = x.shape[2:]": "there are four axes: 2 is -2",
        "angles = torch.arange(T)[:, None] * speeds": ONE_DEVICE,
        "later = torch.ones(T, T, dtype=torch.bool).triu(1)": ONE_DEVICE,
        "speeds = self.base ** (-torch.arange(0, w, 2) / w)": ONE_DEVICE,
        "return torch.cat([b * angles.sin() - a * angles.cos(), b * angles.cos() + a * angles.sin()], dim=-1)": (
            "queries and keys both have the sign of their first half changed"
        ),
        "return self.o_proj((weights @ v).transpose(2, 1).reshape(B, T, d))": SAME_AXES,
    },
    "07.1": {
        "chosen = (torch.rand(ids.shape, generator=generator) <= p) & ~torch.isin(ids, special)": "never equal",
        "masked = torch.where(chosen & (tenth != 8), drawn, ids)": "8 of these are masked next, and one is left",
        "masked = torch.where(chosen & (tenth == 9), drawn, ids)": "another one of the ten equal chances",
    },
    "07.3": {"total += log_probs[:, i, ids[i]]": "a tensor of one number, of shape (1,), is one number"},
    "07.5": {
        "visibility: if family not in ('encoder-decoder', 'decoder', 'encoder'):": "the same three, in another order",
    },
    "09.2": {
        "order = probs.argsort(descending=True)": KEEPS_ORDER,
        "order = probs.argsort(descending=True, stable=False)": KEEPS_ORDER,
    },
    "09.3": {
        "filtered = ordered.scatter(-1, order, ordered.masked_fill(~kept, 0.0))": "every place is written over",
    },
    "09.5": {
        "written = torch.where(written >= 0, written / penalty, written * penalty)": "0 stays 0 either way",
    },
    "09.6": {
        "if (probs < 0).any() or not torch.allclose(probs.new_ones(len(probs)), probs.sum(1), atol=0.001):": "both "
        "are near 1, and so is what is compared",
        "return (ends >= height).int().argmax(1)": "never equal",
    },
    "09.8": {
        "attend_with_cache: scores = q @ keys.transpose(2, 1) / q.shape[2] ** 0.5": SAME_AXES,
        "attend_with_cache: n, total = (k.shape[1], keys.shape[1])": "as many keys as queries are new",
        "attend_with_cache: n, total = (q.shape[1], values.shape[1])": "as many values as keys",
        "attend_with_cache: scores = q @ keys.transpose(1, 2) / k.shape[2] ** 0.5": "they are of one width",
        "generate_with_cache: written.append(int(logits[-0].argmax()))": "there is one row: -0 is -1",
    },
    "10.2": {"return scores": "a list of numbers is taken for a tensor"},
    "10.4": {
        "def reference(correct, level=0.95, resamples=2001, generator=None):": "one draw more is as right",
        "def reference(correct, level=0.95, resamples=1999, generator=None):": "one draw fewer is as right",
        "low, high = means.quantile(torch.tensor([tail, 1 - tail]))": A_TENSOR_WILL_DO,
    },
    "11.2": {"return gaps.mean() / math.log(2)": A_TENSOR_WILL_DO},
    "11.3": {
        "return -vectors / vectors.norm(dim=1, keepdim=True).clamp(min=1e-12)": "a cosine of two turned vectors",
        "return vectors / -vectors.norm(dim=1, keepdim=True).clamp(min=1e-12)": "a cosine of two turned vectors",
        "return 0.0 if spread <= 1e-06 else float((x.mean() - y.mean()) / spread)": "never equal",
        "return 0.0 if spread < 1e-06 else (x.mean() - y.mean()) / spread": A_TENSOR_WILL_DO,
    },
    "11.4": {
        "values = torch.cat([x, y])": "single precision is accepted: that is what the 1e-6 is for",
        "reached = (first / n - (values.sum() - first) / m >= observed - 1e-06).sum()": A_TENSOR_WILL_DO,
        "reached = int((first / n - (values.sum() - first) / m > observed - 1e-06).sum())": "never equal",
    },
    "11.5": {
        "low, high = (drawn_a - drawn_b).quantile(torch.tensor([0.025, 0.975]))": A_TENSOR_WILL_DO,
        "by_template = x.mean(0) - y.mean(0)": A_TENSOR_WILL_DO,
        _SECTION.replace("float(a.mean() - b.mean())", "a.mean() - b.mean()"): A_TENSOR_WILL_DO,
        _SECTION.replace("20000", "20001"): "one split more at most is as right",
        _SECTION.replace("20000", "19999"): "one split fewer at most is as right",
        _SECTION.replace("generator", "x"): "these groups are so small that all splits are tried and none drawn",
    },
}


EXERCISES = pytest.mark.parametrize("exercise", registry.all_exercises(), ids=lambda exercise: exercise.id)


@EXERCISES
def test_at_least_95_percent_of_mutants_are_caught_and_the_others_are_listed(exercise):
    count, alive = survivors(exercise)
    assert sorted(alive) == sorted(SURVIVORS.get(exercise.id, {})), "list a survivor with its reason, or add a case"
    assert count >= 5
    assert 1 - len(alive) / count >= 0.95


@EXERCISES
def test_no_mutant_is_told_a_story_but_those_that_were_read_and_found_true_of_it(exercise):
    assert mutants_told(exercise) == mutants_read(exercise.id)


def test_no_survivor_is_listed_for_an_exercise_that_does_not_exist():
    assert SURVIVORS.keys() <= {each.id for each in registry.all_exercises()}
