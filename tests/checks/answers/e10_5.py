"""Answers to 10.5."""

from __future__ import annotations

MUTANTS = {
    "groups[TOPICS.index(topic)]": "instruction_alone",
    "return '\\n'.join([*shown, f'{model} ->'])": "sentence_forgotten",
    "without: groups[TOPICS.index(topic)].append(f'{text} -> {topic}')": "instruction_alone",
}
