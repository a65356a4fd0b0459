"""01.2: from counts to probabilities that sum to one."""

from __future__ import annotations

import torch

from ..compare import number, numbers_apart
from ..declare import Case, alternative, exercise, holds, misconception, slip
from ..random_inputs import randint
from .drawn_texts import draw_text, times
from .ngram_counts import NgramCounts

CLOSE = 1e-6


def counts_of(case: Case) -> dict:
    """The counts that a case's text gives."""
    return NgramCounts.reference(case["text"].split(), case["n"])


def wanted(case: Case) -> dict[str, float]:
    context = tuple(case["context"].split())
    return NextTokenProbs.reference(counts_of(case), context, case["alpha"], case["vocab"].split())  # type: ignore[arg-type]  # mypy sees no class decorator


@exercise("01.2", points=3, difficulty=2, minutes=15)
class NextTokenProbs:
    """Turn counts into probabilities, with a little left for what was never seen."""

    functions = ("next_token_probs",)
    returns = ("probabilities",)
    writes_out = True
    compares = False  # the properties compare, in better words
    because = (
        "Each count became a share of its context's total, alpha left something for tokens never seen there, and "
        "everything in vocab still sums to 1."
    )
    hints = (
        "Add alpha to the count of every token of vocab, also to a count of 0. By what must you divide so that the "
        "results sum to 1?",
        "Three steps: look up what followed the context (nothing, if it was never seen: dict.get takes a second "
        "argument for that); sum count + alpha over all tokens of vocab; divide each count + alpha by that sum. Where "
        "the sum is 0 there is nothing to divide: give every token the same.",
        "seen = counts.get(context, {}); total = sum(seen.get(token, 0) + alpha for token in vocab); then, if total is "
        "not 0, {token: (seen.get(token, 0) + alpha) / total for token in vocab}",
    )

    def cases(rng):
        def case(name, text, context, alpha, vocab, rule="", n=None):
            n = len(context.split()) + 1 if n is None else n
            return Case(name, rule, text=text, n=n, context=context, alpha=alpha, vocab=vocab)

        yield case("alpha = 1", "a b a b", "a", 1, "a b")
        yield case("alpha = 0.5", "a b a c a b", "a", 0.5, "a b c d")
        yield case("alpha = 0", "a b a c a b", "a", 0, "a b c")
        yield case("a context never seen", "a b a b", "c", 1, "a b c")
        yield case("a context never seen, alpha = 0", "a b a b", "c", 0, "a b c")
        small = "The total that you divide by may be less than 1. Only a total of 0 is a case of its own."
        yield case("a context never seen, alpha = 0.1", "a b a b", "c", 0.1, "a b c", small)
        yield case("a huge alpha", "a b a b", "a", 1e9, "a b c d")
        yield case("n = 1", "b a b c", "", 1, "a b c d")
        yield case("n = 3", "a b c a b d a b c", "a b", 0.5, "a b c d")
        part = "A context that is no key of counts was never seen, whatever part of it was: every token gets the same."
        yield case("n = 3, and only half of the context was seen", "a b c a b d a b c", "c b", 0.5, "a b c d", part)
        yield case("a context longer than those in counts", "a b a c a b", "c a", 0.5, "a b c", part, n=2)
        yield case("a token that is not in vocab", "a b a z a z", "a", 0.5, "a b c")
        yield case("only tokens that are not in vocab, alpha = 0", "a z a z", "a", 0, "a b")
        signs = "Tokens count as they are: 'B' is not 'b', and punctuation and digits are tokens too."
        yield case("capitals, punctuation and digits", "A b A B A , A 7 A b", "A", 0.5, "b B , 7 a A", signs)
        anew = "Every call answers from the counts that it is given; nothing is kept from the one before."
        yield case("other counts, and all else as in the first case", "a a b a a", "a", 1, "a b", anew)
        alpha = randint(rng, 1, 30) / 10
        yield case("12 tokens", draw_text(rng, 11, 4) + " a", "b", alpha, "d c b a")

    def reference(counts, context, alpha, vocab):
        """Turn counts into probabilities, with a little left for what was never seen.

        counts: what ngram_counts returns. context: a tuple of tokens. vocab: list of str, the possible tokens, each
        once. alpha: a number, 0 or more.
        Returns a dictionary from each token of vocab, and no other, to its probability, a float (or a tensor of one
        number): (count + alpha) / total. The count says how often the token came after this context, and total is the
        sum of count + alpha over vocab. So the probabilities sum to 1; do not round them.
        Tokens that are not in vocab do not count. A context that is no key of counts was never seen: each of its counts
        is 0, even if a part of it was seen. Where total is 0 (nothing seen, and alpha is 0), each token gets
        1 / len(vocab).
        Leaves counts and vocab as they are, and keeps nothing from one call to the next.
        Example: next_token_probs({("a",): {"b": 2}}, ("a",), 1, ["a", "b"]) is {"a": 0.25, "b": 0.75}.
        Source: Chen and Goodman, 1999, "An empirical study of smoothing techniques for language modeling", section 2.1.
        """
        seen = counts.get(context, {})
        total = sum(seen.get(token, 0) + alpha for token in vocab)
        if total == 0:
            return {token: 1 / len(vocab) for token in vocab}
        return {token: (seen.get(token, 0) + alpha) / total for token in vocab}

    def probe(solution, text, n, context, alpha, vocab):
        from collections.abc import Mapping

        import torch

        tokens, context, vocab = text.split(), tuple(context.split()), vocab.split()
        counts = {}
        for i in range(n - 1, len(tokens)):
            followers = counts.setdefault(tuple(tokens[i - n + 1 : i]), {})
            followers[tokens[i]] = followers.get(tokens[i], 0) + 1
        before, words = repr(counts), list(vocab)
        got = solution(counts, context, alpha, vocab)
        form, changed, extra = "", "", ""
        if repr(counts) != before:
            changed = f"Your function changed its input counts: they were {before} and are {counts!r} after the call."
        if vocab != words:
            changed = "Your function changed its input vocab; whoever called it still needs it."
        if not isinstance(got, Mapping):
            what = "nothing (None)" if got is None else f"a value of type {type(got).__name__}"
            form = f"Your function returned {what}, not a dictionary."
        numbers = {}
        for token, value in () if form else got.items():
            try:
                numbers[token] = float(value)
            except (TypeError, ValueError):
                form = f"For {token!r} your dictionary has {value!r}, which is not a number."
        extra = ", ".join(repr(token) for token in numbers if token not in words)
        short = ", ".join(f"{token!r}: {value:.4g}" for token, value in numbers.items())
        return {
            "probabilities": repr(got)[:200] if form else "{" + short + "}",
            "exact": torch.tensor([numbers.get(token, float("nan")) for token in words], dtype=torch.float64),
            "missing": ", ".join(repr(token) for token in words if token not in numbers),
            "extra": extra,
            "form": form,
            "changed": changed,
        }

    def show(case, kind, rule):
        context = tuple(case["context"].split())
        given = f"counts, vocab = {counts_of(case)!r}, vocab.split()  # the counts of this text\n"
        call = f"next_token_probs(counts, {context!r}, alpha, vocab)"
        if rule == "nothing_is_changed":
            return f"{given}{call}\nresult = counts, vocab  # after the call"
        return f"{given}result = {call}"

    def fingerprint(case, result):
        return [result["exact"], *(result[name] for name in ("missing", "extra", "form", "changed"))]

    @holds("a dictionary from tokens to probabilities")
    def is_in_form(case, result):
        return result["form"] or None

    @holds("counts and vocab stay as they were")
    def nothing_is_changed(case, result):
        return result["changed"] or None

    @holds("every token of vocab has a probability, and no other has")
    def exactly_the_vocabulary(case, result):
        if result["form"]:
            return None
        if result["missing"]:
            return f"No probability is given for {result['missing']}, which vocab lists."
        return f"A probability is given for {result['extra']}, which vocab does not list." if result["extra"] else None

    @holds("a context that was never seen gives every token of vocab the same")
    def unseen_is_uniform(case, result):
        p = result["exact"]
        if result["form"] or tuple(case["context"].split()) in counts_of(case) or p.isnan().any():
            return None
        if (p - 1 / len(p)).abs().max() > CLOSE:
            worst, want = numbers_apart(float(p[(p - 1 / len(p)).abs().argmax()]), 1 / len(p))
            return f"After a context that was never seen a token gets {worst}, not 1/{len(p)}, which is {want}."
        return None

    @holds("a huge alpha gives every token of vocab nearly the same")
    def huge_alpha_is_uniform(case, result):
        p = result["exact"]
        if case["alpha"] > 1e6 and (p - 1 / len(p)).abs().max() > 1e-3:
            low, high = number(float(p.min())), number(float(p.max()))
            return f"With alpha = 1e9 the probabilities go from {low} to {high}; they should all be near 1/{len(p)}."
        return None

    @holds("the probabilities sum to 1")
    def sums_to_one(case, result):
        total = float(result["exact"].sum())
        return f"The probabilities sum to {numbers_apart(total, 1)[0]}, not 1." if abs(total - 1) > CLOSE else None

    @holds("(count + alpha) / (the sum of count + alpha over vocab)")
    def every_probability_is_right(case, result):
        if result["form"]:
            return None
        seen = counts_of(case).get(tuple(case["context"].split()), {})
        for got, (token, want) in zip(result["exact"].tolist(), wanted(case).items(), strict=True):
            if not abs(got - want) <= CLOSE:
                followed = f"followed {times(seen[token])}" if token in seen else "never followed"
                alpha, words = case["alpha"], case["vocab"].split()
                above, below = seen.get(token, 0) + alpha, sum(seen.get(each, 0) + alpha for each in words)
                got, want = numbers_apart(got, want)
                text = f"{token!r}, which {followed}, gets {got}; with alpha = {alpha:g} it should get {want}"
                return f"{text}, which is {above:g} / {below:g}." if below else f"{text}, which is 1 / {len(words)}."
        return None

    alpha_only_above = slip(
        "You add alpha to every count, but you still divide by the sum of the bare counts. By how much does the sum "
        "grow when every token of vocab gets alpha?",
        "0) + alpha for token in vocab)",
        "0) for token in vocab)",
    )

    alpha_added_once = slip(
        "You add alpha to the sum once, but to the counts once for each token. How many tokens does vocab have?",
        "0) + alpha for token in vocab)",
        "0) for token in vocab) + alpha",
    )

    @misconception(
        "You give a probability only to the tokens that were seen in this context. Alpha is there for the others. Over "
        "what should the loop run, if not over what was counted?"
    )
    def only_what_was_seen(counts, context, alpha, vocab):
        seen = counts.get(context, {})
        total = sum(seen.values()) + alpha * len(vocab)
        return {token: (count + alpha) / total for token, count in seen.items()}

    size_of_what_was_seen = slip(
        "Your sum has one alpha for each token that was seen, not for each token of vocab. Which tokens get alpha "
        "added to their count?",
        "for token in vocab)",
        "for token in vocab if token in seen)",
    )

    expects_every_context = slip(
        "A context that was never seen is not in counts, and counts[context] then stops with a KeyError. How do you "
        "ask a dictionary for something that may not be there?",
        "counts.get(context, {})",
        "counts[context]",
    )

    expects_every_token = slip(
        "A token that never followed is not in the context's dictionary, and asking for it with [ ] stops with a "
        "KeyError. How do you ask a dictionary for something that may not be there, with 0 for an answer if so?",
        ("sum(seen.get(token, 0) + alpha for token in vocab)", "sum(seen.values()) + alpha * len(vocab)"),
        ("(seen.get(token, 0) + alpha) /", "(seen[token] + alpha) /"),
    )

    divides_by_zero = slip(
        "With alpha = 0 and nothing seen you divide 0 by 0. What should a model say that knows nothing at all?",
        "total == 0",
        "False",
    )

    nothing_after_the_unseen = slip(
        "After a context that was never seen everything is impossible: your probabilities are all 0. Something must "
        "come next, so what do they have to sum to?",
        "seen = counts.get(context, {})",
        "seen = counts.get(context, {})\n    if not seen:\n        return dict.fromkeys(vocab, 0.0)",
    )

    empty_after_the_unseen = slip(
        "After a context that was never seen your dictionary is empty. Something must come next all the same. What is "
        "left of the formula when every count is 0?",
        "seen = counts.get(context, {})",
        "seen = counts.get(context, {})\n    if not seen:\n        return {}",
    )

    number_of_contexts = slip(
        "Your sum has one alpha for each context in counts, not for each token of vocab. Which of the two gets alpha "
        "added?",
        "0) + alpha for token in vocab)",
        "0) for token in vocab) + alpha * len(counts)",
    )

    without_alpha = slip(
        "Alpha is never used: what was not seen stays impossible. Where should it be added?",
        ("0) + alpha for token in vocab)", "0) for token in vocab)"),
        ("(seen.get(token, 0) + alpha) / total", "seen.get(token, 0) / total"),
    )

    vocab_without_alpha = slip(
        "Your total grows by 1 for every token of vocab, whatever alpha is, while each count grows by alpha. By how "
        "much must the total grow for the probabilities to sum to 1?",
        "0) + alpha for token in vocab)",
        "0) for token in vocab) + len(vocab)",
    )

    @misconception(
        "You add 1 to every count, whatever alpha is. Where does alpha come in?",
    )
    def always_one_more(counts, context, alpha, vocab):
        return NextTokenProbs.reference(counts, context, 1, vocab)

    at_least_one_below = slip(
        "You keep the total from falling below 1, so that nothing is divided by 0. But a total of 0.3 is a total like "
        "any other, and if you divide by 1 instead, the probabilities no longer sum to 1. Which one total is special?",
        "/ total",
        "/ max(total, 1)",
    )

    sum_over_everything_counted = slip(
        "Your sum includes tokens that are not in vocab. Those are impossible here, so the rest no longer sums to 1. "
        "Over which tokens should the sum run?",
        "sum(seen.get(token, 0) + alpha for token in vocab)",
        "sum(seen.values()) + alpha * len(vocab)",
    )

    writes_into_counts = slip(
        "Asking for a context writes it into counts: setdefault (or a defaultdict) does that. The next reader finds a "
        "context that never occurred. Which way of asking leaves a dictionary as it is?",
        ".get(context, {})",
        ".setdefault(context, {})",
    )

    context_ignored = slip(
        "Your function adds up what followed all contexts; the one asked for plays no part. What is `context` a key "
        "of?",
        "counts.get(context, {})",
        "{token: sum(each.get(token, 0) for each in counts.values()) for token in vocab}",
    )

    @alternative
    def known_and_unknown_apart(counts, context, alpha, vocab):
        known = [counts[context].get(token, 0) if context in counts else 0 for token in vocab]
        if alpha == 0 and sum(known) == 0:
            return dict.fromkeys(vocab, 1 / len(vocab))
        bottom = sum(known) + alpha * len(vocab)
        return {token: (count + alpha) / bottom for token, count in zip(vocab, known, strict=True)}

    @alternative
    def with_a_tensor(counts, context, alpha, vocab):
        row = torch.tensor([counts.get(context, {}).get(token, 0) for token in vocab], dtype=torch.float64) + alpha
        if not row.any():
            row += 1
        return dict(zip(vocab, (row / row.sum()).tolist(), strict=True))

    @alternative
    def mixed_with_the_uniform(counts, context, alpha, vocab):
        # the same thing seen as a mixture: the shares of what was seen, and the uniform distribution
        seen = counts.get(context, {})
        n, V = sum(seen.get(token, 0) for token in vocab), len(vocab)
        share = n / (n + alpha * V) if n + alpha * V else 0
        return {token: (share * seen.get(token, 0) / n if n else 0) + (1 - share) / V for token in vocab}
