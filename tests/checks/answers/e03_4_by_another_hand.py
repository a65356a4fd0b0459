"""Answers to 03.4."""

from __future__ import annotations

import torch

from tests.checks.answers import right, wrong


def steps(architecture, T, layers, **others):
    """A right answer; for an architecture (with _ for its spaces) in others, that."""
    table = {
        "rnn": T + layers - 1,
        "lstm": T + layers - 1,
        "bidirectional lstm": T * layers,
        "transformer encoder": layers,
        "transformer decoder training": layers,
        "transformer decoder generating": T * layers,
    }
    if architecture not in table:
        raise ValueError(architecture)
    return others.get(architecture.replace(" ", "_"), table[architecture])


@right("03.4")
def with_match_and_a_message(architecture, T, layers=1):
    match architecture:
        case "rnn" | "lstm":
            return T - 1 + layers
        case "transformer encoder" | "transformer decoder training":
            return layers
        case "bidirectional lstm" | "transformer decoder generating":
            return layers * T
    raise ValueError(f"unknown architecture: {architecture}")


@right("03.4")
def a_tensor_of_one_whole_number(architecture, T, layers=1):
    return torch.tensor(steps(architecture, T, layers))


@right("03.4")
def numpys_whole_number(architecture, T, layers=1):
    import numpy as np

    return np.int64(steps(architecture, T, layers))


@right("03.4")
def a_table_of_functions(architecture, T, layers=1):
    counts = {"rnn": lambda: sum([T, layers, -1]), "transformer encoder": lambda: layers}
    counts |= {"lstm": counts["rnn"], "transformer decoder training": counts["transformer encoder"]}
    counts |= dict.fromkeys(("bidirectional lstm", "transformer decoder generating"), lambda: T * layers)
    try:
        return counts[architecture]()
    except KeyError:
        raise ValueError(f"{architecture!r} is not known") from None


@wrong("03.4", says="raises ValueError")
def a_part_of_the_name_is_enough(architecture, T, layers=1):
    known = ("rnn", "lstm", "bidirectional lstm", "transformer encoder", "transformer decoder training")
    for name in (*known, "transformer decoder generating"):
        if architecture in name:
            return steps(name, T, layers)
    raise ValueError(architecture)


@wrong("03.4", says="raises ValueError")
def capitals_do_not_matter(architecture, T, layers=1):
    return steps(architecture.lower(), T, layers)


@wrong("03.4", says="raises ValueError")
def by_the_words_in_it(architecture, T, layers=1):
    if "bidirectional" in architecture or "generating" in architecture:
        return T * layers
    if "rnn" in architecture or "lstm" in architecture:
        return T + layers - 1
    if "transformer" in architecture:
        return layers
    raise ValueError(architecture)


@wrong("03.4", told="answers_to_any_name", says="a name that is none of the six gets an answer too")
def none_after_the_error(architecture, T, layers=1):
    try:
        return steps(architecture, T, layers)
    except ValueError:
        return None


@wrong("03.4", told="answers_to_any_name", says="a name that is none of the six gets an answer too")
def the_error_is_caught_and_returned(architecture, T, layers=1):
    try:
        return steps(architecture, T, layers)
    except ValueError:
        return ValueError(architecture)


@wrong("03.4", says="it should raise ValueError")
def a_key_error(architecture, T, layers=1):
    try:
        return steps(architecture, T, layers)
    except ValueError:
        raise KeyError(architecture) from None


@wrong("03.4", told="counts_every_cell", says="you count every step of an RNN")
def every_cell(architecture, T, layers=1):
    return steps(architecture, T, layers, rnn=T * layers, lstm=T * layers)


@wrong("03.4", says="A step waits for the one before it in its layer")
def every_cell_of_the_lstm_only(architecture, T, layers=1):
    return steps(architecture, T, layers, lstm=T * layers)


@wrong("03.4", says="A step waits for the one before it in its layer")
def the_longer_side_of_the_grid(architecture, T, layers=1):
    return steps(architecture, T, layers, rnn=max(T, layers), lstm=max(T, layers))


@wrong("03.4", says="A step of a bidirectional LSTM waits for the one before it in its chain")
def two_staircases(architecture, T, layers=1):
    return steps(architecture, T, layers, bidirectional_lstm=2 * (T + layers - 1))


@wrong("03.4", told="both_directions_in_turn", says="counted as twice the steps")
def twice_for_two_directions(architecture, T, layers=1):
    return steps(architecture, T, layers, bidirectional_lstm=2 * T * layers)


@wrong("03.4", told="both_directions_whatever_the_layers", says="For a bidirectional LSTM you count T steps")
def no_layers_in_two_directions(architecture, T, layers=1):
    return steps(architecture, T, layers, bidirectional_lstm=T)


@wrong("03.4", says="A block of an encoder takes all its tokens at once")
def an_encoder_reads_token_by_token(architecture, T, layers=1):
    return steps(architecture, T, layers, transformer_encoder=T * layers)


@wrong("03.4", says="A block of an encoder takes all its tokens at once")
def a_staircase_of_blocks(architecture, T, layers=1):
    both = T + layers - 1
    return steps(architecture, T, layers, transformer_encoder=both, transformer_decoder_training=both)


@wrong("03.4", says="In training all tokens are there from the start")
def training_counts_tokens(architecture, T, layers=1):
    return steps(architecture, T, layers, transformer_decoder_training=T)


@wrong("03.4", told="generates_all_at_once", says="all tokens at once")
def generating_counts_layers(architecture, T, layers=1):
    return steps(architecture, T, layers, transformer_decoder_generating=layers)


@wrong("03.4", says="the first block of a token waits for the last block of the token before")
def generating_adds(architecture, T, layers=1):
    return steps(architecture, T, layers, transformer_decoder_generating=T + layers)


@wrong("03.4", says="the first block of a token waits for the last block of the token before")
def generating_takes_in_what_is_there(architecture, T, layers=1):
    return steps(architecture, T, layers, transformer_decoder_generating=layers * T * (T + 1) // 2)


@wrong("03.4", says="steps are counted in whole numbers")
def a_float(architecture, T, layers=1):
    return float(steps(architecture, T, layers))


@wrong("03.4", says="Your number of steps is")
def a_text(architecture, T, layers=1):
    return str(steps(architecture, T, layers))


@wrong("03.4", says="too small by 1")
def counted_from_zero(architecture, T, layers=1):
    return steps(architecture, T, layers) - 1


@wrong("03.4", says="A step waits for the one before it in its layer")
def layers_for_everything_but_rnns_with_many(architecture, T, layers=1):
    return steps(architecture, T, layers, rnn=T if layers == 1 else T + layers, lstm=T if layers == 1 else T + layers)
