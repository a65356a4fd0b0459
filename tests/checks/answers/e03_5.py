"""Answers to 03.5."""

from __future__ import annotations

import copy

import torch
from torch.nn.functional import cross_entropy

from tests.checks.answers import right, wrong

MUTANTS = {
    "without: if len(ids) < length + 1:": "without_the_check",
    "if False:": "without_the_check",
    "without: model.eval()": "left_in_training_mode",
    "if len(ids) <= length + 1:": "refuses_what_just_fits",
    "without: raise ValueError('The text is shorter than one run.')": "without_the_check",
    "parameters = model.parameters()": "not_clipped",
    "optimiser = torch.optim.Adam(parameters)": "learning_rate_unused",
    "without: optimiser.zero_grad()": "never_zeroed",
    "without: torch.nn.utils.clip_grad_norm_(parameters, max_norm)": "not_clipped",
    "without: optimiser.step()": "no_step",
    "model (2)": "left_in_training_mode",
    "if len(ids) < length - 1:": "without_the_check",
    "if len(ids) < -length + 1:": "without_the_check",
    "if len(ids) < length + -1:": "without_the_check",
    "if len(ids) < length:": "without_the_check",
    "if len(ids) < 1:": "without_the_check",
    "starts = torch.randint(len(ids) - length, (batch,))": "generator_unused",
    "optimiser": "never_zeroed",
    "torch.nn.utils": "not_clipped",
    "optimiser (2)": "no_step",
    "if len(ids) < learning_rate + 1:": "without_the_check",
    "if len(ids) < length + 2:": "refuses_what_just_fits",
    "if len(ids) < length + 0:": "without_the_check",
    "starts = torch.randint(len(ids) + length, (batch,), generator=generator)": "drawn_beyond_the_end",
    "starts = torch.randint(len(ids) - -length, (batch,), generator=generator)": "drawn_beyond_the_end",
    "starts = torch.randint(len(ids), (batch,), generator=generator)": "drawn_beyond_the_end",
    "runs = ids[starts[:, None] + (length + 1)]": "drawn_beyond_the_end",
    "runs = ids[starts[:, None] + torch.arange(length + 2)]": "drawn_beyond_the_end",
}


def drawn(places, batch, generator):
    return torch.randint(places, (batch,), generator=generator)


def clipped(parameters, max_norm):
    torch.nn.utils.clip_grad_norm_(parameters, max_norm)


def answer(
    model, ids, steps, batch, length, learning_rate, max_norm, generator, *,
    draw=drawn, clip=clipped, loss_of=lambda logits, y: cross_entropy(logits.flatten(0, 1), y.flatten()),
    adam=torch.optim.Adam, zero="before", clip_when="after", note=torch.Tensor.item, enter=lambda model: model.train(),
    leave=lambda model: model.eval(), too_short=lambda N, length: length + 1 > N,
):  # fmt: skip
    """A right answer as long as no keyword is given."""
    if too_short(len(ids), length):
        raise ValueError("The text is too short.")
    enter(model)
    parameters = list(model.parameters())
    optimiser = adam(parameters, lr=learning_rate)
    losses = []
    for _ in range(steps):
        starts = draw(len(ids) - length, batch, generator)
        x = torch.stack([ids[i : i + length] for i in starts.tolist()])
        y = torch.stack([ids[i + 1 : i + length + 1] for i in starts.tolist()])
        loss = loss_of(model(x), y)
        if zero == "before":
            optimiser.zero_grad()
        if clip_when == "before":
            clip([each for each in parameters if each.grad is not None], max_norm)
        loss.backward()
        if clip_when == "after":
            clip(parameters, max_norm)
        if zero == "between":
            optimiser.zero_grad()
        optimiser.step()
        if zero == "after":
            optimiser.zero_grad()
        losses.append(note(loss))
    leave(model)
    return losses


@right("03.5")
def run_by_run(*given):
    return answer(*given)


@right("03.5")
def with_numpys_numbers(*given):
    import numpy as np

    return [np.float32(each) for each in answer(*given)]


@right("03.5")
def with_unfold_and_gather(model, ids, steps, batch, length, learning_rate, max_norm, generator):
    if ids.shape[0] <= length:
        raise ValueError("too short")
    windows = ids.unfold(0, length + 1, 1)
    optimiser = torch.optim.Adam(model.parameters(), lr=learning_rate)
    losses = []
    for _ in range(steps):
        model.train()
        rows = windows[(torch.rand(batch, generator=generator) * len(windows)).long()]
        loss = -model(rows[:, :-1]).log_softmax(2).gather(2, rows[:, 1:].unsqueeze(2)).mean()
        model.zero_grad(set_to_none=True)
        loss.backward()
        total = sum(each.grad.pow(2).sum() for each in model.parameters()) ** 0.5
        if total > max_norm:
            for each in model.parameters():
                each.grad *= max_norm / total
        optimiser.step()
        losses += [float(loss.detach())]
    model.eval()
    return losses


@right("03.5")
def from_a_permutation_where_it_suffices(*given):
    def draw(places, batch, generator):
        return torch.multinomial(torch.ones(places), batch, replacement=True, generator=generator)

    return answer(*given, draw=draw)


@right("03.5")
def wiped_after_the_step_and_before_the_loop(model, *given):
    model.zero_grad()
    return answer(model, *given, zero="after")


@wrong("03.5", told="rows_in_a_row", says="Only one place is drawn for each step")
def one_place_and_its_neighbours(*given):
    def draw(places, batch, generator):
        return (torch.randint(places, (1,), generator=generator) + torch.arange(batch)) % places

    return answer(*given, draw=draw)


@wrong("03.5", told="rows_in_a_row", says="the rows of the batch follow from it")
def one_place_and_every_other_one(*given):
    def draw(places, batch, generator):
        return (torch.randint(places, (1,), generator=generator) - 2 * torch.arange(batch)) % places

    return answer(*given, draw=draw)


@wrong("03.5", says="Before the first step the model's parameters have been changed")
def layers_reset_first(model, *given):
    for layer in model.modules():
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    return answer(model, *given)


@wrong("03.5", says="Before the first step the model's parameters have been changed")
def parameters_drawn_anew(model, *given):
    for each in model.parameters():
        torch.nn.init.normal_(each, std=0.1)
    return answer(model, *given)


@wrong("03.5", says="no step changes the model")
def a_copy_is_trained(model, *given):
    losses = answer(copy.deepcopy(model), *given)
    model.train()
    model.eval()
    return losses


@wrong("03.5", told="seeded_in_the_loop", says="gets one and the same seed in every step")
def seeded_in_each_step(*given):
    def draw(places, batch, generator):
        generator.manual_seed(0)
        return drawn(places, batch, generator)

    return answer(*given, draw=draw)


@wrong("03.5", told="seeded_in_the_loop", says="whatever seed the caller chose")
def a_generator_made_in_each_step(*given):
    def draw(places, batch, generator):
        return drawn(places, batch, torch.Generator().manual_seed(42))

    return answer(*given, draw=draw)


@wrong("03.5", says="Two generators with different seeds gave the same runs")
def seeded_before_the_loop(*given):
    given[-1].manual_seed(0)
    return answer(*given)


@wrong("03.5", told="one_batch_for_all_steps", says="drawn once and used in every step")
def drawn_before_the_loop(*given):
    first = []

    def draw(places, batch, generator):
        first.append(drawn(places, batch, generator))
        return first[0]

    return answer(*given, draw=draw)


@wrong("03.5", told="old_gradients", says="what stood in .grad before your loop")
def wiped_after_the_step_only(*given):
    return answer(*given, zero="after")


@wrong("03.5", told="never_zeroed", says="The gradients of earlier steps are never taken away")
def never_wiped(*given):
    return answer(*given, zero="never")


@wrong("03.5", told="no_step", says="is there a zero_grad() between backward() and step()")
def wiped_between_backward_and_step(*given):
    def wipe(parameters, max_norm):
        for each in parameters:
            each.grad = None

    return answer(*given, clip=wipe)


@wrong("03.5", told="not_clipped", says="it happens before backward()")
def clipped_before_backward(*given):
    return answer(*given, clip_when="before")


@wrong("03.5", told="not_clipped", says="never put back")
def clipped_and_not_put_back(*given):
    return answer(*given, clip=lambda parameters, max_norm: [each.grad * 0.1 for each in parameters])


@wrong("03.5", says="clipped to a norm of 1, not to max_norm")
def clipped_to_one(*given):
    return answer(*given, clip=lambda parameters, max_norm: clipped(parameters, 1.0))


@wrong("03.5", says="brought to one norm, long or short")
def always_brought_to_max_norm(*given):
    def stretch(parameters, max_norm):
        total = torch.cat([each.grad.flatten() for each in parameters]).norm()
        for each in parameters:
            each.grad *= max_norm / total

    return answer(*given, clip=stretch)


@wrong("03.5", told="each_clipped_alone", says="Each parameter's gradient is clipped by itself")
def clipped_one_by_one(*given):
    return answer(*given, clip=lambda parameters, max_norm: [clipped([each], max_norm) for each in parameters])


@wrong("03.5", told="left_in_training_mode", says="left in training mode")
def put_back_into_its_mode(*given):
    before = given[0].training
    return answer(*given, leave=lambda model: model.train())[:] if before else answer(*given, leave=lambda m: m.train())


@wrong("03.5", says="The model is still in training mode after the last step")
def eval_only_if_it_came_so(*given):
    before = given[0].training
    return answer(*given, leave=lambda model: model.train(before))


@wrong("03.5", told="never_in_training_mode", says="never put into training mode")
def eval_throughout(*given):
    return answer(*given, enter=lambda model: model.eval())


@wrong("03.5", says="The model comes to you in eval mode, and during the steps it is still in it")
def the_mode_it_comes_in(*given):
    return answer(*given, enter=lambda model: model)


@wrong("03.5", says="Your losses are tensors, not floats")
def tensors_in_the_list(*given):
    return answer(*given, note=torch.Tensor.detach)


@wrong("03.5", says="one call a step is enough")
def a_second_call_for_the_loss(model, *given):
    def twice(logits, y):
        model(y)
        return cross_entropy(logits.flatten(0, 1), y.flatten())

    return answer(model, *given, loss_of=twice)


@wrong("03.5", says="in 1 step there should be 1")
def a_loss_more(*given):
    return [*answer(*given), 0.0] if given[2] else answer(*given)


@wrong("03.5", says="not a list of losses")
def the_last_loss_only(*given):
    return (answer(*given) or [0.0])[-1]


@wrong("03.5", says="the mean cross-entropy there was")
def losses_in_bits(*given):
    return [each / 0.6931471805599453 for each in answer(*given)]


@wrong("03.5", says="times as long as that of the mean cross-entropy")
def summed_over_places(*given):
    def loss_of(logits, y):
        return cross_entropy(logits.transpose(1, 2), y, reduction="none").sum(1).mean()

    return answer(*given, loss_of=loss_of, note=lambda loss: loss.item() / given[4])


@wrong("03.5", says="The parameters move as with AdamW")
def adam_with_decay(*given):
    return answer(*given, adam=torch.optim.AdamW)


@wrong("03.5", says="do not move as the gradients, clipped and given to Adam, move them")
def amsgrad(*given):
    return answer(*given, adam=lambda parameters, lr: torch.optim.RMSprop(parameters, lr=lr))


@wrong("03.5", told="without_the_check", says="Which texts are too short")
def shorter_than_length(*given):
    return answer(*given, too_short=lambda N, length: length > N)


@wrong("03.5", told="refuses_what_just_fits", says="is refused, and it holds one run")
def one_character_too_many(*given):
    return answer(*given, too_short=lambda N, length: length + 1 >= N)


@wrong("03.5", says="Your function changed ids")
def ids_written_over(*given):
    losses = answer(*given)
    given[1][0] = given[1][1]
    return losses


@wrong("03.5", says="none begins at place 0")
def the_first_place_never(*given):
    def draw(places, batch, generator):
        return drawn(places - 1, batch, generator) + 1 if places > 1 else drawn(places, batch, generator)

    return answer(*given, draw=draw)
