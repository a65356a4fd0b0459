"""Pretrained models for the lessons: fetched once, checked, and loaded in a second or two.

    decoder = models.load("decoder")                       # SmolLM2-135M-Instruct, dequantised from 4 bits
    encoder = models.load("encoder")                       # all-MiniLM-L6-v2
    masked = models.load("masked_lm")                      # the encoder, trained further to name hidden words
    models.load("decoder", device="cuda")                  # computes on a GPU, and is used like the other
    gpt2 = models.load("hub:openai-community/gpt2")        # any model of the Hugging Face Hub, where there is a network
    bert = models.load("hub:google-bert/bert-base-uncased", kind="masked_lm")        # with its head for hidden words
    tokens, weights = decoder.attention("The cat sat.")    # weights: (layers, heads, T, T)

Neither torch nor transformers is imported before a model is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unravelling.models import gguf_conversion, hub, masked_lm, model_cache
from unravelling.models.errors import ModelError
from unravelling.models.wheels import DECODER, ENCODER, MB

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from unravelling.models.pretrained import Pretrained

__all__ = ["ModelError", "Row", "available", "fetch", "listing", "load", "loaded", "verify"]


class Row(NamedTuple):
    """One line of a listing."""

    name: str
    what: str
    size: str  # what it takes on disk
    licence: str
    fetched: bool


class _Card(NamedTuple):
    artefact: model_cache.Artefact
    kind: str
    what: str
    licence: str
    note: str


_CARDS = {
    "decoder": _Card(
        model_cache.Artefact(DECODER, gguf_conversion.decoder_folder),
        "decoder",
        "SmolLM2-135M-Instruct: predicts the next token, from left to right",
        "Apache-2.0",
        "SmolLM2-135M-Instruct (Hugging Face, 2024), instruction-tuned, stored with 4 bits a weight and dequantised "
        "here: these are not the original weights.",
    ),
    "encoder": _Card(
        model_cache.Artefact(ENCODER, gguf_conversion.copy_folder),
        "encoder",
        "all-MiniLM-L6-v2: reads a whole sentence in both directions",
        "Apache-2.0",
        "all-MiniLM-L6-v2 (sentence-transformers), the published float32 weights: a BERT-like encoder trained for "
        "sentence embeddings, without a masked-word head.",
    ),
    # Its tables are the encoder's; what else it needs comes with the package.
    "masked_lm": _Card(
        model_cache.Artefact(ENCODER, gguf_conversion.copy_folder),
        "masked_lm",
        "the encoder, trained further by this course: names hidden words",
        "Apache-2.0",
        "all-MiniLM-L6-v2, trained further by this course on a few million words to name hidden words, its weights "
        "rounded to 8 bits: a small relative of BERT, not BERT.",
    ),
}
KINDS = ("decoder", "encoder", "masked_lm")


def load(
    name: str, dtype: torch.dtype | None = None, kind: str | None = None, device: torch.device | str | None = None
) -> Pretrained:
    """Load a model, fetching it first where necessary.

    name: "decoder", "encoder", "masked_lm", or "hub:NAME" with a name on the Hugging Face Hub or a local folder.
    dtype: the type to compute with, torch.float32 unless given.
    kind: what to load a Hub model as, if not what its files say: "masked_lm" keeps an encoder's head for hidden words.
    device: what to compute on, such as "cuda"; the CPU unless given. What the model is given and what it gives lie on
    the CPU all the same (see `devices.py`).

    Raises ModelError, whose message is one sentence that says what to do.
    """
    model = _load(name, dtype, kind)
    if device is not None:
        from unravelling.models.devices import settle

        settle(model.model, device)
    return model


def _load(name: str, dtype: torch.dtype | None, kind: str | None) -> Pretrained:
    if kind not in (None, *KINDS):
        raise ModelError(f"There is no kind {kind!r} of model: choose one of {', '.join(KINDS)}.")
    if hub.is_hub(name):
        from unravelling.models.pretrained import load_hub

        return load_hub(name, dtype, kind)
    card = _card(name)
    if kind not in (None, card.kind):
        raise ModelError(f'The {name} is of the kind "{card.kind}": load it without `kind`.')
    folder = model_cache.ensure(card.artefact)
    try:
        return _from_folder(name, card, folder, dtype)
    except Exception as error:
        broken = error
    try:
        # The sizes were right, so look at the bytes: a damaged file is mended once.
        if model_cache.check_hashes(card.artefact):
            folder = model_cache.ensure(card.artefact, remake=True)
            return _from_folder(name, card, folder, dtype)
    except ModelError:
        raise
    except Exception as error:
        broken = error
    why = " ".join(str(broken).split())[:200] or type(broken).__name__
    raise ModelError(
        f"The files of the {name} are complete but cannot be loaded ({why}): update the package transformers, or "
        f'delete {folder} and run "unravelling models fetch {name}".'
    ) from broken


def loaded(model: Pretrained | str, kind: str = "") -> Pretrained:
    """A model that is loaded already, as it is; for a name, what `load` gives.

    kind: "decoder", "encoder" or "masked_lm", if it must be one; ValueError for another model, and for anything else.
    """
    found = load(model) if isinstance(model, str) else model
    given = getattr(found, "kind", type(found).__name__)
    if kind and given != kind:
        raise ValueError(f'Give it a model such as models.load("{kind}") returns. This is of another kind: {given}.')
    return found


def _from_folder(name: str, card: _Card, folder: Path, dtype: torch.dtype | None) -> Pretrained:
    from unravelling.models.pretrained import load_folder, load_masked_lm

    if card.kind == "masked_lm":
        return load_masked_lm(name, folder, card.note, dtype)
    return load_folder(name, card.kind, folder, card.note, dtype)


def fetch(name: str) -> None:
    """Put a model into the cache so that loading needs no network; one that is there is verified and mended."""
    if hub.is_hub(name):
        hub.fetch(name)
    else:
        model_cache.fetch(_card(name).artefact)


def available(name: str) -> bool:
    """Whether `load(name)` needs no network. Looks at file sizes only, imports neither torch nor transformers."""
    if hub.is_hub(name):
        return hub.available(name)
    return model_cache.state(_card(name).artefact) == "ready"


def verify(name: str) -> list[str]:
    """Read every byte of a fetched model and compare the sha256; returns a sentence per problem, [] if all is well."""
    return model_cache.check_hashes(_card(name).artefact)


def listing() -> list[Row]:
    """The models of the course, in the order in which lessons need them."""
    return [Row(name, card.what, _size(card), card.licence, available(name)) for name, card in _CARDS.items()]


def _size(card: _Card) -> str:
    if card.kind == "masked_lm":
        return f"{round(masked_lm.size() / MB)} MB"
    return f"{round(card.artefact.carrier.finished / MB)} MB"


def _card(name: str) -> _Card:
    try:
        return _CARDS[name]
    except (KeyError, TypeError):
        names = ", ".join(f'"{known}"' for known in _CARDS)
        raise ModelError(
            f'There is no model named {name!r}: choose {names}, or "hub:NAME" for a model of the Hugging Face Hub.'
        ) from None
