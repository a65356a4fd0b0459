"""06.3: one step of training, from micro-batches of unequal length."""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy

from ..compare import number
from ..declare import Case, alternative, exercise, holds, misconception, slip

IGNORED = -100


def mean_loss(logits, targets):
    """What 06.2 asks for."""
    chosen = int((targets != IGNORED).sum())
    return cross_entropy(logits.transpose(1, 2), targets, reduction="sum") / max(chosen, 1)


@exercise("06.3", points=3, difficulty=2, minutes=20)
class TrainStep:
    """Make one step of training out of several micro-batches, as if they had been one batch."""

    functions = ("train_step",)
    returns = ("losses", "parameters")
    tolerance = 1e-3  # in double precision a thousandth of it: Adam makes much of little
    because = (
        "Every token weighs the same, in whichever micro-batch it stands; each goes backward before the next goes "
        "forward, and one step is made at the end, with the gradients of this batch alone."
    )
    hints = (
        "Two micro-batches, one of 2 tokens and one of 8. In one batch of 10 each token would have a tenth of the "
        "loss. What share does a token have if you take the mean of the two means?",
        "Count first, over all micro-batches, the places whose target is not -100. Then zero_grad, once. In the loop: "
        "the sum of a micro-batch's surprises divided by the whole count (that is: its mean, times its own count, "
        "divided by the whole), backward, and add the number up. After the loop: step, once. If nothing counts, "
        "return 0.0 before all this.",
        "count = sum(int((y != -100).sum()) for _, y in micro_batches); optimiser.zero_grad(); for x, y in "
        "micro_batches: loss = language_model_loss(model(x), y) * int((y != -100).sum()) / count; loss.backward(); "
        "total += loss.item(); and after the loop optimiser.step(); return total",
    )

    def cases(rng):
        def drawn(V, sizes, ignored=()):
            pairs = []
            for n, (rows, length) in enumerate(sizes):
                x, y = (torch.randint(V, (rows, length), generator=rng) for _ in "xy")
                y[:, 0] = V - 1
                if n in ignored:
                    y[:, 1:] = IGNORED
                pairs.append((x, y))
            return pairs

        def case(name, rule, V, batches, optimiser="SGD", learning_rate=0.5):
            return Case(name, rule, V=V, batches=batches, optimiser=optimiser, learning_rate=learning_rate)

        one = [(torch.tensor([[0, 1]]), torch.tensor([[1, 2]]))]
        yield case("one step, one micro-batch of 2 tokens", "", 3, [one])
        tokens = "Every token of all micro-batches weighs the same: the loss is the mean over all of them together."
        long = (torch.tensor([[2, 0, 2, 1, 0]]), torch.ones(1, 5).long())
        two = [*one, long]
        yield case("one step, micro-batches of 2 and 5 tokens", tokens, 3, [two])
        yield case(
            "one step, micro-batches of 3 x 4, 1 x 6 and 2 x 2 tokens", tokens, 7, [drawn(7, [(3, 4), (1, 6), (2, 2)])]
        )
        alone = "A step goes by the gradients of its own batch: what stood in .grad before does not count."
        yield case("3 steps on one batch", alone, 4, 3 * [drawn(4, [(2, 3)])])
        yield case("4 steps of Adam, 2 micro-batches each", alone, 5, 4 * [drawn(5, [(2, 3), (1, 4)])], "Adam", 0.1)
        padding = "A place whose target is -100 counts nowhere."
        yield case(
            "one step, one of 3 micro-batches padded", padding, 6, [drawn(6, [(2, 5), (3, 4), (1, 7)], {1})], "SGD", 0.3
        )
        none = (torch.tensor([[0, 2, 1]]), torch.full((1, 3), IGNORED))
        nothing = (
            "A micro-batch without a target adds nothing; without any at all nothing changes, and the loss is 0.0."
        )
        yield case("one step, one micro-batch without a target", nothing, 3, [[*two, none]], "SGD", 0.4)
        yield case("3 steps of Adam, the second without a target", nothing, 3, [two, [none], one], "Adam", 0.2)

    def reference(model, optimiser, micro_batches):
        """Make one step of training on several micro-batches that are too large to be held in memory at once.

        model: a torch.nn.Module; model(x) takes tokens (B, T) and gives logits (B, T, V). optimiser: a torch.optim
        optimiser of its parameters. micro_batches: a list of pairs (x, y), two int64 tensors (B, T) each, as get_batch
        gives them; B and T may differ from pair to pair. A target of -100 says that its place is not asked about.
        The loss is the mean surprise in nats over all places that are asked about, of all micro-batches together: each
        such place weighs the same. The model is called once for each micro-batch, and each goes backward before the
        next goes forward, so that only one is held at a time. Then the optimiser makes one step, with the gradients of
        this loss alone, whatever stood in .grad before.
        Returns the loss before the step, a float (no tensor). If no place at all is asked about, it is 0.0, and model
        and optimiser stay as they are. Leaves micro_batches as it is.
        Example: of a model that knows nothing of a vocabulary of 3, the loss of the first step is near ln 3 = 1.1.
        Source: Ott et al., 2018, "Scaling Neural Machine Translation", WMT (several backward passes, then one update).
        """
        count = sum(int((y != -100).sum()) for _, y in micro_batches)
        if count == 0:
            return 0.0
        optimiser.zero_grad()
        total = 0.0
        for x, y in micro_batches:
            loss = cross_entropy(model(x).transpose(1, 2), y, reduction="sum") / count
            loss.backward()
            total += loss.item()
        optimiser.step()
        return total

    def probe(solution, V, batches, optimiser, learning_rate):
        from numbers import Real

        import torch

        from unravelling.checks.instruments.training import Table

        model, alive, most, calls = Table(V, scale=2.0), [0], [0], [0]

        def note(_, given, logits):
            calls[0] += 1
            alive[0] += 1
            most[0] = max(most[0], alive[0])
            if logits.requires_grad:
                logits.register_hook(lambda gradient: alive.__setitem__(0, alive[0] - 1))

        model.register_forward_hook(note)
        for each in model.parameters():
            each.grad = torch.full_like(each, 0.5)  # as an earlier training may have left them
        steps = getattr(torch.optim, optimiser)(model.parameters(), lr=learning_rate)
        losses, rows, held, often = [], [], 0, ""
        for batch in batches:
            alive[0] = most[0] = calls[0] = 0
            with torch.enable_grad():
                loss = solution(model, steps, [(x.clone(), y.clone()) for x, y in batch])
            what = "nothing (None)" if loss is None else f"a value of type {type(loss).__name__}"
            text = "Your loss is a tensor, not a float: loss.item() gives the number, and keeps nothing else alive."
            assert not isinstance(loss, torch.Tensor), text
            assert isinstance(loss, Real), f"Your function returned {what}, not the loss, a float."
            whole = all(bool((y != -100).any()) for _, y in batch)
            held = max(held, most[0]) if whole else held
            often = f"{calls[0]} of {len(batch)}" if whole and calls[0] != len(batch) and not often else often
            losses.append(float(loss))
            rows.append(torch.cat([each.detach().flatten() for each in model.parameters()]))
        return {
            "losses": torch.tensor(losses, dtype=torch.float64),
            "parameters": torch.stack(rows),
            "held": held,
            "often": often,
        }

    def show(case):
        """The lines that show a failure of 06.3."""
        return """
from unravelling.checks.instruments.training import Recorder, Table
model = Table(V, scale=2.0)  # it looks its scores up
for each in model.parameters():
    each.grad = torch.full_like(each, 0.5)  # as an earlier training may have left them
steps = getattr(torch.optim, optimiser)(model.parameters(), lr=learning_rate)
notes = Recorder(model)  # of every call: how far back the gradients of earlier ones have come by then
waiting = []
model.register_forward_hook(lambda *_: waiting.append(sum(not each.any() for each in notes.back)))
losses = []
for micro_batches in batches:
    losses.append(train_step(model, steps, micro_batches))
    print("loss", losses[-1])
result = losses, waiting, [each.detach() for each in model.parameters()]"""

    @holds("the model is called once for each micro-batch")
    def called_once_each(case, result):
        if result["often"]:
            calls, batches = result["often"].split(" of ")
            several = "es" if int(batches) > 1 else ""
            return f"For {batches} micro-batch{several} the model is called {calls} times: once for each will do."
        return None

    @holds("each micro-batch goes backward before the next goes forward")
    def one_at_a_time(case, result):
        if result["held"] > 1:
            return (
                f"{result['held']} micro-batches have gone forward before the first goes backward: all of them are "
                f"held "
                "in memory at once, and to avoid that is what micro-batches are for."
            )
        return None

    @holds("the loss is the mean over all tokens of all micro-batches, before the step")
    def first_loss_is_right(case, result):
        from ..instruments.training import Table

        counted = [(x, y) for x, y in case["batches"][0] if (y != IGNORED).any()]
        model = Table(case["V"], scale=2.0)
        with torch.no_grad():
            sums = [float(mean_loss(model(x), y)) * int((y != IGNORED).sum()) for x, y in counted]
        want = sum(sums) / sum(int((y != IGNORED).sum()) for _, y in counted)
        got = float(result["losses"][0])
        if abs(got - want) < 1e-6:
            return None
        shares = ", ".join(str(int((y != IGNORED).sum())) for _, y in counted)
        mean = f"the mean over its tokens ({shares}) is {number(want, 4)}"
        return f"Your loss of the first step is {number(got, 4)}, where {mean}."

    mean_of_means = slip(
        "You take the mean of the micro-batches' means. A token in a short one weighs more than one in a long one, "
        "and what the model learns depends on how the batch was cut. What should each mean be weighted by?",
        (
            'cross_entropy(model(x).transpose(1, 2), y, reduction="sum") / count',
            "mean_loss(model(x), y) / len(micro_batches)",
        ),
    )

    means_added = slip(
        "You add the means of the micro-batches up. With four of them the loss, and the step, is four times as large. "
        "What should each be multiplied by, so that the shares add up to 1?",
        ('cross_entropy(model(x).transpose(1, 2), y, reduction="sum") / count', "mean_loss(model(x), y)"),
    )

    weighted_by_rows = slip(
        "You weight each micro-batch by its number of rows, and rows are of different lengths. What is it that should "
        "weigh the same everywhere: a row or a token?",
        (
            'cross_entropy(model(x).transpose(1, 2), y, reduction="sum") / count',
            "mean_loss(model(x), y) * len(x) / sum(len(each) for each, _ in micro_batches)",
        ),
    )

    padding_counted = slip(
        "You count all places, also those whose target is -100. Nothing is asked there, so they should not make the "
        "loss look smaller. Which places count?",
        "(y != -100).sum()",
        "y.numel()",
    )

    summed = slip(
        "The surprises are added up and never divided, so a batch twice as large makes a step twice as long. By which "
        "number should the sum be divided?",
        " / count",
        "",
    )

    sum_goes_backward = slip(
        "Your loss is right, but the gradients are those of the sum, not of the mean: every step is too long. By how "
        "many tokens must the sum be divided before it goes backward?",
        (" / count\n", "\n"),
        ("total += loss.item()", "total += loss.item() / count"),
    )

    never_zeroed = slip(
        "What earlier steps left in .grad is still there, and is added to. PyTorch never clears it by itself. Which "
        "line is needed before the first backward() of a step?",
        "optimiser.zero_grad()",
        "pass",
    )

    zeroed_afterwards = slip(
        "Your first step goes by more than its own gradients: you clear .grad after each step, and what stood there "
        "before the first is still in it. When should it be cleared?",
        ("optimiser.zero_grad()", "pass"),
        ("optimiser.step()", "optimiser.step(); optimiser.zero_grad()"),
    )

    zeroed_each_time = slip(
        "You clear the gradients before every backward(), so only the last micro-batch is left when the step is made. "
        "How often in one step should they be cleared?",
        ("loss.backward()", "optimiser.zero_grad(); loss.backward()"),
    )

    step_each_time = slip(
        "You make a step after every micro-batch. That is training with small batches, not one step of a large one. "
        "Where does optimiser.step() belong?",
        ("loss.backward()", "loss.backward(); optimiser.step(); optimiser.zero_grad()"),
        ("    optimiser.step()\n    return", "    return"),
    )

    no_step = slip(
        "Nothing ever changes the model. Which method of the optimiser moves the parameters?",
        "optimiser.step()",
        "pass",
    )

    last_loss_only = slip(
        "The step is right, and the loss that you return is the last micro-batch's part of it. What should be added "
        "up?",
        "total += loss.item()",
        "total = loss.item()",
    )

    nothing_divided_by_nothing = slip(
        "Where no place at all is asked about you divide by 0: the loss is NaN, and after the step so is every "
        "parameter. What should happen before anything is divided?",
        "return 0.0",
        "count = float('nan')",
    )

    steps_on_nothing = slip(
        "Where no place at all is asked about, your optimiser still makes a step, and Adam goes on in the direction "
        "of the steps before. What should a batch without a question change?",
        "return 0.0",
        "count = 1",
    )

    @misconception(
        "Everything is right but the order: you add the losses up and call backward() once, at the end. Until then "
        "every micro-batch is held in memory, and the point of them was to hold only one. Where should backward() "
        "stand?"
    )
    def all_held_at_once(model, optimiser, micro_batches):
        count = sum(int((y != IGNORED).sum()) for _, y in micro_batches)
        if count == 0:
            return 0.0
        sums = [cross_entropy(model(x).transpose(1, 2), y, reduction="sum") for x, y in micro_batches]
        loss = sum(sums) / count
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss.item()

    @misconception(
        "You measure the loss after the step, by calling the model once more. That costs as much again, and what is "
        "asked for is the loss that the step was made from. When was it known already?"
    )
    def measured_afterwards(model, optimiser, micro_batches):
        count = sum(int((y != IGNORED).sum()) for _, y in micro_batches)
        if count == 0:
            return 0.0
        optimiser.zero_grad()
        for x, y in micro_batches:
            (cross_entropy(model(x).transpose(1, 2), y, reduction="sum") / count).backward()
        optimiser.step()
        with torch.no_grad():
            sums = [cross_entropy(model(x).transpose(1, 2), y, reduction="sum") for x, y in micro_batches]
        return float(sum(sums) / count)

    @alternative
    def means_weighted(model, optimiser, micro_batches):
        counts = [int((y != IGNORED).sum()) for _, y in micro_batches]
        if not any(counts):
            return 0.0
        total = 0.0
        for parameter in model.parameters():
            parameter.grad = None
        for (x, y), count in zip(micro_batches, counts, strict=True):
            if count:
                loss = cross_entropy(model(x).flatten(0, 1), y.flatten()) * (count / sum(counts))
                loss.backward()
                total += float(loss.detach())
        optimiser.step()
        return total

    @alternative
    def gradients_divided_at_the_end(model, optimiser, micro_batches):
        optimiser.zero_grad(set_to_none=False)
        total, count = 0.0, 0
        if all((y == IGNORED).all() for _, y in micro_batches):
            return total
        for x, y in micro_batches:
            loss = cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction="sum")
            loss.backward()
            total, count = total + loss.detach().item(), count + (y != IGNORED).sum().item()
        for parameter in model.parameters():
            parameter.grad /= count
        optimiser.step()
        return total / count
