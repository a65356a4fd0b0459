"""The cases of 03.5, and its probe: a learner's loop runs on models that write down what they see and get back."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from ...declare import Case, LastCase
from ...random_inputs import randint

ROUND = "abac adae " * 8


def cases(rng: torch.Generator) -> Iterator[Case]:
    """The cases of 03.5."""

    def case(name, text, steps, batch, length, max_norm=1.0, network="table"):
        settings = {"learning_rate": 0.05 if network == "lstm" else 0.3, "max_norm": max_norm}
        seed = randint(rng, 0, 9999)
        kind = LastCase if network == "lstm" else Case
        return kind(name, text=text, steps=steps, batch=batch, length=length, **settings, seed=seed, network=network)

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
    from numbers import Real

    import torch
    from torch import nn

    alphabet = sorted(set(text))
    V = len(alphabet)
    ids = torch.tensor([alphabet.index(character) for character in text])

    class Table(nn.Module):  # the logits after each character, which it looks up: it remembers nothing
        def __init__(self):
            super().__init__()
            self.table = nn.Parameter(torch.arange(V * V, dtype=torch.float64).sin().view(V, V) / 10)
            self.bias = nn.Parameter(torch.arange(V, dtype=torch.float64).cos() / 10)

        def forward(self, x):
            return 4 * (self.table[x] + self.bias)  # times 4, so that all gradients are longer than 1

        def reset_parameters(self):  # as torch's own layers have it: nobody should call it
            with torch.no_grad():
                self.table.zero_()

    class Lstm(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(V, 16)
            self.lstm = nn.LSTM(16, 16, batch_first=True)
            self.output = nn.Linear(16, V)

        def forward(self, x):
            return self.output(self.lstm(self.embedding(x))[0])

    def counted(n, thing):
        return f"{n} {thing}" + ("" if n == 1 else "es" if thing.endswith("s") else "s")

    def trained(seed):
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(0)
            model = (Lstm() if network == "lstm" else Table()).train(network.endswith("training mode"))
        for each in model.parameters():
            each.grad = torch.full_like(each, 0.5)  # as an earlier training may have left them
        notes = {"seen": [], "logits": [], "back": [], "parameters": [], "modes": []}

        def parameters():
            return torch.cat([each.detach().flatten().clone() for each in model.parameters()])

        def keep():
            notes["parameters"].append(parameters())

        def note(_, inputs, logits):
            call = len(notes["seen"])
            notes["seen"].append(inputs[0].clone())
            notes["logits"].append(logits.detach().clone())
            notes["back"].append(torch.zeros_like(logits))
            notes["modes"].append(model.training)
            keep()
            if logits.requires_grad:
                logits.register_hook(lambda gradient: notes["back"].__setitem__(call, gradient.clone()))

        model.register_forward_hook(note)
        text, begun = ids.clone(), parameters()
        with torch.enable_grad():
            losses = solution(
                model, text, steps, batch, length, learning_rate, max_norm, torch.Generator().manual_seed(seed)
            )
        keep()
        return losses, notes, model.training, torch.equal(text, ids), torch.equal(begun, notes["parameters"][0])

    losses, notes, training, kept, as_given = trained(seed)
    shapes = [tuple(each.shape) for each in notes["seen"]]
    form = ""
    if not isinstance(losses, (list, tuple)):
        what = "nothing (None)" if losses is None else f"a value of type {type(losses).__name__}"
        form = f"Your function returned {what}, not a list of losses."
    elif len(losses) != steps:
        form = f"Your list has {counted(len(losses), 'loss')}; in {counted(steps, 'step')} there should be {steps}."
    elif any(isinstance(each, torch.Tensor) for each in losses):
        form = "Your losses are tensors, not floats, and each keeps its graph alive; loss.item() gives the number."
    elif not all(isinstance(each, Real) for each in losses):
        form = f"Your losses are not all floats: one is of type {type(losses[0]).__name__}."
    elif len(shapes) != steps:
        form = f"In {counted(steps, 'step')} the model is called {counted(len(shapes), 'time')}; one call a step is "
        form += "enough for all rows, and for the loss that you note down."
    elif set(shapes) - {(batch, length)}:
        wrong = next(each for each in shapes if each != (batch, length))
        form = f"The model gets a tensor of shape {wrong}, not (batch, length) = {(batch, length)}."
    elif not kept:
        form = "Your function changed ids; whoever called it still needs them."
    assert not form, form
    whole = steps > 0 and network != "lstm"
    nothing = torch.zeros(0)

    def stacked(notes, name):
        return torch.stack(notes[name]) if whole else nothing

    anew = whole and batch > 9  # where draws are looked at: the same seed once more, and another
    return {
        "losses": torch.tensor([float(each) for each in losses], dtype=torch.float64),
        "as_given": as_given,
        "seen": stacked(notes, "seen").long(),
        "logits": stacked(notes, "logits"),
        "back": stacked(notes, "back"),
        "parameters": stacked(notes, "parameters"),
        "eval_while_learning": not all(notes["modes"]),
        "training_afterwards": training,
        "again": stacked(trained(seed)[1], "seen").long() if anew else nothing.long(),
        "other": stacked(trained(seed + 1)[1], "seen").long() if anew else nothing.long(),
    }


def show(case: Case) -> str:
    """The lines that show a failure of 03.5: the same models, made in the cell."""
    lines = ["alphabet = sorted(set(text))", "ids = torch.tensor([alphabet.index(each) for each in text])"]
    if case["network"] == "lstm":
        lines += [
            "class Network(torch.nn.Module):",
            "    def __init__(self, V):",
            "        super().__init__()",
            "        self.embedding = torch.nn.Embedding(V, 16)",
            "        self.lstm = torch.nn.LSTM(16, 16, batch_first=True)",
            "        self.output = torch.nn.Linear(16, V)",
            "    def forward(self, x):",
            "        return self.output(self.lstm(self.embedding(x))[0])",
            "model = Network(len(alphabet))",
        ]
    else:
        lines += [
            "class Table(torch.nn.Module):",
            "    def __init__(self, V):",
            "        super().__init__()",
            "        self.table = torch.nn.Parameter(torch.arange(V * V).double().sin().view(V, V) / 10)",
            "        self.bias = torch.nn.Parameter(torch.arange(V).double().cos() / 10)",
            "    def reset_parameters(self):",
            "        torch.nn.init.zeros_(self.table)",
            "    def forward(self, x):",
            '        print("training:", self.training, " the model sees", x.tolist())',
            "        self.seen = x, self.training",
            "        logits = 4 * (self.table[x] + self.bias)",
            "        if logits.requires_grad:",
            '            logits.register_hook(lambda gradient: setattr(self, "back", gradient))',
            "        return logits",
            f"model = Table(len(alphabet)).train({case['network'].endswith('training mode')})",
        ]
    lines += [
        "for each in model.parameters():",
        "    each.grad = torch.full_like(each, 0.5)  # as an earlier training may have left them",
        "generator = torch.Generator().manual_seed(seed)",
        "losses = train_language_model(model, ids, steps, batch, length, learning_rate, max_norm, generator)",
    ]
    if case["network"] == "lstm":
        return "\n".join([*lines, "result = losses, model.training"])
    seen = "getattr(model, 'seen', None), getattr(model, 'back', None)"
    return "\n".join([*lines, f"result = losses, model.training, ids, {seen}, *model.parameters()"])
