"""01.1: what follows what, counted."""

from __future__ import annotations

from ast import literal_eval

from ..declare import Case, alternative, exercise, holds, misconception, slip
from ..random_inputs import randint
from .drawn_texts import draw_text, times

FROM_WHERE = "Is something changed in the tokens, or left over from an earlier call?"


def difference(case: Case, counts: dict) -> str | None:
    """The first place where counts part from the right ones, as a sentence; None if they do not."""
    want = NgramCounts.reference(tokens_of(case), case["n"])  # type: ignore[arg-type]  # mypy sees no class decorator
    strange = [token for context in counts for token in context if token not in tokens_of(case)]
    if strange:
        return f"Your contexts have {strange[0]!r} in them, which is no token of this text. {FROM_WHERE}"
    for context, followers in want.items():
        if context not in counts:
            return f"The context {context!r} is missing, though {next(iter(followers))!r} follows it."
        for token, count in followers.items():
            got = counts[context].get(token, 0)
            if got != count:
                return f"After the context {context!r} you count {token!r} {times(got)}; it follows {times(count)}."
    for context, followers in counts.items():
        for token in followers:
            if token not in want.get(context, {}):
                count = times(followers[token])
                if token not in tokens_of(case):
                    return f"You have {token!r} {count}, which is no token of this text. {FROM_WHERE}"
                return f"After the context {context!r} you have {token!r} {count}; it never follows, so leave it out."
        if context not in want:
            return f"You have the context {context!r}, which nothing follows."
    return None


def tokens_of(case: Case) -> list[str]:
    """The tokens of a case, whose text has a "|" between them where some of them are blank."""
    return case["text"].split("|") if "|" in case["text"] else case["text"].split()


@exercise("01.1", points=2, difficulty=1, minutes=10)
class NgramCounts:
    """Count which token follows which context."""

    functions = ("ngram_counts",)
    returns = ("counts",)
    writes_out = True
    compares = False  # the properties compare, in better words
    because = "Every run of n tokens is counted exactly once, under the n - 1 tokens that come before its last."
    hints = (
        "Lay a window over the first n tokens of the text, then move it along, one token at a time. In each position, "
        "which tokens are the context, and which one is counted? Where is the window at the very end?",
        "For every i from 0 to len(tokens) - n: the context is the tuple of the n - 1 tokens from i on, and the token "
        "counted is the one after them, tokens[i + n - 1]. If the context is new, give it an empty dictionary; then "
        "add 1 to the token's count in it. Before all that, refuse an n below 1.",
        "for i in range(len(tokens) - n + 1): context = tuple(tokens[i : i + n - 1]); "
        "followers = counts.setdefault(context, {}); "
        "followers[tokens[i + n - 1]] = followers.get(tokens[i + n - 1], 0) + 1",
    )

    def cases(rng):
        yield Case("4 tokens, n = 2", text="a b a b", n=2)
        yield Case("5 tokens, n = 2", text="a b a c a", n=2)
        yield Case("n = 1", text="b a b", n=1)
        yield Case("n = 3", text="a b c a b d", n=3)
        yield Case("words", text="the cat saw the dog and the cat", n=2)
        yield Case("the same token over and over", text="a a a a", n=3)
        yield Case("as many tokens as n", text="a b c", n=3)
        short = "A text of fewer than n tokens has no runs, and gives {}."
        yield Case("a text shorter than n", short, text="a b", n=3)
        yield Case("one token, n = 2", short, text="a", n=2)
        yield Case("no tokens at all", short, text="", n=1)
        signs = (
            "Tokens are texts of any kind and count as they are: 'A' is not 'a', and punctuation and digits count too."
        )
        yield Case("capitals, punctuation and digits", signs, text="A a , A_1 a , A é 7 É", n=2)
        blank = "A token may be an empty text or a space: it counts as it is."
        yield Case("tokens that are empty or blank", blank, text="a|| |a| |", n=2)
        below = "An n below 1 raises ValueError."
        yield Case("n = 0", below, text="a b a", n=0)
        yield Case("n = -1", below, text="a b a", n=-1)
        yield Case("n = 0 and no tokens", below, text="", n=0)
        n = randint(rng, 2, 4)
        yield Case(f"40 tokens, n = {n}", text=draw_text(rng, 40, 4), n=n)

    def reference(tokens, n):
        """Count which token follows which context.

        tokens: list of str. Take each token as it is: "A" and "a" are two tokens, and "," is one. n: the length of the
        runs, 1 or more; below 1 raises ValueError.
        Returns a dictionary of dictionaries. Its keys are the contexts, tuples of n - 1 neighbouring tokens. The value
        of a context is a dictionary too: from each token that came next to how often it did. Only contexts that some
        token follows are keys, so a text of fewer than n tokens gives {}. For n = 1 the only context is the empty tuple
        ().
        Leaves tokens as it is, and keeps nothing from one call to the next.
        Example: ngram_counts(["a", "b", "a", "b"], 2) is {("a",): {"b": 2}, ("b",): {"a": 1}}.
        Source: Shannon, 1948, "A Mathematical Theory of Communication", section 3.
        """
        if n < 1:
            raise ValueError(f"n is {n}; a run has at least 1 token.")
        counts = {}
        for i in range(len(tokens) - n + 1):
            context, token = tuple(tokens[i : i + n - 1]), tokens[i + n - 1]
            followers = counts.setdefault(context, {})
            followers[token] = followers.get(token, 0) + 1
        return counts

    def probe(solution, text, n):
        from collections.abc import Mapping
        from numbers import Number

        words = text.split("|") if "|" in text else text.split()
        tokens = list(words)
        got = solution(tokens, n)
        changed = "" if tokens == words else "Your function changed its input tokens; whoever called it needs them."
        first, form, kept = repr(got), "", ""
        later = solution([token + "'" for token in words], n)
        if repr(got) != first:
            kept = "What an earlier call gave has changed with the next one: both gave the same dictionary."
        elif got and repr(later) == first:
            kept = "Called with other tokens, your function gave the very same answer once more. Does it look at the "
            kept += "tokens at all, or is something kept from the call before?"

        def in_order(mapping):  # whatever order things were counted in, and whatever kind of dictionary
            rows = {
                key: in_order(value) if isinstance(value, Mapping) else value
                for key, value in sorted(mapping.items(), key=lambda pair: repr(pair[0]))
            }
            return {key: int(x) if isinstance(x, Number) and x == int(x) else x for key, x in rows.items()}

        if not isinstance(got, Mapping):
            what = "nothing (None)" if got is None else f"a value of type {type(got).__name__}"
            form = f"Your function returned {what}, not a dictionary."
            return {"counts": first, "form": form, "changed": changed, "kept": kept}
        for context, followers in got.items():
            if not isinstance(context, tuple):
                form = form or (
                    f"One of your contexts is {context!r}, of type {type(context).__name__}; a context is a tuple, "
                    f"here of {n - 1} token{'s' * (n != 2)}."
                )
            elif not isinstance(followers, Mapping):
                form = form or (
                    f"Your dictionary has {followers!r} for {context!r}; to every context belongs a dictionary "
                    "from tokens to counts."
                )
            elif len(context) != n - 1:
                form = form or (
                    f"Your context {context!r} has {len(context)} token{'s' * (len(context) != 1)}; for n = {n} a "
                    f"context has {n - 1}."
                )
            elif not all(isinstance(count, Number) for count in followers.values()):
                form = form or f"After the context {context!r} the counts are not all numbers: {dict(followers)!r}."
        return {"counts": repr(in_order(got)), "form": form, "changed": changed, "kept": kept}

    def show(case, kind, rule):
        tokens = 'text.split("|")' if "|" in case["text"] else "text.split()"
        if rule == "tokens_stay":
            return f"tokens = {tokens}\nngram_counts(tokens, n)\nresult = tokens  # after the call"
        if rule == "nothing_is_kept":
            return f"""
first = ngram_counts({tokens}, n)
later = ngram_counts([token + "'" for token in {tokens}], n)  # with other tokens
result = first, later
"""
        return f"result = ngram_counts({tokens}, n)"

    @holds("a dictionary from contexts, tuples of n - 1 tokens, to dictionaries of counts")
    def is_in_form(case, result):
        return result["form"] or None

    @holds("tokens as they were before the call")
    def tokens_stay(case, result):
        return None if result["form"] else result["changed"] or None

    @holds("for other tokens other counts, in a dictionary of their own")
    def nothing_is_kept(case, result):
        return None if result["form"] else result["kept"] or None

    @holds("the counts sum to the number of runs, len(tokens) - n + 1")
    def all_pieces_are_counted(case, result):
        if result["form"]:
            return None
        counts, length = literal_eval(result["counts"]), len(tokens_of(case))
        total, pieces = sum(sum(each.values()) for each in counts.values()), max(0, length - case["n"] + 1)
        if total == pieces:
            return None
        text = f"Your counts sum to {total}; there are {pieces} runs of {case['n']} in a text of {length} tokens."
        return f"{text} {difference(case, counts)}"

    @holds("every token is counted as often as it follows the context")
    def counts_are_right(case, result):
        return None if result["form"] else difference(case, literal_eval(result["counts"]))

    last_piece_missing = slip(
        "Your window stops one place too early, so the last token of the text is never counted. In a text of exactly n "
        "tokens there is one run; what does your range give for it?",
        "range(len(tokens) - n + 1)",
        "range(len(tokens) - n)",
    )

    context_of_n_tokens = slip(
        "Your contexts have n tokens, so with the one that follows your runs are n + 1 long. An n-gram is n tokens "
        "in all; how many of them does that leave for the context?",
        ("range(len(tokens) - n + 1)", "range(len(tokens) - n)"),
        ("tuple(tokens[i : i + n - 1]), tokens[i + n - 1]", "tuple(tokens[i : i + n]), tokens[i + n]"),
    )

    noted_not_counted = slip(
        "Every count is 1: you note that a token followed, not how often. Which line should add to what is there "
        "already?",
        "followers.get(token, 0) + 1",
        "1",
    )

    whole_pieces = slip(
        "You count whole runs, context and next token in one key. Later you will ask what follows a context, so its "
        "followers must be together. Which part of a run should be the key, and which goes into the dictionary there?",
        "followers = counts.setdefault(context, {})",
        "followers, token = counts, (*context, token)",
    )

    contexts_joined_to_texts = slip(
        "Your contexts are strings, not tuples: once joined, nobody can see where one token ends and the next begins. "
        "What does tuple(tokens[i : i + n - 1]) give, for n = 2 and for n = 1?",
        "tuple(",
        '" ".join(',
    )

    contexts_left_as_lists = slip(
        "Your contexts are lists, and a list cannot be a key of a dictionary, because it can change. What can you "
        "make of a list that cannot change?",
        "tuple(tokens[i : i + n - 1])",
        "tokens[i : i + n - 1]",
    )

    pieces_side_by_side = slip(
        "Your window jumps n tokens at a time, so no two runs overlap. Every token but the first n - 1 follows "
        "some context; how far should the window move?",
        "range(len(tokens) - n + 1)",
        "range(0, len(tokens) - n + 1, n)",
    )

    short_contexts_at_the_start = slip(
        "The first tokens of your text have contexts that are too short, because nothing stands before them. Which is "
        "the first token that has n - 1 others before it?",
        ("range(len", "range(1 - n, len"),
        ("[i :", "[max(i, 0) :"),
    )

    backwards = slip(
        "Your context comes after the token that you count, so your model would guess backwards. Which end of the "
        "window is read last?",
        "tuple(tokens[i : i + n - 1]), tokens[i + n - 1]",
        "tuple(tokens[i + 1 : i + n]), tokens[i]",
    )

    goes_round = slip(
        "After the last token you go on with the first, as if the text were a ring. Where does the last run begin, if "
        "all of it lies in the text?",
        "counts = {}",
        "tokens, counts = [*tokens, *tokens[: n - 1]], {}",
    )

    @misconception(
        "These are shares: after each context they sum to 1. This exercise asks for the counts themselves. Which "
        "division belongs to the next one?"
    )
    def shares(tokens, n):
        counts = NgramCounts.reference(tokens, n)
        return {
            context: {token: count / sum(row.values()) for token, count in row.items()}
            for context, row in counts.items()
        }

    without_the_check = slip(
        "The counts are right, but an n of 0 or less goes through: Python reads a negative position as one from the "
        "end, and nonsense comes out without a complaint. What should you check before the loop?",
        "n < 1",
        "False",
    )

    @alternative
    def with_counters(tokens, n):
        from collections import Counter, defaultdict

        if n <= 0:
            raise ValueError("n must be at least 1")
        counts = defaultdict(Counter)
        for *context, token in zip(*(tokens[i:] for i in range(n)), strict=False):
            counts[tuple(context)][token] += 1
        return counts

    @alternative
    def seen_from_the_token(tokens, n):
        if n < 1:
            raise ValueError("n must be at least 1")
        counts = {}
        for i in range(n - 1, len(tokens)):
            context = tuple(tokens[i - n + 1 : i])
            if context not in counts:
                counts[context] = {}
            if tokens[i] not in counts[context]:
                counts[context][tokens[i]] = 0
            counts[context][tokens[i]] += 1
        return counts
