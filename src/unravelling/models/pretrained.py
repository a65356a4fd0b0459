"""The model in memory: weights, tokenizer, and what lessons ask of both. Imported only when a model is loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cachetools import LRUCache

from unravelling.models import hub, masked_lm
from unravelling.models.errors import ModelError
from unravelling.models.threads import threads_for
from unravelling.models.token_text import readable, style_of

try:
    import torch
    import transformers
except ImportError as _error:
    raise ModelError(
        f'Loading a model needs the packages torch and transformers: run "pip install torch transformers" ({_error}).'
    ) from _error

DOCUMENT_START = "<|endoftext|>"
MOST_ATTENTION_BYTES = 512 * 1024 * 1024
_REMEMBERED = 8
_REMEMBERED_BYTES = 64 * 1024 * 1024
_MAKERS = {
    "decoder": transformers.AutoModelForCausalLM,
    "encoder": transformers.AutoModel,
    "masked_lm": transformers.AutoModelForMaskedLM,
}


class Pretrained:
    """A pretrained model with its tokenizer, in evaluation mode, with attention weights that can be read.

    Every method reads a text the same way. For a decoder the text is a whole document, so the token that starts
    documents (`<|endoftext|>`) comes first and stands in position 0: models put much of their attention on the first
    position, and without this token that place would be taken by the first word. (A text that begins with it already
    is left alone.) For an encoder the tokenizer adds
    [CLS] and [SEP], also for a masked model. `tokens`, `attention` and `logits` therefore agree on T.
    """

    def __init__(
        self, name: str, kind: str, model, tokenizer, note: str, facts: Mapping[str, Any] | None = None
    ) -> None:
        self.name = name
        self.kind = kind  # "decoder", "encoder" or "masked_lm": an encoder with a head for hidden words
        self.model = model
        self.tokenizer = tokenizer
        self.note = note  # one sentence: what these weights are
        self.facts = dict(facts or {})  # how they were trained and what they reach, where the course trained them
        self._style = style_of(tokenizer)
        self._start = _start_token(tokenizer) if kind == "decoder" else None
        self._attention: LRUCache[str, tuple[list[str], torch.Tensor]] = LRUCache(_REMEMBERED)

    def __repr__(self) -> str:
        return f"<{self.name}: {self.layers} layers of {self.heads} heads. {self.note}>"

    @property
    def title(self) -> str:
        """The name under which its makers published it, with which its note begins: SmolLM2-135M-Instruct."""
        return re.split(r", | \(", self.note)[0]

    @property
    def layers(self) -> int:
        """The number of layers."""
        return self.model.config.get_text_config().num_hidden_layers

    @property
    def heads(self) -> int:
        """The number of (query) heads in each layer."""
        return self.model.config.get_text_config().num_attention_heads

    @property
    def context(self) -> int:
        """The most tokens that the model was made for."""
        config = self.model.config.get_text_config()
        longest = getattr(config, "max_position_embeddings", None) or 1024
        # RoBERTa numbers its positions from pad_token_id + 1, so two rows of its table are never used.
        return longest - 2 if getattr(config, "model_type", "") in ("roberta", "xlm-roberta", "camembert") else longest

    def ids(self, text: str) -> list[int]:
        """The token numbers of a text, with the special tokens described above.

        Raises ModelError if the text is empty or has more tokens than the model's context.
        """
        if not isinstance(text, str) or not text.strip():
            raise ModelError("The text is empty: write at least one word.")
        ids = self.tokenizer(text, verbose=False)["input_ids"]
        if self._start is not None and (not ids or ids[0] != self._start):
            ids = [self._start, *ids]
        if len(ids) > self.context:
            raise ModelError(
                f"The text is too long: it has {len(ids)} tokens and the {self.name} reads at most {self.context}, "
                "so shorten it."
            )
        return ids

    def tokens(self, text: str) -> list[str]:
        """The tokens of a text as a person reads them (see `unravelling.models.token_text` for the few signs used)."""
        return self.pieces(self.ids(text))

    def pieces(self, ids: list[int]) -> list[str]:
        """The tokens of these numbers as a person reads them."""
        return [readable(token, self._style) for token in self.tokenizer.convert_ids_to_tokens(ids)]

    def attention(self, text: str) -> tuple[list[str], torch.Tensor]:
        """The attention weights of every head on a text.

        Returns (tokens, weights): T readable tokens, and weights of shape (layers, heads, T, T), float32. Row i of a
        map holds how much token i (the query) takes from each token (the keys), and sums to 1. The last few texts are
        remembered. The tensor is a copy: change it as you like.

        Raises ModelError if the text is empty, too long for the model, or so long that the maps would not fit.
        """
        if (known := self._attention.get(text)) is None:
            known = self._attend(text)
            if known[1].numel() * 4 > _REMEMBERED_BYTES:
                return known
            self._attention[text] = known
        tokens, weights = known
        return list(tokens), weights.clone()

    def logits(self, text: str) -> tuple[list[str], torch.Tensor]:
        """Scores for tokens: (tokens, (T, V) float32). Row i of a decoder is about the token after position i, and row
        i of a masked model about the token at position i itself, which is hidden there if the text has [MASK].

        Raises ModelError for an encoder, which has no such scores, and for the texts that `attention` refuses.
        """
        if self.kind == "encoder":
            raise ModelError(
                f'The {self.name} is an encoder and predicts no token: use models.load("decoder") or '
                'models.load("masked_lm").'
            )
        ids = self.ids(text)
        options = {"use_cache": False} if self.kind == "decoder" else {}
        with torch.inference_mode(), threads_for(len(ids)):
            scores = self.model(torch.tensor([ids]), **options).logits[0].float()
        return self.tokens(text), scores.clone()

    def _attend(self, text: str) -> tuple[list[str], torch.Tensor]:
        ids = self.ids(text)
        most = int((MOST_ATTENTION_BYTES / (4 * self.layers * self.heads)) ** 0.5)
        if len(ids) > most:
            raise ModelError(
                f"The text is too long for attention maps: it has {len(ids)} tokens, and the maps of all "
                f"{self.layers * self.heads} heads fit into memory up to {most}, so shorten it."
            )
        options = {"use_cache": False} if self.kind == "decoder" else {}
        with torch.no_grad(), threads_for(len(ids)):
            # base_model leaves out the prediction of words, which nobody looks at here.
            maps = self.model.base_model(torch.tensor([ids]), output_attentions=True, **options).attentions
        if not maps or any(one is None for one in maps):
            raise ModelError(f"The model {self.name} does not give its attention weights: choose another model.")
        return self.tokens(text), torch.cat(list(maps)).float()


def load_folder(name: str, kind: str, folder: Path, note: str, dtype: torch.dtype | None = None) -> Pretrained:
    """A model from a folder of the transformers library: safetensors only, eager attention, evaluation mode."""
    make = _MAKERS[kind]
    with _quiet():
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = make.from_pretrained(
            folder,
            dtype=dtype or torch.float32,
            attn_implementation="eager",
            use_safetensors=True,
            local_files_only=True,
        )
    return Pretrained(name, kind, model.eval(), tokenizer, note)


def load_masked_lm(name: str, folder: Path, note: str, dtype: torch.dtype | None = None) -> Pretrained:
    """The course's own masked model. folder: the encoder's, for the tables of words and for the tokenizer."""
    with _quiet():
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = masked_lm.build(folder, masked_lm.weights(), dtype)
    return Pretrained(name, "masked_lm", model, tokenizer, note, masked_lm.facts())


def load_hub(name: str, dtype: torch.dtype | None = None, kind: str | None = None) -> Pretrained:
    """A model of the Hub or of a local folder, named "hub:...". Raises ModelError if it cannot be had or used.

    kind: "masked_lm" for an encoder with its head for hidden words; None: what its files say.
    """
    place = name.removeprefix("hub:").strip()
    folder = hub.fetch(name)
    found = hub.kind_of(folder, place)
    if kind == "masked_lm" and not hub.names_hidden_words(folder):
        raise ModelError(
            f"{place!r} has no head that names hidden words: choose another model, such as "
            '"hub:google-bert/bert-base-uncased".'
        )
    if kind not in (None, found, "masked_lm"):
        raise ModelError(f"{place!r} is of the kind {found!r}, not {kind!r}: load it without `kind`.")
    kind = kind or found
    note = f"{place}, as published there by its makers; the course has neither checked nor measured it."
    try:
        return load_folder(name, kind, folder, note, dtype)
    except Exception as error:  # whatever a stranger's files do wrong, the learner needs one sentence
        if not any(folder.glob("*.safetensors")):
            why = "it has no safetensors weights, and other formats can run code when they are opened"
        else:
            why = " ".join(str(error).split())[:200] or type(error).__name__
        raise ModelError(f"The model {place!r} cannot be loaded ({why}): choose another model.") from error


def _start_token(tokenizer) -> int | None:
    """The token that starts a document: <|endoftext|> where the model knows it, else its own first token, if any.

    SmolLM2 calls <|im_start|> its first token, but that one opens a turn of a chat; its training documents were
    separated by <|endoftext|>.
    """
    vocabulary = tokenizer.get_vocab()
    return vocabulary.get(DOCUMENT_START, tokenizer.bos_token_id)


@contextmanager
def _quiet() -> Iterator[None]:
    """Loading without transformers' progress bar and reports of unused weights (an encoder's head, for one)."""
    log = transformers.utils.logging
    level, bars = log.get_verbosity(), log.is_progress_bar_enabled()
    log.set_verbosity_error()
    log.disable_progress_bar()
    try:
        yield
    finally:
        log.set_verbosity(level)
        if bars:
            log.enable_progress_bar()
