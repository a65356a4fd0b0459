"""Answers to 05.5."""

from __future__ import annotations

MUTANTS = {
    "attention = 1 * (d * d + bias * d) + 2 * (d * narrow + bias * narrow)": "without_the_output_of_attention",
    "attention = d * d + bias * d + 2 * (d * narrow + bias * narrow)": "without_the_output_of_attention",
    "bias = 0 if config['biases'] else 0": "without_biases",
    "bias = 1 if config['biases'] else 1": "biases_always",
    "count = tables + (attention + feed_forward + 2 * norm) + norm": "one_layer",
    "count = tables + config['layers'] * (attention + feed_forward + 2 * norm)": "without_the_norm_outside",
    "feed_forward = d * inner + bias * inner + inner * d + bias * d": "gate_forgotten",
    "if False:": "pooler_forgotten",
    "if True:": "tied_output_counted",
    "norm = d": "norms_without_bias",
    "norm = d + d": "norms_always_with_bias",
    "tables = (config['vocabulary'] + config['positions']) * d": "segments_forgotten",
    "ways_in = 1 if config['gated'] else 1": "gate_forgotten",
    "without: count += config['vocabulary'] * d": "untied_output_forgotten",
    "without: count += d * d + bias * d": "pooler_forgotten",
    "without: if config['pooler']:": "pooler_forgotten",
    "without: if not config['tied']:": "untied_output_forgotten",
}
