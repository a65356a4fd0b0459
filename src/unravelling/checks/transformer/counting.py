"""05.5: where the parameters of a model sit, and how many they are."""

from __future__ import annotations

import torch
from torch import nn

from ..declare import Case, alternative, exercise, holds, misconception
from ..draw import randint
from .configurations import COUNTS, SMALLEST


def parts(config):
    """How many parameters sit where: a right answer in named parts, so that each wrong one changes one of them."""
    d, inner, bias = config["width"], config["inner"], config["biases"]
    narrow = d // config["heads"] * config["key_value_heads"]
    return {
        "tokens": config["vocabulary"] * d,
        "positions": config["positions"] * d,
        "segments": config["segments"] * d,
        "queries and output": config["layers"] * 2 * (d * d + bias * d),
        "keys and values": config["layers"] * 2 * (d * narrow + bias * narrow),
        "into the feed-forward": config["layers"] * (1 + config["gated"]) * (d * inner + bias * inner),
        "out of the feed-forward": config["layers"] * (inner * d + bias * d),
        "norms in the layers": config["layers"] * 2 * (1 + bias) * d,
        "norm outside": (1 + bias) * d,
        "output": 0 if config["tied"] else config["vocabulary"] * d,
        "pooler": config["pooler"] * (d * d + bias * d),
    }


def changed(config, **others):
    """The count where some parts have another one."""
    return sum((parts(config) | {name.replace("_", " "): count for name, count in others.items()}).values())


@exercise("05.5", points=3, difficulty=2, minutes=15)
class CountParameters:
    """Say from twelve facts about a model how many numbers it has learned, to the last one."""

    functions = ("count_parameters",)
    returns = ("count",)
    hints = (
        "Go through the model from bottom to top with a pencil: tables, then one layer, then what stands on top. What "
        "shape has each matrix? And which of it is there once, and which in every layer?",
        "Tables: (vocabulary + positions + segments) rows of width d. One layer: queries and output d * d each; keys "
        "and values d * narrow each, where narrow = d // heads * key_value_heads; two matrices of d * inner, or "
        "three if gated; two norms. One more norm outside the layers. If biases, each matrix adds as many numbers as "
        "come OUT of it, and each norm d more. Then the output's own matrix unless it is tied, and the pooler if "
        "there is one.",
        "attention = 2 * (d * d + b * d) + 2 * (d * narrow + b * narrow); feed_forward = (2 if gated else 1) * (d * "
        "inner + b * inner) + inner * d + b * d, with b = 1 if there are biases and 0 if not; norm = d + b * d; "
        "layers * (attention + feed_forward + 2 * norm) + norm + the tables + the output and the pooler, where there "
        "are any.",
    )

    def cases(rng):
        def case(name, **others):
            return Case(name, config=SMALLEST | others)

        yield case("as small as can be")
        yield case("3 layers", layers=3)
        yield case("with biases", biases=True)
        yield case("7 learned positions", positions=7)
        yield case("7 learned positions and 2 segments", positions=7, segments=2)
        yield case("width 4 in 2 heads", width=4, heads=2, key_value_heads=2)
        yield case("4 query heads, 2 key-value heads", width=8, heads=4, key_value_heads=2)
        yield case("the same with biases", width=8, heads=4, key_value_heads=2, biases=True)
        yield case("gated", gated=True)
        yield case("gated, with biases", gated=True, biases=True)
        yield case("not tied", tied=False)
        yield case("not tied, with biases", tied=False, biases=True)
        yield case("with a pooler and biases", biases=True, pooler=True)
        yield case("with a pooler, without biases", pooler=True)
        heads, groups = randint(rng, 2, 4), randint(rng, 1, 3)
        yield case(
            "numbers drawn",
            vocabulary=randint(rng, 50, 99),
            positions=randint(rng, 11, 40),
            segments=randint(rng, 1, 5),
            width=heads * groups * 2 * randint(rng, 2, 5),
            layers=randint(rng, 2, 7),
            heads=heads * groups,
            key_value_heads=groups,
            inner=randint(rng, 50, 99),
            gated=True,
            biases=True,
        )
        for name, config, _ in COUNTS:
            yield Case(name, config=config)

    def reference(config):
        """Count the numbers that a transformer has learned: all its matrices, tables, biases and norms.

        config: a dictionary with twelve facts about the model.
          "vocabulary", "positions", "segments": rows of the embedding tables for tokens, for learned positions and for
          kinds of segment, each row of the width below. 0: there is no such table.
          "width", "layers", "heads": d, how many layers there are, how many query heads each has. All heads together
          are as wide as the model, so one head is width // heads wide.
          "key_value_heads": heads that keys and values have; fewer than "heads" if several queries share one.
          "inner": width inside the feed-forward network. "gated": False if it has two matrices, in and out; True if it
          has three, a gate of the same shape beside the one that leads in.
          "biases": whether every matrix but the tables and the output has a bias, and every norm one beside its weight.
          "tied": whether the output uses the tokens' table again; if not, it has a matrix of its own, of that size.
          "pooler": whether a matrix from width to width stands on top, as in BERT.
        Each layer has attention (queries, keys, values, output), a feed-forward network and two norms; outside the
        layers there is one norm more (in BERT after the tables, in GPT-2 and Llama after the last layer).
        Returns an int. Example: three tokens of width 2, one layer, one head, inner 5, nothing else: 6 (table) + 16
        (attention) + 20 (feed-forward) + 4 (norms) + 2 (norm outside) = 48.
        Source: the shapes are those of Vaswani et al., 2017, section 3; Ainslie et al., 2023, "GQA", for shared keys
        and values; Shazeer, 2020, "GLU Variants Improve Transformer", for the gate.
        """
        d, inner = config["width"], config["inner"]
        narrow = d // config["heads"] * config["key_value_heads"]  # all keys of a token together
        bias = 1 if config["biases"] else 0
        tables = (config["vocabulary"] + config["positions"] + config["segments"]) * d
        attention = 2 * (d * d + bias * d) + 2 * (d * narrow + bias * narrow)
        ways_in = 2 if config["gated"] else 1
        feed_forward = ways_in * (d * inner + bias * inner) + inner * d + bias * d
        norm = d + bias * d
        count = tables + config["layers"] * (attention + feed_forward + 2 * norm) + norm
        if not config["tied"]:
            count += config["vocabulary"] * d
        if config["pooler"]:
            count += d * d + bias * d
        return count

    @holds("the count is a whole number, and every parameter is in it once")
    def counted(case, result):
        if not isinstance(result, int):
            return f"Your count is {result!r}, a float: a whole number divided by / is one; // keeps it whole."
        right = sum(parts(case["config"]).values())
        if result == right:
            return None
        apart = abs(result - right)
        return f"Your count is {result:,}: {apart:,} too {'many' if result > right else 'few'}."

    @misconception(
        "Keys and values are counted as wide as the queries. With fewer key-value heads their matrices are narrower: "
        "how wide is one head, and how many of them do the keys have?"
    )
    def keys_as_wide_as_queries(config):
        d, bias = config["width"], config["biases"]
        return changed(config, keys_and_values=config["layers"] * 2 * (d * d + bias * d))

    @misconception(
        "Every head is given matrices of the full width. All heads together are as wide as the model, so their number "
        "changes nothing as long as each has its own keys. Which matrix do the heads share out among them?"
    )
    def a_matrix_for_each_head(config):
        found = parts(config)
        both = found["queries and output"] + found["keys and values"]
        return sum(found.values()) + (config["heads"] - 1) * both

    @misconception(
        "The output is counted although it is tied: it uses the tokens' table a second time, and a number that is "
        "used twice is learned once. Which fact of the configuration says so?"
    )
    def tied_output_counted(config):
        return changed(config, output=config["vocabulary"] * config["width"])

    @misconception("An output that is not tied has a matrix of its own, and it is missing. What shape has it?")
    def untied_output_forgotten(config):
        return changed(config, output=0)

    @misconception(
        "The biases are missing everywhere. How many does a matrix have that leads from d numbers to inner numbers, "
        "and how many does a norm have?"
    )
    def without_biases(config):
        return sum(parts(config | {"biases": False}).values())

    @misconception(
        "Biases are counted in a model that has none. Which fact says so? (Llama and its relatives do without.)"
    )
    def biases_always(config):
        return sum(parts(config | {"biases": True}).values())

    @misconception(
        "The matrices have their biases, but the norms are counted with a weight only. In a model with biases, which "
        "two vectors has each norm? (Look at your layer_norm of 05.1.)"
    )
    def norms_without_bias(config):
        d = config["width"]
        return changed(config, norms_in_the_layers=config["layers"] * 2 * d, norm_outside=d)

    @misconception(
        "The norms always have weight and bias in your count. A model without biases has norms with a weight only "
        "(RMSNorm): how many numbers is that for a norm?"
    )
    def norms_always_with_bias(config):
        d = config["width"]
        return changed(config, norms_in_the_layers=config["layers"] * 4 * d, norm_outside=2 * d)

    @misconception(
        "The norms are missing. They are small, and they are learned. How many are there in a layer, and is there one "
        "outside the layers?"
    )
    def without_norms(config):
        return changed(config, norms_in_the_layers=0, norm_outside=0)

    @misconception("The norm outside the layers is missing. Where does it stand in BERT, and where in GPT-2?")
    def without_the_norm_outside(config):
        return changed(config, norm_outside=0)

    @misconception(
        "Both biases of the feed-forward network are counted as d numbers. A bias has one number for each number that "
        "comes out of its matrix: what comes out of the first one?"
    )
    def inner_bias_too_short(config):
        d, inner, bias = config["width"], config["inner"], config["biases"]
        into = config["layers"] * (1 + config["gated"]) * (d * inner + bias * d)
        return changed(config, into_the_feed_forward=into)

    @misconception(
        "The biases of keys and values are counted as d numbers each. With fewer key-value heads less comes out of "
        "their matrices: how much?"
    )
    def narrow_bias_too_long(config):
        d, bias = config["width"], config["biases"]
        narrow = d // config["heads"] * config["key_value_heads"]
        return changed(config, keys_and_values=config["layers"] * 2 * (d * narrow + bias * d))

    @misconception(
        "An output that is not tied has a bias in your count. The docstring gives a bias to every matrix but two "
        "kinds: which?"
    )
    def output_with_bias(config):
        bias = 0 if config["tied"] else config["biases"] * config["vocabulary"]
        return sum(parts(config).values()) + bias

    @misconception("The gate is missing: a gated feed-forward network has three matrices. What shape has the third?")
    def gate_forgotten(config):
        return sum(parts(config | {"gated": False}).values())

    @misconception(
        "The attention has three matrices in your count. After queries, keys and values, which fourth one mixes what "
        "the heads have found?"
    )
    def without_the_output_of_attention(config):
        found = parts(config)
        return sum(found.values()) - found["queries and output"] // 2

    @misconception(
        "The layers are counted once. All have the same shapes, but each has numbers of its own: what has to be "
        "multiplied by their number, and what not?"
    )
    def one_layer(config):
        return sum(parts(config | {"layers": 1}).values())

    @misconception(
        "The tables of positions and segments are missing. BERT and GPT-2 learn theirs (Llama computes its positions "
        "and has none). How many rows have they, and how wide is a row?"
    )
    def only_the_tokens_table(config):
        return changed(config, positions=0, segments=0)

    @misconception("The table of segments is missing. How many rows has it, and how wide is a row?")
    def segments_forgotten(config):
        return changed(config, segments=0)

    @misconception("The pooler is missing: one more matrix from width to width on top of BERT. Has it a bias, too?")
    def pooler_forgotten(config):
        return changed(config, pooler=0)

    @alternative
    def by_building_it(config):
        d, inner, b = config["width"], config["inner"], config["biases"]
        narrow = config["key_value_heads"] * (d // config["heads"])
        with torch.device("meta"):  # shapes without numbers
            rows = [config["vocabulary"], config["positions"], config["segments"]]
            built = [nn.Embedding(n, d) for n in rows]
            for _ in range(config["layers"]):
                built += [nn.Linear(d, d, bias=b), nn.Linear(d, narrow, bias=b), nn.Linear(d, narrow, bias=b)]
                built += [nn.Linear(d, d, bias=b), nn.Linear(d, inner, bias=b), nn.Linear(inner, d, bias=b)]
                built += [nn.LayerNorm(d, bias=b), nn.LayerNorm(d, bias=b)]
                if config["gated"]:
                    built.append(nn.Linear(d, inner, bias=b))
            built.append(nn.LayerNorm(d, bias=b))
            if not config["tied"]:
                built.append(nn.Linear(d, config["vocabulary"], bias=False))
            if config["pooler"]:
                built.append(nn.Linear(d, d, bias=b))
        return sum(each.numel() for module in built for each in module.parameters())

    @alternative
    def matrix_by_matrix(config):
        d, inner, b = config["width"], config["inner"], int(config["biases"])

        def matrix(wide, tall):
            return (wide + b) * tall

        narrow = d * config["key_value_heads"] // config["heads"]
        layer = matrix(d, d) * 2 + matrix(d, narrow) * 2 + matrix(d, inner) + matrix(inner, d) + 2 * d * (1 + b)
        if config["gated"]:
            layer += matrix(d, inner)
        rows = config["vocabulary"] * (1 if config["tied"] else 2) + config["positions"] + config["segments"]
        return rows * d + config["layers"] * layer + d * (1 + b) + (matrix(d, d) if config["pooler"] else 0)
