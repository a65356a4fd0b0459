"""02.4: from text to token numbers and back, without losing anything. It uses 02.2."""

from __future__ import annotations

import re
from itertools import pairwise

from unravelling.language_models.pre_tokenizer import split_words

from ...declare import alternative, exercise, holds, misconception, slip
from ..merge_pair import MergePair
from .probe import cases, decode, encode, probe, show

merge_pair = MergePair.reference


def reference_of(case):
    """What encode should give on a case."""
    return EncodeDecode.reference.encode(case["text"], case["merges"], case["special"])


@exercise("02.4", points=4, difficulty=3, minutes=35)
class EncodeDecode:
    """Turn any text into token numbers, and the numbers into the text again."""

    functions = ("encode", "decode")
    returns = ("encode(text)", "decode(ids)")
    writes_out = ("encode(text)",)
    compares = False  # the properties compare, in better words
    because = (
        "Every text is bytes, and all 256 bytes are tokens, so nothing can be lost on the way; merges were made in the "
        "order in which they were learned, inside words, and special tokens were taken out first."
    )
    hints = (
        "encode: without special tokens it is three loops: over words, over merges, and the one inside your "
        "merge_pair. decode: which bytes does token 256 stand for, and which token 257, if the second merge used 256?",
        "encode: cut the special tokens out first. re.split with the pattern in round brackets gives the pieces "
        "between them and, in turn, the special tokens themselves. Each other piece: split_words, the bytes of the "
        "word as a tuple, and merge number i, which makes token 256 + i, for each i in order. decode: a table from "
        "numbers to bytes, filled in the order of the merges; join the bytes of all tokens; only then decode them.",
        'pattern = "|".join(map(re.escape, sorted(special, key=len, reverse=True))); for part in '
        're.split(f"({pattern})", text) if special else [text]: ... ; tokens = tuple(word.encode()); for i, pair in '
        "enumerate(merges): tokens = merge_pair(tokens, pair, 256 + i). decode: pieces = {i: bytes([i]) for i in "
        'range(256)}; pieces[256 + i] = pieces[a] + pieces[b]; b"".join(...).decode("utf-8", errors="replace")',
    )

    cases = cases

    class reference:
        def encode(text, merges, special):
            """Turn a text into token numbers.

            text: any str of whole characters. merges: a list of pairs of token numbers, as train_bpe learned them from
            bytes: merge number i (from 0) makes token 256 + i, and tokens 0 to 255 are the bytes. special: a dictionary
            from texts such as "<|end|>" to the numbers of these special tokens.
            Special tokens first: wherever one stands in the text it becomes its number. They are looked for from left
            to right; where several begin at one place, the longest is taken. A text that is not in special is text.
            What lies between them is cut by split_words (of unravelling.language_models), and each word becomes its
            bytes (word.encode()). Inside a word the merges are made in the order of the list, each wherever it stands,
            from left to right, so an early merge goes before a later one, however long the token that the later makes.
            Returns a list of ints. Leaves merges and special as they are.
            Example: encode("hi hi<|end|>", [(104, 105)], {"<|end|>": 300}) is [256, 32, 256, 300].
            Source: Radford et al., 2019, "Language models are unsupervised multitask learners", section 2.2.
            """
            pattern = "|".join(map(re.escape, sorted(special, key=len, reverse=True)))
            ids = []
            for part in re.split(f"({pattern})", text) if special else [text]:
                if part in special:
                    ids.append(special[part])
                    continue
                for word in split_words(part):
                    tokens = tuple(word.encode())
                    for i, pair in enumerate(merges):
                        tokens = merge_pair(tokens, pair, 256 + i)
                    ids.extend(tokens)
            return ids

        def decode(ids, merges, special):
            """Turn token numbers into a text: the inverse of encode.

            ids: a list of ints. merges and special: as in encode.
            The bytes of all tokens are put one after another and read as UTF-8. A token may be a part of a
            character; bytes that make no character become U+FFFD, as bytes.decode with errors="replace" does. A special
            token gives its text.
            Returns a str. Raises ValueError for a number that is no token. Leaves its inputs as they are.
            Example: decode([256, 33], [(104, 105)], {}) is "hi!".
            """
            pieces = {i: bytes([i]) for i in range(256)}
            for i, (a, b) in enumerate(merges):
                pieces[256 + i] = pieces[a] + pieces[b]
            for name, number in special.items():
                pieces[number] = name.encode()
            unknown = [each for each in ids if each not in pieces]
            if unknown:
                raise ValueError(f"No token has the number {unknown[0]}.")
            return b"".join(pieces[each] for each in ids).decode("utf-8", errors="replace")

    probe = probe
    encode = encode
    decode = decode
    show = show

    def fingerprint(case, result):
        wrong_encode = result["encode(text)"] != repr(reference_of(case))
        mine = (
            ("encode", result["encode(text)"]) if wrong_encode else ("decode", result["decode(ids)"], result["alone"])
        )
        return (*mine, result["form"])

    @holds("encode gives a list of whole numbers, decode a text, and the inputs stay as they were")
    def is_in_form(case, result):
        return result["form"] or None

    @holds("encode gives the tokens that the merges make")
    def encodes(case, result):
        want = repr(reference_of(case))
        if result["form"] or result["encode(text)"] == want:
            return None
        return f"encode makes {result['encode(text)']} of {case['text']!r}; it should make {want}."

    @holds("decode gives the text that the tokens stand for")
    def decodes(case, result):
        if result["form"]:
            return None
        want = EncodeDecode.reference.decode(case["ids"], case["merges"], case["special"])
        if result["decode(ids)"] != want:
            return f"decode makes {result['decode(ids)']!r} of {case['ids']!r}; it should make {want!r}."
        alone = [EncodeDecode.reference.decode([each], case["merges"], case["special"]) for each in case["ids"]]
        if result["alone"] != repr(alone):
            return "decode gives the text of all tokens together, and another one for some of them alone."
        if result["back"] != case["text"] and result["encode(text)"] == repr(reference_of(case)):
            return f"What encode made of {case['text']!r} comes back from decode as {result['back']!r}."
        return None

    @misconception(
        "You take the longest token that fits at each place. Training merged in an order, and a model has only seen "
        "what that order gives: in which order should the merges be tried, by length or by their place in the list?"
    )
    class longest_first:
        def encode(text, merges, special):
            pieces = {bytes([i]): i for i in range(256)}
            names = dict(enumerate(pieces))
            for i, (a, b) in enumerate(merges):
                names[256 + i] = names[a] + names[b]
                pieces[names[256 + i]] = 256 + i
            pattern = "|".join(map(re.escape, sorted(special, key=len, reverse=True)))
            ids = []
            for part in re.split(f"({pattern})", text) if special else [text]:
                if part in special:
                    ids.append(special[part])
                    continue
                for word in map(str.encode, split_words(part)):
                    while word:
                        longest = max((each for each in pieces if word.startswith(each)), key=len)
                        ids.append(pieces[longest])
                        word = word[len(longest) :]
            return ids

    @misconception(
        "You go through the word from the left and merge the first pair that has a merge at all. The list has an "
        "order: an earlier merge that stands further right should be made before a later one on the left. Which loop "
        "belongs outside, the one over merges or the one over places?"
    )
    class leftmost_first:
        def encode(text, merges, special):
            pattern = "|".join(map(re.escape, sorted(special, key=len, reverse=True)))
            ids = []
            for part in re.split(f"({pattern})", text) if special else [text]:
                if part in special:
                    ids.append(special[part])
                    continue
                for word in split_words(part):
                    tokens = list(word.encode())
                    i = 0
                    while i < len(tokens) - 1:
                        pair = (tokens[i], tokens[i + 1])
                        if pair in merges:
                            tokens[i : i + 2] = [256 + merges.index(pair)]
                            i = 0
                        else:
                            i += 1
                    ids.extend(tokens)
            return ids

    across_words = slip(
        "Your merges reach from one word into the next. Training never saw such a pair, since it counted inside words. "
        "What should be cut before anything is merged?",
        "split_words(part)",
        "[part]",
        of="encode",
    )

    characters_not_bytes = slip(
        "Your tokens are the numbers of characters (ord), and only the first 128 of those are bytes. Which method of a "
        "text gives its bytes?",
        "word.encode()",
        "map(ord, word)",
        of="encode",
    )

    special_as_text = slip(
        "Special tokens are cut up like any other text, so a model would never see the one number that it was taught. "
        "What must happen before the words are cut?",
        ("if special else [text]", "if False else [text]"),
        ("if part in special:", "if False:"),
        of="encode",
    )

    shorter_special_first = slip(
        "Where several special tokens begin at one place, yours takes the one that it tries first, though a longer one "
        "fits. In which order should they stand in the pattern?",
        "sorted(special, key=len, reverse=True)",
        "special",
        of="encode",
    )

    special_as_a_pattern = slip(
        "Your special tokens are read as a pattern, in which | means *or* and a full stop any character. Which "
        "function of re makes such characters stand for themselves?",
        "map(re.escape, sorted(special, key=len, reverse=True))",
        "sorted(special, key=len, reverse=True)",
        of="encode",
    )

    @misconception(
        "You look for the longest special token in the whole text before you look for the next, so a long one takes "
        "letters from a shorter one that begins before it. At each place of the text, which should be asked about?"
    )
    class longest_special_anywhere:
        def encode(text, merges, special):
            parts = [text]
            for name in sorted(special, key=len, reverse=True):
                parts = [
                    piece
                    for part in parts
                    for piece in ([part] if part in special else re.split(f"({re.escape(name)})", part))
                ]
            ids = []
            for part in parts:
                ids += [special[part]] if part in special else EncodeDecode.reference.encode(part, merges, {})
            return ids

    merges_without_256 = slip(
        "A merged token gets the number of its merge, which is also that of some byte, so nobody can tell the two "
        "apart. How many numbers are taken already before the first merge?",
        "256 + i",
        "i",
        of="encode",
    )

    token_by_token = slip(
        "You decode every token by itself and join the texts. A character may be spread over several tokens, and half "
        "of it is no character. What should be joined first, bytes or texts?",
        'b"".join(pieces[each] for each in ids).decode("utf-8", errors="replace")',
        '"".join(pieces[each].decode("utf-8", errors="replace") for each in ids)',
        of="decode",
    )

    stops_at_half_a_character = slip(
        "A token that is half a character stops decode with a UnicodeDecodeError, and a model writes such tokens one "
        "at a time. Which argument of bytes.decode says what to do with bytes that make no character?",
        ', errors="replace"',
        "",
        of="decode",
    )

    half_characters_left_out = slip(
        "Bytes that make no character are left out, so nobody sees that something is missing. Which word should errors "
        "be given?",
        '"replace"',
        '"ignore"',
        of="decode",
    )

    each_byte_a_letter = slip(
        "Every byte becomes a letter of its own, as in the old encoding Latin-1: é comes back as Ã©. By which encoding "
        "did the text become bytes?",
        'decode("utf-8", errors="replace")',
        'decode("latin-1")',
        of="decode",
    )

    special_not_decoded = slip(
        "encode turns special tokens into their numbers, and decode does not know these numbers. What do they stand "
        "for, and from which of your inputs can the table take it?",
        "special.items()",
        "()",
        of="decode",
    )

    unknown_left_out = slip(
        "A number that is no token is passed over in silence: the text comes back shorter, and nobody knows why. What "
        "should be raised instead?",
        ("if unknown:", "if False:"),
        ("for each in ids)", "for each in ids if each in pieces)"),
        of="decode",
    )

    @alternative
    class lowest_rank_first:
        def encode(text, merges, special):
            rank = {pair: i for i, pair in enumerate(merges)}
            ids, waiting = [], ""

            def flush():
                for word in split_words(waiting):
                    tokens = list(word.encode("utf-8"))
                    while True:
                        found = [rank[pair] for pair in pairwise(tokens) if pair in rank]
                        if not found:
                            break
                        tokens = list(merge_pair(tuple(tokens), merges[min(found)], 256 + min(found)))
                    ids.extend(tokens)

            while text:
                name = max((each for each in special if text.startswith(each)), key=len, default=None)
                if name is None:
                    waiting, text = waiting + text[0], text[1:]
                else:
                    flush()
                    ids.append(special[name])
                    waiting, text = "", text[len(name) :]
            flush()
            return ids

        def decode(ids, merges, special):
            names = {number: name for name, number in special.items()}

            def piece(token):
                if token in names:
                    return names[token].encode()
                if not 0 <= token < 256 + len(merges):
                    raise ValueError("no such token")
                return bytes([token]) if token < 256 else piece(merges[token - 256][0]) + piece(merges[token - 256][1])

            return str(b"".join(map(piece, ids)), "utf-8", "replace")

    @alternative
    class unmerging:
        def encode(text, merges, special):
            ids = []
            starts = sorted(special, key=lambda name: -len(name))
            at = plain_from = 0
            while at <= len(text):
                name = next((each for each in starts if text.startswith(each, at)), None)
                if name is None and at < len(text):
                    at += 1
                    continue
                for word in split_words(text[plain_from:at]):
                    tokens = tuple(bytes(word, "utf-8"))
                    for i in range(len(merges)):
                        tokens = merge_pair(tokens, merges[i], i + 256)
                    ids += tokens
                if name is None:
                    break
                ids.append(special[name])
                at = plain_from = at + len(name)
            return ids

        def decode(ids, merges, special):
            back = {number: list(name.encode()) for name, number in special.items()}
            row = []
            for each in ids:
                stack = [each]
                while stack:
                    token = stack.pop()
                    if token in back:
                        row += back[token]
                    elif 0 <= token < 256:
                        row.append(token)
                    elif 256 <= token < 256 + len(merges):
                        stack += reversed(merges[token - 256])
                    else:
                        raise ValueError(f"{token}?")
            return bytes(row).decode(errors="replace")
