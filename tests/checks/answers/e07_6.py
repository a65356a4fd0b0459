"""Answers to 07.6."""

from __future__ import annotations

import random

import torch

from tests.checks.answers import right, wrong
from unravelling.checks.bert_and_gpt.mask_tokens.exercise import MaskTokens
from unravelling.checks.bert_and_gpt.mlm_loss import MlmLoss

mask_tokens, mlm_loss = MaskTokens.reference, MlmLoss.reference

MUTANTS = {
    "model": "never_in_training_mode",
    "model (2)": "left_in_training_mode",
    "optimiser": "never_zeroed",
    "optimiser (2)": "no_step",
    "optimiser = torch.optim.Adam(model.parameters())": "learning_rate_unused",
    "rows = texts[torch.randint(len(texts), (batch,))]": "rows_from_elsewhere",
    "without: model.eval()": "left_in_training_mode",
    "without: model.train()": "never_in_training_mode",
    "without: optimiser.step()": "no_step",
    "without: optimiser.zero_grad()": "never_zeroed",
}


def train(
    model, texts, steps, batch, p, learning_rate, generator, special, mask_id, V, *,
    draw=lambda texts, batch, generator, step: torch.randint(len(texts), (batch,), generator=generator),
    hide=mask_tokens, loss_of=mlm_loss, adam=torch.optim.Adam, after_backward=lambda model: None,
    note=lambda loss: loss.item(), in_step=lambda model: None,
):  # fmt: skip
    """As 07.6 asks for, but for what is handed over."""
    optimiser, losses = adam(model.parameters(), lr=learning_rate), []
    model.train()
    for step in range(steps):
        in_step(model)
        masked, labels = hide(texts[draw(texts, batch, generator, step)], p, generator, special, mask_id, V)
        loss = loss_of(model(masked), labels)
        optimiser.zero_grad()
        loss.backward()
        after_backward(model)
        optimiser.step()
        losses.append(note(loss))
    model.eval()
    return losses


@right("07.6")
def as_a_comprehension(model, texts, steps, batch, p, learning_rate, generator, special, mask_id, V):
    optimiser = torch.optim.Adam(model.parameters(), lr=learning_rate)

    def one():
        optimiser.zero_grad()
        rows = torch.stack([texts[torch.randint(0, texts.shape[0], (), generator=generator)] for _ in range(batch)])
        masked, labels = mask_tokens(rows, p, generator, special, mask_id, V)
        loss = mlm_loss(model.train()(masked), labels)
        loss.backward()
        optimiser.step()
        return float(loss.detach())

    losses = [one() for _ in range(steps)]
    model.eval()
    return losses


@right("07.6")
def with_torchs_cross_entropy(*given):
    def loss_of(logits, labels):
        total = torch.nn.functional.cross_entropy(logits.permute(0, 2, 1), labels, ignore_index=-100, reduction="sum")
        return total / max(1, int((labels >= 0).sum()))

    return train(*given, loss_of=loss_of)


@right("07.6")
def drawn_with_multinomial(*given):
    def draw(texts, batch, generator, step):
        return torch.multinomial(torch.ones(len(texts)), batch, replacement=True, generator=generator)

    return train(*given, draw=draw)


@right("07.6")
def with_numpys_numbers(*given):
    import numpy

    return [numpy.float32(each) for each in train(*given)]


@right("07.6")
def labels_drawn_before_the_rows_are_needed(
    model, texts, steps, batch, p, learning_rate, generator, special, mask_id, V
):
    optimiser, losses = torch.optim.Adam([*model.parameters()], lr=learning_rate), []
    model.train()
    batches = [texts[torch.randint(len(texts), (batch,), generator=generator)].clone() for _ in range(steps)]
    for rows in batches:
        x, y = mask_tokens(rows, p, generator, special, mask_id, V)
        loss = mlm_loss(model(x), y)
        model.zero_grad()
        loss.backward()
        optimiser.step()
        losses += [loss.item()]
    model.eval()
    return losses


@wrong("07.6", told="one_text_for_a_batch", says="all rows of the batch are made of it")
def one_text_repeated(*given):
    def draw(texts, batch, generator, step):
        return torch.randint(len(texts), (1,), generator=generator).repeat(batch)

    return train(*given, draw=draw)


@wrong("07.6", says="With another seed of the generator the same texts are drawn")
def texts_from_a_seed_of_its_own(*given):
    own = torch.Generator().manual_seed(0)
    return train(*given, draw=lambda texts, batch, generator, step: torch.randint(len(texts), (batch,), generator=own))


@wrong("07.6", says="torch's own random numbers in another state")
def texts_from_torch_with_a_seed(*given):
    torch.manual_seed(0)
    return train(*given, draw=lambda texts, batch, generator, step: torch.randint(len(texts), (batch,)))


@wrong("07.6", told="rows_from_elsewhere", says="Which texts a step takes does not come from the generator")
def texts_from_pythons_random(*given):
    return train(*given, draw=lambda texts, batch, generator, step: random.choices(range(len(texts)), k=batch))


@wrong("07.6", told="masks_from_elsewhere", says="What mask_tokens draws does not come from the generator")
def hidden_without_the_generator(*given):
    def hide(rows, p, generator, special, mask_id, V):
        return mask_tokens(rows, p, torch.Generator().manual_seed(random.getrandbits(40)), special, mask_id, V)

    return train(*given, hide=hide)


@wrong("07.6", says="Every step sees the same batch")
def the_generator_begins_anew_in_each_step(*given):
    def draw(texts, batch, generator, step):
        generator.manual_seed(generator.initial_seed())
        return torch.randint(len(texts), (batch,), generator=generator)

    return train(*given, draw=draw)


@wrong("07.6", says="Every step sees the same batch")
def a_new_generator_for_the_masks(*given):
    def hide(rows, p, generator, special, mask_id, V):
        return mask_tokens(rows, p, torch.Generator(), special, mask_id, V)

    return train(*given, hide=hide)


@wrong("07.6", says="of 5 never comes")
def last_text_never_drawn(*given):
    def draw(texts, batch, generator, step):
        return torch.randint(max(len(texts) - 1, 1), (batch,), generator=generator)

    return train(*given, draw=draw)


@wrong("07.6", told="in_order", says="taken in turn")
def shuffled_once_a_round(*given):
    order = []

    def draw(texts, batch, generator, step):
        while len(order) < batch:
            order.extend(torch.randperm(len(texts), generator=generator).tolist())
        return [order.pop(0) for _ in range(batch)]

    return train(*given, draw=draw)


@wrong("07.6", says="not (batch, T) = (6, 10)")
def without_putting_back(*given):
    def draw(texts, batch, generator, step):
        return (
            torch.randperm(len(texts), generator=generator).repeat(30)[: max(batch, 30)][:batch]
            if len(texts) < 5
            else torch.randperm(len(texts), generator=generator)[:batch]
        )

    return train(*given, draw=draw)


@wrong("07.6", told="always_15_percent", says="15% are hidden, whatever p is")
def p_written_out(*given):
    return train(*given, hide=lambda rows, p, *rest: mask_tokens(rows, 0.15, *rest))


@wrong("07.6", says="are asked for; p is")
def learning_rate_for_p(*given):
    rate = given[5]
    return train(*given, hide=lambda rows, p, *rest: mask_tokens(rows, rate, *rest))


@wrong("07.6", says="times as long as that of mlm_loss")
def loss_added_up(*given):
    return train(*given, loss_of=lambda logits, labels: mlm_loss(logits, labels) * (labels >= 0).sum())


@wrong("07.6", says="times as long as that of mlm_loss")
def loss_divided_by_the_steps(*given):
    return train(*given, loss_of=lambda logits, labels: mlm_loss(logits, labels) / 2)


@wrong("07.6", says="mlm_loss was")
def a_running_mean(*given):
    seen = []

    def note(loss):
        seen.append(loss.item())
        return sum(seen) / len(seen)

    return train(*given, note=note)


@wrong("07.6", says="Your losses are tensors, not floats")
def losses_as_tensors(*given):
    return train(*given, note=lambda loss: loss.detach())


@wrong("07.6", says="not a list of losses")
def only_the_last_loss(*given):
    found = train(*given)
    return found[-1] if found else 0.0


@wrong("07.6", says="Your list has 1 loss; in 3 steps there should be 3")
def a_list_of_the_last_loss(*given):
    return train(*given)[-1:]


@wrong("07.6", says="one call a step will do")
def measured_once_more(model, *given):
    seen = []
    return train(model, *given, in_step=lambda model: seen.append(model(given[0][:1])))


@wrong("07.6", says="AdamW")
def with_weight_decay(*given):
    return train(*given, adam=torch.optim.AdamW)


@wrong("07.6", told="plain_descent", says="plain gradient descent")
def with_sgd(*given):
    return train(*given, adam=torch.optim.SGD)


@wrong("07.6", says="do not move as Adam moves them")
def with_clipping(*given):
    return train(*given, after_backward=lambda model: torch.nn.utils.clip_grad_norm_(model.parameters(), 0.01))


@wrong("07.6", says="do not move as Adam moves them")
def with_other_betas(*given):
    return train(*given, adam=lambda parameters, lr: torch.optim.Adam(parameters, lr, betas=(0.8, 0.9)))


@wrong("07.6", told="no_step", says="wipes out what was just found")
def zeroed_after_backward(*given):
    return train(*given, after_backward=lambda model: model.zero_grad())


@wrong("07.6", says="steps the model is in eval mode")
def eval_inside_the_loop(model, texts, steps, *rest):
    calls = []
    return train(model, texts, steps, *rest, in_step=lambda model: calls.append(model.train(not calls)))


@wrong("07.6", told="never_in_training_mode", says="never put into training mode")
def eval_before_each_step(*given):
    return train(*given, in_step=lambda model: model.eval())


@wrong("07.6", says="Your function changed texts")
def masks_written_into_texts(model, texts, *rest):
    found = train(model, texts, *rest)
    texts[texts > 5] = 2
    return found


@wrong("07.6", told="sees_the_original", says="The model is given the texts as they are")
def model_sees_the_rows(*given):
    def hide(rows, *rest):
        return rows, mask_tokens(rows, *rest)[1]

    return train(*given, hide=hide)


@wrong("07.6", told="asks_for_masks", says="it asks for the mask")
def labels_from_the_masked(*given):
    def hide(rows, *rest):
        masked, labels = mask_tokens(rows, *rest)
        return masked, torch.where(labels == -100, labels, masked)

    return train(*given, hide=hide)


@wrong("07.6", told="asks_for_all", says="The loss asks for every word")
def rows_as_labels(*given):
    return train(*given, hide=lambda rows, *rest: (mask_tokens(rows, *rest)[0], rows))
