"""05.5: where the parameters of a model sit, and how many they are."""

from __future__ import annotations

import torch
from torch import nn

from ..declare import Case, alternative, exercise, holds, slip
from ..random_inputs import randint
from .configurations import COUNTS, SMALLEST

# Facts that an answer may not look at.
FACTS = ("biases", "gated", "tied", "pooler", "positions", "segments", "layers")


def right_for_another(config, count):
    """A sentence if the count is right for a model that lacks one, and only one, of the things that this one has beside
    the smallest; else empty."""
    others = [(fact, SMALLEST[fact]) for fact in FACTS if config[fact] != SMALLEST[fact]]
    others += [("key_value_heads", config["heads"])] * (config["heads"] != config["key_value_heads"])
    fits = [pair for pair in others if CountParameters.reference(config | dict([pair])) == count]
    return f' It would be right if "{fits[0][0]}" were {fits[0][1]}.' if len(fits) == 1 else ""


@exercise("05.5", points=3, difficulty=2, minutes=25)
class CountParameters:
    """Say from twelve facts about a model how many parameters it has, to the last one."""

    functions = ("count_parameters",)
    returns = ("count",)
    because = (
        "Every table, matrix, bias and norm was counted once, and a table that two parts share was not counted twice."
    )
    hints = (
        "Go through the model from bottom to top with a pencil: tables, then one layer, then what comes on top. What "
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
        def case(name, rule, **others):
            return Case(name, rule, config=SMALLEST | others)

        bare = "Without layers there are the tokens' table, vocabulary * width, and the one norm outside the layers."
        yield case("no layers", bare, layers=0)
        layer = "A layer has four matrices of attention, two of width * inner numbers for feed-forward, and two norms."
        yield case("as small as can be", layer)
        own = "Every layer has numbers of its own; the tables and the norm outside are there once."
        yield case("3 layers", own, layers=3)
        yield case(
            "7 learned positions", "Learned positions are a table: a row of width numbers for each.", positions=7
        )
        segments = "Each kind of segment has a row of width numbers in a table of its own."
        yield case("2 segments", segments, segments=2)
        yield case("7 learned positions and 2 segments", segments, positions=7, segments=2)
        untied = "An output that is not tied has a matrix of its own, vocabulary * width; one that is tied has none."
        yield case("not tied", untied, tied=False)
        pooler = "A pooler is one matrix from width to width on top of everything, there once."
        yield case("with a pooler, without biases", pooler, pooler=True, layers=2)
        heads = "All heads together are as wide as the model: their number alone changes nothing."
        yield case("width 4 in 2 heads", heads, width=4, heads=2, key_value_heads=2)
        narrow = (
            "Keys and values have key_value_heads heads of width // heads numbers each: so narrow are their matrices."
        )
        yield case("4 query heads, 2 key-value heads", narrow, width=8, heads=4, key_value_heads=2)
        gate = "A gated feed-forward network has three matrices of width * inner, in every layer; without one, two."
        yield case("gated, 2 layers", gate, gated=True, layers=2)
        norms = "With biases every norm has two vectors of width numbers, weight and bias; the tables have no bias."
        yield case("no layers, with biases", norms, biases=True, layers=0)
        biases = (
            "With biases every matrix of a layer adds as many numbers as come OUT of it, and every norm has a bias."
        )
        yield case("with biases", biases, biases=True)
        unbiased = "The tables and the output have no bias, whatever else has one."
        yield case("tables, with biases", unbiased, biases=True, positions=7, segments=2, layers=0)
        yield case("not tied, with biases", unbiased, tied=False, biases=True)
        yield case(
            "key-value heads, with biases",
            narrow + " So are their biases.",
            width=8,
            heads=4,
            key_value_heads=2,
            biases=True,
        )
        yield case("gated, with biases", gate + " Each has its bias.", gated=True, biases=True)
        yield case("with a pooler and biases", pooler + " Its bias has width numbers.", biases=True, pooler=True)
        whole = "All twelve facts count at once."
        heads, groups = randint(rng, 2, 4), randint(rng, 1, 3)
        yield case(
            "numbers drawn",
            whole,
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
            yield Case(name, whole, config=config)

    def reference(config):
        """Count the numbers that a transformer has learned: all its matrices, tables, biases and norms.

        config: a dictionary with twelve facts about the model.
          "vocabulary", "positions", "segments": rows of the embedding tables for tokens, for learned positions and for
          kinds of segment, each row of the width below. 0: there is no such table.
          "width", "layers", "heads": d, how many layers there are (0 or more), how many query heads each has. All heads
          together are as wide as the model, so one head is width // heads wide.
          "key_value_heads": heads that keys and values have; fewer than "heads" if several queries share one.
          "inner": width inside the feed-forward network. "gated": False if it has two matrices, in and out; True if it
          has three, a gate of the same shape beside the one that leads in.
          "biases": whether every matrix but the tables and the output has a bias, and every norm one beside its weight.
          "tied": whether the output uses the tokens' table again; if not, it has a matrix of its own, of that size.
          "pooler": whether a matrix from width to width comes on top, as in BERT.
        Each layer has attention (queries, keys, values, output), a feed-forward network and two norms; outside the
        layers there is one norm more (in BERT after the tables, in GPT-2 and Llama after the last layer).
        Returns an int (numpy's, or a tensor of one whole number, will do) and leaves config as it is.
        Example: three tokens of width 2, one layer, one head, inner 5, nothing else: 6 (table) + 16 (attention) + 20
        (feed-forward) + 4 (norms) + 2 (norm outside) = 48.
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
            return f"Your count is {result!r}, a float: / always gives one; // keeps it whole."
        right = CountParameters.reference(case["config"])
        if result == right:
            return None
        apart = f"{abs(result - right):,} too {'many' if result > right else 'few'}"
        return f"Your count is {result:,}: {apart}.{right_for_another(case['config'], result)}"

    keys_as_wide_as_queries = slip(
        "Keys and values are counted as wide as the queries. With fewer key-value heads their matrices are narrower: "
        "how wide is one head, and how many of them do the keys have?",
        'd // config["heads"] * config["key_value_heads"]',
        "d",
    )

    a_matrix_for_each_head = slip(
        "Every head is given matrices of the full width. All heads together are as wide as the model, so their number "
        "changes nothing as long as each has its own keys. Which matrix do the heads share out among them?",
        "(attention + feed",
        '(config["heads"] * attention + feed',
    )

    tied_output_counted = slip(
        "The output is counted although it is tied: it uses the tokens' table a second time, and a number that is "
        "used twice is learned once. Which fact of the configuration says so?",
        'if not config["tied"]',
        "if True",
    )

    untied_output_forgotten = slip(
        "An output that is not tied has a matrix of its own, and it is missing. What shape has it?",
        'if not config["tied"]',
        "if False",
    )

    without_biases = slip(
        "The biases are missing everywhere. How many does a matrix have that leads from d numbers to inner numbers, "
        "and how many does a norm have?",
        '1 if config["biases"] else 0',
        "0",
    )

    biases_always = slip(
        "Biases are counted in a model that has none. Which fact says so? (Llama and its relatives do without.)",
        '1 if config["biases"] else 0',
        "1",
    )

    norms_without_bias = slip(
        "The matrices have their biases, but the norms are counted with a weight only. In a model with biases, which "
        "two vectors does each norm have? (Look at your layer_norm of 05.1.)",
        "norm = d + bias * d",
        "norm = d",
    )

    norms_always_with_bias = slip(
        "The norms always have weight and bias in your count. A model without biases has norms with a weight only "
        "(RMSNorm): how many numbers is that for a norm?",
        "norm = d + bias * d",
        "norm = 2 * d",
    )

    without_norms = slip(
        "The norms are missing. They are small, and they are learned. How many are there in a layer, and is there one "
        "outside the layers?",
        "norm = d + bias * d",
        "norm = 0",
    )

    one_norm_for_each_layer = slip(
        "There is one norm for each layer in your count. A layer has two: which two steps of it end with one?",
        "2 * norm",
        "norm",
    )

    without_the_norm_outside = slip(
        "The norm outside the layers is missing. Where is it in BERT, and where in GPT-2?",
        "2 * norm) + norm",
        "2 * norm)",
    )

    inner_bias_too_short = slip(
        "Both biases of the feed-forward network are counted as d numbers. A bias has one number for each number that "
        "comes out of its matrix: what comes out of the first one?",
        "bias * inner",
        "bias * d",
    )

    narrow_bias_too_long = slip(
        "The biases of keys and values are counted as d numbers each. With fewer key-value heads less comes out of "
        "their matrices: how much?",
        "bias * narrow",
        "bias * d",
    )

    output_with_bias = slip(
        "An output that is not tied has a bias in your count. The docstring gives a bias to every matrix but two "
        "kinds: which?",
        'config["vocabulary"] * d',
        'config["vocabulary"] * (d + bias)',
    )

    gate_forgotten = slip(
        "The gate is missing: a gated feed-forward network has three matrices. What shape has the third?",
        '2 if config["gated"] else 1',
        "1",
    )

    gate_always_counted = slip(
        "A gate is counted in a model that has none: three matrices in every feed-forward network, where two are asked "
        "for. Which fact says whether there is a gate?",
        '2 if config["gated"] else 1',
        "2",
    )

    without_the_output_of_attention = slip(
        "The attention has three matrices in your count. After queries, keys and values, which fourth one mixes what "
        "the heads have found?",
        "2 * (d * d + bias * d)",
        "d * d + bias * d",
    )

    one_layer = slip(
        "The layers are counted once. All have the same shapes, but each has numbers of its own: what has to be "
        "multiplied by their number, and what not?",
        'config["layers"] * (',
        "(",
    )

    only_the_tokens_table = slip(
        "The tables of positions and segments are missing. BERT and GPT-2 learn theirs (Llama computes its positions "
        "and has none). How many rows do they have, and how wide is a row?",
        ' + config["positions"] + config["segments"]',
        "",
    )

    positions_forgotten = slip(
        "The table of learned positions is missing. How many rows does it have, and how wide is a row?",
        ' + config["positions"]',
        "",
    )

    segments_forgotten = slip(
        "The table of segments is missing. How many rows does it have, and how wide is a row?",
        ' + config["segments"]',
        "",
    )

    pooler_always_counted = slip(
        "A pooler is counted in a model that has none. Which fact says whether there is one?",
        'if config["pooler"]',
        "if True",
    )

    pooler_forgotten = slip(
        "The pooler is missing: one more matrix from width to width on top of BERT. Does it have a bias, too?",
        'if config["pooler"]',
        "if False",
    )

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
