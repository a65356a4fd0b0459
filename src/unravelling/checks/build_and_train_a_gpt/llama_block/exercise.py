"""06.7: from GPT-2 to today: the block that the course's decoder is made of. The synthesis."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import nn

from ...compare import number
from ...declare import Case, alternative, exercise, holds, slip
from ...random_inputs import randint
from ...whole_models import place_that_saw_later, unreached_layers
from .probe import probe, show
from .variants import LlamaBlock

RIGHT = 1e-3


@lru_cache(maxsize=64)
def right_scores(case):
    return probe(LlamaBlock, **{name: each for name, each in case.inputs.items() if name != "traced"})[
        "logits"
    ].detach()


@exercise("06.7", points=5, difficulty=3, minutes=50)
class Llama:
    """Build the block that today's models are made of, so that it carries a published model's weights."""

    functions = ("LlamaBlock",)
    reference = LlamaBlock
    returns = ("logits",)
    tolerance = RIGHT
    because = (
        "With the weights of a LlamaForCausalLM your blocks give its scores at every place, the late ones too, where "
        "a wrong pairing would have turned queries and keys away from each other."
    )
    hints = (
        "Begin with your TinyGPT's block and make the four changes one at a time: another norm; no table of "
        "positions, but a turn of queries and keys; fewer heads of keys and values; a gate in the feed-forward part. "
        "What stays as it was?",
        "q is (B, h, T, w), k and v are (B, kv_heads, T, w), with w = d / h. Turn q and k: cut the last axis into its "
        "two halves a and b, and make (a cos - b sin, b cos + a sin), with angles (T, w / 2). Then repeat_interleave "
        "keys and values along the heads, h / kv_heads times. From there on all is as in TinyGPT. Feed-forward: "
        "silu(gate) * up, then down.",
        "angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, w, 2) / w); a, b = q.chunk(2, dim=-1); q = "
        "torch.cat([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()], -1), and k likewise; k "
        "= k.repeat_interleave(h // kv_heads, dim=1), and v likewise; nn.functional.scaled_dot_product_attention(q, "
        "k, v, is_causal=True).",
    )

    def cases(rng):
        def case(name, rule, V, d, h, kv_heads, inner, layers, B, T, **more):
            ids = torch.randint(V, (B, T), generator=rng)
            sizes = {"V": V, "d": d, "h": h, "kv_heads": kv_heads, "inner": inner, "layers": layers, "ids": ids}
            return Case(name, rule, **sizes, seed=randint(rng, 0, 9999), **more)

        alone = "At the only place nothing is turned: RMSNorm, attention to itself, and the gated feed-forward part."
        yield case("1 token, 1 head", alone, 3, 4, 1, 1, 3, 1, 1, 1)
        yield case("1 token, 4 heads on 2, 3 texts", alone, 7, 16, 4, 2, 10, 1, 3, 1)
        places = (
            "Queries and keys are turned by their place, in pairs (i of the first half, i of the second), at the "
            "speed base ** (-2 i / (d / h)); values are not turned."
        )
        yield case("2 tokens, 1 head", places, 5, 4, 1, 1, 6, 1, 1, 2)
        yield case("12 tokens, 2 heads of 8", places, 13, 16, 2, 2, 9, 1, 2, 12)
        shared = "Each head of keys and values serves h / kv_heads heads of queries that follow one another."
        yield case("5 tokens, 6 heads on 2", shared, 11, 24, 6, 2, 14, 1, 2, 5)
        yield case("10 tokens, 4 heads on 1, 2 blocks", shared, 17, 32, 4, 1, 20, 2, 3, 10)
        speeds = "base is the one that was given."
        yield case("22 tokens, 2 blocks, base 500", speeds, 19, 24, 4, 1, 30, 2, 3, 22, base=500.0)
        size = "eps is the one that was given, inside the root."
        yield case("4 tokens, eps 0.1", size, 9, 12, 6, 2, 14, 1, 3, 4, eps=0.1)
        yield case(
            "a width of 10, 4 heads", "A width that h does not divide raises ValueError.", 5, 10, 4, 2, 6, 1, 1, 2
        )
        yield case("4 heads on 3", "Heads that kv_heads does not divide raise ValueError.", 6, 8, 4, 3, 7, 1, 2, 3)
        back = "Gradients can be traced back from the result to every layer and to x."
        yield case("traced back", back, 8, 16, 4, 2, 5, 1, 2, 6, traced=True)

    probe = probe
    show = show

    @holds("no place sees a later one")
    def causal(case, result):
        if "later" not in result:
            return None
        if not (moved := place_that_saw_later(result["logits"], result["later"])):
            return None
        return f"Changing the last token's vector moves the scores at place {moved[0]} by {number(moved[1])}."

    @holds("the scores are right at every place, the eighth and later ones, too")
    def right_everywhere(case, result):
        right = right_scores(case)
        apart = (result["logits"] - right).abs().amax((0, 2))
        near = torch.isclose(result["logits"], right, rtol=RIGHT, atol=RIGHT).all(2).all(0)
        if len(near) < 3 or not near[0] or near.all():
            return None
        late = min(8, len(near) - 1)
        return (
            f"At place 0 your scores are right, at place {late} one is off by {number(float(apart[late]))}, at place "
            f"{len(near) - 1} by {number(float(apart[-1]))}. At place 0 nothing is turned."
        )

    @holds("gradients come back to every layer and to x")
    def every_layer_can_learn(case, result):
        return unreached_layers(result, of="result")

    neighbours_paired = slip(
        "You pair neighbours: numbers 0 and 1, 2 and 3, and so on. As a rule of its own that is as good (04.5 takes "
        "both), and at place 0 it even gives the same. But these weights were trained with the first half paired with "
        "the second, so from place to place queries and keys turn away from each other, and the text rots. Which "
        "number is number i's partner here?",
        ("a, b = x.chunk(2, dim=-1)", "a, b = x[..., 0::2], x[..., 1::2]"),
        ("torch.cat([a *", "torch.stack([a *"),
        ("a * angles.sin()], dim=-1)", "a * angles.sin()], dim=-1).flatten(-2)"),
    )

    turned_the_other_way = slip(
        "You turn the other way round, or count places from the end of the text. Scores depend on the distance all "
        "the same, but with its sign changed, and these weights were trained with this one. Where is place 0, and "
        "which of the two products with the sine is subtracted?",
        ("- b * angles.sin()", "+ b * angles.sin()"),
        ("+ a * angles.sin()", "- a * angles.sin()"),
    )

    not_turned = slip(
        "Queries and keys are not turned by their places, so attention does not know in which order the tokens stand. "
        "Which two of q, k, v must be turned?",
        "q, k = self.turn(q), self.turn(k)",
        "pass",
    )

    keys_not_turned = slip(
        "Queries are turned and keys are not. What counts is the difference of two turns: which other one is needed?",
        "q, k = self.turn(q), self.turn(k)",
        "q = self.turn(q)",
    )

    values_turned = slip(
        "Values are turned as well. They are what is passed on, not what is compared: which two decide about the "
        "score?",
        "q, k = self.turn(q), self.turn(k)",
        "q, k, v = self.turn(q), self.turn(k), self.turn(v)",
    )

    one_speed_for_all = slip(
        "All pairs turn at the same speed. Which number must be different for each pair i?",
        "self.base ** (-torch.arange(0, w, 2, device=x.device) / w)",
        "torch.ones(w // 2)",
    )

    speeds_of_the_whole_width = slip(
        "Your speeds are those of a vector as wide as the model. Each head is turned by itself: how wide is it?",
        "self.base ** (-torch.arange(0, w, 2, device=x.device) / w)",
        "self.base ** (-torch.arange(0, w, 2, device=x.device) / (w * self.h))",
    )

    base_of_its_own = slip(
        "Your speeds go by 10000, whatever base is. The course's decoder has another. Which argument is not used?",
        "self.base **",
        "10000.0 **",
    )

    shared_in_turn = slip(
        "The heads of keys and values are handed out in turn (0, 1, 0, 1), and they go in groups (0, 0, 1, 1). Which "
        "function repeats each one before it goes on to the next?",
        "each.repeat_interleave(self.h // self.kv_heads, dim=1)",
        "each.repeat(1, self.h // self.kv_heads, 1, 1)",
    )

    sees_the_future = slip(
        "There is no mask: every place sees the tokens that it should name. Which scores must be minus infinity?",
        '.masked_fill(later, float("-inf"))',
        "",
    )

    layer_norm = slip(
        "You take nn.LayerNorm, which subtracts the mean first. RMSNorm only divides by the root of the mean square. "
        "Which of the two was asked for?",
        ("self.input_layernorm = nn.RMSNorm(d, eps)", "self.input_layernorm = nn.LayerNorm(d, eps, bias=False)"),
        (
            "self.post_attention_layernorm = nn.RMSNorm(d, eps)",
            "self.post_attention_layernorm = nn.LayerNorm(d, eps, bias=False)",
        ),
    )

    eps_forgotten = slip(
        "Your norms take an eps of their own. It is small, and so is the difference, until a vector is. Which "
        "argument of nn.RMSNorm sets it?",
        ("self.input_layernorm = nn.RMSNorm(d, eps)", "self.input_layernorm = nn.RMSNorm(d)"),
        ("self.post_attention_layernorm = nn.RMSNorm(d, eps)", "self.post_attention_layernorm = nn.RMSNorm(d)"),
    )

    gate_and_up_exchanged = slip(
        "gate_proj and up_proj have changed places: SiLU is put on up. Which of the two opens and closes?",
        "nn.functional.silu(self.gate_proj(y)) * self.up_proj(y)",
        "self.gate_proj(y) * nn.functional.silu(self.up_proj(y))",
    )

    gelu_gate = slip(
        "Your gate is a GELU, as in GPT-2. Llama's is SiLU, x times its own sigmoid. Which function of nn.functional "
        "is that?",
        "nn.functional.silu",
        "nn.functional.gelu",
    )

    sigmoid_gate = slip(
        "Your gate is the sigmoid alone. SiLU is x times the sigmoid of x. What is missing?",
        "nn.functional.silu(self.gate_proj(y))",
        "self.gate_proj(y).sigmoid()",
    )

    norm_of_the_first_x = slip(
        "The feed-forward part reads what the block was given, not what attention has made of it. Of which x is y the "
        "norm?",
        ("x = x + self.attend(self.input_layernorm(x))", "before, x = x, x + self.attend(self.input_layernorm(x))"),
        ("y = self.post_attention_layernorm(x)", "y = self.post_attention_layernorm(before)"),
    )

    not_scaled = slip(
        "The scores are not divided by anything. By which root should they be?",
        " / q.shape[-1] ** 0.5",
        "",
    )

    sizes_unchecked = slip(
        "Your block is right, but sizes that do not fit each other give somebody else's error. What should __init__ "
        "raise, and for which two questions?",
        'raise ValueError(f"{h} heads on {kv_heads} do not go into a width of {d}.")',
        "pass",
    )

    @alternative
    class with_torchs_attention(LlamaBlock):
        def attend(self, x):
            B, T, d = x.shape
            w = d // self.h
            q = self.q_proj(x).view(B, T, -1, w).transpose(1, 2)
            k = self.k_proj(x).view(B, T, -1, w).transpose(1, 2)
            v = self.v_proj(x).view(B, T, -1, w).transpose(1, 2)
            speeds = 1.0 / self.base ** (torch.arange(0, w, 2).float() / w)
            angles = torch.outer(torch.arange(T).float(), speeds).repeat(1, 2)
            q, k = (
                each * angles.cos() + torch.cat([-each[..., w // 2 :], each[..., : w // 2]], -1) * angles.sin()
                for each in (q, k)
            )
            k, v = (each.repeat_interleave(self.h // self.kv_heads, 1) for each in (k, v))
            found = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.o_proj(found.transpose(1, 2).flatten(2))

    @alternative
    class with_complex_numbers(LlamaBlock):
        def turn(self, x):  # counted from 7: only differences matter
            w = x.shape[-1]
            speeds = self.base ** (-2 * torch.arange(w // 2) / w)
            turns = torch.polar(torch.ones(w // 2), 7 * speeds)[None] * torch.polar(
                torch.ones(x.shape[-2], w // 2), torch.arange(x.shape[-2])[:, None] * speeds
            )
            z = torch.complex(*(each.contiguous() for each in x.chunk(2, -1))) * turns
            return torch.cat([z.real, z.imag], -1)
