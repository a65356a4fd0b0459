"""07.6: train a model on hidden words. The synthesis; it uses 07.1 and 07.2."""

from __future__ import annotations

import torch

from ...declare import Case, alternative, exercise, holds, misconception
from ...random_inputs import randint
from ..mask_tokens.exercise import MaskTokens
from ..mlm_loss import MlmLoss
from .diagnosis import findings, written_over
from .variants import read

mask_tokens, mlm_loss = MaskTokens.reference, MlmLoss.reference


def said(case, result, *beginnings):
    """The first sentence among the findings whose names begin like one of these."""
    return next((text for name, text in findings(case, result).items() if name.startswith(beginnings)), None)


@exercise("07.6", points=4, difficulty=3, minutes=18)
class TrainMaskedModel:
    """Write the loop that makes a reader: draw texts, hide words, ask for them, step."""

    functions = ("train_masked_model",)
    returns = ("losses",)
    compares = False  # the properties compare, in better words
    shapes = False
    hints = (
        "Put the events of one step into an order: step, mask, backward, draw, loss, zero_grad, ask the model. Which "
        "things are made once, before the loop? And which of the two tensors from mask_tokens does the model get to "
        "see?",
        "Before the loop: one Adam, model.train(). In it: torch.randint(len(texts), (batch,), generator=generator) and "
        "the texts of these numbers; mask_tokens on them, so that each step hides other words; logits of the masked "
        "ones; mlm_loss with the labels; zero_grad, backward, step; append loss.item(). After it: model.eval().",
        "rows = texts[torch.randint(len(texts), (batch,), generator=generator)]; masked, labels = mask_tokens(rows, p, "
        "generator, special, mask_id, V); loss = mlm_loss(model(masked), labels); optimiser.zero_grad(); "
        "loss.backward(); optimiser.step()",
    )

    def cases(rng):
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

    def reference(model, texts, steps, batch, p, learning_rate, generator, special, mask_id, V):
        """Train a model to name hidden words, with mask_tokens and mlm_loss.

        model: a torch.nn.Module. model(x) takes texts, an int64 tensor (batch, T), and gives logits, (batch, T, V).
        texts: (N, T) int64 tensor, N texts of T tokens. p, generator, special, mask_id, V: as in mask_tokens.
        Each of the `steps` steps draws `batch` of the texts, each of the N as likely every time (one may come twice),
        and hides words of them anew. The model is called once, on the masked texts; the loss is mlm_loss. Its
        gradients, those of this step alone, go to one torch.optim.Adam(model.parameters(), lr=learning_rate), the same
        in all steps. All that is drawn is drawn from the generator; all other random numbers are left alone, and texts
        and special stay as they are.
        Returns the losses: a list of floats, one for each step, measured before the step changes the model. The model
        is in training mode during the steps and in eval mode afterwards.
        Example: a model that knows nothing of a vocabulary of 23 begins near a loss of ln 23 = 3.1.
        Source: Devlin et al., 2018, "BERT", arXiv:1810.04805, section 3.1 (without next-sentence prediction).
        """
        optimiser = torch.optim.Adam(model.parameters(), lr=learning_rate)
        model.train()
        losses = []
        for _ in range(steps):
            rows = texts[torch.randint(len(texts), (batch,), generator=generator)]  # (batch, T)
            masked, labels = mask_tokens(rows, p, generator, special, mask_id, V)
            loss = mlm_loss(model(masked), labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        model.eval()
        return losses

    def probe(solution, rows, words, steps, batch, p, learning_rate, seed):
        import random
        from numbers import Real

        import torch
        from torch import nn

        V, T = 3 + rows * words, words + 2
        inner = torch.arange(3, V).view(rows, words)
        texts = torch.cat([torch.zeros(rows, 1), inner, torch.ones(rows, 1)], dim=1).long()
        special = torch.tensor([0, 1, 2])

        class Table(nn.Module):  # scores at each place, looked up by what is seen there: enough to watch the training
            def __init__(self):
                super().__init__()
                self.table = nn.Parameter(torch.arange(V * V, dtype=torch.float64).sin().view(V, V) / 10)
                self.bias = nn.Parameter(torch.arange(V, dtype=torch.float64).cos() / 10)

            def forward(self, x):
                return self.table[x] + self.bias

        def trained(seed):
            model = Table().eval()
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
            given, others, generator = texts.clone(), special.clone(), torch.Generator().manual_seed(seed)
            with torch.enable_grad():
                losses = solution(model, given, steps, batch, p, learning_rate, generator, others, 2, V)
            keep()
            changed = "" if torch.equal(others, special) else "special"
            return losses, notes, model.training, changed if torch.equal(given, texts) else "texts"

        def many(n, thing):
            return f"{n} {thing}" + ("" if n == 1 else "es" if thing.endswith("s") else "s")

        before = random.getstate(), torch.get_rng_state()
        losses, notes, training, changed = trained(seed)
        outside = "Python" if random.getstate() != before[0] else ""
        outside = outside if torch.equal(torch.get_rng_state(), before[1]) else "torch"
        what = "nothing (None)" if losses is None else f"a value of type {type(losses).__name__}"
        assert isinstance(losses, (list, tuple)), f"Your function returned {what}, not a list of losses."
        text = f"Your list has {many(len(losses), 'loss')}; in {many(steps, 'step')} there should be {steps}."
        assert len(losses) == steps, text
        text = "Your losses are tensors, not floats: loss.item() gives the number, and keeps nothing else alive."
        assert not any(isinstance(each, torch.Tensor) for each in losses), text
        other = next((type(each).__name__ for each in losses if not isinstance(each, Real)), "")
        assert not other, f"Your losses are not all floats: one is of type {other}."
        shapes = [tuple(each.shape) for each in notes["seen"]]
        text = f"In {many(steps, 'step')} the model is called {many(len(shapes), 'time')}; one call a step will do."
        assert len(shapes) == steps, text
        wrong = next((each for each in shapes if each != (batch, T)), None)
        assert wrong is None, f"The model gets a tensor of shape {wrong}, not (batch, T) = {(batch, T)}."
        nothing = torch.zeros(0)
        anew = steps * batch * T > 400  # where draws are looked at

        def stacked(notes, name):  # single precision will do, and takes half the room on the way to the judge
            return torch.stack(notes[name]).float() if steps else nothing

        def seen_with(seed):
            again = trained(seed)[1]["seen"] if anew else []
            return torch.stack(again) if [each.shape for each in again] == [(batch, T)] * steps and anew else nothing

        return {
            "each_loss": torch.tensor([float(each) for each in losses], dtype=torch.float64),
            "seen": stacked(notes, "seen").long(),
            "logits": stacked(notes, "logits"),
            "back": stacked(notes, "back"),
            "parameters": stacked(notes, "parameters"),
            "in_eval": notes["modes"].count(False),
            "training_afterwards": training,
            "changed": changed,
            "outside": outside,
            "again": seen_with(seed).long(),
            "other": seen_with(seed + 1).long(),
        }

    def show(case):
        return (
            "V = 3 + rows * words\n"
            "texts = torch.arange(3, V).view(rows, words)\n"
            "texts = torch.cat([torch.zeros(rows, 1), texts, torch.ones(rows, 1)], dim=1).long()\n"
            "class Table(torch.nn.Module):\n"
            "    def __init__(self):\n"
            "        super().__init__()\n"
            "        self.table = torch.nn.Parameter(torch.arange(V * V).double().sin().view(V, V) / 10)\n"
            "        self.bias = torch.nn.Parameter(torch.arange(V).double().cos() / 10)\n"
            "        self.calls = []\n"
            "    def forward(self, x):\n"
            '        print("training:", self.training, " the model sees", x[:3].tolist())\n'
            "        self.calls += [(x, self.training)]\n"
            "        return self.table[x] + self.bias\n"
            "model, generator = Table().eval(), torch.Generator().manual_seed(seed)\n"
            "losses = train_masked_model(\n"
            "    model, texts, steps, batch, p, learning_rate, generator, torch.tensor([0, 1, 2]), 2, V\n"
            ")\n"
            "result = losses, model.training, len(model.calls), model.calls[-1:], texts, model.bias.detach()"
        )

    def fingerprint(case, result):
        return tuple(findings(case, result))

    @holds("the model sees masked texts")
    def sees_masked_texts(case, result):
        return said(case, result, "no text", "nothing masked")

    @holds("the loss asks for the hidden words, and for no others")
    def asks_for_hidden_words(case, result):
        return said(case, result, "no gradient", "all places", "wrong word", "not asked")

    @holds("each loss is mlm_loss, before the step")
    def losses_are_right(case, result):
        return said(case, result, "other loss", "other number")

    @holds("each step is one of Adam, with the gradients of this step alone")
    def steps_are_right(case, result):
        return said(case, result, "step")

    @holds("texts are drawn and words are hidden anew in each step, from the generator alone, with chance p")
    def draws_are_right(case, result):
        names = "share", "not repeated", "whatever", "outside", "same each step", "places", "rows alike", "masked once"
        return said(case, result, *names, "rows once", "one text", "texts whatever", "not all", "in order")

    @holds("the model is in training mode during the steps and in eval mode afterwards")
    def modes_are_right(case, result):
        return said(case, result, "eval", "training")

    @holds("texts and special stay as they are")
    def inputs_stay(case, result):
        return None if findings(case, result) else written_over(result) or None

    @misconception(
        "The model is given the texts as they are, with the answers in them. It will learn to copy, and the loss will "
        "fall beautifully. Which of the two tensors that mask_tokens returns is it to see?"
    )
    def sees_the_original(*given):
        return read(*given, sees="original")

    @misconception(
        "The loss asks for every word, seen or hidden, and start and end as well. Most of these questions are answered "
        "by copying. What are the labels for?"
    )
    def asks_for_all(*given):
        return read(*given, asks="all")

    @misconception(
        "The loss asks for what the model sees, so for the mask where a mask stands. Which text holds the words that "
        "stood there?"
    )
    def asks_for_masks(*given):
        return read(*given, asks="masked")

    @misconception(
        "Words are hidden once, before the loop, and a text has the same gaps whenever it comes round: soon the model "
        "knows the answers by heart. Which line should move into the loop?"
    )
    def masked_once(*given):
        return read(*given, masks="once")

    @misconception(
        "The texts of a batch are drawn once and used in every step; the model never sees the others. Which line "
        "should move into the loop?"
    )
    def rows_once(*given):
        return read(*given, rows="once")

    @misconception(
        "One text is drawn in a step, and all rows of the batch are made of it. How many numbers should be drawn, and "
        "which argument of torch.randint says so?"
    )
    def one_text_for_a_batch(*given):
        return read(*given, rows="one")

    @misconception(
        "The texts are taken in turn. That is done, too, after shuffling; asked for is a draw from all of them, every "
        "time. Which function draws whole numbers below len(texts)?"
    )
    def in_order(*given):
        return read(*given, rows="in order")

    @misconception(
        "Which texts a step takes does not come from the generator, so nobody can repeat your training. Where should "
        "the generator be handed on?"
    )
    def rows_from_elsewhere(*given):
        return read(*given, rows="elsewhere")

    @misconception(
        "What mask_tokens draws does not come from the generator (nor does the rest, perhaps), so nobody can repeat "
        "your training. Where should the generator be handed on?"
    )
    def masks_from_elsewhere(*given):
        return read(*given, masks="elsewhere")

    @misconception("15% are hidden, whatever p is. Which of the parameters of your function has not been used?")
    def always_15_percent(*given):
        return read(*given, share=0.15)

    @misconception(
        "The gradients of earlier steps are never taken away, so each step goes by the sum of all. Which line is "
        "needed before backward(), in every step?"
    )
    def never_zeroed(*given):
        return read(*given, rule="added up")

    @misconception(
        "Nothing ever changes the model. Is step() called, and does zero_grad() stand between backward() and step(), "
        "where it wipes out what was just found?"
    )
    def no_step(*given):
        return read(*given, rule="nothing")

    @misconception(
        "You make a new Adam in every step, and a new one remembers no earlier gradient. Which lines of yours need to "
        "run once only?"
    )
    def new_optimiser_each_step(*given):
        return read(*given, rule="new optimiser")

    @misconception(
        "Adam goes at its own pace of 0.001: nobody told it yours. Which of the parameters of your function has not "
        "been used?"
    )
    def learning_rate_unused(*given):
        return read(*given, rule="own learning rate")

    @misconception("This is plain gradient descent (SGD). Which optimiser does the text ask for?")
    def plain_descent(*given):
        return read(*given, rule="plain descent")

    @misconception(
        "The model is never put into training mode. This one does not mind; one with dropout would learn without it. "
        "Which method of the model belongs before the loop?"
    )
    def never_in_training_mode(*given):
        return read(*given, learning_mode=False)

    @misconception(
        "The model is left in training mode, where dropout would go on disturbing it while it reads. Which method of "
        "the model belongs after the loop?"
    )
    def left_in_training_mode(*given):
        return read(*given, left_in_eval=False)

    @alternative
    def with_gradients_by_hand(model, texts, steps, batch, p, learning_rate, generator, special, mask_id, V):
        adam, losses = torch.optim.Adam(model.parameters(), lr=learning_rate), []
        for _ in range(steps):
            model.train()
            which = [int(torch.randint(0, len(texts), (1,), generator=generator)) for _ in range(batch)]
            masked, labels = mask_tokens(
                torch.stack([texts[each] for each in which]), p, generator, special, mask_id, V
            )
            loss = torch.nn.functional.cross_entropy(
                model(masked).flatten(0, 1), labels.flatten(), ignore_index=-100, reduction="sum"
            ) / max(1, int((labels != -100).sum()))
            parameters = list(model.parameters())
            for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
                parameter.grad = gradient
            adam.step()
            losses += [float(loss.detach())]
        model.train(False)
        return losses

    @alternative
    def masked_row_by_row(model, texts, steps, batch, p, learning_rate, generator, special, mask_id, V):
        optimiser = torch.optim.Adam(model.train().parameters(), learning_rate)
        losses = []
        while len(losses) < steps:
            optimiser.zero_grad(set_to_none=False)
            numbers = (torch.rand(batch, generator=generator) * len(texts)).long()
            pairs = [mask_tokens(texts[each], p, generator, special, mask_id, V) for each in numbers]
            x, y = (torch.stack(each) for each in zip(*pairs, strict=True))
            loss = mlm_loss(model(x), y)
            loss.backward()
            optimiser.step()
            losses.append(loss.detach().item())
        model.eval()
        return losses
