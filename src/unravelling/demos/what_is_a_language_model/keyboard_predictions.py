"""What a model would write next, for a keyboard: its likeliest beginnings, each finished to the end of the word.

One way of asking for all models: n-grams and networks over characters, and pretrained decoders over tokens.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from unravelling.language_models.texts import STAND_IN

if TYPE_CHECKING:
    from torch import Tensor

LONGEST_WORD = 16  # characters that a beginning is finished with, at most
MOST_TOKENS = 4  # the same for a decoder
LOOKED_THROUGH = 60  # likeliest tokens among which the beginnings are found
READ = 256  # tokens of a long text that a decoder reads, the last ones


class Beginning(NamedTuple):
    """One way to go on. piece: the first character (with the space before it, if it begins a word), or token.

    written: the piece and what the model finds likeliest after it, to the end of the word. probability: of the piece;
    whole: of all that is written and, if it ends in a word, of this word's ending there: "a" is not "an". end: the
    likeliest character after that word; "" if there is none, or the word is too long to be finished.
    """

    piece: str
    probability: float
    written: str
    whole: float
    end: str = ""


class Reading(NamedTuple):
    """What a model has read of the text, in words, and how it would go on; `written` is appended to `base`.

    sight: how many characters it looks at, where it is known.
    """

    seen: str
    base: str
    beginnings: list[Beginning]
    sight: int | None = None


def can_be_asked(model: Any) -> bool:
    """Whether `predict` knows how to ask this model."""
    if hasattr(model, "tokenizer"):
        return getattr(model, "kind", "") == "decoder"
    return (hasattr(model, "alphabet") and hasattr(model, "read")) or hasattr(model, "distribution")


def predict(model: Any, text: str, most: int = 3) -> Reading:
    """The `most` likeliest beginnings after a text, best first.

    model: CharacterNGrams, a CharacterNetwork, or a Pretrained decoder (whose ModelError is let through). A line's end
    and characters or tokens that cannot be shown are not offered.
    """
    from unravelling.models.threads import one_thread

    if hasattr(model, "tokenizer"):
        return _by_tokens(model, text, most)
    if hasattr(model, "read"):
        with one_thread():
            beginnings = _by_characters(_begin(model, text), most)
        return Reading(
            _network_sees(model, text), text, beginnings, min(getattr(model, "context", len(text)), len(text))
        )
    count = min(model.order - 1, len(text)) if hasattr(model, "order") else len(text)
    last = "character" if count == 1 else f"{count} characters"
    seen = f"looks at the last {last}" if count else "looks at no character"
    return Reading(seen, text, _by_characters(_counted(model, text), most), count)


class _Node(NamedTuple):
    """A place in a text: the probability of each character to come, and the place after one of them."""

    shares: dict[str, float]
    after: Callable[[str], _Node]


def _by_characters(node: _Node, most: int) -> list[Beginning]:
    """A space says little about what comes: it is taken together with the character after it."""
    spaced = node.after(" ") if node.shares.get(" ") else None
    found = [("", character, share, node) for character, share in node.shares.items()]
    if spaced:
        found += [(" ", character, node.shares[" "] * share, spaced) for character, share in spaced.shares.items()]
    found = [each for each in found if not each[1].isspace() and each[1] != STAND_IN and each[1].isprintable()]
    found.sort(key=lambda each: -each[2])
    return [_finished(*each) for each in found[:most]]


def _finished(space: str, character: str, share: float, node: _Node) -> Beginning:
    written, whole, end = character, share, ""
    while _in_word(written[-1]) and len(written) < LONGEST_WORD:
        node = node.after(written[-1])
        best = max(node.shares, key=node.shares.__getitem__)
        if not _in_word(best):
            end = best
            whole *= sum(each for other, each in node.shares.items() if not _in_word(other))
            break
        written += best
        whole *= node.shares[best]
    return Beginning(space + character, share, space + written, whole, end)


def _in_word(character: str) -> bool:
    return character != STAND_IN and (character.isalnum() or character in "'’-")


def _counted(model: Any, text: str) -> _Node:
    return _Node(model.distribution(text), lambda character: _counted(model, text + character))


def _network_sees(model: Any, text: str) -> str:
    most = getattr(model, "context", None)
    if most is None or len(text) < most:
        return f"has read {_count(len(text), 'character')}"
    return f"looks at the last {_count(most, 'character')}"


def _begin(model: Any, text: str) -> _Node:
    ids = model.encode("\n" + text)  # a text begins as if it came after a line's end
    return _read(model, ids[-model.context :] if hasattr(model, "context") else ids, None, 0)


def _read(model: Any, ids: Tensor, state: Any, known: int) -> _Node:
    """ids: what is in the model's sight, of which the first `known` are in the state already."""
    import torch

    with torch.inference_mode():
        logits, state = model.read(ids[None, known:], state)
        shares = logits[0, -1].softmax(-1).tolist()

    def after(character: str) -> _Node:
        more = torch.cat([ids, model.encode(character)])
        if hasattr(model, "context") and len(more) > model.context:  # full: half of it is read again
            return _read(model, more[-model.context // 2 :], None, 0)
        return _read(model, more, state, len(ids))

    return _Node(dict(zip(model.alphabet, shares, strict=True)), after)


def _by_tokens(decoder: Any, text: str, most: int) -> Reading:
    import torch

    from unravelling.language_models.scoring import quick_attention
    from unravelling.models.threads import threads_for

    # The tokens of a decoder carry the space before a word, so it reads the text without the space at its end.
    base = text.rstrip()
    must_begin_word = base != text
    ids = decoder.ids(base)
    seen = f"{'has read' if len(ids) <= READ else 'looks at the last'} {_count(min(len(ids), READ) - 1, 'token')}"
    ids = ids if len(ids) <= READ else [ids[0], *ids[1 - READ :]]
    tokenizer = decoder.tokenizer
    special = set(tokenizer.all_special_ids)
    with torch.inference_mode(), quick_attention(decoder.model):
        logits, cache = _read_on(decoder.model, ids)
        shares, tokens = logits.float().softmax(-1).topk(LOOKED_THROUGH)
        chosen = []
        for share, token in zip(shares.tolist(), tokens.tolist(), strict=True):
            piece = tokenizer.decode([token])
            if token not in special and _can_be_shown(piece) and (piece[0] == " " or not must_begin_word):
                chosen.append((token, piece, share))
                if len(chosen) == most:
                    break
        if not chosen:
            return Reading(seen, base, [])
        written, whole, ends = [each[1] for each in chosen], [each[2] for each in chosen], [""] * len(chosen)
        going_on = _going_on(tokenizer)
        open_ended = [_in_word(piece[-1]) for piece in written]
        cache.batch_repeat_interleave(len(chosen))
        last = [each[0] for each in chosen]
        for _ in range(MOST_TOKENS - 1):
            if not any(open_ended):
                break
            with threads_for(len(last)):
                answer = decoder.model(torch.tensor(last)[:, None], past_key_values=cache, use_cache=True)
            shares = answer.logits[:, -1].float().softmax(-1)
            best, numbers = shares.max(-1)
            ending = 1 - shares[:, going_on].sum(-1)
            last = numbers.tolist()
            for row, token in enumerate(last):
                piece = tokenizer.decode([token])
                if open_ended[row] and token not in special and piece and all(map(_in_word, piece)):
                    written[row] += piece
                    whole[row] *= best[row].item()
                elif open_ended[row]:
                    open_ended[row] = False
                    whole[row] *= ending[row].item()
                    ends[row] = piece[:1] or " "
    rows = zip(chosen, written, whole, ends, strict=True)
    return Reading(
        seen, base, [Beginning(piece, share, word, all_, end) for (_, piece, share), word, all_, end in rows]
    )


_of_words: WeakKeyDictionary[Any, Tensor] = WeakKeyDictionary()


def _going_on(tokenizer: Any) -> Tensor:
    """The numbers of the tokens that go on with a word begun before them: those that begin with a letter or a digit."""
    import torch

    if tokenizer not in _of_words:
        found = []
        for token, number in tokenizer.get_vocab().items():
            # As the tokenizer keeps them, ASCII is written as it is, and other bytes, such as the space, are not.
            first = token[:1] if token[:1].isascii() else "" if token[0] == "Ġ" else tokenizer.decode([number])[:1]
            if first and _in_word(first):
                found.append(number)
        _of_words[tokenizer] = torch.tensor(found)
    return _of_words[tokenizer]


class _Read(NamedTuple):
    """What a decoder read last: ids, and for each layer keys and values, (1, h, T, d / h). stamp: of its parameters."""

    stamp: Any
    ids: list[int]
    layers: list[tuple[Tensor, Tensor]]


_last: WeakKeyDictionary[Any, _Read] = WeakKeyDictionary()


def _read_on(model: Any, ids: list[int]) -> tuple[Tensor, Any]:
    """Logits (V,) after the ids, and the cache. A beginning shared with the text read before is not read again:
    whoever takes one word after the other waits for that word only.
    """
    import torch
    from transformers import DynamicCache

    from unravelling.language_models.scoring import stamp_of
    from unravelling.models.threads import threads_for

    before, stamp = _last.get(model), stamp_of(model)
    shared = 0
    if before and before.stamp == stamp:
        pairs = zip(before.ids, ids[:-1], strict=False)  # the last token is always read: its logits are wanted
        shared = next(
            (place for place, (old, new) in enumerate(pairs) if old != new), min(len(before.ids), len(ids) - 1)
        )
    known = (
        [(keys[:, :, :shared], values[:, :, :shared]) for keys, values in before.layers] if before and shared else []
    )
    cache = DynamicCache(known) if known else DynamicCache()
    with threads_for(len(ids) - shared):
        answer = model(torch.tensor([ids[shared:]]), past_key_values=cache, use_cache=True, logits_to_keep=1)
    # Its type counts layers without keys, and some that have none yet: our decoders have neither.
    layers: list[tuple[Tensor, Tensor]] = [(layer.keys, layer.values) for layer in cache.layers]  # type: ignore[misc, union-attr]
    _last[model] = _Read(stamp, list(ids), layers)
    return answer.logits[0, -1], cache


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def _can_be_shown(piece: str) -> bool:
    return bool(piece.strip()) and piece.isprintable() and "\ufffd" not in piece
