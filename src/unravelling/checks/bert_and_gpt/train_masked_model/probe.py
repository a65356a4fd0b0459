"""The cases of 07.6, and its probe: a learner's loop runs on a model whose calls are written down."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from ...declare import Case
from ...random_inputs import randint


def cases(rng: torch.Generator) -> Iterator[Case]:
    """The cases of 07.6."""

    def case(name, rows, words, steps, batch, p, learning_rate=0.3):
        seed = randint(rng, 0, 9999)
        settings = {"p": p, "learning_rate": learning_rate, "seed": seed}
        return Case(name, rows=rows, words=words, steps=steps, batch=batch, **settings)

    yield case("one step on a text of 3 words", 1, 3, 1, 1, 1.0)
    yield case("3 steps on 2 texts of 6 words", 2, 6, 3, 2, 0.3)
    yield case("4 steps of 30 rows of one text", 1, 6, 4, 30, 0.5)
    yield case("16 steps of 6 rows, 5 texts of 8 words", 5, 8, 16, 6, 0.3, 0.02)
    yield case("nothing hidden, p = 0", 2, 3, 2, 2, 0.0)
    yield case("no step at all", 1, 3, 0, 2, 0.5)


def probe(solution, rows, words, steps, batch, p, learning_rate, seed):
    import random

    import torch

    from unravelling.checks.instruments.training import Recorder, Table, check_calls, check_losses, numbered_texts

    V, T = 3 + rows * words, words + 2
    texts, special = numbered_texts(rows, words), torch.tensor([0, 1, 2])

    def trained(seed):
        notes = Recorder(Table(V).eval())
        given, others, generator = texts.clone(), special.clone(), torch.Generator().manual_seed(seed)
        with torch.enable_grad():
            losses = solution(notes.model, given, steps, batch, p, learning_rate, generator, others, 2, V)
        text = "Your losses are tensors, not floats: loss.item() gives the number, and keeps nothing else alive."
        check_losses(losses, steps, text)
        check_calls(notes, steps, {"batch": batch, "T": T}, "one call a step will do.")
        changed = "" if torch.equal(others, special) else "special"
        return losses, notes, changed if torch.equal(given, texts) else "texts"

    before = random.getstate(), torch.get_rng_state()
    losses, notes, changed = trained(seed)
    outside = "Python" if random.getstate() != before[0] else ""
    outside = outside if torch.equal(torch.get_rng_state(), before[1]) else "torch"
    anew = steps * batch * T > 400  # where draws are looked at: the same seed once more, and another
    again, other = (trained(each)[1] if anew else Recorder(Table(V)) for each in (seed, seed + 1))
    watched = notes.stacked()
    # single precision will do, and takes half the room on the way to the judge
    return {name: each if name == "seen" else each.float() for name, each in watched.items()} | {
        "each_loss": torch.tensor([float(each) for each in losses], dtype=torch.float64),
        "in_eval": notes.modes.count(False),
        "training_afterwards": notes.model.training,
        "changed": changed,
        "outside": outside,
        "again": again.stacked()["seen"],
        "other": other.stacked()["seen"],
    }


def show(case: Case) -> str:
    """The lines that show a failure of 07.6: the training that the probe runs; what its model sees is read out."""
    return """
from unravelling.checks.instruments.training import Recorder, Table, numbered_texts
texts, special = numbered_texts(rows, words), torch.tensor([0, 1, 2])
V = 3 + rows * words
model = Table(V).eval()  # it looks its scores up
notes = Recorder(model, aloud=True)  # of what it sees, and of what comes back to it
generator = torch.Generator().manual_seed(seed)
losses = train_masked_model(model, texts, steps, batch, p, learning_rate, generator, special, 2, V)
result = {
    "losses": losses,
    "in training mode afterwards": model.training,
    "calls": len(notes.seen),
    "calls in training mode": sum(notes.modes),
    "texts afterwards": texts,
    "last seen": notes.seen[-1:],
    "bias": model.bias.detach(),
}"""
