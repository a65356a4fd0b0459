"""Answers to 09.7."""

from __future__ import annotations

import heapq
import math

from tests.checks.answers import right, wrong


def beam(next_log_probs, prompt, beams, length, end):
    """What is kept at last."""
    kept = [(0.0, ())]
    for _ in range(length):
        pool = []
        for total, words in kept:
            if words and words[-1] == end:
                pool += [(total, words)]
                continue
            for token, each in enumerate(next_log_probs(list(prompt) + list(words))):
                pool += [(total + each, words + (token,))]
        kept = heapq.nlargest(beams, pool)
    return kept


@right("09.7")
def with_a_heap(next_log_probs, prompt, beams, length, end, alpha=0.0):
    kept = beam(next_log_probs, prompt, beams, length, end)
    score, words = max((total / len(words) ** alpha, words) for total, words in kept)
    return list(words), score


@right("09.7")
def products_of_probabilities(next_log_probs, prompt, beams, length, end, alpha=0.0):
    texts = [([], 1.0)]
    for _ in range(length):
        more = []
        for words, chance in texts:
            if words[-1:] == [end]:
                more.append((words, chance))
                continue
            more += [(words + [i], chance * math.exp(each)) for i, each in enumerate(next_log_probs(prompt + words))]
        texts = sorted(more, key=lambda each: each[1])[-beams:]
    texts = [(math.log(chance) / len(words) ** alpha, words) for words, chance in texts]
    best = max(texts)
    return best[1], best[0]


@wrong("09.7", told="divided_at_each_step", says="divided by the length at each step")
def means_as_they_grow(next_log_probs, prompt, beams, length, end, alpha=0.0):
    kept = [(0.0, 0.0, [])]
    for _ in range(length):
        pool = []
        for score, total, words in kept:
            if words and words[-1] == end:
                pool.append((score, total, words))
                continue
            for token, each in enumerate(next_log_probs(prompt + words)):
                pool.append(((total + each) / (len(words) + 1) ** alpha, total + each, words + [token]))
        kept = sorted(pool, reverse=True)[:beams]
    return kept[0][2], kept[0][0]


@wrong("09.7", says="have the score")
def the_paper_s_penalty(next_log_probs, prompt, beams, length, end, alpha=0.0):
    kept = beam(next_log_probs, prompt, beams, length, end)
    score, words = max((total / ((5 + len(words)) / 6) ** alpha, words) for total, words in kept)
    return list(words), score


@wrong("09.7", says="have the score")
def the_sum_in_place_of_the_score(next_log_probs, prompt, beams, length, end, alpha=0.0):
    kept = beam(next_log_probs, prompt, beams, length, end)
    total, words = max(kept, key=lambda each: each[0] / len(each[1]) ** alpha)
    return list(words), total


@wrong("09.7", says="is neither of length")
def the_end_cut_off(next_log_probs, prompt, beams, length, end, alpha=0.0):
    kept = beam(next_log_probs, prompt, beams, length, end)
    score, words = max((total / len(words) ** alpha, words) for total, words in kept)
    return [each for each in words if each != end], score


@wrong("09.7", says="does not begin with the prompt")
def the_prompt_forgotten(next_log_probs, prompt, beams, length, end, alpha=0.0):
    first = True

    def without(tokens):
        nonlocal first
        if first:
            first = False
            return next_log_probs(tokens)
        return next_log_probs(tokens[len(prompt) :])

    kept = beam(without, prompt, beams, length, end)
    score, words = max((total / len(words) ** alpha, words) for total, words in kept)
    return list(words), score


@wrong("09.7", says="changed its input prompt")
def into_the_prompt(next_log_probs, prompt, beams, length, end, alpha=0.0):
    kept = beam(next_log_probs, tuple(prompt), beams, length, end)
    score, words = max((total / len(words) ** alpha, words) for total, words in kept)
    prompt += words
    return list(words), score


@wrong("09.7", says="beam_search should return two things")
def words_alone(next_log_probs, prompt, beams, length, end, alpha=0.0):
    kept = beam(next_log_probs, prompt, beams, length, end)
    return list(max((total / len(words) ** alpha, words) for total, words in kept)[1])


@wrong("09.7", says="There may be fewer candidates than beams")
def always_full(next_log_probs, prompt, beams, length, end, alpha=0.0):
    assert beams <= len(next_log_probs(prompt)), "too many beams"
    kept = beam(next_log_probs, prompt, beams, length, end)
    score, words = max((total / len(words) ** alpha, words) for total, words in kept)
    return list(words), score


@wrong("09.7", told="probability_returned", says="it lies between 0 and 1")
def the_probability_in_place_of_its_logarithm(next_log_probs, prompt, beams, length, end, alpha=0.0):
    kept = beam(next_log_probs, prompt, beams, length, end)
    score, words = max((total / len(words) ** alpha, words) for total, words in kept)
    return list(words), math.exp(score)


@wrong("09.7", told="probabilities_multiplied", says="with products another text may win that division")
def products_divided_by_the_length(next_log_probs, prompt, beams, length, end, alpha=0.0):
    kept = [(math.exp(total), words) for total, words in beam(next_log_probs, prompt, beams, length, end)]
    chance, words = max((chance / len(words) ** alpha, words) for chance, words in kept)
    return list(words), chance


MUTANTS = {
    "if False:": "goes_on_after_the_end",
    "without: longer.append((total, words))": "ended_dropped",
    "longer": "ended_dropped",
    "score, words = max(((total, words) for total, words in kept))": "never_divided",
}
