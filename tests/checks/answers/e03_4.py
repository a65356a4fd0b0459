"""Answers to 03.4."""

from __future__ import annotations

import numpy
import torch

from tests.checks.answers import right, wrong
from unravelling.checks.recurrent_networks.sequential_steps import ARCHITECTURES, RULE, SequentialSteps

longest = SequentialSteps.reference

MUTANTS = {
    "if True: (3)": "answers_to_any_name",
    "without: raise ValueError(f'There is no architecture {architecture!r}.')": "answers_to_any_name",
    "return T + layers": "one_too_many",
    "return T + layers - 0": "one_too_many",
    "return T + layers - 2": "one_too_few",
}
NAMES = dict(zip(ARCHITECTURES, ("stairs", "stairs", "all", "one", "one", "all"), strict=True))


@right("03.4")
def a_numpy_integer(architecture, T, layers=1):
    return numpy.int64(longest(architecture, T, layers))


@right("03.4")
def a_tensor_of_one_number(architecture, T, layers=1):
    return torch.tensor(longest(architecture, T, layers))


@right("03.4")
def with_match(architecture, T, layers=1):
    match architecture:
        case "rnn" | "lstm":
            return T - 1 + layers
        case "bidirectional lstm" | "transformer decoder generating":
            return layers * T
        case "transformer encoder" | "transformer decoder training":
            return layers
    raise ValueError(architecture)


@right("03.4")
def from_a_table_with_a_check(architecture, T, layers=1):
    if architecture not in NAMES or T < 1 or layers < 1:
        raise ValueError("no such architecture, or nothing to count")
    return {"stairs": layers + T - 1, "all": sum([T] * layers), "one": layers}[NAMES[architecture]]


@right("03.4")
def a_key_error_turned_round(architecture, T, layers=1):
    try:
        kind = NAMES[architecture]
    except KeyError as error:
        raise ValueError(architecture) from error
    return T * layers if kind == "all" else layers + (T - 1) * (kind == "stairs")


@wrong("03.4", says=RULE)
def part_of_a_name(architecture, T, layers=1):
    if architecture.startswith("transformer") and "generating" not in architecture:
        return layers
    return longest(architecture, T, layers)


@wrong("03.4", says=RULE)
def any_name_with_lstm(architecture, T, layers=1):
    if "lstm" in architecture and architecture not in ARCHITECTURES:
        return T + layers - 1
    return longest(architecture, T, layers)


@wrong("03.4", says=RULE)
def capitals_are_made_small(architecture, T, layers=1):
    return longest(architecture.lower(), T, layers)


@wrong("03.4", says=RULE)
def underscores_are_spaces(architecture, T, layers=1):
    return longest(architecture.replace("_", " "), T, layers)


@wrong("03.4", says=RULE)
def a_gru_counts_as_an_lstm(architecture, T, layers=1):
    return longest("lstm" if architecture == "gru" else architecture, T, layers)


@wrong("03.4", says="it should raise ValueError")
def a_key_error_for_other_names(architecture, T, layers=1):
    return {"stairs": T + layers - 1, "all": T * layers, "one": layers}[NAMES[architecture]]


@wrong("03.4", told="answers_to_any_name", says="a name that is none of the six gets an answer too")
def nothing_for_other_names(architecture, T, layers=1):
    return longest(architecture, T, layers) if architecture in ARCHITECTURES else None


@wrong("03.4", told="answers_to_any_name", says="a name that is none of the six gets an answer too")
def the_error_is_returned(architecture, T, layers=1):
    return longest(architecture, T, layers) if architecture in ARCHITECTURES else ValueError(architecture)


@wrong("03.4", says="you count 65, as T * layers gives")
def every_cell_of_an_lstm_only(architecture, T, layers=1):
    return T * layers if architecture == "lstm" else longest(architecture, T, layers)


@wrong("03.4", says="you count 17, as T + layers - 1 gives")
def stairs_in_training(architecture, T, layers=1):
    return T + layers - 1 if architecture == "transformer decoder training" else longest(architecture, T, layers)


@wrong("03.4", says="you count 61, as (T - 1) * layers + 1 gives")
def the_last_token_is_free(architecture, T, layers=1):
    generating = architecture == "transformer decoder generating"
    return (T - 1) * layers + 1 if generating else longest(architecture, T, layers)


@wrong("03.4", says="you count 34, as 2 * (T + layers - 1) gives")
def stairs_twice_in_both_directions(architecture, T, layers=1):
    return 2 * (T + layers - 1) if architecture == "bidirectional lstm" else longest(architecture, T, layers)


@wrong("03.4", says="you count 455, as T * (T + 1) / 2 * layers gives")
def reads_all_again_for_each_token(architecture, T, layers=1):
    generating = architecture == "transformer decoder generating"
    return T * (T + 1) // 2 * layers if generating else longest(architecture, T, layers)


@wrong("03.4", says="you count 13, as T gives")
def a_transformer_reads_token_by_token(architecture, T, layers=1):
    return T if architecture == "transformer encoder" else longest(architecture, T, layers)


@wrong("03.4", says="Where layers is not given, it is 1.")
def two_layers_unless_said(architecture, T, layers=2):
    return longest(architecture, T, layers)


@wrong("03.4", says="whole numbers")
def floats(architecture, T, layers=1):
    return float(longest(architecture, T, layers))


@wrong("03.4", says="is a str, not a number")
def in_words(architecture, T, layers=1):
    return f"{longest(architecture, T, layers)} steps"
