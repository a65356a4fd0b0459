"""Names of the form "hub:NAME": a model of the Hugging Face Hub, or a folder on this machine. No torch in here."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

from unravelling.models.errors import ModelError

# Weights are read from safetensors only: the older .bin files are pickles, which can run code when they are opened.
PATTERNS = ["*.json", "*.safetensors", "*.txt", "*.model"]

# Environment variable: load nothing but the course's own. Set while strangers' notebooks are graded: some exercises let
# a learner name a model, and the grader's machine must not fetch or open what she names.
CLOSED = "UNRAVELLING_NO_HUB"

# Architectures of encoders end in these; "...Model" alone is told apart by the model type.
_ENCODER_ENDINGS = ("ForMaskedLM", "ForPreTraining", "ForSequenceClassification", "ForTokenClassification")
_ENCODER_TYPES = ("bert", "electra", "mpnet", "deberta", "ernie", "nomic_bert")  # also roberta, distilbert, modernbert
_DECODER_ENDINGS = ("ForCausalLM", "LMHeadModel")

_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EPERM)


def is_hub(name: object) -> bool:
    """Whether the name asks for a Hub model or a folder."""
    return isinstance(name, str) and name.startswith("hub:")


def fetch(name: str) -> Path:
    """The folder with the files of "hub:NAME", downloaded first unless it is a local folder or already there.

    Raises ModelError for a folder that is not a model, a name the Hub does not have, no network, and if it is CLOSED.
    """
    if os.environ.get(CLOSED):
        raise ModelError(
            f"{name!r} is not loaded here: whoever grades uses the course's own models, such as 'decoder'."
        )
    place = name.removeprefix("hub:").strip()
    if not place:
        raise ModelError(
            'There is no name behind "hub:": write one, like "hub:openai-community/gpt2", or the path of a folder.'
        )
    if _means_folder(place):
        folder = Path(place).expanduser()
        if not (folder / "config.json").is_file():
            raise ModelError(
                f'There is no model in the folder {folder}: "hub:FOLDER" needs a folder with config.json, '
                "model.safetensors and the tokenizer's files."
            )
        return folder
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError
    except ImportError as error:
        raise ModelError('Models of the Hub need the package transformers: run "pip install transformers".') from error
    try:
        return Path(snapshot_download(place, allow_patterns=PATTERNS, ignore_patterns=["*/*"], etag_timeout=15))
    except GatedRepoError as error:
        raise ModelError(
            f"The Hub gives {place!r} only to people who accepted its terms: choose another model, or accept them on "
            'its page and run "hf auth login".'
        ) from error
    except (HFValidationError, RepositoryNotFoundError) as error:
        raise ModelError(
            f"The Hugging Face Hub has no public model named {place!r}: "
            'look the name up on its page; it has the form "hub:OWNER/MODEL".'
        ) from error
    except Exception as error:  # many kinds mean "no network", and differ between versions of the Hub's client
        if isinstance(error, OSError) and error.errno in _UNWRITABLE:
            raise ModelError(
                f"{place!r} cannot be stored ({error.strerror}): make room, or set HF_HOME to a folder that you can "
                "write to."
            ) from error
        raise ModelError(
            f"{place!r} is not on this machine and the Hugging Face Hub cannot be reached: go online and try again, or "
            'use "decoder" or "encoder".'
        ) from error


def available(name: str) -> bool:
    """Whether the files are here already, so that loading needs no network."""
    place = name.removeprefix("hub:").strip()
    if not place:
        return False
    if _means_folder(place):
        return (Path(place).expanduser() / "config.json").is_file()
    try:
        from huggingface_hub import snapshot_download

        folder = Path(snapshot_download(place, local_files_only=True))
    except Exception:
        return False
    return any(folder.glob("*.safetensors"))


def kind_of(folder: Path, place: str) -> str:
    """ "decoder" or "encoder", read from config.json. Raises ModelError for anything else."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        names = [str(name) for name in config.get("architectures") or []]
        model_type = str(config.get("model_type", ""))
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError(f"The config.json of {place!r} cannot be read: fetch the model again.") from error
    if not config.get("is_encoder_decoder"):
        if any(name.endswith(_DECODER_ENDINGS) for name in names):
            return "decoder"
        if any(name.endswith(_ENCODER_ENDINGS) for name in names) or any(part in model_type for part in _ENCODER_TYPES):
            return "encoder"
        if model_type in ("gpt2", "llama", "gpt_neox", "gpt_neo", "mistral", "qwen2", "qwen3", "opt", "gemma"):
            return "decoder"
    raise ModelError(
        f"{place!r} is neither a decoder like GPT-2 nor an encoder like BERT (its config says "
        f"{', '.join(names) or model_type or 'nothing'}), and the course can show only these two: choose another model."
    )


def names_hidden_words(folder: Path) -> bool:
    """Whether the model there was published with a head for hidden words. folder: one that `kind_of` has read."""
    names = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("architectures") or []
    # BERT's own checkpoints have both of its heads.
    return any(str(name).endswith(("ForMaskedLM", "ForPreTraining")) for name in names)


def _means_folder(place: str) -> bool:
    return place.startswith(("/", ".", "~", "\\")) or Path(place).is_absolute() or Path(place).is_dir()
