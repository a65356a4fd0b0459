"""Filling a blank from both sides with a masked model, and from the left with a decoder; and how good the former is.

    masked, decoder = models.load("masked_lm"), models.load("decoder")
    fill(masked, "The ___ are asleep upstairs.")           # five words with their probabilities, best first
    go_on(decoder, "The ___ are asleep upstairs.")         # the same from "The" alone: a decoder sees no more
    masked_accuracy(masked, held_out())                    # how often it finds a hidden token of unseen text

torch is imported when a model is asked. What a model refuses (a text longer than it reads) is a ModelError of its own.
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor

BLANK = "___"
_BLANKS = re.compile(r"_{2,}|\[MASK\]|<mask>", re.IGNORECASE)
WINDOW = 126  # tokens of a stretch of text in which some are hidden; with the two marks at its ends, 128
HIDDEN = 0.15  # of these, as in Devlin et al., 2018
STRETCHES = 32
_RESAMPLES = 1_000


class Candidate(NamedTuple):
    """One word, or part of a word, that may stand in a blank."""

    text: str
    probability: float


class Accuracy(NamedTuple):
    """found of asked hidden tokens were named first. low, high: a 95% interval of that share, by the bootstrap over
    stretches of text. commonest: the share that one would find by always naming the commonest of the hidden tokens."""

    found: int
    asked: int
    low: float
    high: float
    commonest: float

    @property
    def share(self) -> float:
        return self.found / self.asked


def has_blank(sentence: str) -> bool:
    """Whether there is a ___ or [MASK] in the sentence."""
    return bool(_BLANKS.search(sentence))


def around_blank(sentence: str) -> tuple[str, str]:
    """What stands before and after the one blank, which is written ___ or [MASK].

    Raises ValueError with a sentence if there is no text, no blank, or more than one.
    """
    if not isinstance(sentence, str) or not sentence.strip():
        raise ValueError(f'There is no text: write a sentence with one blank, like "The {BLANK} barked all night."')
    blanks = list(_BLANKS.finditer(sentence))
    if not blanks:
        raise ValueError(f"Your sentence has no blank: put {BLANK} in the place of one word.")
    if len(blanks) > 1:
        raise ValueError(
            f"Your sentence has {len(blanks)} blanks, and one is filled at a time: leave only one {BLANK}."
        )
    before, after = sentence[: blanks[0].start()], sentence[blanks[0].end() :]
    if not re.search(r"\w", before + after):
        raise ValueError(f"There is nothing around the blank: write at least one word beside {BLANK}.")
    return before, after


def blank_chances(masked: Any, sentence: str) -> Tensor:
    """(V,): the masked model's probability of each of its tokens in the blank, given both sides.

    masked: a Pretrained of kind "masked_lm". Raises ValueError as `around_blank` does, or for another kind of model;
    the model raises ModelError if the sentence is too long for it.
    """
    import torch

    before, after = around_blank(sentence)
    ids = masked.ids(_need_masked(masked).mask_token.join([before, after]))
    rows = torch.tensor([ids])
    return _scores(masked, rows, rows == masked.tokenizer.mask_token_id)[0].softmax(-1)


def fill(masked: Any, sentence: str, k: int = 5) -> list[Candidate]:
    """The k likeliest tokens in the blank, best first, parts of words and punctuation among them.

    One blank is one token, so that a word which the tokenizer splits cannot be found. Errors as in `blank_chances`.
    """
    return likeliest(masked, blank_chances(masked, sentence), k)


def chances_of(masked: Any, sentence: str, words: list[str]) -> list[float]:
    """The probability of each of some words in the blank. Raises ValueError for a word that is not one token, too."""
    numbers = [one_token(masked, word) for word in words]
    for word, number in zip(words, numbers, strict=True):
        if number is None:
            raise ValueError(f"'{word}' is more than one token to this model, and one blank is one: take another word.")
    return blank_chances(masked, sentence)[numbers].tolist()


def one_token(masked: Any, word: str) -> int | None:
    """The number of the token that is this word, or None if the tokenizer splits it or does not know it."""
    space = " " if _marks_spaces(masked.tokenizer) else ""  # as inside a sentence
    ids = masked.tokenizer(space + word.strip(), add_special_tokens=False, verbose=False)["input_ids"]
    return ids[0] if len(ids) == 1 and ids[0] != masked.tokenizer.unk_token_id else None


def go_on(decoder: Any, sentence: str, k: int = 5) -> list[Candidate]:
    """The k likeliest next tokens after what stands before the blank; what stands after it is not shown to the decoder.

    Raises ValueError as `around_blank` does, for a model that is no decoder, and if a model without a token that starts
    a document would have to begin with nothing.
    """
    import torch

    before, _ = around_blank(sentence)
    if getattr(decoder, "kind", "") != "decoder":
        raise ValueError('Only a decoder goes on from the left: hand over models.load("decoder").')
    ids = ids_before(decoder, before)
    with torch.inference_mode():
        scores = decoder.model(torch.tensor([ids]), use_cache=False, logits_to_keep=1).logits[0, -1].float()
    return likeliest(decoder, scores.softmax(-1), k)


def ids_before(decoder: Any, text: str) -> list[int]:
    """A decoder's tokens for the beginning of a text, which may be empty; a space at its end belongs to the next word.

    Raises ValueError if that leaves nothing to go on from.
    """
    if text.strip():
        return decoder.ids(text.rstrip())
    bare = decoder.tokenizer("a", add_special_tokens=False, verbose=False)["input_ids"]
    start = decoder.ids("a")[: -len(bare)]
    if not start:
        raise ValueError("This decoder cannot begin with nothing: put a word before the blank.")
    return start


def likeliest(model: Any, chances: Tensor, k: int) -> list[Candidate]:
    """The k tokens of the highest probability that can be shown, best first. chances: (V,)."""
    special = set(model.tokenizer.all_special_ids)
    shares, numbers = chances.topk(min(len(chances), k + len(special) + 20))
    found = []
    for share, number in zip(shares.tolist(), numbers.tolist(), strict=True):
        text = shown_token(model, number)
        if number not in special and text and text.isprintable() and "\ufffd" not in text:
            found.append(Candidate(text, share))
            if len(found) == k:
                break
    return found


def shown_token(model: Any, number: int) -> str:
    """A token as it stands in a text, without the space before it; what only continues a word keeps its ##."""
    piece = model.tokenizer.convert_ids_to_tokens(number)
    return piece if piece.startswith("##") else model.tokenizer.decode([number]).strip()


def masked_accuracy(masked: Any, text: str, stretches: int = STRETCHES, seed: int = 0) -> Accuracy:
    """How often the masked model names a hidden token of a text first.

    A sample of stretches of 126 tokens is drawn; of each about 15% are replaced by the mask, and the model names them
    all at once. Raises ValueError if the text is shorter than one stretch, or the model no masked one.
    """
    import torch

    mask = _need_masked(masked).mask_token_id
    first, last = _marks(masked)
    ids = masked.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    window = min(WINDOW, masked.context - len(first) - len(last))
    starts = range(0, len(ids) - window + 1, window)
    if not starts or stretches < 1:
        raise ValueError(f"The text has {len(ids)} tokens, and a stretch needs {window}: take a longer text.")
    special = torch.tensor(masked.tokenizer.all_special_ids)
    generator = torch.Generator().manual_seed(seed)
    found, answers = [], []
    for start in sorted(random.Random(seed).sample(starts, min(stretches, len(starts)))):
        row = torch.tensor([*first, *ids[start : start + window], *last])
        hidden = (torch.rand(row.shape, generator=generator) < HIDDEN) & ~torch.isin(row, special)
        if not hidden.any():
            continue
        best = _scores(masked, row.masked_fill(hidden, mask)[None], hidden[None]).argmax(-1)
        found.append((best == row[hidden]).tolist())
        answers += row[hidden].tolist()
    low, high = _interval([(sum(each), len(each)) for each in found], random.Random(seed))
    commonest = max(answers.count(token) for token in set(answers)) / len(answers)
    return Accuracy(sum(map(sum, found)), len(answers), low, high, commonest)


def token_pseudo_log_probabilities(masked: Any, text: str, batch: int = 16) -> list[float]:
    """Natural log-probabilities of a text's tokens, each guessed when it alone is hidden and all others are seen.

    As many as the text has tokens; the marks at its ends are not scored. Source: Salazar et al., 2019,
    arXiv:1910.14659. Raises ValueError if the model is no masked one; ModelError for a text that it cannot read.
    """
    import torch

    mask = _need_masked(masked).mask_token_id
    ids = masked.ids(text)
    first, last = _marks(masked)
    places = list(range(len(first), len(ids) - len(last)))
    logs: list[float] = []
    for begin in range(0, len(places), batch):
        some = torch.tensor(places[begin : begin + batch])
        rows = torch.tensor(ids).repeat(len(some), 1)  # (B, T)
        hidden = torch.arange(len(ids)) == some[:, None]  # (B, T): one in each row
        scores = _scores(masked, rows.masked_fill(hidden, mask), hidden).log_softmax(-1)  # (B, V)
        logs += scores[torch.arange(len(some)), rows[hidden]].tolist()
    return logs


def pseudo_log_likelihood(masked: Any, text: str) -> float:
    """The sum of `token_pseudo_log_probabilities`, in nats; errors as there.

    It ranks sentences of about one length. It is not the logarithm of the text's probability: each token is guessed
    with all others in view, so the guesses do not multiply to the probability of anything.
    """
    return sum(token_pseudo_log_probabilities(masked, text))


def _need_masked(model: Any) -> Any:
    """The tokenizer of a masked model; ValueError for any other."""
    if getattr(model, "kind", "") != "masked_lm":
        raise ValueError('Only a masked model fills a blank from both sides: hand over models.load("masked_lm").')
    return model.tokenizer


def _scores(masked: Any, rows: Tensor, wanted: Tensor) -> Tensor:
    """Scores (N, V) at the N wanted places of rows (B, T), row by row. wanted: (B, T) bool.

    The last table, with a column for each token of the vocabulary, is as much work as all layers of a small model
    together. So it is handed the wanted places alone.
    """
    import torch

    from unravelling.models.threads import threads_for

    last = masked.model.get_output_embeddings()
    hook = last.register_forward_pre_hook(lambda _, given: (given[0][wanted],))
    try:
        with torch.inference_mode(), threads_for(rows.numel()):
            return masked.model(rows).logits.float()
    finally:
        hook.remove()


def _marks(masked: Any) -> tuple[list[int], list[int]]:
    """The tokens that this model puts before and after a text."""
    ids, special = masked.ids("a"), set(masked.tokenizer.all_special_ids)
    inside = [place for place, token in enumerate(ids) if token not in special]
    return ids[: inside[0]], ids[inside[-1] + 1 :]


def _marks_spaces(tokenizer: Any) -> bool:
    """Whether a word inside a sentence is another token than the same word at its beginning, as in RoBERTa."""
    inside, beginning = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in (" a", "a"))
    return inside != beginning


def _interval(counts: list[tuple[int, int]], draw: random.Random) -> tuple[float, float]:
    """Where 95% of the shares fall if the stretches are drawn anew from themselves. counts: (found, asked) of each."""
    shares = []
    for _ in range(_RESAMPLES):
        drawn = draw.choices(counts, k=len(counts))
        shares.append(sum(found for found, _ in drawn) / sum(asked for _, asked in drawn))
    shares.sort()
    return shares[round(0.025 * (_RESAMPLES - 1))], shares[round(0.975 * (_RESAMPLES - 1))]
