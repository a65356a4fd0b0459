"""The probe of 03.5: it runs a learner's loop on models that write down what they see and what comes back to them."""

from __future__ import annotations

from ..declare import Case


def probe(solution, text, steps, batch, length, learning_rate, max_norm, seed, network):
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
            return self.table[x] + self.bias

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
            model = (Table() if network == "table" else Lstm()).eval()
        notes = {"seen": [], "logits": [], "back": [], "parameters": [], "modes": []}

        def keep():
            notes["parameters"].append(torch.cat([each.detach().flatten().clone() for each in model.parameters()]))

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
        text = ids.clone()
        with torch.enable_grad():
            losses = solution(
                model, text, steps, batch, length, learning_rate, max_norm, torch.Generator().manual_seed(seed)
            )
        keep()
        return losses, notes, model.training, torch.equal(text, ids)

    losses, notes, training, kept = trained(seed)
    shapes = [tuple(each.shape) for each in notes["seen"]]
    form = ""
    if not isinstance(losses, (list, tuple)):
        what = "nothing (None)" if losses is None else f"a value of type {type(losses).__name__}"
        form = f"Your function returned {what}, not a list of losses."
    elif len(losses) != steps:
        form = f"Your list has {counted(len(losses), 'loss')}; in {counted(steps, 'step')} there should be {steps}."
    elif any(isinstance(each, torch.Tensor) for each in losses):
        form = "Your losses are tensors, not floats, and each keeps its graph alive; loss.item() gives the number."
    elif not all(isinstance(each, (int, float)) for each in losses):
        form = f"Your losses are not all floats: one is of type {type(losses[0]).__name__}."
    elif len(shapes) != steps:
        form = f"In {counted(steps, 'step')} the model is called {counted(len(shapes), 'time')}; one call a step is "
        form += "enough for all rows, and for the loss that you note down."
    elif set(shapes) - {(batch, length)}:
        wrong = next(each for each in shapes if each != (batch, length))
        form = f"The model gets a tensor of shape {wrong}, not (batch, length) = {(batch, length)}."
    elif not kept:
        form = "Your function changed ids; whoever called it still needs them."
    whole = not form and steps > 0 and network == "table"
    nothing = torch.zeros(0)

    def stacked(notes, name):
        return torch.stack(notes[name]) if whole else nothing

    anew = whole and batch > 9  # where draws are looked at: the same seed once more, and another
    return {
        "form": form,
        "losses": torch.tensor([] if form else losses, dtype=torch.float64),
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
            "    def forward(self, x):",
            '        print("training:", self.training, " the model sees", x.tolist())',
            "        self.seen = x, self.training",
            "        return self.table[x] + self.bias",
            "model = Table(len(alphabet)).eval()",
        ]
    lines += [
        "generator = torch.Generator().manual_seed(seed)",
        "losses = train_language_model(model, ids, steps, batch, length, learning_rate, max_norm, generator)",
    ]
    after = "" if case["network"] == "lstm" else ", getattr(model, 'seen', None), model.bias.detach()"
    return "\n".join([*lines, f"result = losses, model.training{after}"])
