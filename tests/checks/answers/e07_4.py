"""Answers to 07.4."""

from __future__ import annotations

import math

import torch

from tests.checks.answers import right, wrong

MUTANTS = {
    "transformer_parameters: count += d * d": "pooler_without_bias",
    "transformer_parameters: count = layers * layer + (vocab + context) * d": "without_segments",
    "transformer_parameters: count = layers * layer + (vocab + segments) * d": "without_positions",
    "transformer_parameters: if False:": "outer_norm_never",
    "transformer_parameters: if False: (2)": "pooler_forgotten",
    "transformer_parameters: if True:": "outer_norm_always",
    "transformer_parameters: without: count += 2 * d": "outer_norm_never",
    "transformer_parameters: without: count += d * d + d": "pooler_forgotten",
    "transformer_parameters: without: if outer_norm:": "outer_norm_never",
    "transformer_parameters: without: if pooler:": "pooler_forgotten",
    "width_from: return math.sqrt(parameters / 12)": "layers_forgotten",
}


def parts(layers, width, vocab, context, segments, outer_norm, pooler):
    """How many numbers sit where: a right answer in named parts, so that each wrong one changes one of them."""
    d = width
    return {
        "tables": (vocab + context + segments) * d,
        "attention": layers * 4 * d * d,
        "attention biases": layers * 4 * d,
        "feed-forward": layers * 8 * d * d,
        "feed-forward biases": layers * 5 * d,
        "norms": layers * 4 * d,
        "outer norm": 2 * d if outer_norm else 0,
        "pooler": d * d + d if pooler else 0,
        "output": 0,
    }


def counting(change):
    """A wrong transformer_parameters: change(found, arguments) gives the parts that differ."""

    def transformer_parameters(layers, width, vocab, context, segments=0, outer_norm=True, pooler=False):
        given = {"layers": layers, "width": width, "vocab": vocab, "context": context, "segments": segments}
        found = parts(**given, outer_norm=outer_norm, pooler=pooler)
        return sum((found | change(found, given | {"pooler": pooler})).values())

    return transformer_parameters


@right("07.4")
class in_one_line:
    def transformer_parameters(layers, width, vocab, context, segments=0, outer_norm=True, pooler=False):
        d = width
        return d * (vocab + context + segments + layers * (12 * d + 13) + 2 * bool(outer_norm) + (d + 1) * bool(pooler))

    def width_from(parameters, layers):
        return pow(parameters / layers / 12, 1 / 2)


@right("07.4")
class as_a_tensor:
    def transformer_parameters(layers, width, vocab, context, segments=0, outer_norm=True, pooler=False):
        shapes = [(width, width)] * 4 + [(width, 4 * width), (4 * width, width)]
        layer = sum(n * m + m for n, m in shapes) + 4 * width
        rest = (vocab + context + segments) * width + 2 * width * int(outer_norm) + int(pooler) * (width + 1) * width
        return torch.tensor(layers * layer + rest)

    def width_from(parameters, layers):
        return math.exp((math.log(parameters) - math.log(12 * layers)) / 2)


@right("07.4")
class layer_after_layer:
    def transformer_parameters(layers, width, vocab, context, segments=0, outer_norm=True, pooler=False):
        total = vocab * width
        total += context * width
        total += segments * width
        for _ in range(layers):
            total += 4 * (width**2 + width)
            total += width * 4 * width + 4 * width
            total += 4 * width * width + width
            total += 2 * (2 * width)
        return total + (2 * width if outer_norm else 0) + (width**2 + width if pooler else 0)

    def width_from(parameters, layers):
        per_layer = parameters / layers
        return (per_layer / 12) ** 0.5


@right("07.4")
class width_by_halving:
    def width_from(parameters, layers):
        low, high = 0.0, float(parameters) + 1
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if 12 * layers * middle * middle < parameters else (low, middle)
        return low


@wrong("07.4", told="without_norms", says="as many as the biases of attention")
class attention_without_biases:
    transformer_parameters = counting(lambda found, given: {"attention biases": 0})


@wrong("07.4", told="inner_bias_too_short", says="as the biases of three matrices of attention have")
class one_bias_in_attention:
    transformer_parameters = counting(lambda found, given: {"attention biases": given["layers"] * given["width"]})


@wrong("07.4", told="one_norm_in_a_layer", says="or one vector of each")
class norms_in_the_layers_of_one_vector:
    transformer_parameters = counting(lambda found, given: {"norms": given["layers"] * 2 * given["width"]})


@wrong("07.4", says="too small by layers * width")
class second_bias_forgotten:
    transformer_parameters = counting(
        lambda found, given: {"feed-forward biases": found["feed-forward biases"] - given["layers"] * given["width"]}
    )


@wrong("07.4", says="too large by 2 * layers * width")
class three_norms:
    transformer_parameters = counting(lambda found, given: {"norms": given["layers"] * 6 * given["width"]})


@wrong("07.4", says="too small by 4 * layers * width**2")
class one_feed_forward_matrix:
    transformer_parameters = counting(lambda found, given: {"feed-forward": found["feed-forward"] // 2})


@wrong("07.4", says="too small by layers * width**2")
class attention_of_three_with_four_biases:
    transformer_parameters = counting(lambda found, given: {"attention": found["attention"] // 4 * 3})


@wrong("07.4", told="matrices_alone", says="as if matrices and tables were all")
class twelve_squares_a_layer:
    transformer_parameters = counting(
        lambda found, given: {"attention biases": 0, "feed-forward biases": 0, "norms": 0, "outer norm": 0}
    )


@wrong("07.4", told="feed_forward_without_biases", says="the two biases of the feed-forward network")
class biases_in_attention_alone:
    transformer_parameters = counting(lambda found, given: {"feed-forward biases": 0})


@wrong("07.4", told="output_counted", says="the table of tokens is in it twice")
class scores_with_a_table:
    transformer_parameters = counting(
        lambda found, given: {"tables": found["tables"] + given["vocab"] * given["width"]}
    )


@wrong("07.4", says="too large by vocab")
class scores_with_a_bias:
    transformer_parameters = counting(lambda found, given: {"output": given["vocab"]})


@wrong("07.4")
class pooler_always:
    transformer_parameters = counting(lambda found, given: {"pooler": given["width"] ** 2 + given["width"]})


@wrong("07.4", told="outer_norm_always", says="where the model has none")
class outer_norm_whatever_is_said:
    transformer_parameters = counting(lambda found, given: {"outer norm": 2 * given["width"]})


@wrong("07.4", says="Of transformer_parameters alone: every number is too small by width")
class outer_norm_of_one_vector:
    transformer_parameters = counting(lambda found, given: {"outer norm": found["outer norm"] // 2})


@wrong("07.4")
class tables_in_each_layer:
    transformer_parameters = counting(lambda found, given: {"tables": found["tables"] * max(given["layers"], 1)})


@wrong("07.4", says="keep the defaults of the stub")
class other_defaults:
    def transformer_parameters(layers, width, vocab, context, segments=0, outer_norm=False, pooler=False):
        return counting(lambda found, given: {})(layers, width, vocab, context, segments, outer_norm, pooler)


@wrong("07.4", says="not an int")
class divided_into_a_float:
    def transformer_parameters(layers, width, vocab, context, segments=0, outer_norm=True, pooler=False):
        return counting(lambda found, given: {})(layers, width, vocab, context, segments, outer_norm, pooler) / 1


@wrong("07.4", told="layers_forgotten", says="width_from takes one layer for the whole model")
class root_of_a_twelfth:
    def width_from(parameters, layers):
        return (parameters / 12) ** 0.5


@wrong("07.4", says="it should be")
class rounded_width:
    def width_from(parameters, layers):
        return round(math.sqrt(parameters / (12 * layers)))


@wrong("07.4", says="Of width_from alone: every number is 1.22 times what it should be.")
class eight_squares:
    def width_from(parameters, layers):
        return math.sqrt(parameters / (8 * layers))


@wrong("07.4", says="it should be")
class with_biases_and_norms:
    def width_from(parameters, layers):
        return (-13 + math.sqrt(169 + 48 * parameters / layers)) / 24


@wrong("07.4", says="it should be")
class layers_outside_the_root:
    def width_from(parameters, layers):
        return math.sqrt(parameters / 12) / layers


@wrong("07.4", told="without_the_root", says="forgets the root")
class only_divided:
    def width_from(parameters, layers):
        return parameters / 12 / layers
