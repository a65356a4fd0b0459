"""Answers to 11.2."""

from __future__ import annotations

MUTANTS = {
    "gaps = torch.logsumexp(log_probs[:, second], 1) - torch.logsumexp(log_probs[:, first], 1)": "sign_reversed",
    "if False:": "the_same_word_twice",
    "if set() & set(second.tolist()):": "the_same_word_twice",
    "if set(first) & set(second.tolist()):": "the_same_word_twice",
    "if set(first.tolist()) & set():": "the_same_word_twice",
    "if set(first.tolist()) & set(second):": "the_same_word_twice",
    "return -float(gaps.mean()) / math.log(2)": "sign_reversed",
    "return float(gaps.mean())": "natural_units",
    "return float(gaps.mean()) * math.log(2)": "the_wrong_way_to_bits",
    "return float(gaps.mean()) / -math.log(2)": "sign_reversed",
    "without: if set(first.tolist()) & set(second.tolist()):": "the_same_word_twice",
    "without: raise ValueError('A token stands in both groups.')": "the_same_word_twice",
}
