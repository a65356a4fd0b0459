"""07.6: train a model on hidden words. The synthesis; it uses 07.1 and 07.2."""

from __future__ import annotations

import torch

from ...declare import alternative, exercise, holds, slip
from ..mask_tokens.exercise import MaskTokens
from ..mlm_loss import MlmLoss
from .diagnosis import findings, written_over
from .probe import cases, probe, show

mask_tokens, mlm_loss = MaskTokens.reference, MlmLoss.reference


@exercise("07.6", points=4, difficulty=3, minutes=18)
class TrainMaskedModel:
    """Write the loop that makes a reader: draw texts, hide words, ask for them, take a training step."""

    functions = ("train_masked_model",)
    returns = ("losses",)
    compares = False  # the properties compare, in better words
    shapes = False
    because = (
        "Each training step drew new texts, hid other words and asked for these alone, so the model had to learn "
        "from both sides of a gap."
    )
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

    cases = cases

    def reference(model, texts, steps, batch, p, learning_rate, generator, special, mask_id, V):
        """Train a model to name hidden words, with mask_tokens and mlm_loss.

        model: a torch.nn.Module. model(x) takes texts, an int64 tensor (batch, T), and gives logits, (batch, T, V).
        texts: (N, T) int64 tensor, N texts of T tokens. p, generator, special, mask_id, V: as in mask_tokens.
        Each of the `steps` training steps draws `batch` of the texts, each of the N as likely every time (one may come
        twice), and hides words of them anew. The model is called once, on the masked texts; the loss is mlm_loss. Its
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

    probe = probe
    show = show

    def fingerprint(case, result):
        return tuple(findings(case, result))

    @holds("the model sees masked texts")
    def sees_masked_texts(case, result):
        return findings.said(case, result, "no text", "nothing masked")

    @holds("the loss asks for the hidden words, and for no others")
    def asks_for_hidden_words(case, result):
        return findings.said(case, result, "no gradient", "all places", "wrong word", "not asked")

    @holds("each loss is mlm_loss, before the step")
    def losses_are_right(case, result):
        return findings.said(case, result, "other loss", "other number")

    @holds("each step is one of Adam, with the gradients of this step alone")
    def steps_are_right(case, result):
        return findings.said(case, result, "step")

    @holds("texts are drawn and words are hidden anew in each step, from the generator alone, with chance p")
    def draws_are_right(case, result):
        names = "share", "not repeated", "whatever", "outside", "same each step", "places", "rows alike", "masked once"
        return findings.said(case, result, *names, "rows once", "one text", "texts whatever", "not all", "in order")

    @holds("the model is in training mode during the steps and in eval mode afterwards")
    def modes_are_right(case, result):
        return findings.said(case, result, "eval", "training")

    @holds("texts and special stay as they are")
    def inputs_stay(case, result):
        return None if findings(case, result) else written_over(result) or None

    sees_the_original = slip(
        "The model is given the texts as they are, with the answers in them. It will learn to copy, and the loss will "
        "fall beautifully. Which of the two tensors that mask_tokens returns should it see?",
        ("model(masked)", "model(rows)"),
    )

    asks_for_all = slip(
        "The loss asks for every word, seen or hidden, and start and end as well. Most of these questions are answered "
        "by copying. What are the labels for?",
        ("(masked), labels", "(masked), rows"),
    )

    asks_for_masks = slip(
        "The loss asks for what the model sees, so where there is a mask it asks for the mask. Which text still has "
        "the hidden words?",
        ("(masked), labels", "(masked), torch.where(labels == -100, labels, masked)"),
    )

    masked_once = slip(
        "Words are hidden once, before the loop, and a text has the same gaps whenever it comes round: soon the model "
        "knows the answers by heart. Which line should move into the loop?",
        ("losses = []", "losses, pairs = [], torch.stack(mask_tokens(texts, p, generator, special, mask_id, V))"),
        ("rows = texts[torch", "pair = pairs[:, torch"),
        ("mask_tokens(rows, p, generator, special, mask_id, V)", "pair"),
    )

    rows_once = slip(
        "The texts of a batch are drawn once and used in every step; the model never sees the others. Which line "
        "should move into the loop?",
        ("generator=generator)]", "generator=generator)] if not losses else rows"),
    )

    one_text_for_a_batch = slip(
        "One text is drawn in a step, and all rows of the batch are made of it. How many numbers should be drawn, and "
        "which argument of torch.randint says so?",
        ("(batch,), generator=generator)", "(1,), generator=generator).expand(batch)"),
    )

    in_order = slip(
        "The texts are taken in turn. Some do that, after shuffling; here every text is drawn from all of them, every "
        "time. Which function draws whole numbers below len(texts)?",
        "torch.randint(len(texts), (batch,), generator=generator)",
        "torch.arange(len(losses) * batch, (len(losses) + 1) * batch) % len(texts)",
    )

    rows_from_elsewhere = slip(
        "Which texts a step takes does not come from the generator, so nobody can repeat your training. Where should "
        "the generator be handed on?",
        (", generator=generator", ""),
    )

    masks_from_elsewhere = slip(
        "What mask_tokens draws does not come from the generator (nor does the rest, perhaps), so nobody can repeat "
        "your training. Where should the generator be handed on?",
        ("p, generator,", "p, None,"),
    )

    always_15_percent = slip(
        "15% are hidden, whatever p is. Which of the parameters of your function has not been used?",
        ("rows, p,", "rows, 0.15,"),
    )

    never_zeroed = slip(
        "The gradients of earlier steps are never cleared, so each step follows the sum of all. Which line is "
        "needed before backward(), in every step?",
        ("optimiser.zero_grad()", ""),
    )

    no_step = slip(
        "Nothing ever changes the model. Is step() called, and is zero_grad() called between backward() and step(), "
        "where it wipes out what was just found?",
        ("optimiser.step()", ""),
    )

    new_optimiser_each_step = slip(
        "You make a new Adam in every step, and a new one remembers no earlier gradient. Which lines of yours need to "
        "run once only?",
        ("optimiser.zero_grad()", "(optimiser := torch.optim.Adam(model.parameters(), lr=learning_rate)).zero_grad()"),
    )

    learning_rate_unused = slip(
        "Adam uses its own learning rate of 0.001: it was never given yours. Which of the parameters of your function "
        "has not been used?",
        (", lr=learning_rate", ""),
    )

    plain_descent = slip(
        "This is plain gradient descent (SGD). Which optimiser does the text ask for?",
        ("optim.Adam", "optim.SGD"),
    )

    never_in_training_mode = slip(
        "The model is never put into training mode. This one does not mind; one with dropout would learn without it. "
        "Which method of the model belongs before the loop?",
        ("model.train()", ""),
    )

    left_in_training_mode = slip(
        "The model is left in training mode, where dropout would go on disturbing it while it reads. Which method of "
        "the model belongs after the loop?",
        ("model.eval()", ""),
    )

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
