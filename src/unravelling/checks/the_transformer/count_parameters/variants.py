"""Where the parameters of a model sit, part by part, as 05.5 asks for their sum."""

from __future__ import annotations

from ..configurations import SMALLEST


def parts(config):
    """How many parameters sit where: a right answer in named parts, so that each wrong one changes one of them."""
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


# Facts that an answer may not look at.
FACTS = ("biases", "gated", "tied", "pooler", "positions", "segments", "layers")


def right_for_another(config, count):
    """A sentence if the count is right for a model that lacks one, and only one, of the things that this one has beside
    the smallest; else empty."""
    others = [(fact, SMALLEST[fact]) for fact in FACTS if config[fact] != SMALLEST[fact]]
    others += [("key_value_heads", config["heads"])] * (config["heads"] != config["key_value_heads"])
    fits = [pair for pair in others if sum(parts(config | dict([pair])).values()) == count]
    return f' It would be right if "{fits[0][0]}" were {fits[0][1]}.' if len(fits) == 1 else ""
