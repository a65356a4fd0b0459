"""03.5: the loop that trains a network to name the next character. The synthesis; it uses 03.3."""

from __future__ import annotations

import math

import torch

from ...compare import number, numbers_apart
from ...declare import alternative, exercise, holds, slip
from ...optimizer_replay import STEPS
from . import diagnosis
from .probe import cases, probe, show

BAR = 0.4  # nats a character; whoever sees one character only cannot get below 0.55 on probe.ROUND


@exercise("03.5", points=4, difficulty=3, minutes=50)
class TrainLanguageModel:
    """Write the loop that trains a network to name the next character: draw, ask, measure, clip, step."""

    functions = ("train_language_model",)
    returns = ("losses",)
    compares = False  # the properties compare, in better words
    shapes = False
    because = (
        "Each training step asked for the next character at every position of newly drawn runs, and moved the "
        "parameters a little, with clipped gradients, towards a smaller loss."
    )
    hints = (
        "What are the input and the target of a run like 'hell' + 'o'? Both have the same length. Then put the events "
        "of one step into an order: step, backward, clip, draw, loss, zero_grad. Which of them come before the loop?",
        "Before the loop: the ValueError, model.train(), one Adam. In it: starts = torch.randint(len(ids) - length, "
        "(batch,), generator=generator); the runs that begin there, length + 1 long; logits = model(all but the last); "
        "cross-entropy with all but the first; zero_grad; backward; put clipped gradients in place of .grad; step; "
        "append loss.item(). After it: model.eval(). cross_entropy wants the V scores on axis 1, or everything "
        "flattened: (B * T, V) and (B * T,).",
        "runs = ids[starts[:, None] + torch.arange(length + 1)]; x, y = runs[:, :-1], runs[:, 1:]; loss = "
        "torch.nn.functional.cross_entropy(model(x).flatten(0, 1), y.flatten()); optimiser.zero_grad(); "
        "loss.backward(); grads = clip_grad_norm([p.grad for p in parameters], max_norm); for p, grad in "
        "zip(parameters, grads): p.grad = grad; optimiser.step(). With parameters = list(model.parameters()).",
    )

    cases = cases

    def reference(model, ids, steps, batch, length, learning_rate, max_norm, generator):
        """Train a network to name the next character: draw, guess, loss, gradients, clip, step, as in the lesson.

        model: a torch.nn.Module. model(x) takes the numbers of characters, an int64 tensor (batch, length), and gives
        logits, (batch, length, V): at each place a score for every character that might come next. It may come in
        either mode, and with gradients that an earlier training left; what is trained is its parameters as they are.
        ids: (N,) int64 tensor, the text to learn. generator: a torch.Generator, from which all random draws come: the
        same seed gives the same runs, another seed others.
        Each of the `steps` steps draws `batch` runs of length + 1 neighbouring characters of the text, each by itself:
        it may begin at any place that leaves room for it, all places alike. The model is called once, on the runs
        without their last character. The loss is the mean, over all runs and places, of the cross-entropy (in nats)
        between the logits and the character that comes next. The gradients of this step alone, shortened to a total
        norm of at most max_norm, go to one torch.optim.Adam(model.parameters(), lr=learning_rate), the same in all
        steps.
        Returns the losses: a list of floats (no tensors), one for each step, measured before the step changes the
        model. The model is in training mode during the steps and in eval mode afterwards, whichever it came in. Leaves
        ids as it is. A text of fewer than length + 1 characters raises ValueError.
        Example: with V = 84, a model that knows nothing begins near a loss of ln 84 = 4.43.
        Source: Mikolov et al., 2010, "Recurrent neural network based language model"; the clipping: Pascanu, Mikolov
        and Bengio, 2013.
        """
        if len(ids) < length + 1:
            raise ValueError("The text is shorter than one run.")
        parameters = list(model.parameters())
        optimiser = torch.optim.Adam(parameters, lr=learning_rate)
        model.train()
        losses = []
        for _ in range(steps):
            starts = torch.randint(len(ids) - length, (batch,), generator=generator)
            runs = ids[starts[:, None] + torch.arange(length + 1)]  # (batch, length + 1)
            logits = model(runs[:, :-1])  # (batch, length, V)
            loss = torch.nn.functional.cross_entropy(logits.transpose(1, 2), runs[:, 1:])
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, max_norm)
            optimiser.step()
            losses.append(loss.item())
        model.eval()
        return losses

    probe = probe
    show = show

    fingerprint = diagnosis.marks

    @holds("the model that was given is trained, from the parameters that it has")
    def begins_where_it_is(case, result):
        return None if result["as_given"] else "Before the first step the model's parameters have been changed."

    @holds("each input is a run of neighbouring characters of the text")
    def inputs_are_runs(case, result):
        for x in result["seen"].flatten(0, 1) if result["seen"].numel() else ():
            run = "".join(sorted(case["text"])[each] for each in x.tolist())
            if run not in case["text"]:
                return f"The model was given {run!r}, which is no run of the text {case['text']!r}."
        return None

    @holds("at each place the loss asks for the character that comes next")
    def targets_are_next(case, result):
        if not result["seen"].numel():
            return None
        if not result["back"].any():
            return "No gradient ever comes back to the logits: does backward() start from a loss made of them?"
        return diagnosis.wrong_target(case["text"], result)

    @holds("each loss is the mean cross-entropy in nats, before the step")
    def losses_are_means(case, result):
        for step, (got, want) in enumerate(
            zip(result["losses"].tolist(), diagnosis.mean_losses(case["text"], result).tolist(), strict=False)
        ):
            if not abs(got - want) < 1e-3:
                noted, was = numbers_apart(got, want)
                return f"losses[{step}] is {noted}; the mean cross-entropy there was {was} nats."
        return None

    @holds("what is minimised is the mean cross-entropy")
    def minimises_the_mean(case, result):
        if not result["seen"].numel():
            return None
        want = diagnosis.gradient_of("mean", result["logits"][0], diagnosis.targets(case["text"], result["seen"][0]))
        got = result["back"][0]
        if torch.allclose(got, want, rtol=1e-3, atol=1e-6):
            return None
        ratio = float(got.norm() / want.norm())
        return f"The gradient at the logits is {number(ratio)} times as long as that of the mean cross-entropy."

    @holds("each step is one of Adam, with the gradients of this step alone, clipped to max_norm in all")
    def steps_are_right(case, result):
        if not result["seen"].numel():
            return None
        other = "The parameters do not move as the gradients, clipped and given to Adam, move them."
        found = diagnosis.rule_of(case, result)
        return None if found == "asked" else STEPS.get(found, other)

    @holds("runs are drawn anew for each step and each row, from all places, and from the generator alone")
    def draws_are_right(case, result):
        found = diagnosis.how_drawn(case["text"], result)
        if found.startswith("not all"):
            return (
                f"Among {result['seen'].shape[:2].numel()} runs none begins at place {found.removeprefix('not all: ')}."
            )
        return diagnosis.DRAWS.get(found)

    @holds("the model is in training mode during the steps and in eval mode afterwards")
    def modes_are_right(case, result):
        if result["eval_while_learning"]:
            return "The model comes to you in eval mode, and during the steps it is still in it."
        return "The model is still in training mode after the last step." if result["training_afterwards"] else None

    def found(case, result):
        if case["network"] != "lstm":
            return ""
        first, last = float(result["losses"][0]), float(result["losses"][-5:].mean())
        return f"The loss fell from {number(first)} to {number(last)} nats a character; below {BAR} was asked for."

    @holds(f"the LSTM begins near guessing and ends with a loss below {BAR}")
    def trains(case, result):
        if case["network"] != "lstm":
            return None
        first, last = float(result["losses"][0]), float(result["losses"][-5:].mean())
        V = len(set(case["text"]))
        if not abs(first - math.log(V)) < 0.3:
            return f"The first loss is {number(first)}; guessing costs ln {V} = {number(math.log(V))}."
        return None if last < BAR else f"The mean of the last 5 losses is {number(last)}; it should be below {BAR}."

    not_shifted = slip(
        "Input and target are the same characters, so the model learns to repeat what it sees, and its loss falls "
        "beautifully. Which character should it name at the place where it sees the first of a run?",
        ("runs[:, 1:]", "runs[:, :-1]"),
    )

    shifted_backwards = slip(
        "The shift goes the wrong way: the model is asked for the character before, which an LSTM has already read. "
        "Which end of a run belongs to the input, and which to the target?",
        ("runs[:, 1:]", "runs[:, :-1]"),
        ("model(runs[:, :-1])", "model(runs[:, 1:])"),
    )

    softmax_twice = slip(
        "A softmax goes over the logits before cross_entropy, which takes one itself. Twice softened, the loss can "
        "never come near 0, and the model learns slowly. What does torch's cross_entropy expect: logits, or "
        "probabilities?",
        ("logits.transpose", "logits.softmax(-1).transpose"),
    )

    logits_as_log_probabilities = slip(
        "nll_loss takes log-probabilities, and you give it logits: the loss can fall for ever by making all scores "
        "larger. Which function does both steps in one?",
        ("cross_entropy", "nll_loss"),
    )

    summed = slip(
        "You add the losses of all places up where the mean is asked for: the number grows with batch and length, and "
        "ln V means nothing to it. By what should the sum be divided?",
        ("runs[:, 1:]", 'runs[:, 1:], reduction="sum"'),
    )

    last_place_only = slip(
        "Only the last place of each run counts in your loss. The model names a character at every place, and every "
        "one of them has an answer in the text. How many answers does a batch hold?",
        ("logits.transpose(1, 2), runs[:, 1:]", "logits[:, -1], runs[:, -1]"),
    )

    reshaped = slip(
        "The logits are brought to (batch, V, length) by a reshape, which mixes up places and characters. Two axes "
        "should change places. Which function does that, or which axes could be flattened instead?",
        ("logits.transpose(1, 2)", "logits.reshape(batch, -1, length)"),
    )

    never_zeroed = slip(
        "The gradients of earlier steps are never taken away, so each step goes by the sum of all. Which line is "
        "needed before backward(), in every step?",
        ("optimiser.zero_grad()", ""),
    )

    old_gradients = slip(
        "Your first step goes by more than its own gradients: what stood in .grad before your loop is still in it. "
        "Before which line must the gradients be wiped out, in every step?",
        ("optimiser.zero_grad()", ""),
        ("optimiser.step()", "optimiser.step(), optimiser.zero_grad()"),
    )

    not_clipped = slip(
        "The step is made with the gradients as they came. Either nothing clips them, or it happens before backward() "
        "or after step(), or the list that clip_grad_norm returns is never put back. Where does Adam look for them?",
        ("torch.nn.utils.clip_grad_norm_(parameters, max_norm)", ""),
    )

    each_clipped_alone = slip(
        "Each parameter's gradient is clipped by itself, so that the small ones catch up with the large. What should "
        "be handed to clip_grad_norm: one gradient at a time, or the list of all?",
        "torch.nn.utils.clip_grad_norm_(parameters, max_norm)",
        "[torch.nn.utils.clip_grad_norm_(each, max_norm) for each in parameters]",
    )

    clipped_by_value = slip(
        "The numbers of the gradients are cut off one by one, which bends the direction. What did your clip_grad_norm "
        "do instead?",
        ("clip_grad_norm_", "clip_grad_value_"),
    )

    no_step = slip(
        "Nothing ever changes the model. Is step() called, and is there a zero_grad() between backward() and step(), "
        "where it wipes out what was just found? And are the parameters Adam was given those of this model?",
        ("optimiser.step()", ""),
    )

    new_optimiser_each_step = slip(
        "You make a new Adam in every step, and a new one remembers no earlier gradient. Which lines of yours need to "
        "run once only?",
        ("optimiser.zero_grad()", "(optimiser := torch.optim.Adam(parameters, lr=learning_rate)).zero_grad()"),
    )

    learning_rate_unused = slip(
        "Adam goes at its own pace of 0.001: nobody told it yours. Which argument of your function has not been used?",
        (", lr=learning_rate", ""),
    )

    plain_descent = slip(
        "This is plain gradient descent (SGD); with one learning rate for all, an LSTM learns slowly with it. Which "
        "optimiser does the text ask for?",
        ("optim.Adam", "optim.SGD"),
    )

    one_batch_for_all_steps = slip(
        "The runs are drawn once and used in every step: the model learns these few by heart and never sees the rest "
        "of the text. Which line should move into the loop?",
        ("generator=generator)", "generator=generator) if not losses else starts"),
    )

    one_place_for_all_rows = slip(
        "All rows of a batch begin at the same place, so a batch holds one run many times. How many numbers should be "
        "drawn for each step?",
        ("(batch,), generator=generator)", "(1,), generator=generator).expand(batch)"),
    )

    seeded_in_the_loop = slip(
        "The generator gets one and the same seed in every step, so every step draws the same runs, whatever seed the "
        "caller chose. Who decides about the seed, and how often?",
        ("generator=generator)", "generator=generator.manual_seed(0))"),
    )

    rows_in_a_row = slip(
        "Only one place is drawn for each step, and the rows of the batch follow from it, so they are nearly the same "
        "run. How many numbers should be drawn for each step?",
        ("(batch,)", "(1,)"),
        ("starts[:, None]", "(starts + torch.arange(batch))[:, None] % (len(ids) - length)"),
    )

    generator_unused = slip(
        "Your places do not come from the generator, so nobody can repeat your training. Which keyword hands it to "
        "torch.randint?",
        (", generator=generator", ""),
    )

    last_place_never_drawn = slip(
        "No run ever begins at the last place that has room for one, so the last character is never asked for. In a "
        "text of exactly length + 1 characters there is one place; what is the upper end of your draw for it?",
        ("len(ids) - length,", "len(ids) - length - 1,"),
    )

    drawn_beyond_the_end = slip(
        "Some of your runs reach beyond the end of the text: they begin too late, or are longer than length + 1. In a "
        "text of N characters, where may a run of length + 1 begin at the latest?",
        ("len(ids) - length,", "len(ids),"),
    )

    refuses_what_just_fits = slip(
        "A text of exactly length + 1 characters is refused, and it holds one run. How many characters are too few?",
        ("< length + 1", "< length + 2"),
    )

    never_in_training_mode = slip(
        "The model is never put into training mode. This one does not mind; one with dropout would learn without it. "
        "Which method of the model belongs before the loop?",
        ("model.train()", "model.eval()"),
    )

    left_in_training_mode = slip(
        "The model is left in training mode, where dropout would go on disturbing it while it writes. Which method of "
        "the model belongs after the loop?",
        ("model.eval()", ""),
    )

    without_the_check = slip(
        "The loop is right, but a text that is too short for a single run stops it with somebody else's error, or not "
        "at all. Which texts are too short, and which error should be raised for them, before anything else?",
        ('raise ValueError("The text is shorter than one run.")', "pass"),
    )

    @alternative
    def with_gradients_by_name(model, ids, steps, batch, length, learning_rate, max_norm, generator):
        if len(ids) <= length:
            raise ValueError("too short")
        windows = ids.unfold(0, length + 1, 1)
        adam, losses = torch.optim.Adam(model.parameters(), lr=learning_rate), []
        for _ in range(steps):
            model.train()
            runs = windows[torch.randint(0, len(windows), (batch,), generator=generator)]
            log_probs = model(runs[:, :-1]).log_softmax(-1)
            loss = -log_probs.gather(-1, runs[:, 1:, None]).mean()
            parameters = list(model.parameters())
            gradients = torch.autograd.grad(loss, parameters)
            total = torch.cat([each.flatten() for each in gradients]).norm()
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.grad = gradient * torch.clamp(max_norm / (total + 1e-6), max=1)
            adam.step()
            losses += [float(loss.detach())]
        model.eval()
        return losses

    @alternative
    def row_by_row(model, ids, steps, batch, length, learning_rate, max_norm, generator):
        if ids.numel() - length < 1:
            raise ValueError("The text is shorter than one run.")
        optimizer, losses = torch.optim.Adam(model.train().parameters(), learning_rate), []
        for _ in range(steps):
            optimizer.zero_grad(set_to_none=False)
            rows = []
            for _ in range(batch):
                start = int(torch.randint(0, len(ids) - length, (1,), generator=generator))
                rows.append(ids[start : start + length + 1])
            logits, y = model(torch.stack([row[:-1] for row in rows])), torch.stack([row[1:] for row in rows])
            loss = torch.nn.CrossEntropyLoss()(logits.reshape(-1, logits.shape[-1]), y.reshape(-1))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(list(model.parameters()), max_norm)
            optimizer.step()
            losses.append(loss.detach().item())
        model.train(False)
        return losses
