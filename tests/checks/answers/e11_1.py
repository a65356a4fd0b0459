"""Answers to 11.1."""

from __future__ import annotations

import re
import string

from tests.checks.answers import right, wrong

LETTERS = re.compile("[A-Za-z]+")
MUTANTS = {
    "if False:": "one_capital_is_enough",
    "if False: (2)": "unsure_words_ignored",
    "if True: (3)": "paired_with_themselves",
    "if len(word) < 1 and word.isupper():": "one_capital_is_enough",
    "if len(word) > 0 and word.isupper():": "one_letter_shouts",
    "if len(word) >= 1 and word.isupper():": "one_letter_shouts",
    "if words | set(swaps):": "paired_with_themselves",
    "if words: (2)": "paired_with_themselves",
    "pairs.append((re.sub('[A-Za-z]+', exchange, sentence), sentence))": "twin_first",
    "without: if len(word) > 1 and word.isupper():": "one_capital_is_enough",
    "without: return other.upper()": "one_capital_is_enough",
}


def written(word, other):
    if len(word) > 1 and word.isupper():
        return other.upper()
    return other.capitalize() if word[0].isupper() else other


def small_words(sentence):
    return {word.lower() for word in LETTERS.findall(sentence)}


def answer(
    sentences, swaps, unsure, *, words=small_words, unsure_words=None, pattern=LETTERS, write=written, keys=None
):
    """A right answer as long as no keyword is given."""
    keys = swaps if keys is None else keys
    pairs, left_out = [], []
    for sentence in sentences:
        if (unsure_words or words)(sentence) & unsure:
            left_out.append(sentence)
        elif words(sentence) & set(keys):
            twin = re.sub(
                pattern, lambda m: write(m[0], keys[m[0].lower()]) if m[0].lower() in keys else m[0], sentence
            )
            pairs.append((sentence, twin))
    return pairs, left_out


@right("11.1")
def in_one_pass_with_a_pattern_of_all_words(sentences, swaps, unsure):
    one = re.compile(r"(?<![a-zA-Z])(?:%s)(?![a-zA-Z])" % "|".join(map(re.escape, swaps)), re.IGNORECASE)
    other = re.compile(r"(?<![a-zA-Z])(?:%s)(?![a-zA-Z])" % "|".join(map(re.escape, unsure)), re.IGNORECASE)
    left_out = [each for each in sentences if unsure and other.search(each)]
    rest = [each for each in sentences if not (unsure and other.search(each))]
    exchange = lambda match: written(match[0], swaps[match[0].lower()])  # noqa: E731
    return [(each, one.sub(exchange, each)) for each in rest if swaps and one.search(each)], left_out


@right("11.1")
def cut_into_words_and_the_rest(sentences, swaps, unsure):
    pairs, left_out = [], []
    for sentence in sentences:
        parts = re.split("([A-Za-z]+)", sentence)
        small = [part.lower() for part in parts]
        if any(part in unsure for part in small):
            left_out += [sentence]
        elif any(part in swaps for part in small):
            new = [swaps.get(each, part) for part, each in zip(parts, small, strict=True)]
            twin = []
            for part, other in zip(parts, new, strict=True):
                if other != part and part == part.upper() and len(part) > 1:
                    other = other.upper()
                elif other != part and part[:1] == part[:1].upper():
                    other = other[0].upper() + other[1:]
                twin.append(other)
            pairs += [(sentence, "".join(twin))]
    return pairs, left_out


@right("11.1")
def character_by_character(sentences, swaps, unsure):
    def runs(sentence):
        start = None
        for place, character in enumerate(sentence + "."):
            if character in string.ascii_letters:
                start = place if start is None else start
            elif start is not None:
                yield start, place
                start = None

    pairs, left_out = [], []
    for sentence in sentences:
        found = [(a, b, sentence[a:b].lower()) for a, b in runs(sentence)]
        if {word for _, _, word in found} & set(unsure):
            left_out.append(sentence)
            continue
        twin, end = "", 0
        for a, b, word in found:
            if word in swaps:
                twin += sentence[end:a] + written(sentence[a:b], swaps[word])
                end = b
        if end:
            pairs.append((sentence, twin + sentence[end:]))
    return pairs, left_out


@right("11.1")
def with_ascii_lookarounds_for_each_word(sentences, swaps, unsure):
    def has(sentence, words):
        return any(re.search(f"(?<![a-z]){word}(?![a-z])", sentence.lower()) for word in words)

    left_out = list(filter(lambda each: has(each, unsure), sentences))
    kept = [each for each in sentences if each not in left_out and has(each, swaps)]
    return [(each, answer([each], swaps, set())[0][0][1]) for each in kept], left_out


@wrong("11.1", told="more_than_letters", says="as they do for \\w and \\b in re")
def words_of_word_characters(sentences, swaps, unsure):
    def words(sentence):
        return set(re.findall(r"\w+", sentence.lower()))

    return answer(sentences, swaps, unsure, words=words, pattern=r"\w+")


@wrong("11.1", told="more_than_letters", says="as they do for \\w and \\b in re")
def with_word_boundaries(sentences, swaps, unsure):
    def has(words, sentence):
        return any(re.search(rf"\b{word}\b", sentence, re.IGNORECASE) for word in words)

    left_out = [each for each in sentences if has(unsure, each)]
    kept = [each for each in sentences if not has(unsure, each) and has(swaps, each)]
    pattern = re.compile(r"\b(" + "|".join(swaps) + r")\b", re.IGNORECASE)
    return [(each, pattern.sub(lambda m: written(m[0], swaps[m[0].lower()]), each)) for each in kept], left_out


@wrong("11.1", says="one with an accent does so, too")
def letters_of_all_alphabets(sentences, swaps, unsure):
    def words(sentence):
        return set(re.findall(r"[^\W\d_]+", sentence.lower()))

    return answer(sentences, swaps, unsure, words=words, pattern=r"[^\W\d_]+")


@wrong("11.1", says="one with an accent does so, too")
def by_isalpha(sentences, swaps, unsure):
    def blanked(sentence):
        return "".join(each if each.isalpha() else " " for each in sentence)

    pattern = r"[^\W\d_]+"
    return answer(sentences, swaps, unsure, words=lambda s: set(blanked(s).lower().split()), pattern=pattern)


@wrong("11.1", says="a digit beside it does so, too")
def letters_and_digits(sentences, swaps, unsure):
    def words(sentence):
        return set(re.findall("[a-z0-9]+", sentence.lower()))

    return answer(sentences, swaps, unsure, words=words, pattern="[A-Za-z0-9]+")


@wrong("11.1", says="a digit beside it does so, too")
def word_boundaries_of_ascii(sentences, swaps, unsure):
    def words(sentence):
        return set(re.findall(r"\w+", sentence.lower(), re.ASCII))

    return answer(sentences, swaps, unsure, words=words, pattern=re.compile(r"\w+", re.ASCII))


@wrong("11.1", says="should have a twin")
def boundaries_for_swaps_only(sentences, swaps, unsure):
    def words(sentence):
        return set(re.findall(r"\w+", sentence.lower()))

    return answer(sentences, swaps, unsure, words=words, unsure_words=small_words, pattern=r"\w+")


@wrong("11.1", says="belongs in left_out")
def boundaries_for_unsure_only(sentences, swaps, unsure):
    def words(sentence):
        return set(re.findall(r"\w+", sentence.lower()))

    return answer(sentences, swaps, unsure, unsure_words=words)


@wrong("11.1", told="in_both_directions", says="what is only a counterpart in it is exchanged, too")
def made_to_work_both_ways(sentences, swaps, unsure):
    table = dict(swaps)
    for word, other in swaps.items():
        table.setdefault(other, word)
    return answer(sentences, swaps, unsure, keys=table)


@wrong("11.1", says="Swaps goes one way")
def a_counterpart_makes_a_pair(sentences, swaps, unsure):
    pairs, left_out = answer(sentences, swaps, unsure)
    both = set(swaps) | set(swaps.values())
    want = [each for each in sentences if small_words(each) & both and each not in left_out]
    return [(each, dict(pairs).get(each, each)) for each in want], left_out


@wrong("11.1", says="Capitals count at the start of a word")
def by_istitle(sentences, swaps, unsure):
    def write(word, other):
        return other.upper() if len(word) > 1 and word.isupper() else other.title() if word.istitle() else other

    return answer(sentences, swaps, unsure, write=write)


@wrong("11.1", says="'mAN' becomes 'woman'")
def any_capital_at_all(sentences, swaps, unsure):
    def write(word, other):
        if len(word) > 1 and word.isupper():
            return other.upper()
        return other.capitalize() if word != word.lower() else other

    return answer(sentences, swaps, unsure, write=write)


@wrong("11.1", says="yours is 'WOMAN meets")
def any_capital_but_the_first_shouts(sentences, swaps, unsure):
    def write(word, other):
        if word[1:] != word[1:].lower():
            return other.upper()
        return other.capitalize() if word[0].isupper() else other

    return answer(sentences, swaps, unsure, write=write)


@wrong("11.1", says="if it comes twice, it has two pairs")
def pairs_from_a_dictionary(sentences, swaps, unsure):
    pairs, left_out = answer(sentences, swaps, unsure)
    return list(dict(pairs).items()), left_out


@wrong("11.1", says="'Her cat sat.' stands in your left_out once, not twice")
def left_out_once(sentences, swaps, unsure):
    pairs, left_out = answer(sentences, swaps, unsure)
    return pairs, list(dict.fromkeys(left_out))


@wrong("11.1", told="cut_and_joined", says="put together with single ones")
def split_and_joined(sentences, swaps, unsure):
    pairs, left_out = [], []
    for sentence in sentences:
        words = sentence.split()
        if any(word.lower() in unsure for word in words):
            left_out.append(sentence)
        elif any(word.lower() in swaps for word in words):
            new = [written(each, swaps[each.lower()]) if each.lower() in swaps else each for each in words]
            pairs.append((sentence, " ".join(new)))
    return pairs, left_out


@wrong("11.1", says="has the unsure word 'her'")
def split_with_signs_taken_off(sentences, swaps, unsure):
    def words(sentence):
        return {word.strip(string.punctuation) for word in sentence.lower().split()}

    return answer(sentences, swaps, unsure, words=words)


@wrong("11.1", says="white space included")
def joined_with_single_spaces(sentences, swaps, unsure):
    pairs, left_out = answer(sentences, swaps, unsure)
    return [(sentence, " ".join(twin.split())) for sentence, twin in pairs], left_out


@wrong("11.1", told="twin_first", says="the twin comes first")
def the_twin_before_its_sentence(sentences, swaps, unsure):
    pairs, left_out = answer(sentences, swaps, unsure)
    return [(twin, sentence) for sentence, twin in pairs], left_out


@wrong("11.1", says="pairs comes first, then left_out")
def the_two_lists_exchanged(sentences, swaps, unsure):
    return answer(sentences, swaps, unsure)[::-1]


@wrong("11.1", says="What came back for pairs is a dict, not a list")
def pairs_as_a_dictionary(sentences, swaps, unsure):
    pairs, left_out = answer(sentences, swaps, unsure)
    return dict(pairs), left_out


@wrong("11.1", says="a pair is a tuple (sentence, twin) of two texts")
def twins_alone(sentences, swaps, unsure):
    pairs, left_out = answer(sentences, swaps, unsure)
    return [twin for _, twin in pairs], left_out


@wrong("11.1", says="changed its input unsure")
def unsure_emptied(sentences, swaps, unsure):
    result = answer(sentences, swaps, unsure)
    unsure.clear()
    return result


@wrong("11.1", says="changed its input swaps")
def swaps_completed_in_place(sentences, swaps, unsure):
    result = answer(sentences, swaps, unsure)
    for word, other in list(swaps.items()):
        swaps.setdefault(other, word)
    return result


@wrong("11.1", says="no sentence that was given stands first")
def sentence_in_small_letters_too(sentences, swaps, unsure):
    pairs, left_out = answer(sentences, swaps, unsure)
    return [(sentence.lower(), twin) for sentence, twin in pairs], left_out


@wrong("11.1", says="in another order")
def left_out_sorted_and_pairs_too(sentences, swaps, unsure):
    pairs, left_out = answer(sentences, swaps, unsure)
    return sorted(pairs), sorted(left_out)


@wrong("11.1", says="or the counterparts do not come from swaps")
def twins_not_exchanged(sentences, swaps, unsure):
    pairs, left_out = answer(sentences, swaps, unsure)
    return [(sentence, sentence.replace("she", "he")) for sentence, _ in pairs], left_out


@wrong("11.1", says="nothing to exchange")
def sentences_without_words_left_out(sentences, swaps, unsure):
    pairs, _ = answer(sentences, swaps, unsure)
    return pairs, [each for each in sentences if each not in dict(pairs)]


@wrong("11.1", told="only_the_first", says="Only the first word to exchange is exchanged")
def the_first_word_only(sentences, swaps, unsure):
    def twin(sentence):
        done = []

        def put(match):
            word = match[0]
            if word.lower() not in swaps or done:
                return word
            done.append(word)
            return written(word, swaps[word.lower()])

        return LETTERS.sub(put, sentence)

    pairs, left_out = answer(sentences, swaps, unsure)
    return [(sentence, twin(sentence)) for sentence, _ in pairs], left_out


@wrong("11.1", told="one_replace_after_the_other", says="You put one replace behind another")
def a_chain_of_replaces_that_undoes_itself(sentences, swaps, unsure):
    pairs, left_out = [], []
    for sentence in sentences:
        if small_words(sentence) & unsure:
            left_out.append(sentence)
            continue
        twin = sentence
        for a, b in swaps.items():
            twin = twin.replace(a, b)
        if twin != sentence:
            pairs.append((sentence, twin))
    return pairs, left_out


@wrong("11.1", told="one_replace_after_the_other_where_a_word_is", says="You put one replace behind another")
def a_chain_of_replaces_where_a_word_stands(sentences, swaps, unsure):
    pairs, left_out = [], []
    for sentence in sentences:
        if small_words(sentence) & unsure:
            left_out.append(sentence)
        elif small_words(sentence) & set(swaps):
            twin = sentence
            for a in swaps:
                twin = twin.replace(a, swaps[a])
            pairs.append((sentence, twin))
    return pairs, left_out


@wrong("11.1", says="may have become 'she' again")
def a_chain_of_replaces_that_looks_for_unsure_words_at_spaces(sentences, swaps, unsure):
    pairs, left_out = [], []
    for sentence in sentences:
        if any(word in sentence.split() for word in unsure):
            left_out.append(sentence)
            continue
        twin = sentence
        for a, b in swaps.items():
            twin = twin.replace(a, b)
        if twin != sentence:
            pairs.append((sentence, twin))
    return pairs, left_out
