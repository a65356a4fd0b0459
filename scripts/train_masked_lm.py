"""Train the course's masked language model: the packaged encoder learns to name hidden words. It takes hours.

    python scripts/train_masked_lm.py --texts FOLDER [--start FOLDER] [--steps N] [--to FOLDER]

The recipe is BERT's (Devlin et al., 2018, section 3.1) without sentence pairs: choose tokens, show 80% of them as
[MASK], 10% as a random token, 10% as they are, and learn to name them. The choice is made anew each time. Learned are
the layers and the head; the tables of words and positions stay the encoder's. Half of the steps read single sentences,
since learners type single sentences, and a model that knows only long passages fills a blank with a word that stands
there already.

Steps and seed are fixed. Training paragraphs set aside decide what is worth trying; the held-out articles are measured
once, at the end. `--start` begins from earlier weights; without it the head begins as the identity, with the logarithm
of each token's frequency as its bias. The weights in the repository were made in several runs, each from the one before
it; facts.json beside them says how.
"""

from __future__ import annotations

import argparse
import platform
import random
import time
from collections.abc import Iterator
from pathlib import Path

import masked_lm_texts
import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import AutoTokenizer, BertForMaskedLM

from unravelling import corpora, models
from unravelling.models import masked_lm
from unravelling.models.model_cache import cache_folder

STEPS, SEED, RATE, WARM_UP = 4_000, 1, 2.5e-4, 150
PASSAGES, PASSAGE = 12, 126  # rows of a step that reads passages, and their tokens without the two at the ends
SENTENCES, LONGEST = 48, 38  # rows of a step that reads sentences
HIDDEN, IGNORE = 0.17, -100
ASIDE = 120  # paragraphs at the end of the training articles
WINDOW = 126
MASK, FIRST, LAST, PAD, LEAST_WORD = 103, 101, 102, 0, 999  # token numbers of BERT's uncased vocabulary


def hide(rows: Tensor, generator: torch.Generator, share: float = HIDDEN) -> tuple[Tensor, Tensor]:
    """(what the model reads, labels): labels are -100 but where a token was chosen. rows: (B, T) token numbers."""
    chosen = (torch.rand(rows.shape, generator=generator) < share) & (rows >= LEAST_WORD)
    how = torch.rand(rows.shape, generator=generator)
    other = torch.randint(LEAST_WORD, 30_522, rows.shape, generator=generator)
    read = torch.where(chosen & (how < 0.8), MASK, rows)
    read = torch.where(chosen & (how >= 0.8) & (how < 0.9), other, read)
    return read, torch.where(chosen, rows, IGNORE)


class Reading:
    """Draws rows of tokens: passages that run over paragraphs, or single sentences padded to the longest of them."""

    def __init__(self, tokenizer, texts: dict[str, list[str]], seed: int) -> None:
        self.random = random.Random(seed)
        self.names, self.weights = list(texts), [masked_lm_texts.WEIGHTS[name] for name in texts]
        self.streams, self.sentences = {}, {}
        stop = tokenizer.convert_tokens_to_ids(".")
        for name, paragraphs in texts.items():
            # Entries of a dictionary in any order; the paragraphs of an article stay in theirs.
            ordered = paragraphs if name == "encyclopedia" else self.random.sample(paragraphs, len(paragraphs))
            rows = tokenizer(ordered, add_special_tokens=False, verbose=False)["input_ids"]
            self.streams[name] = [token for row in rows for token in row]
            self.sentences[name] = [each for row in rows for each in cut(row, stop) if 5 <= len(each) <= LONGEST]

    def rows(self, step: int) -> Tensor:
        """One step's rows, (B, T): even steps read passages, odd ones sentences."""
        names = self.random.choices(self.names, self.weights, k=SENTENCES if step % 2 else PASSAGES)
        if step % 2:
            drawn = [self.random.choice(self.sentences[name]) for name in names]
        else:
            starts = [self.random.randrange(len(self.streams[name]) - PASSAGE) for name in names]
            drawn = [self.streams[name][start : start + PASSAGE] for name, start in zip(names, starts, strict=True)]
        longest = max(map(len, drawn))
        return torch.tensor([[FIRST, *row, LAST] + [PAD] * (longest - len(row)) for row in drawn])


def cut(row: list[int], stop: int) -> Iterator[list[int]]:
    """The sentences of a paragraph: it is cut behind each full stop."""
    begin = 0
    for place, token in enumerate(row):
        if token == stop:
            yield row[begin : place + 1]
            begin = place + 1
    if begin < len(row):
        yield row[begin:]


def loss_of(model: BertForMaskedLM, read: Tensor, labels: Tensor) -> Tensor:
    """Mean nats for each hidden token; scores are made for those alone."""
    hidden = model.bert(read, attention_mask=(read != PAD).long()).last_hidden_state
    asked = labels != IGNORE
    return torch.nn.functional.cross_entropy(model.cls(hidden[asked]), labels[asked])


def accuracy(model: BertForMaskedLM, ids: list[int], window: int = WINDOW) -> tuple[float, float, int]:
    """(top-1, top-5, number of hidden tokens). Every one of them is a [MASK] here, which is harder than in training."""
    generator = torch.Generator().manual_seed(0)
    rows = torch.tensor([[FIRST, *ids[at : at + window], LAST] for at in range(0, len(ids) - window + 1, window)])
    chosen = (torch.rand(rows.shape, generator=generator) < 0.15) & (rows >= LEAST_WORD)
    first = five = 0
    with torch.inference_mode():
        for some, asked in zip(rows.split(16), chosen.split(16), strict=True):
            best = model.cls(model.bert(some.masked_fill(asked, MASK)).last_hidden_state[asked]).topk(5).indices
            right = best == some[asked][:, None]
            first, five = first + int(right[:, 0].sum()), five + int(right.sum())
    number = int(chosen.sum())
    return first / number, five / number, number


def begin(encoder: Path, start: Path | None, frequency: Tensor) -> BertForMaskedLM:
    """The model before the first step."""
    if start:
        return masked_lm.build(encoder, masked_lm.weights(start))
    d = 384
    own = {f"bert.{name}": weight for name, weight in load_file(encoder / "model.safetensors").items()}
    tensors = {name: weight for name, weight in own.items() if name.startswith("bert.encoder.")}
    head = "cls.predictions."
    tensors[f"{head}transform.dense.weight"] = torch.eye(d)
    tensors[f"{head}transform.dense.bias"] = torch.zeros(d)
    tensors[f"{head}transform.LayerNorm.weight"] = torch.ones(d)
    tensors[f"{head}transform.LayerNorm.bias"] = torch.zeros(d)
    tensors[f"{head}bias"] = ((frequency + 0.5) / frequency.sum()).log()
    return masked_lm.build(encoder, tensors)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, required=True, help="a folder for the downloaded dictionaries")
    parser.add_argument("--start", type=Path, help="a folder with earlier weights to begin from")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--to", type=Path, default=masked_lm.FOLDER, help="a folder for what comes of it")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    models.fetch("encoder")
    encoder = cache_folder() / "encoder"
    tokenizer = AutoTokenizer.from_pretrained(encoder, local_files_only=True)
    written = masked_lm_texts.texts(chosen.texts)
    aside = tokenizer("\n".join(written["encyclopedia"][-ASIDE:]), add_special_tokens=False, verbose=False)["input_ids"]
    written["encyclopedia"] = written["encyclopedia"][:-ASIDE]
    reading = Reading(tokenizer, written, SEED)
    stream = torch.tensor(reading.streams["encyclopedia"])
    model = begin(encoder, chosen.start, torch.bincount(stream, minlength=30_522).float())
    model.set_attn_implementation("sdpa")  # quicker, and nobody asks for attention weights here
    generator = torch.Generator().manual_seed(SEED)
    weights = list(masked_lm.trained(model).values())
    for weight in model.parameters():
        weight.requires_grad_(any(weight is each for each in weights))
    optimiser = torch.optim.AdamW(weights, lr=chosen.rate, betas=(0.9, 0.98), weight_decay=0.01)
    warm_up = min(WARM_UP, max(1, chosen.steps // 10))
    fall = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm_up, (chosen.steps - step) / (chosen.steps - warm_up))
    )
    print(f"before: aside {accuracy(model.eval(), aside)}", flush=True)
    before = masked_lm.facts(chosen.start).get("tokens", 0) if chosen.start else 0  # what it began from has read, too
    running, tokens, begun = 0.0, before, time.monotonic()
    for step in range(1, chosen.steps + 1):
        model.train()
        read, labels = hide(reading.rows(step), generator)
        loss = loss_of(model, read, labels)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        fall.step()
        tokens += int((read != PAD).sum())
        running = loss.item() if step == 1 else 0.98 * running + 0.02 * loss.item()
        if step % 100 == 0:
            print(f"{step:6,} {time.monotonic() - begun:6.0f} s  {tokens:,} tokens  loss {running:.3f}", flush=True)
        if step % 200 == 0 or step == chosen.steps:
            model.eval()
            print(f"       aside {accuracy(model, aside)}", flush=True)
            known = {"seed": SEED, "steps": step, "tokens": tokens, "minutes": round((time.monotonic() - begun) / 60)}
            masked_lm.save(model, known, chosen.to)
    # What is on the disk is rounded, so this is what is measured.
    model = masked_lm.build(encoder, masked_lm.weights(chosen.to))
    held_out = tokenizer(corpora.load("encyclopedia", part="held_out"), add_special_tokens=False, verbose=False)
    first, five, number = accuracy(model, held_out["input_ids"])
    known |= {
        "top1": round(first, 4),
        "top5": round(five, 4),
        "masked": number,
        "window": WINDOW,
        "machine": f"{platform.machine()}, one core of a server that did other things too",
        "text_characters": sum(len(part) for parts in written.values() for part in parts),
        "start": chosen.start.name if chosen.start else "the encoder, and a head that is the identity",
        "parameters": sum(weight.numel() for weight in model.parameters()),
    }
    masked_lm.save(model, known, chosen.to)
    print(known, flush=True)


if __name__ == "__main__":
    main()
