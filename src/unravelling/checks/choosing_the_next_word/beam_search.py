"""09.7: keep several beginnings at once, and choose when they are whole."""

from __future__ import annotations

import math

import torch

from ..compare import numbers_apart
from ..declare import Case, alternative, exercise, holds, misconception, slip

# After "2" the likeliest token is 1, and after it nothing is likely; the other way round is better in the end.
GREEDY_LOSES = [[0.5, 0.25, 0.25], [0.36, 0.33, 0.31], [0.1, 0.5, 0.4]]

# Models that go by the last two tokens, in which texts end early. What wins is another text for whoever divides at each
# step, makes room for others where a text has ended, or stops there.
EARLY_ENDS = (
    [[0.28, 0.1, 0.41, 0.12], [0.2, 0.21, 0.45, 0.46], [0.54, 0.43, 0.41, 0.03], [0.37, 0.03, 0.55, 0.44]],
    [[0.4, 0.8, 0.3, 0.9], [0.2, 0.8, 0.8, 0.6], [0.7, 0.8, 0.8, 0.9], [0.2, 0.3, 0.9, 0.2]],
)
ENDS_AFTER_THREE = (
    [[0.05, 0.51, 0.08, 0.45], [0.22, 0.6, 0.25, 0.47], [0.54, 0.56, 0.5, 0.41], [0.42, 0.38, 0.16, 0.33]],
    [[0.3, 0.3, 0.5, 0.7], [0.8, 0.8, 0.2, 0.8], [0.8, 0.4, 0.5, 0.7], [0.8, 0.7, 0.3, 0.7]],
)
UNFINISHED_WINS = (
    [[0.52, 0.15, 0.37, 0.58], [0.38, 0.17, 0.28, 0.35], [0.25, 0.57, 0.39, 0.25], [0.32, 0.2, 0.45, 0.38]],
    [[0.2, 0.8, 0.4, 0.5], [0.8, 0.2, 0.9, 0.7], [0.5, 0.8, 0.9, 0.7], [0.8, 0.7, 0.2, 0.7]],
)


def words_of(result: tuple[str, float]) -> list[int]:
    """The tokens that came back. A probe gives them as a text, so that a text of another length is one to compare."""
    return [int(each) for each in result[0].split()]


def log_prob_of(case: Case, words: list[int]) -> float:
    """The sum of the logarithms of a text after the case's prompt."""
    tokens, total = [*case["prompt"]], 0.0
    for word in words:
        scores = case["table"][tokens[-1]].double() * case["earlier"][tokens[-2]]
        total += math.log(float(scores[word] / scores.sum()))
        tokens.append(word)
    return total


@exercise("09.7", points=4, difficulty=3, minutes=25)
class BeamSearch:
    """Keep the best few beginnings at each step, and choose among them at the end."""

    functions = ("beam_search",)
    returns = ("words", "score")
    because = (
        "At each step every beginning was tried with every token, the best few of all of these went on, and those that "
        "had ended kept their places; the length came in once, at the end, and the prompt was no part of it."
    )
    hints = (
        "Greedy writing keeps one beginning. Keep several, each with the sum of its logarithms. From three beginnings "
        "and a vocabulary of ten, how many candidates come in one step? And what becomes of a beginning that has "
        "ended?",
        "kept is a list of (sum, words) pairs, at first one with the sum 0 and no words. Each step: every pair that "
        "has not ended becomes V pairs, one token longer; one that has ended is carried over as it is. Sort all of "
        "them by their sums and keep the best `beams`. After the last step divide each sum by its number of words to "
        "the power alpha, and return the best.",
        "for total, words in kept: if words[-1:] == [end], longer.append((total, words)); else longer += [(total + "
        "log_prob, [*words, token]) for token, log_prob in enumerate(next_log_probs(prompt + words))]. Then kept = "
        "sorted(longer, reverse=True)[:beams].",
    )

    def cases(rng):
        def drawn(V, sharp):
            return (sharp * torch.rand(V, V, generator=rng)).exp().mul(100).round().div(100)

        def case(name, rule="", table=None, earlier=None, prompt=(0, 1), **more):
            table = torch.tensor(table) if isinstance(table, list) else table
            earlier = torch.ones_like(table) if earlier is None else earlier
            return Case(name, rule, table=table, earlier=earlier, prompt=list(prompt), **more)

        prompts = "The prompt is no part of the text: neither its logarithms nor its length count, however long it is."
        started = "An end in the prompt ends nothing: only one that is written does."
        single = "One beam is greedy writing."
        few = "There may be fewer candidates than beams: then all are kept."
        yield case("2 tokens, 2 beams", table=GREEDY_LOSES, prompt=(0, 1, 1, 2), beams=2, length=2, end=0)
        yield case("2 tokens, 1 beam", single, table=GREEDY_LOSES, prompt=(0, 1, 1, 2), beams=1, length=2, end=0)
        ends = [[0.1, 0.65, 0.05, 0.2], [0.05, 0.1, 0.45, 0.4], [0.6, 0.05, 0.1, 0.25], [0.25, 0.4, 0.3, 0.05]]
        for alpha in (0.0, 1.0):
            name = f"4 tokens, end is 3, alpha = {alpha:g}"
            yield case(name, table=ends, prompt=(2, 0), beams=2, length=4, end=3, alpha=alpha)
        short, long = (1, 2, 0), (3, 2, 1, 3, 1, 1, 2, 3, 1, 2, 0)
        earlier = torch.tensor([[0.9, 0.4, 0.3, 0.2], [0.2, 0.5, 0.7, 0.4], [0.6, 0.3, 0.4, 0.5], [0.5, 0.5, 0.1, 0.9]])
        more = {"table": ends, "earlier": earlier, "beams": 3, "length": 5, "end": 3, "alpha": 0.8}
        yield case("a prompt of 3", prompts, prompt=short, **more)
        yield case("a prompt of 11 that ends alike", prompts, prompt=long, **more)
        yield case("a prompt that ends with the end", started, prompt=(1, 3), **more)
        more = {"prompt": (1, 0, 2), "beams": 2, "length": 5, "end": 3, "alpha": 1.5}
        models = {
            "texts that end early": EARLY_ENDS,
            "a text of three": ENDS_AFTER_THREE,
            "an unfinished text": UNFINISHED_WINS,
        }
        for name, (table, earlier) in models.items():
            yield case(name, table=table, earlier=torch.tensor(earlier), **more)
        yield case(
            "more beams than tokens", few, table=GREEDY_LOSES, prompt=(0, 2), beams=7, length=3, end=1, alpha=0.5
        )
        yield case("one token to write", table=ends, prompt=(0, 1), beams=3, length=1, end=2, alpha=1.0)
        for V, beams, length, alpha in ((6, 3, 4, 0.6), (9, 4, 6, 1.0), (7, 2, 5, 1.5), (8, 5, 3, 0.0)):
            name = f"{V} tokens drawn, {beams} beams, length {length}"
            prompt = torch.randint(V, (3,), generator=rng).tolist()
            more = {"beams": beams, "length": length, "end": V - 1, "alpha": alpha}
            yield case(name, table=drawn(V, 3), earlier=drawn(V, 2), prompt=prompt, **more)

    def reference(next_log_probs, prompt, beams, length, end, alpha=0.0):
        """Keep the best few beginnings at each step, and choose among them at the end.

        next_log_probs: a function. next_log_probs(tokens) takes a list of ints, the prompt and what was written after
        it, and gives a list of V floats: the natural logarithm of each token's probability to come next. prompt: a list
        of ints. beams, length: ints of at least 1. end: the token that ends a text. alpha: a number, 0 or more.
        A text is what is written after the prompt. It has ended when its last token is end. Begin with the empty text
        alone, and do `length` times: make candidates, of a text that has not ended one with each token at its end, of
        one that has ended itself; and keep those `beams` candidates (or all, if they are fewer) whose tokens have the
        largest sum of logarithms. Texts that have ended take up places like others.
        Returns (words, score): of the texts that are kept at last, ended or not, the one with the highest score. words:
        its tokens, a list of ints, end included if it ended, without the prompt. score: a float, its sum of logarithms
        divided by its number of tokens to the power alpha; end counts as one of them, the prompt does not. The length
        plays no part before. Of equals any may come. Leaves prompt as it is.
        Example: with a token of probability 0.5 and then an end of probability 0.5, the score is log(0.25) = -1.39 for
        alpha 0, and half of it, -0.69, for alpha 1.
        Source: Wu et al., 2016, "Google's Neural Machine Translation System", arXiv:1609.08144, section 7 (whose length
        penalty is ((5 + n) / 6) ** alpha; with alpha 0 both are the plain sum).
        """
        kept = [(0.0, [])]  # the sum of the logarithms, and the tokens after the prompt
        for _ in range(length):
            longer = []
            for total, words in kept:
                if words[-1:] == [end]:
                    longer.append((total, words))
                else:
                    log_probs = next_log_probs(prompt + words)
                    longer += [(total + log_prob, [*words, token]) for token, log_prob in enumerate(log_probs)]
            kept = sorted(longer, reverse=True)[:beams]
        score, words = max((total / len(words) ** alpha, words) for total, words in kept)
        return words, score

    def probe(solution, table, earlier, prompt, beams, length, end, alpha=None):
        V, begins = len(table), list(prompt)

        def next_log_probs(tokens):
            assert isinstance(tokens, (list, tuple)), (
                f"next_log_probs was given a value of type {type(tokens).__name__}; it takes a list of tokens."
            )
            tokens = [int(each) for each in tokens]
            assert all(0 <= each < V for each in tokens), f"next_log_probs was given {tokens}; tokens are 0 to {V - 1}."
            assert tokens[: len(begins)] == begins, (
                f"next_log_probs was given {tokens}, which does not begin with the prompt, {begins}."
            )
            scores = table[tokens[-1]].double() * earlier[tokens[-2]]
            return (scores / scores.sum()).log().tolist()

        more = () if alpha is None else (alpha,)
        found = solution(next_log_probs, prompt, beams, length, end, *more)
        two = isinstance(found, (tuple, list)) and len(found) == 2
        assert two and isinstance(found[0], (tuple, list)) and all(isinstance(each, int) for each in found[0]), (
            "beam_search should return two things, (words, score): a list of ints and a float."
        )
        return " ".join(map(str, found[0])), found[1]

    def show(case):
        alpha = ", alpha" if "alpha" in case.inputs else ""
        return f"""
def next_log_probs(tokens):  # a small model, which goes by the last two tokens
    scores = table[tokens[-1]] * earlier[tokens[-2]]
    log_probs = (scores / scores.sum()).log().tolist()
    print(tokens, "->", [round(each, 2) for each in log_probs])
    return log_probs
result = beam_search(next_log_probs, prompt, beams, length, end{alpha})
"""

    def found(case, result):
        words = words_of(result)
        best = int((case["table"][case["prompt"][-1]] * case["earlier"][case["prompt"][-2]]).argmax())
        return (
            ""
            if words[0] == best
            else f"With “{case.name}” the best text begins with {words[0]}; greedy writing begins with {best}."
        )

    @holds("the text has ended, or is `length` tokens long")
    def is_whole(case, result):
        words = words_of(result)
        if words[-1:] != [case["end"]] and len(words) < case["length"]:
            return f"Your text {words} is neither of length {case['length']} nor ended with {case['end']}."
        return None

    @holds("the score is that of the words that come back")
    def score_is_of_the_words(case, result):
        words, score = words_of(result), result[1]
        if not words or not all(0 <= each < len(case["table"]) for each in words) or len(words) > case["length"]:
            return None  # the words are wrong, and are told of
        want = log_prob_of(case, words) / len(words) ** case.get("alpha", 0.0)
        if not abs(score - want) < 1e-4 * (1 + abs(want)):
            got, right = numbers_apart(score, want)
            return f"The words {words} have the score {right}; yours is {got}."
        return None

    prompt_counted = slip(
        "The prompt is part of the length by which you divide: a long prompt then makes all texts nearly equally long, "
        "and another one wins. Whose tokens does the score speak of?",
        "len(words) ** alpha",
        "(len(prompt) + len(words)) ** alpha",
    )

    end_not_counted = slip(
        "The end is not counted as a token where you divide, though its logarithm is in the sum. What does the "
        "docstring say of it?",
        "len(words) ** alpha",
        "max(len(words) - (words[-1] == end), 1) ** alpha",
    )

    never_divided = slip(
        "The sums are compared as they are, whatever alpha is. Every further token makes a sum smaller, so the "
        "shortest text wins. By what should a sum be divided, and when?",
        "total / len(words) ** alpha",
        "total",
    )

    divided_at_each_step = slip(
        "The sums are divided by the length at each step, so that texts that have ended are judged against unfinished "
        "ones by their averages. The docstring divides once. What is compared within the loop?",
        "sorted(longer, reverse=True)",
        "sorted(longer, key=lambda each: each[0] / len(each[1]) ** alpha, reverse=True)",
    )

    greedy = slip(
        "Only one beginning goes on from each step: that is greedy writing. How many of the sorted candidates should "
        "be kept?",
        "[:beams]",
        "[:1]",
    )

    @misconception(
        "Each beginning is continued with its own best token, so your beams never compete: a good one cannot have two "
        "continuations, and a poor one is never dropped. Among which candidates should the best few be chosen?"
    )
    def each_beam_alone(next_log_probs, prompt, beams, length, end, alpha=0.0):
        first = sorted(((each, [token]) for token, each in enumerate(next_log_probs(prompt))), reverse=True)[:beams]
        kept = []
        for total, words in first:
            while len(words) < length and words[-1] != end:
                log_prob, token = max((each, token) for token, each in enumerate(next_log_probs(prompt + words)))
                total, words = total + log_prob, [*words, token]
            kept.append((total / len(words) ** alpha, words))
        return max(kept)[1], max(kept)[0]

    ended_dropped = slip(
        "A text that has ended is not carried over to the next step, and is lost. What should stand in the list of "
        "candidates for it?",
        ("longer.append((total, words))", "continue"),
        ("score, words = max(", "score, words = (0.0, []) if not kept else max("),
    )

    goes_on_after_the_end = slip(
        "Texts that have ended are continued like all others, beyond their end. How can you tell that a text has "
        "ended, and what becomes of it?",
        "words[-1:] == [end]",
        "False",
    )

    end_of_the_prompt = slip(
        "You look for the end in prompt and text together: a prompt that ends with it counts as a finished text, and "
        "nothing is written. Whose last token ends a text?",
        ("words[-1:] == [end]", "(prompt + words)[-1:] == [end]"),
        ("total / len(words) ** alpha", "total / max(len(words), 1) ** alpha"),
    )

    ended_set_aside = slip(
        "Texts that have ended leave the beam and make room for others. Some libraries do so; by the docstring they "
        "take up places like others. What are the best few chosen among?",
        ("longer.append((total, words))", "done.append((total, words))"),
        ("kept = [(0.0, [])]", "kept, done = [(0.0, [])], []"),
        ("for total, words in kept)", "for total, words in [*done, *kept])"),
    )

    stops_at_the_first_end = slip(
        "You stop as soon as the best text has ended. Another one, longer, may still get a higher score, or a higher "
        "sum from a late but likely word. How many times are candidates made?",
        "kept = sorted(longer, reverse=True)[:beams]",
        "kept = sorted(longer, reverse=True)[:beams]\n        if kept[0][1][-1] == end:\n            break",
    )

    only_ended_ones = slip(
        "At the end you choose among those texts only that have ended. What was kept and has not ended is a text, too. "
        "Which of those that are kept may win?",
        "for total, words in kept)",
        "for total, words in [each for each in kept if each[1][-1] == end] or kept)",
    )

    probabilities_added = slip(
        "You add probabilities, not logarithms. Then a text with one sure token and one impossible one is as good as "
        "two that are half sure. What belongs to the product of probabilities?",
        "total + log_prob, [",
        "total + 2.718281828459045**log_prob, [",
    )

    probability_returned = slip(
        "The words are right, and the score is a probability: it lies between 0 and 1. Asked for is its logarithm, "
        "which is never above 0. What is it that you add up, and is anything left to do to it?",
        "return words, score",
        "return words, 2.718281828459045**score",
    )

    probabilities_multiplied = slip(
        "Your score is a probability, the product of those of the tokens. The score asked for is a sum of logarithms, "
        "divided by a power of the length; with products another text may win that division. What do you begin with, "
        "and what does each token add to it?",
        ("kept = [(0.0, [])]", "kept = [(1.0, [])]"),
        ("total + log_prob, [", "total * 2.718281828459045**log_prob, ["),
    )

    prompt_returned = slip(
        "The prompt is part of what you return. Who wrote it, the model or the caller?",
        "return words, score",
        "return prompt + words, score",
    )

    @alternative
    def with_the_best_of_each_alone(next_log_probs, prompt, beams, length, end, alpha=0.0):
        alive = [([], 0.0)]
        for _ in range(length):
            candidates = [each for each in alive if each[0] and each[0][-1] == end]
            for words, total in alive:
                if not words or words[-1] != end:
                    log_probs = torch.tensor(next_log_probs([*prompt, *words]), dtype=torch.float64)
                    best = log_probs.topk(min(beams, len(log_probs)))  # no more than so many of one text can be kept
                    for log_prob, token in zip(best.values.tolist(), best.indices.tolist(), strict=True):
                        candidates.append(([*words, token], total + log_prob))
            candidates.sort(key=lambda each: -each[1])
            alive = candidates[:beams]
        words, total = max(alive, key=lambda each: each[1] / len(each[0]) ** alpha)
        return words, total / len(words) ** alpha

    @alternative
    def stopping_when_all_have_ended(next_log_probs, prompt, beams, length, end, alpha=0.0):
        texts = {(): 0.0}
        while any(len(each) < length and end not in each for each in texts):
            longer = {each: total for each, total in texts.items() if end in each}
            for each in texts.keys() - longer.keys():
                for token, log_prob in enumerate(next_log_probs(list(prompt) + list(each))):
                    longer[(*each, token)] = texts[each] + log_prob
            texts = {each: longer[each] for each in sorted(longer, key=longer.get)[-beams:]}
        scores = {each: total / len(each) ** alpha for each, total in texts.items()}
        best = max(scores, key=scores.get)
        return list(best), scores[best]
