"""What a decoder says after a text, for many texts with one beginning, which is read once.

    prefix = "hot -> cold\\nbig -> small\\n"
    next_token_log_probabilities(decoder, prefix, ["up ->"])             # (1, V)
    continuation_log_probabilities(decoder, prefix, [("up ->", " down"), ("up ->", " left")])
    complete(decoder, prefix, ["up ->", "early ->"])                     # [" down", " late"]

The keys and values of the prefix are kept (see lesson 04: they do not depend on what comes after), so that each text
costs only its own tokens. The texts of a batch stand one behind the other in a single row of tokens, and a mask lets
each see the prefix and itself: nothing is padded and the prefix is not copied, which was a fifth faster than a padded
batch (40 texts of 4 tokens after 100: 1.1 s of one core against 1.4 s). Single precision was more than ten times as
fast as bfloat16 on a processor without instructions for the latter.

Prefix, text and continuation are cut into tokens apart and joined as numbers. So let each part but the first begin with
a space or a newline, or the one before it end with a newline: then the tokens are those of the whole text.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from unravelling.language_models.scoring import quick_attention, stamp_of, start_of
from unravelling.models.errors import ModelError
from unravelling.models.threads import threads_for

PACK = 256  # tokens that are read at once: more would only make the mask larger
# Those to be written count for an eighth: a step for 14 texts takes only 1.4 times as long as one for 2.
BESIDE = 64  # continuations of several tokens that are read at once
REMEMBERED = 96  # prefixes of a model: as many as the demos of a lesson may go back to
REMEMBERED_TOKENS = 6_000  # in all of them: about 280 MB for the course's decoder
_EVERYBODY = -1  # who may see a token of the prefix
_WITHOUT_SUCH_MASKS = {"bloom", "falcon", "mpt"}


@dataclass
class _Beginning:
    """A prefix that has been read: keys and values of each layer, (1, h, P, d / h); what it predicts, (V,) or None."""

    layers: list[tuple[Tensor, Tensor]]
    length: int
    next: Tensor | None


_known: WeakKeyDictionary[Any, OrderedDict[tuple[int, ...], _Beginning]] = WeakKeyDictionary()


def next_token_log_probabilities(decoder: Any, prefix: str, texts: Sequence[str] = ("",)) -> Tensor:
    """The distribution of the next token after prefix + text, for each text: (N, V), natural logarithms, float32.

    Raises ModelError if the model is no decoder, if there is nothing to read, or if prefix + text is longer than the
    model's context.
    """
    with torch.inference_mode(), quick_attention(_decoder(decoder).model):
        begin = _beginning(decoder, prefix)
        rows = [_ids(decoder, text) for text in _list(texts)]
        _check(decoder, begin, rows)
        found: list[Tensor | None] = [begin.next] * len(rows)
        for pack in _packs(rows):
            reading = _Reading(decoder, begin)
            logits = reading.read(pack, [rows[i] for i in pack])
            for i, scores in zip(pack, logits, strict=True):
                found[i] = scores[-1].log_softmax(-1)
    # Copied out here, so that what comes back is an ordinary tensor and no view of what is remembered.
    width = decoder.model.config.get_text_config().vocab_size
    told = [each for each in found if each is not None]  # all of them: `_check` asks for something to read
    return torch.stack(told).clone() if told else torch.empty(0, width)


def continuation_log_probabilities(decoder: Any, prefix: str, pairs: Sequence[tuple[str, str]]) -> list[list[float]]:
    """For each (text, continuation) the log-probability of each token of the continuation, given all before it.

    A text that stands in several pairs is read once, and a continuation of one token costs nothing beyond its text.
    Their sum is log P(continuation | prefix + text), in nats.

    Raises ModelError as `next_token_log_probabilities` does, and if a continuation is empty.
    """
    with torch.inference_mode(), quick_attention(_decoder(decoder).model):
        begin = _beginning(decoder, prefix)
        places: dict[str, int] = {}
        for text, _ in pairs:
            places.setdefault(text, len(places))
        rows = [_ids(decoder, text) for text in places]
        endings: list[list[tuple[int, list[int]]]] = [[] for _ in rows]  # (number of the pair, its continuation)
        for number, (text, continuation) in enumerate(pairs):
            ids = _ids(decoder, continuation)
            if not ids:
                raise ModelError("A continuation is empty: there is nothing to give a probability to.")
            endings[places[text]].append((number, ids))
        _check(decoder, begin, [row + ids for row, ends in zip(rows, endings, strict=True) for _, ids in ends])
        found: list[list[float]] = [[] for _ in pairs]
        for pack in _packs(rows, and_empty=True):
            _score(decoder, begin, [rows[i] for i in pack], [endings[i] for i in pack], found)
        return found


def complete(
    decoder: Any,
    prefix: str,
    texts: Sequence[str],
    stop: str = "\n",
    most: int = 8,
    *,
    wanted: Sequence[str] | None = None,
) -> list[str]:
    """What the model itself writes after each prefix + text, always its likeliest token, up to the stop string.

    At most `most` tokens; a special token (the end of a document, or of a turn in a chat) ends it too. The space that
    a token carries before a word is kept: " cold". wanted: one answer for each text; a completion that has departed
    from it is broken off, which saves time where only right or wrong counts.

    Raises ModelError as `next_token_log_probabilities` does, counting the tokens to be written.
    """
    with torch.inference_mode(), quick_attention(_decoder(decoder).model):
        begin = _beginning(decoder, prefix)
        rows = [_ids(decoder, text) for text in _list(texts)]
        _check(decoder, begin, [row + [0] * most for row in rows])
        found = [""] * len(rows)
        for pack in _packs(rows, and_empty=True, more=most):
            goals = None if wanted is None else [wanted[i] + stop for i in pack]
            written = _continue(decoder, begin, [rows[i] for i in pack], goals, stop, most)
            for i, text in zip(pack, written, strict=True):
                found[i] = text
        return found


def forget(decoder: Any) -> None:
    """Forget the prefixes read so far. Changed weights are noticed; after hooking something into the model, call it."""
    _known.pop(decoder.model, None)


def _score(
    decoder: Any,
    begin: _Beginning,
    rows: list[list[int]],
    endings: list[list[tuple[int, list[int]]]],
    found: list[list[float]],
) -> None:
    """Read each text, then the continuations of several tokens behind their texts; write into `found`."""
    reading = _Reading(decoder, begin)
    filled = [i for i, row in enumerate(rows) if row]
    after: list[Tensor | None] = [begin.next] * len(rows)
    for i, scores in zip(filled, reading.read(filled, [rows[i] for i in filled]), strict=True):
        after[i] = scores[-1].log_softmax(-1)
    longer = []
    for i, ends in enumerate(endings):
        for number, ids in ends:
            logs = after[i]
            assert logs is not None  # `_check` asks for something to read
            found[number] = [logs[ids[0]].item()]
            if len(ids) > 1:
                longer.append((i, number, ids))
    count = len(rows)  # the continuations are rows of their own, each of which sees its text
    for first in range(0, len(longer), BESIDE):
        some = longer[first : first + BESIDE]
        own = list(range(count, count + len(some)))
        count += len(some)
        logits = reading.read(own, [ids[:-1] for _, _, ids in some], behind=[i for i, _, _ in some], every=True)
        for (_, number, ids), scores in zip(some, logits, strict=True):
            logs = scores.log_softmax(-1).gather(1, torch.tensor(ids[1:])[:, None])[:, 0]
            found[number] += logs.tolist()


def _continue(
    decoder: Any, begin: _Beginning, rows: list[list[int]], goals: list[str] | None, stop: str, most: int
) -> list[str]:
    tokenizer, special = decoder.tokenizer, set(decoder.tokenizer.all_special_ids)
    reading = _Reading(decoder, begin)
    filled = [i for i, row in enumerate(rows) if row]
    best = {} if begin.next is None else {i: int(begin.next.argmax()) for i, row in enumerate(rows) if not row}
    read = zip(filled, reading.read(filled, [rows[i] for i in filled]), strict=True)
    best |= {i: int(scores[-1].argmax()) for i, scores in read}
    written: list[list[int]] = [[] for _ in rows]
    for step in range(1, most + 1):
        going = []
        for i, token in best.items():
            if token in special:
                continue
            written[i].append(token)
            text = tokenizer.decode(written[i])
            on_its_way = goals is None or goals[i].startswith(text)
            if on_its_way and not (stop and stop in text):
                going.append(i)
        if step == most or not going:
            break
        read = zip(going, reading.read(going, [written[i][-1:] for i in going]), strict=True)
        best = {i: int(scores[-1].argmax()) for i, scores in read}
    texts = [tokenizer.decode(ids) for ids in written]
    return [text.split(stop)[0] if stop else text for text in texts]


class _Reading:
    """One row of tokens behind a prefix, made of texts that do not see each other; it grows as they are continued."""

    def __init__(self, decoder: Any, begin: _Beginning) -> None:
        from transformers import DynamicCache

        self.decoder, self.begin = decoder, begin
        self.cache = DynamicCache(begin.layers) if begin.layers else DynamicCache()  # its own lists, the same tensors
        self.owners = torch.full((begin.length,), _EVERYBODY)  # (tokens read so far,): whose text each belongs to
        self.lengths: dict[int, int] = {}  # of each text, in tokens

    def read(
        self, who: list[int], tokens: list[list[int]], behind: list[int] | None = None, every: bool = False
    ) -> Iterator[Tensor]:
        """Append tokens to the texts `who`, at least one each; yields logits, (1, V) after the last of each.

        behind: for each a text that it continues, so that it sees that one too. every: (n, V), after each new token.
        """
        if not who:
            return
        counts = torch.tensor([len(ids) for ids in tokens])
        own = torch.tensor(who).repeat_interleave(counts)  # (new,)
        before = own if behind is None else torch.tensor(behind).repeat_interleave(counts)
        starts = [self.begin.length + self.lengths.get(i, 0) for i in who]
        if behind is not None:
            starts = [start + self.lengths.get(text, 0) for start, text in zip(starts, behind, strict=True)]
        positions = torch.cat(
            [torch.arange(start, start + len(ids)) for start, ids in zip(starts, tokens, strict=True)]
        )
        done, new = len(self.owners), len(own)
        self.owners = torch.cat([self.owners, own])
        for i, ids in zip(who, tokens, strict=True):
            self.lengths[i] = self.lengths.get(i, 0) + len(ids)
        ends = counts.cumsum(0) - 1
        kept = torch.arange(new) if every else ends
        flat = torch.tensor([[token for ids in tokens for token in ids]])
        with threads_for(new):
            answer = self.decoder.model(
                flat,
                past_key_values=self.cache,
                use_cache=True,
                attention_mask=self._mask(own, before, done),
                position_ids=positions[None],
                logits_to_keep=kept,
            )
        logits = answer.logits[0].float()
        yield from logits.split(counts.tolist()) if every else logits.split(1)

    def _mask(self, own: Tensor, before: Tensor, done: int) -> Tensor | None:
        """(1, 1, new, all): 0 where a new token may look: the prefix, its own text, and what that continues.

        Elsewhere it is the least number of the model's type: it is added to the scores, in any kind of attention.
        """
        owners, new = self.owners, len(own)
        if (owners[done:] == own[0]).all() and ((owners == _EVERYBODY) | (owners == own[0])).all():
            return None  # one text alone: the model's own causal mask
        seen = (owners == _EVERYBODY) | (owners == own[:, None]) | (owners == before[:, None])
        earlier = torch.arange(len(owners)) <= torch.arange(done, done + new)[:, None]
        dtype = self.decoder.model.dtype
        return torch.zeros(seen.shape, dtype=dtype).masked_fill(~(seen & earlier), torch.finfo(dtype).min)[None, None]


def _beginning(decoder: Any, prefix: str) -> _Beginning:
    """The prefix, read now or remembered."""
    start = start_of(decoder)
    ids = _ids(decoder, prefix)
    ids = ids if ids[: len(start)] == start else [*start, *ids]
    if len(ids) > decoder.context:
        raise ModelError(_too_long(decoder, len(ids)))
    if not ids:
        return _Beginning([], 0, None)
    remembered = _known.setdefault(decoder.model, OrderedDict())
    key = (stamp_of(decoder.model), *ids)
    if key not in remembered:
        from transformers import DynamicCache

        cache = DynamicCache()
        with threads_for(len(ids)):
            answer = decoder.model(torch.tensor([ids]), past_key_values=cache, use_cache=True, logits_to_keep=1)
        # Its type counts layers without keys, and some that have none yet: our decoders have neither.
        layers: list[tuple[Tensor, Tensor]]
        layers = [(layer.keys, layer.values) for layer in cache.layers]  # type: ignore[union-attr, misc]
        remembered[key] = _Beginning(layers, len(ids), answer.logits[0, -1].float().log_softmax(-1))
    remembered.move_to_end(key)
    while len(remembered) > 1 and (
        len(remembered) > REMEMBERED or sum(each.length for each in remembered.values()) > REMEMBERED_TOKENS
    ):
        remembered.popitem(last=False)
    return remembered[key]


def _packs(rows: list[list[int]], and_empty: bool = False, more: int = 0) -> Iterator[list[int]]:
    """Numbers of texts to be read together: at most `PACK` tokens, or one text. Empty texts only if asked for."""
    pack: list[int] = []
    size = 0
    for i, row in enumerate(rows):
        if not (row or and_empty):
            continue
        cost = max(len(row), 1) + more // 8
        if pack and size + cost > PACK:
            yield pack
            pack, size = [], 0
        pack.append(i)
        size += cost
    if pack:
        yield pack


def _ids(decoder: Any, text: str) -> list[int]:
    if not isinstance(text, str):
        raise ModelError(f"Each prefix, text and continuation must be a string, not {type(text).__name__}.")
    return decoder.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"] if text else []


def _list(texts: Sequence[str]) -> list[str]:
    if isinstance(texts, str):
        raise ModelError("Give a list of texts, not one text: put it into square brackets.")
    return list(texts)


def _decoder(model: Any) -> Any:
    if getattr(model, "kind", None) != "decoder":
        name = getattr(model, "name", type(model).__name__)
        raise ModelError(f'The {name} is no decoder and continues no text: use models.load("decoder").')
    if getattr(model.model.config, "model_type", "") in _WITHOUT_SUCH_MASKS:
        raise ModelError(f"The model {model.name} cannot read several texts at once: choose another model.")
    return model


def _check(decoder: Any, begin: _Beginning, rows: list[list[int]]) -> None:
    longest = max((len(row) for row in rows), default=0) + begin.length
    if longest > decoder.context:
        raise ModelError(_too_long(decoder, longest))
    if begin.next is None and not all(rows):
        raise ModelError("There is nothing to read: prefix and text are both empty, so write at least one word.")


def _too_long(decoder: Any, count: int) -> str:
    return (
        f"The prompt is too long: it has {count:,} tokens and the {decoder.name} reads at most {decoder.context:,}, so "
        "shorten it or give fewer examples."
    )


__all__ = ["complete", "continuation_log_probabilities", "forget", "next_token_log_probabilities"]
