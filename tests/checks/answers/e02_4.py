"""Answers to 02.4."""

from __future__ import annotations

import re

from tests.checks.answers import right, wrong
from unravelling.checks import registry
from unravelling.language_models import split_words

MUTANTS = {
    "encode: without: if part in special:": "special_as_text",
    "encode: if False:": "special_as_text",
    "encode: pattern = '|'.join(map(re.escape, sorted(special, key=len)))": "shorter_special_first",
    "encode: pattern = '|'.join(map(re.escape, special))": "shorter_special_first",
    "encode: pattern = '|'.join(map(re.escape, sorted(special, key=len, reverse=False)))": "shorter_special_first",
    "encode: tokens = merge_pair(tokens, pair, i)": "merges_without_256",
    "decode: without: for name, number in special.items():": "special_not_decoded",
    "decode: without: pieces[number] = name.encode()": "special_not_decoded",
    "decode: return b''.join((pieces[each] for each in ids)).decode('utf-8')": "stops_at_half_a_character",
}

merge = registry.load("02.2").reference
known = registry.load("02.4").reference


def cut(text, special):
    """The pieces of a text between special tokens, and these, in order."""
    parts, waiting = [], ""
    while text:
        fits = [name for name in special if text.startswith(name)]
        if fits:
            name = max(fits, key=len)
            parts += [waiting, name]
            waiting, text = "", text[len(name) :]
        else:
            waiting, text = waiting + text[0], text[1:]
    return [*parts, waiting]


@right("02.4")
class by_hand:
    def encode(text, merges, special):
        ids = []
        for part in cut(text, special):
            if part in special:
                ids.append(special[part])
            else:
                for word in split_words(part):
                    row = list(word.encode("utf8"))
                    for rank, (a, b) in enumerate(merges):
                        i = 0
                        while i < len(row) - 1:
                            if row[i] == a and row[i + 1] == b:
                                row[i : i + 2] = [256 + rank]
                            i += 1
                    ids += row
        return ids

    def decode(ids, merges, special):
        backwards = {number: name for name, number in special.items()}
        out = bytearray()

        def write(token):
            if token in backwards:
                out.extend(backwards[token].encode())
            elif token < 0 or token >= 256 + len(merges):
                raise ValueError(f"{token} is no token")
            elif token < 256:
                out.append(token)
            else:
                for each in merges[token - 256]:
                    write(each)

        for each in ids:
            write(each)
        return out.decode("utf-8", "replace")


@right("02.4")
class as_tensors_would_come:
    def encode(text, merges, special):
        return tuple(known.encode(text, merges, special))

    def decode(ids, merges, special):
        vocabulary = [bytes([i]) for i in range(256)]
        for a, b in merges:
            vocabulary.append(vocabulary[a] + vocabulary[b])
        table = dict(enumerate(vocabulary)) | {number: bytes(name, "utf-8") for name, number in special.items()}
        try:
            return b"".join(map(table.__getitem__, ids)).decode(errors="replace")
        except KeyError as error:
            raise ValueError("no such token") from error


@wrong("02.4", says="it should make")
class merges_from_right_to_left:
    def encode(text, merges, special):
        ids = []
        for part in cut(text, special):
            if part in special:
                ids.append(special[part])
                continue
            for word in split_words(part):
                row = tuple(word.encode())
                for i, pair in enumerate(merges):
                    row = merge(row[::-1], pair[::-1], 256 + i)[::-1]
                ids += row
        return ids


@wrong("02.4", says="it should make")
class white_space_is_lost:
    def encode(text, merges, special):
        ids = []
        for part in cut(text, special):
            ids += [special[part]] if part in special else known.encode(" ".join(part.split()), merges, {})
        return ids


@wrong("02.4", says="it should make")
class in_small_letters:
    def encode(text, merges, special):
        import unicodedata

        return known.encode(unicodedata.normalize("NFC", text), merges, special)


@wrong("02.4", told="special_as_text", says="Special tokens are cut up like any other text")
class special_forgotten:
    def encode(text, merges, special):
        return known.encode(text, merges, {})


@wrong("02.4", says="encode returned a value of type str")
class a_text_of_numbers:
    def encode(text, merges, special):
        return " ".join(map(str, known.encode(text, merges, special)))


@wrong("02.4", says="in it, which is no whole number")
class pieces_of_bytes:
    def encode(text, merges, special):
        return [bytes([each]) if each < 256 else each for each in known.encode(text, merges, special)]


@wrong("02.4", says="it should make")
class a_dictionary_of_default_specials:
    def encode(text, merges, special):
        return known.encode(text, merges, special or {"<|end|>": 50256})


@wrong("02.4", says="A number that is no token raises ValueError.")
class a_list_for_a_table:
    def decode(ids, merges, special):
        table = [bytes([i]) for i in range(256)]
        for a, b in merges:
            table.append(table[a] + table[b])
        names = {number: name.encode() for name, number in special.items()}
        if any(each >= len(table) and each not in names for each in ids):
            raise ValueError("no token")
        return b"".join(names[each] if each in names else table[each] for each in ids).decode(errors="replace")


@wrong("02.4", says="decode returned a value of type bytes, not a text")
class bytes_back:
    def decode(ids, merges, special):
        pieces = {i: bytes([i]) for i in range(256)} | {number: name.encode() for name, number in special.items()}
        for i, (a, b) in enumerate(merges):
            pieces[256 + i] = pieces[a] + pieces[b]
        if not all(each in pieces for each in ids):
            raise ValueError("no token")
        return b"".join(pieces[each] for each in ids)


@wrong("02.4", says="it should make")
class a_space_between_tokens:
    def decode(ids, merges, special):
        return " ".join(known.decode([each], merges, special) for each in ids)


@wrong("02.4", says="KeyError")
class somebody_elses_error:
    def decode(ids, merges, special):
        pieces = {i: bytes([i]) for i in range(256)} | {number: name.encode() for name, number in special.items()}
        for i, (a, b) in enumerate(merges):
            pieces[256 + i] = pieces[a] + pieces[b]
        return b"".join(pieces[each] for each in ids).decode(errors="replace")


@wrong("02.4", says="One of the inputs merges, special and ids has changed")
class special_tokens_added:
    def encode(text, merges, special):
        special.setdefault("<|end|>", 999)
        return known.encode(text, merges, special)


@wrong("02.4", told="across_words", says="Your merges reach from one word into the next")
class the_whole_text_at_once:
    def encode(text, merges, special):
        ids = []
        for part in (
            re.split("(" + "|".join(map(re.escape, sorted(special, key=len)[::-1])) + ")", text) if special else [text]
        ):
            if part in special:
                ids.append(special[part])
                continue
            row = tuple(part.encode())
            for i, pair in enumerate(merges):
                row = merge(row, pair, 256 + i)
            ids.extend(row)
        return ids


@wrong("02.4", says="it should make")
class cut_at_spaces:
    def encode(text, merges, special):
        ids = []
        for part in cut(text, special):
            if part in special:
                ids.append(special[part])
                continue
            for word in re.findall(r"\s*\S+|\s+", part):
                row = tuple(word.encode())
                for i, pair in enumerate(merges):
                    row = merge(row, pair, 256 + i)
                ids.extend(row)
        return ids
