"""10.2: the log-probability of labels of several tokens."""

from __future__ import annotations

import math
from itertools import chain, combinations

import torch

from ..compare import number, numbers_apart
from ..declare import Case, alternative, exercise, holds, misconception, slip
from ..random_inputs import randint, randn


def of_tokens(table, prompt, label) -> list[float]:
    """The log-probability of each token of a label in the model of a case; none where there is nothing to score."""
    ids = [*prompt, *label]
    rows = table[ids].cumsum(0).log_softmax(-1) if ids else table
    return [float(rows[len(prompt) - 1 + n, token]) for n, token in enumerate(label)] if prompt else []


@exercise("10.2", points=2, difficulty=2, minutes=12)
class ScoreLabels:
    """Say how well each label goes on from a prompt, when a label may have several tokens."""

    functions = ("score_labels",)
    returns = ("scores",)
    tolerance = 1e-4
    because = (
        "A label's score adds up the log-probabilities of its own tokens, each after the prompt and the tokens "
        "before it; the mean lets labels of different lengths be compared."
    )
    hints = (
        "A label of three tokens is three predictions. What has the model read by the time it predicts the third? And "
        "in which row does it speak about the first: that of the label's first token, or the one before?",
        "For each label: ask log_probabilities about prompt + label. Row t is about token t + 1, so the label's tokens "
        "are predicted in the rows from len(prompt) - 1 on, and the last row is about nothing you asked. In each of "
        "these rows pick the column of the token that does come. Then the sum, or the mean.",
        "rows = log_probabilities(prompt + label)[len(prompt) - 1 : -1]; logs = rows[torch.arange(len(label)), label]; "
        "logs.mean() if mean else logs.sum(); torch.stack of these for all labels. Before it, the two ValueErrors.",
    )

    def cases(rng):
        def case(name, V, prompt, labels, mean=False, rule=""):
            return Case(name, rule, table=randn(rng, V, V), prompt=prompt, labels=labels, mean=mean)

        def some(V, n):
            return [randint(rng, 0, V - 1) for _ in range(n)]

        yield case("one label of one token", 3, [0], [[2]])
        yield case("two labels of one token", 4, some(4, 3), [[0], [3]])
        yield case("one label of two tokens", 4, some(4, 2), [[1, 3]])
        yield case("one label of two tokens, mean", 4, some(4, 2), [[1, 3]], True)
        yield case("labels that share their first token", 5, some(5, 4), [[1, 2], [1, 4]])
        yield case("a label that is the beginning of another", 5, some(5, 4), [[1, 2], [1, 2, 4, 0]])
        yield case("the same, mean", 5, some(5, 4), [[1, 2], [1, 2, 4, 0]], True)
        yield case("a prompt of one token", 6, some(6, 1), [some(6, 3), some(6, 1)])
        lengths = (1, 4, 2, 3)
        yield case("four labels of 1 to 4 tokens", 9, some(9, 6), [some(9, n) for n in lengths])
        yield case("the same, mean", 9, some(9, 6), [some(9, n) for n in lengths], True)
        long = "A label may have any number of tokens, and its score is the logarithm of a probability, however small."
        yield case("a label of 90 tokens", 9, some(9, 2), [some(9, 90), some(9, 1)], rule=long)
        yield case("a label without tokens", 4, some(4, 2), [[1], []], rule="A label without tokens raises ValueError.")
        yield case("a prompt without tokens", 4, [], [[1, 2]], rule="A prompt without tokens raises ValueError.")

    def reference(log_probabilities, prompt, labels, mean=False):
        """Say how well each label goes on from a prompt, when a label may have several tokens.

        log_probabilities: a model, as a function. It takes a list of n token numbers and gives an (n, V) float tensor
        of natural logarithms: row t holds, for each of the V tokens, how probable it is as the token after the first
        t + 1. prompt: a list of token numbers. labels: a list of at least one label, each a list of token numbers.
        Leaves prompt and labels as they are.
        Returns a float tensor (or a list of floats) with one number for each label. With mean=False it is the sum over
        the label's tokens of the log-probability of that token after the prompt and those tokens of the label that
        come before it: the logarithm of the probability of the whole label. With mean=True it is that sum divided by
        the number of the label's tokens. Labels may begin with the same tokens. The prompt's tokens are not scored.
        A prompt or a label without tokens raises ValueError.
        Example: if the model gives probability 1/4 to each of 4 tokens, always, the labels [1] and [2, 3] have the sums
        log(1/4) = -1.386 and 2 * log(1/4) = -2.773, and both the mean -1.386.
        Source: Brown et al., 2020, "Language Models are Few-Shot Learners", section 2.4.
        """
        if not prompt:
            raise ValueError("The prompt has no tokens: the first token of a label needs something before it.")
        scores = []
        for label in labels:
            if not label:
                raise ValueError("A label has no tokens: leave it out, or write one.")
            rows = log_probabilities([*prompt, *label])[len(prompt) - 1 : -1]  # one row for each token of the label
            logs = rows.gather(1, torch.tensor(label)[:, None])
            scores.append(logs.mean() if mean else logs.sum())
        return torch.stack(scores)

    def probe(solution, table, prompt, labels, mean):
        import torch

        def log_probabilities(ids):
            ids = torch.as_tensor(ids)
            assert ids.dim() == 1, (
                f"log_probabilities takes one list of token numbers; you gave it a shape of {tuple(ids.shape)}."
            )
            if not len(ids):
                return torch.zeros(0, table.shape[1])
            assert not ids.is_floating_point() and ids.min() >= 0 and ids.max() < len(table), (
                f"log_probabilities takes token numbers from 0 to {len(table) - 1}; you gave it {ids.tolist()}."
            )
            return table[ids].cumsum(0).log_softmax(-1)

        scores = solution(log_probabilities, prompt, labels, *([True] if mean else []))  # False is the usual value
        if isinstance(scores, (list, tuple)) and scores:  # a list of numbers will do
            parts = []
            for place, each in enumerate(scores):
                try:
                    parts.append(torch.as_tensor(each, dtype=torch.float32))
                except (TypeError, ValueError, RuntimeError):
                    raise AssertionError(f"scores[{place}] is {each!r:.60}; a score is a number.") from None
            if len({part.shape for part in parts}) > 1:
                return scores
            scores = torch.stack(parts)
        return scores.float() if isinstance(scores, torch.Tensor) and scores.is_floating_point() else scores

    def show(case):
        return f"""
def log_probabilities(ids):
    return table[torch.as_tensor(ids)].cumsum(0).log_softmax(-1)

result = score_labels(log_probabilities, prompt, labels{", mean=True" if case["mean"] else ""}), prompt, labels
"""

    @holds("scores are logarithms of probabilities, so none is above 0")
    def none_above_zero(case, result):
        for place, score in enumerate(result.tolist()):
            if score > 1e-6:
                return f"scores[{place}] is {score:.3g}; the logarithm of a probability is never above 0."
        return None

    @holds("no score is infinite: every token has some probability")
    def finite(case, result):
        for place, score in enumerate(result.tolist()):
            if not math.isfinite(score):
                text = f"scores[{place}] is {score}, for a label of {len(case['labels'][place])} tokens"
                return f"{text}; each of them has some probability."
        return None

    @holds("all tokens of a label count")
    def all_tokens_count(case, result):
        for place, (score, label) in enumerate(zip(result.tolist(), case["labels"], strict=True)):
            logs = of_tokens(case["table"], case["prompt"], label)
            total = math.fsum(logs)
            if abs(score - total / (len(label) if case["mean"] else 1)) < 1e-3 or not 1 < len(label) <= 4:
                continue
            for some in chain.from_iterable(combinations(range(len(label)), n) for n in range(1, len(label))):
                if abs(score - math.fsum(logs[n] for n in some) / (len(some) if case["mean"] else 1)) < 1e-4:
                    which = f"token {some[0]}" if len(some) == 1 else f"tokens {' and '.join(map(str, some))}"
                    return f"scores[{place}] is what {which} of the label gives; it has {len(label)} tokens, from 0 on."
        return None

    @holds("with mean=True the sum is divided by the number of the label's tokens")
    def divided_by_the_length(case, result):
        for place, (score, label) in enumerate(zip(result.tolist(), case["labels"], strict=True)):
            total = math.fsum(of_tokens(case["table"], case["prompt"], label))
            if case["mean"] and score and abs(score * len(label) - total) > 1e-3:
                by = numbers_apart(total / score, float(len(label)))[0]
                text = f"scores[{place}] is {number(score)}, which is the label's sum {number(total)} divided by {by};"
                return f"{text} the label has {len(label)} token{'s' if len(label) > 1 else ''}."
        return None

    @holds("the sum, or the mean, of the log-probability of each token of a label after what comes before it")
    def each_token_is_scored(case, result):
        table = case["table"]
        found = [torch.tensor(of_tokens(table, case["prompt"], label)) for label in case["labels"]]
        want = torch.stack([each.mean() if case["mean"] else each.sum() for each in found])
        for place in (~torch.isclose(result.float(), want, rtol=1e-4, atol=1e-4)).nonzero().flatten().tolist()[:1]:
            got, right = numbers_apart(result[place].item(), want[place].item())
            parts = [number(each) for each in found[place].tolist()]
            first = ", ".join(parts) if len(parts) <= 4 else f"{', '.join(parts[:3])} and {len(parts) - 3} more numbers"
            whole = f"The tokens of label {place} have, each after what comes before it, the logarithms {first}"
            return f"{whole}: their {'mean' if case['mean'] else 'sum'} is {right}; scores[{place}] is {got}."
        return None

    first_token_only = slip(
        "You score a label by its first token alone. Labels that begin alike then get the same score: which of their "
        "tokens tell them apart?",
        "[:, None])",
        "[:, None])[:1]",
    )

    last_token_only = slip(
        "You score a label by its last token alone, as if the ones before were certain. What does it take for a whole "
        "label to be written: one token to come, or all of them?",
        "[:, None])",
        "[:, None])[-1:]",
    )

    own_row = slip(
        "You look at each token in its own row, where the model has read it already and speaks about the next. In "
        "which row is a token still to come?",
        "[len(prompt) - 1 : -1]",
        "[len(prompt) :]",
    )

    all_after_the_prompt = slip(
        "Every token of a label is scored in the last row of the prompt, as if it came first. What has the model read "
        "by the time it comes to the second?",
        "log_probabilities([*prompt, *label])[len(prompt) - 1 : -1]",
        "log_probabilities(prompt)[-1:].expand(len(label), -1)",
    )

    prompt_cut_to_its_last_token = slip(
        "The label is scored without the prompt before it: that tells how common its words are, not how they go with "
        "the query. What should the model read first?",
        "[*prompt, *label])[len(prompt) - 1 : -1]",
        "[prompt[-1], *label])[:-1]",
    )

    prompt_scored_too = slip(
        "The tokens of the prompt are scored too. They are the same for all labels and say nothing about any; in a "
        "mean they water everything down. From which row on does the label begin?",
        ("[len(prompt) - 1 : -1]", "[:-1]"),
        ("torch.tensor(label)", "torch.tensor([*prompt[1:], *label])"),
    )

    prompt_grows = slip(
        "Each label is read after the labels before it: by then the list in front of a label has grown (extend "
        "and += do that). What should the model have read before each of them?",
        "[*prompt, *label])[len(prompt) - 1 : -1]",
        "prompt.extend(label) or prompt)[-len(label) - 1 : -1]",
    )

    always_the_mean = slip(
        "You divide by the number of tokens whether or not it is asked for. Which argument says so, and which of the "
        "two is its default?",
        "logs.mean() if mean else logs.sum()",
        "logs.mean()",
    )

    always_the_sum = slip(
        "You never divide by the number of tokens. A sum falls with every token, so longer labels come out worse. "
        "What does mean=True ask for?",
        "logs.mean() if mean else logs.sum()",
        "logs.sum()",
    )

    sum_and_mean_swapped = slip(
        "Sum and mean have changed places. Which one is asked for with mean=False?",
        "if mean",
        "if not mean",
    )

    divided_by_everything = slip(
        "You divide by the number of all tokens, prompt included, so the mean depends on how much came before. How "
        "many numbers did you add up?",
        "logs.mean()",
        "logs.sum() / (len(prompt) + len(label))",
    )

    probabilities = slip(
        "You return probabilities; the docstring asks for their logarithms, which stay apart even when a label is "
        "long. Which step at the end is one too many?",
        "torch.stack(scores)",
        "torch.stack(scores).exp()",
    )

    logarithm_of_a_product = slip(
        "Right for short labels. But you multiply probabilities, and the product of many is smaller than the smallest "
        "number there is and becomes 0. What do logarithms do where probabilities are multiplied?",
        "logs.mean() if mean else logs.sum()",
        "logs.exp().prod().log() / (len(label) if mean else 1)",
    )

    shared_among_the_labels = slip(
        "Your scores are made to sum to 1 over the labels. That is a later step, for comparing the labels; you need "
        "what the model gives to each by itself. What is left when you leave that step out?",
        "torch.stack(scores)",
        "torch.stack(scores).log_softmax(0)",
    )

    @misconception(
        "Right, but for a label or a prompt without tokens: their score would be a sum of nothing, or speak about a "
        "token with nothing before it. What should the caller be told?"
    )
    def without_the_checks(log_probabilities, prompt, labels, mean=False):
        found = []
        for label in labels:
            rows = log_probabilities([*prompt, *label])
            logs = [rows[len(prompt) - 1 + place, token] for place, token in enumerate(label)]
            found.append(sum(logs, torch.zeros(())) / (max(len(logs), 1) if mean else 1))
        return torch.stack(found)

    @alternative
    def one_question_for_each_token(log_probabilities, prompt, labels, mean=False):
        if len(prompt) == 0 or any(len(label) == 0 for label in labels):
            raise ValueError("empty")
        scores = []
        for label in labels:
            total, read = 0.0, list(prompt)
            for token in label:
                total += float(log_probabilities(read)[-1][token])
                read.append(token)
            scores.append(total / len(label) if mean else total)
        return torch.tensor(scores)

    @alternative
    def in_a_plain_list(log_probabilities, prompt, labels, mean=False):
        def score(label):
            if not (prompt and label):
                raise ValueError("empty")
            text = torch.tensor(prompt + label)
            logs = log_probabilities(text)
            picked = [logs[t - 1, text[t]].item() for t in range(len(prompt), len(text))]
            return math.fsum(picked) / (len(picked) if mean else 1)

        return [score(label) for label in labels]

    @alternative
    def with_cross_entropy(log_probabilities, prompt, labels, mean=False):
        if not prompt or not all(labels):
            raise ValueError("empty")
        losses = [
            torch.nn.functional.cross_entropy(
                log_probabilities([*prompt, *label])[len(prompt) - 1 : -1],
                torch.tensor(label),
                reduction="mean" if mean else "sum",
            )
            for label in labels
        ]
        return -torch.stack(losses)
