"""02.2: two tokens become one, wherever they stand side by side."""

from __future__ import annotations

from ..declare import Case, alternative, exercise, holds, misconception, slip
from ..random_inputs import randint


@exercise("02.2", points=1, difficulty=1, minutes=10)
class MergePair:
    """Put one new token in the place of two, wherever they stand side by side in a word."""

    functions = ("merge_pair",)
    returns = ("merged",)
    compares = False  # the properties compare, in better words
    writes_out = True
    because = (
        "You went from left to right, put the new token where the pair stood and went on behind it, so no token was "
        "used twice, and all others stayed as they were."
    )
    hints = (
        "Merge (a, a) in a a a a a with a pencil, from left to right. When you have merged the first two, at which "
        "token do you look next?",
        "A loop over places that you move yourself: while i < len(word). If the tokens at i and i + 1 are the pair, "
        "write down the new token and move on by 2; if not, write down the token at i and move on by 1. The last token "
        "has no neighbour: see that you do not ask for one.",
        "if word[i : i + 2] == pair: merged.append(new); i += 2. Else: merged.append(word[i]); i += 1. A slice that "
        "reaches over the end is only shorter, so it needs no check. At the end: return tuple(merged).",
    )

    def cases(rng):
        def case(name, word, pair, new, rule=""):
            return Case(name, rule, word=tuple(word.split()), pair=tuple(pair.split()), new=new)

        yield case("the pair and nothing else", "a b", "a b", "ab")
        yield case("a word around the pair", "l o w", "o w", "ow")
        yield case("at the start", "l o w e r", "l o", "lo")
        yield case("the pair is not there", "n e w", "o w", "ow")
        yield case("the other way round", "b a c", "a b", "ab")
        yield case("twice", "b a n a n a s", "a n", "an")
        run = "Go from left to right; a token that was merged is used up."
        yield case("a run of three", "a a a", "a a", "aa", run)
        yield case("a run of five", "a a a a a", "a a", "aa", run)
        yield case("a run inside a word", "b a a a c", "a a", "aa", run)
        yield case("a run, then another token", "a a b", "a b", "ab")
        yield case("the first of the pair alone", "a c a b", "a b", "ab")
        boundaries = "Tokens are compared whole, not letter by letter."
        yield case("the same letters, cut otherwise", "l ow", "lo w", "low", boundaries)
        yield case("a token that contains the pair", "the t he", "t h", "th", boundaries)
        yield case("tokens of several letters", "lo w e st", "e st", "est")
        yield case("the new token is another word for the pair", "s t o p", "o p", "Z")
        yield case("one token", "a", "a b", "ab")
        yield Case("no tokens at all", "A word without tokens stays one.", word=(), pair=("a", "b"), new="ab")
        yield Case("numbers", word=(104, 105, 104, 105, 33), pair=(104, 105), new=256)
        yield Case("numbers, after earlier merges", word=(32, 257, 258, 257), pair=(258, 257), new=259)
        drawn = tuple("ab"[randint(rng, 0, 1)] for _ in range(19))
        yield Case("19 tokens of two kinds", word=("c", *drawn), pair=("a", "b"), new="ab")
        longer = tuple("ab"[min(1, randint(rng, 0, 3))] for _ in range(23))
        yield Case("23 tokens with long runs", word=longer, pair=("b", "b"), new="bb")

    def reference(word, pair, new):
        """Put one new token in the place of two, wherever they stand side by side in a word.

        word: a tuple of tokens (texts, or whole numbers). pair: a tuple of two tokens. new: the token that takes the
        place of the pair, a text or a number; it is not in the word.
        Goes from left to right. Where the next two tokens are the pair, in this order, the new token takes their place,
        and both are used up; otherwise the next token stays as it is. So a pair of equal tokens leaves the last of an
        odd run over. Tokens are compared whole: "l", "ow" is not "lo", "w".
        Returns a tuple of tokens. The word itself is not changed.
        Example: merge_pair(("a", "a", "a", "b"), ("a", "a"), "X") is ("X", "a", "b").
        Source: Sennrich, Haddow and Birch, 2016, "Neural machine translation of rare words with subword units".
        """
        merged, used_up = [], False
        for i, token in enumerate(word):
            if used_up:  # the second of a pair that was merged
                used_up = False
            elif word[i : i + 2] == pair:
                merged.append(new)
                used_up = True
            else:
                merged.append(token)
        return tuple(merged)

    def probe(solution, word, pair, new):
        got, form = solution(word, pair, new), ""
        if isinstance(got, list):
            form = "You gave a list. A word is a key of a dictionary, and of the two only a tuple can be one."
        elif not isinstance(got, tuple):
            what = "nothing (None)" if got is None else f"a value of type {type(got).__name__}"
            form = f"Your function returned {what}, not a tuple of tokens."
        return {"merged": repr(got), "form": form}

    def show(case):
        return "result = merge_pair(word, pair, new)"

    @holds("a tuple of tokens")
    def is_a_tuple(case, result):
        return result["form"] or None

    @holds("the new token where the pair stood, and all else as it was")
    def is_merged(case, result):
        want = MergePair.reference(case["word"], case["pair"], case["new"])
        if result["form"] or result["merged"] == repr(want):
            return None
        return f"{case['word']!r} became {result['merged']}; it should become {want!r}."

    nothing_used_up = slip(
        "After a merge you go on with the second token of the pair, as if it were still there. It has become part of "
        "the new token: by how much must i grow?",
        ("used_up = True", "used_up = False"),
    )

    used_twice = slip(
        "In a run the second token of a pair is used once more: as the first of the next pair. So a a a becomes aa aa, "
        "which has four letters in it. At which token do you look after a merge?",
        "if used_up:",
        "if used_up and word[i : i + 2] != pair:",
    )

    first_place_only = slip(
        "You merge the first place where the pair stands and leave the others. What must your loop do after a merge?",
        ("== pair", "== pair and new not in merged"),
    )

    @misconception(
        "An odd run is merged from its end: a a a becomes a aa. The docstring goes from left to right, as training and "
        "encoding both must, or they would not fit each other. At which end does your loop begin?"
    )
    def from_the_right(word, pair, new):
        return MergePair.reference(word[::-1], pair[::-1], new)[::-1]

    both_orders = slip(
        "You merge the two tokens in either order. (b, a) is another pair, with a count of its own. Which comparison "
        "asks for the order, too?",
        "== pair",
        "in (pair, pair[::-1])",
    )

    any_of_the_two = slip(
        "You ask of each token whether it is one of the two, so a a and b b are merged like a b. Which of the two must "
        "stand first, and which second?",
        ("word[i : i + 2] == pair", "set(word[i : i + 2]) <= set(pair) and i + 1 < len(word)"),
    )

    last_token_lost = slip(
        "The last token is lost where it is not part of a merge: your loop ends before it, since it has no neighbour. "
        "Where does it go?",
        "enumerate(word)",
        "enumerate(word[:-1])",
    )

    letters_not_tokens = slip(
        "You compare letters: l ow counts as lo w, since both read low. Two tokens are a pair only if each is equal to "
        "its own. What gets lost when tokens are joined to a text?",
        "word[i : i + 2] == pair",
        '"".join(map(str, word[i : i + 2])) == "".join(map(str, pair))',
    )

    joined_by_yourself = slip(
        "You make the new token by joining the two. What it is called is for the caller to say: later it will be a "
        "number. Which of your parameters has not been used?",
        "merged.append(new)",
        "merged.append(pair[0] + pair[1])",
    )

    pair_as_a_token = slip(
        "In the place of the pair you put the pair itself, a tuple within the word. What should stand there?",
        "merged.append(new)",
        "merged.append(pair)",
    )

    @alternative
    def by_tokens_already_written(word, pair, new):
        merged = []
        free = False  # whether the last of merged may still be merged
        for token in word:
            if free and (merged[-1], token) == pair:
                merged[-1] = new
                free = False
            else:
                merged.append(token)
                free = True
        return tuple(merged)

    @alternative
    def with_an_iterator(word, pair, new):
        def tokens():
            i = 0
            while i + 1 < len(word):
                found = word[i] == pair[0] and word[i + 1] == pair[1]
                yield new if found else word[i]
                i += 2 if found else 1
            yield from word[i:]

        return tuple(tokens())
