"""Answers to 05.5."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from tests.checks.answers import right, wrong

MUTANTS = {
    "without: if not config['tied']:": "untied_output_forgotten",
    "if True:": "tied_output_counted",
    "if False:": "untied_output_forgotten",
    "without: if config['pooler']:": "pooler_forgotten",
    "if True: (2)": "pooler_always_counted",
    "if False: (2)": "pooler_forgotten",
    "norm = d": "norms_without_bias",
    "count = tables + config['layers'] * (attention + feed_forward + 2 * norm)": "without_the_norm_outside",
    "without: count += config['vocabulary'] * d": "untied_output_forgotten",
    "without: count += d * d + bias * d": "pooler_forgotten",
    "bias = 0 if config['biases'] else 0": "without_biases",
    "bias = 1 if config['biases'] else 1": "biases_always",
    "tables = (config['vocabulary'] + config['positions']) * d": "segments_forgotten",
    "attention = d * d + bias * d + 2 * (d * narrow + bias * narrow)": "without_the_output_of_attention",
    "ways_in = 1 if config['gated'] else 1": "gate_forgotten",
    "ways_in = 2 if config['gated'] else 2": "gate_always_counted",
    "norm = d + d": "norms_always_with_bias",
    "tables = (config['vocabulary'] + config['segments']) * d": "positions_forgotten",
    "attention = 1 * (d * d + bias * d) + 2 * (d * narrow + bias * narrow)": "without_the_output_of_attention",
    "feed_forward = d * inner + bias * inner + inner * d + bias * d": "gate_forgotten",
    "count = tables + (attention + feed_forward + 2 * norm) + norm": "one_layer",
    "count = tables + config['layers'] * (attention + feed_forward + norm) + norm": "one_norm_for_each_layer",
    "count = tables + config['layers'] * (attention + feed_forward + 1 * norm) + norm": "one_norm_for_each_layer",
}


def parts(config):
    """How many parameters sit where: a right answer in named parts, so that each wrong one below changes one of them."""
    d, inner, bias = config["width"], config["inner"], config["biases"]
    narrow = d // config["heads"] * config["key_value_heads"]
    return {
        "tokens": config["vocabulary"] * d,
        "positions": config["positions"] * d,
        "segments": config["segments"] * d,
        "queries_and_output": config["layers"] * 2 * (d * d + bias * d),
        "keys_and_values": config["layers"] * 2 * (d * narrow + bias * narrow),
        "into_the_feed_forward": config["layers"] * (1 + config["gated"]) * (d * inner + bias * inner),
        "out_of_the_feed_forward": config["layers"] * (inner * d + bias * d),
        "norms_in_the_layers": config["layers"] * 2 * (1 + bias) * d,
        "norm_outside": (1 + bias) * d,
        "output": 0 if config["tied"] else config["vocabulary"] * d,
        "pooler": config["pooler"] * (d * d + bias * d),
    }


def changed(config, **others):
    """The count where some parts have another one. KeyError for a part that there is not."""
    found = parts(config)
    for name in others:
        found[name]  # a part added by mistake would be counted beside the one that it should replace
    return sum((found | others).values())


def matrices(config):
    """A right answer, matrix by matrix: (rows, columns, whether it may have a bias)."""
    d, inner = config["width"], config["inner"]
    narrow = d * config["key_value_heads"] // config["heads"]
    layer = [(d, d, True), (d, narrow, True), (d, narrow, True), (d, d, True)]
    layer += [(d, inner, True)] * (2 if config["gated"] else 1) + [(inner, d, True)]
    found = [(config[each], d, False) for each in ("vocabulary", "positions", "segments")] + config["layers"] * layer
    found += [] if config["tied"] else [(d, config["vocabulary"], False)]
    return found + ([(d, d, True)] if config["pooler"] else [])


def norms(config):
    return (2 * config["layers"] + 1) * config["width"] * (2 if config["biases"] else 1)


@right("05.5")
def matrix_after_matrix(config):
    return norms(config) + sum(a * b + b * (biased and config["biases"]) for a, b, biased in matrices(config))


@right("05.5")
def in_numpy(config):
    shapes = np.array([(a, b, biased and config["biases"]) for a, b, biased in matrices(config)], dtype=np.int64)
    return norms(config) + (shapes[:, 0] * shapes[:, 1] + shapes[:, 1] * shapes[:, 2]).sum()


@right("05.5")
def as_a_tensor(config):
    return torch.tensor(matrix_after_matrix(config))


@right("05.5")
def of_a_model_without_numbers(config):
    d, b = config["width"], bool(config["biases"])
    with torch.device("meta"):
        model = nn.ModuleList([nn.Embedding(config[each], d) for each in ("vocabulary", "positions", "segments")])
        for _ in range(config["layers"]):
            narrow = d // config["heads"] * config["key_value_heads"]
            model.extend([nn.Linear(d, d, b), nn.Linear(d, narrow, b), nn.Linear(d, narrow, b), nn.Linear(d, d, b)])
            model.extend(nn.Linear(d, config["inner"], b) for _ in range(1 + config["gated"]))
            model.extend([nn.Linear(config["inner"], d, b), nn.LayerNorm(d, bias=b), nn.LayerNorm(d, bias=b)])
        model.append(nn.LayerNorm(d, bias=b))
        if not config["tied"]:
            model.append(nn.Linear(d, config["vocabulary"], bias=False))
        if config["pooler"]:
            model.append(nn.Linear(d, d, b))
    return sum(each.numel() for each in model.parameters())


@right("05.5")
def with_a_table_of_what_was_counted(config):
    key = tuple(sorted(config.items()))
    if key not in with_a_table_of_what_was_counted.made:
        with_a_table_of_what_was_counted.made[key] = matrix_after_matrix(config)
    return with_a_table_of_what_was_counted.made[key]


with_a_table_of_what_was_counted.made = {}


@wrong("05.5", told="inner_bias_too_short", says="Both biases of the feed-forward network are counted as d numbers")
def a_bias_of_width_for_inner(config):
    d, inner, b = config["width"], config["inner"], config["biases"]
    return changed(config, into_the_feed_forward=config["layers"] * (1 + config["gated"]) * (d * inner + b * d))


@wrong("05.5", told="gate_always_counted", says="A gate is counted in a model that has none")
def three_matrices_always(config):
    return matrix_after_matrix({**config, "gated": True})


@wrong("05.5", told="positions_forgotten", says="The table of learned positions is missing")
def positions_forgotten(config):
    return matrix_after_matrix(config) - config["positions"] * config["width"]


@wrong("05.5", told="one_norm_for_each_layer", says="There is one norm for each layer in your count")
def one_norm_a_layer(config):
    return matrix_after_matrix(config) - norms(config) + norms(config | {"layers": config["layers"] / 2}).__int__()


@wrong("05.5", told="without_the_norm_outside", says="The norm outside the layers is missing")
def norms_in_the_layers_only(config):
    return matrix_after_matrix(config) - config["width"] * (1 + config["biases"])


@wrong("05.5", says="Every layer has numbers of its own")
def one_norm_for_all_layers(config):
    return changed(config, norms_in_the_layers=2 * config["width"] * (1 + config["biases"]) * (config["layers"] > 0))


@wrong("05.5", says="the one norm outside the layers")
def a_norm_of_the_tables_too(config):
    return matrix_after_matrix(config) + config["width"] * (1 + config["biases"])


@wrong("05.5", says="the tables have no bias")
def tables_have_biases(config):
    tables = sum(config[each] > 0 for each in ("vocabulary", "positions", "segments"))
    return matrix_after_matrix(config) + config["biases"] * config["width"] * tables


@wrong("05.5", says="The tables and the output have no bias")
def positions_have_biases(config):
    return matrix_after_matrix(config) + config["biases"] * config["width"] * (config["positions"] > 0)


@wrong("05.5", says="so narrow are their matrices. So are their biases")
def biases_of_what_goes_in(config):
    return norms(config) + sum(a * b + a * (biased and config["biases"]) for a, b, biased in matrices(config))


@wrong("05.5", says="With biases every matrix of a layer adds as many numbers as come OUT of it")
def feed_forward_without_biases(config):
    d, inner = config["width"], config["inner"]
    return changed(
        config,
        into_the_feed_forward=config["layers"] * (1 + config["gated"]) * d * inner,
        out_of_the_feed_forward=config["layers"] * inner * d,
    )


@wrong("05.5", says="With biases every matrix of a layer adds as many numbers as come OUT of it")
def attention_without_biases(config):
    bare = parts(config | {"biases": False})
    return changed(config, **{each: bare[each] for each in ("queries_and_output", "keys_and_values")})


@wrong("05.5", says="Each has its bias")
def the_gate_has_no_bias(config):
    gates = config["layers"] * config["gated"] * config["biases"]
    return matrix_after_matrix(config) - gates * config["inner"]


@wrong("05.5", says="in every layer; without one, two")
def a_gate_from_width_to_width(config):
    d, gates = config["width"], config["layers"] * config["gated"]
    return changed(config | {"gated": False}) + gates * d * (d + config["biases"])


@wrong("05.5", says="A gated feed-forward network has three matrices")
def one_gate_in_all(config):
    d, inner, b = config["width"], config["inner"], config["biases"]
    return changed(config | {"gated": False}) + config["gated"] * (d * inner + b * inner)


@wrong("05.5", says="A pooler is one matrix from width to width on top of everything")
def a_pooler_in_every_layer(config):
    return changed(config, pooler=parts(config)["pooler"] * config["layers"])


@wrong("05.5", says="Its bias has width numbers")
def the_pooler_has_no_bias(config):
    return changed(config, pooler=config["pooler"] * config["width"] ** 2)


@wrong("05.5", says="Keys and values have key_value_heads heads")
def only_the_keys_are_narrow(config):
    d, narrow = config["width"], config["width"] // config["heads"] * config["key_value_heads"]
    return changed(config, keys_and_values=config["layers"] * (d + narrow) * (d + config["biases"]))


@wrong("05.5", says="Keys and values have key_value_heads heads")
def one_head_of_keys(config):
    one = config if config["key_value_heads"] == config["heads"] else config | {"key_value_heads": 1}
    return changed(one)


@wrong("05.5", says="All heads together are as wide as the model")
def heads_of_full_width(config):
    return matrix_after_matrix(config | {"key_value_heads": config["heads"] * config["key_value_heads"]})


@wrong("05.5", says="A layer has four matrices of attention")
def attention_is_one_matrix(config):
    return changed(config, queries_and_output=0)


@wrong("05.5", says="A layer has four matrices of attention")
def feed_forward_of_one_matrix(config):
    return changed(config, out_of_the_feed_forward=0)


@wrong("05.5", says="A layer has four matrices of attention")
def cross_attention_too(config):
    found = parts(config)
    return sum(found.values()) + found["queries_and_output"] + found["keys_and_values"]


@wrong("05.5", says="the tables and the norm outside are there once")
def everything_times_the_layers(config):
    found = parts(config)
    return sum(found.values()) + max(config["layers"] - 1, 0) * found["tokens"]


@wrong("05.5", says="the tokens' table, vocabulary * width")
def vocabulary_without_its_width(config):
    return changed(config, tokens=config["vocabulary"])


@wrong("05.5", says="a row of width numbers for each")
def a_number_for_each_position(config):
    return changed(config, positions=config["positions"])


@wrong("05.5", says='It would be right if "tied" were True')
def untied_only_with_biases(config):
    return changed(config, output=0 if not config["biases"] else parts(config)["output"])


@wrong("05.5", says='It would be right if "biases" were False')
def counted_once_for_each_width_and_number_of_layers(config):
    key = tuple(config[each] for each in config if each not in ("biases", "positions"))
    return counted_once_for_each_width_and_number_of_layers.made.setdefault(
        (*key, config["positions"] * (not config["biases"])), matrix_after_matrix(config)
    )


counted_once_for_each_width_and_number_of_layers.made = {}


@wrong("05.5", says="a float: / always gives one; // keeps it whole")
def as_a_float(config):
    return matrix_after_matrix(config) / 1


@wrong("05.5", says="your function changed its input config")
def takes_facts_out_of_config(config):
    count = matrix_after_matrix(config)
    config.pop("pooler")
    return count


@wrong("05.5", says="Every number is")
def in_thousands(config):
    return 1000 * matrix_after_matrix(config)


@wrong("05.5", says="not a number")
def as_a_text(config):
    return f"{matrix_after_matrix(config):,}"


@wrong("05.5", says="with KeyError: 'd_model'")
def facts_under_other_names(config):
    return config["d_model"] * config["vocabulary"]
