"""The cases of 03.5, and its probe: a learner's loop runs on models whose calls are written down."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from ...declare import Case, LastCase
from ...random_inputs import randint

ROUND = "abac adae " * 8


def cases(rng: torch.Generator) -> Iterator[Case]:
    """The cases of 03.5."""

    def case(name, text, steps, batch, length, max_norm=1.0, network="table"):
        kind, is_lstm = (LastCase, True) if network == "lstm" else (Case, False)
        settings = {"learning_rate": 0.05 if is_lstm else 0.3, "max_norm": max_norm, "seed": randint(rng, 0, 9999)}
        given = {"text": text, "steps": steps, "batch": batch, "length": length, **settings, "network": network}
        return kind(name, slow=is_lstm, **given)

    def shuffled(n):
        return "".join("abcdefgh"[place] for place in torch.randperm(n, generator=rng).tolist())

    yield case("one step on a text of 3 characters", "abc", 1, 1, 2)
    yield case("4 steps, each clipped", shuffled(6), 4, 2, 3, 0.05)
    came_training = "table in training mode"
    yield case("4 steps, none to be clipped", shuffled(6), 4, 3, 2, 1000.0, network=came_training)
    yield case("5 steps of 32 runs, whose places are looked at", shuffled(8), 5, 32, 3)
    yield case("no step at all", "abcd", 0, 2, 2)
    yield case("a text one character too short", "abcd", 1, 1, 4)
    yield case("an LSTM, 30 steps on a text that repeats itself", ROUND, 30, 16, 8, network="lstm")


def probe(solution, text, steps, batch, length, learning_rate, max_norm, seed, network):
    import torch

    from unravelling.checks.instruments.training import Lstm, Recorder, Table, check_calls, check_losses

    alphabet = sorted(set(text))
    ids = torch.tensor([alphabet.index(each) for each in text])

    def trained(seed):
        model = Lstm(len(alphabet)) if network == "lstm" else Table(len(alphabet), scale=4)
        model.train(network.endswith("training mode"))
        for each in model.parameters():
            each.grad = torch.full_like(each, 0.5)  # as an earlier training may have left them
        notes, given, generator = Recorder(model), ids.clone(), torch.Generator().manual_seed(seed)
        with torch.enable_grad():
            losses = solution(model, given, steps, batch, length, learning_rate, max_norm, generator)
        text = "Your losses are tensors, not floats, and each keeps its graph alive; loss.item() gives the number."
        check_losses(losses, steps, text)
        enough = "one call a step is enough for all rows, and for the loss that you note down."
        check_calls(notes, steps, {"batch": batch, "length": length}, enough)
        assert torch.equal(given, ids), "Your function changed ids; whoever called it still needs them."
        return losses, notes

    losses, notes = trained(seed)
    anew = network != "lstm" and batch > 9  # where draws are looked at: the same seed once more, and another
    again, other = (trained(each)[1] if anew else Recorder(Table(1)) for each in (seed, seed + 1))
    watched = notes if network != "lstm" else Recorder(Table(1))
    return watched.stacked() | {
        "losses": torch.tensor([float(each) for each in losses], dtype=torch.float64),
        "as_given": notes.began_as_given(),
        "eval_while_learning": not all(notes.modes),
        "training_afterwards": notes.model.training,
        "again": again.stacked()["seen"],
        "other": other.stacked()["seen"],
    }


def show(case: Case) -> str:
    """The lines that show a failure of 03.5: the training that the probe runs; what its table sees is read out."""
    is_lstm = case["network"] == "lstm"
    model = "Lstm(len(alphabet))" if is_lstm else "Table(len(alphabet), scale=4)  # it looks its scores up"
    lines = [
        f"from unravelling.checks.instruments.training import {'Lstm' if is_lstm else 'Recorder, Table'}",
        "alphabet = sorted(set(text))",
        "ids = torch.tensor([alphabet.index(each) for each in text])",
        f"model = {model}",
        f"model.{'train' if case['network'].endswith('training mode') else 'eval'}()",
        "for each in model.parameters():",
        "    each.grad = torch.full_like(each, 0.5)  # as an earlier training may have left them",
        *([] if is_lstm else ["notes = Recorder(model, aloud=True)  # of what it sees, and of what comes back to it"]),
        "generator = torch.Generator().manual_seed(seed)",
        "losses = train_language_model(model, ids, steps, batch, length, learning_rate, max_norm, generator)",
    ]
    result = {"losses": "losses", "in training mode afterwards": "model.training"}
    if not is_lstm:
        result |= {
            "calls in training mode": "sum(notes.modes)",
            "ids afterwards": "ids",
            "last seen": "notes.seen[-1:]",
            "gradients at its logits": "notes.back[-1:]",
            "parameters": "[each.detach() for each in model.parameters()]",
        }
    if case["batch"] > 9:  # where runs are looked at, a gradient for each would fill the page
        result.pop("gradients at its logits", None)
    return "\n".join([*lines, "result = {", *(f'    "{name}": {value},' for name, value in result.items()), "}"])
