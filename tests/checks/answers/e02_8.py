"""Answers to 02.8."""

from __future__ import annotations

import math

import torch
from torch.nn.functional import cross_entropy

from tests.checks.answers import right, wrong
from unravelling.checks import registry

MUTANTS = {
    "without: if len(ids) < 2:": "without_the_check",
    "if False:": "without_the_check",
    "without: raise ValueError('There is nothing to learn from fewer than two tokens.')": "without_the_check",
    "without: table.grad = None": "never_zeroed",
    "without: with torch.no_grad():": "no_step",
    "without: table -= learning_rate * table.grad": "no_step",
    "table -= -learning_rate * table.grad": "uphill",
    "table -= learning_rate * -table.grad": "uphill",
    "table -= table.grad": "learning_rate_unused",
}

known = registry.load("02.8").reference


def refuse(ids):
    if len(ids) < 2:
        raise ValueError("too short")


@right("02.8")
def with_autograd(ids, V, steps, learning_rate):
    refuse(ids)
    table, losses = torch.nn.Parameter(torch.zeros((V, V))), []
    for _ in range(steps):
        loss = cross_entropy(table[ids[:-1]], ids[1:])
        (gradient,) = torch.autograd.grad(loss, table)
        table.data = table.data - learning_rate * gradient
        losses.append(loss.item())
    return table, losses


@right("02.8")
def with_one_hot_rows(ids, V, steps, learning_rate):
    refuse(ids)
    x = torch.nn.functional.one_hot(ids[:-1], V).float()
    table, losses = torch.zeros(V, V, requires_grad=True), []
    for _ in range(steps):
        logits = x @ table
        probabilities = logits.exp() / logits.exp().sum(1, keepdim=True)
        loss = -probabilities[torch.arange(len(x)), ids[1:]].log().mean()
        if table.grad is not None:
            table.grad.zero_()
        loss.backward()
        table.data -= learning_rate * table.grad
        losses.append(float(loss.detach()))
    return table.detach(), losses


@right("02.8")
def losses_as_tensors(ids, V, steps, learning_rate):
    table, losses = known(ids, V, steps, learning_rate)
    return table, [torch.tensor(each) for each in losses]


@wrong("02.8", told="never_zeroed", says="The gradients of earlier steps are never taken away")
def added_up(ids, V, steps, learning_rate):
    refuse(ids)
    table, losses = torch.zeros(V, V, requires_grad=True), []
    optimiser = torch.optim.SGD([table], lr=learning_rate)
    for _ in range(steps):
        loss = cross_entropy(table[ids[:-1]], ids[1:])
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return table.detach(), losses


@wrong("02.8", told="no_step", says="was it wiped out just before")
def zeroed_at_the_wrong_place(ids, V, steps, learning_rate):
    refuse(ids)
    table, losses = torch.zeros(V, V, requires_grad=True), []
    optimiser = torch.optim.SGD([table], lr=learning_rate)
    for _ in range(steps):
        loss = cross_entropy(table[ids[:-1]], ids[1:])
        loss.backward()
        optimiser.zero_grad()
        optimiser.step()
        losses.append(loss.item())
    return table.detach(), losses


@wrong("02.8", says="not")
def with_adam(ids, V, steps, learning_rate):
    refuse(ids)
    table, losses = torch.zeros(V, V, requires_grad=True), []
    optimiser = torch.optim.Adam([table], lr=learning_rate)
    for _ in range(steps):
        optimiser.zero_grad()
        loss = cross_entropy(table[ids[:-1]], ids[1:])
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return table.detach(), losses


@wrong("02.8", says="zeros cost ln 3")
def begins_with_random_scores(ids, V, steps, learning_rate):
    refuse(ids)
    table = torch.randn(V, V, generator=torch.Generator().manual_seed(0)).requires_grad_()
    losses = []
    for _ in range(steps):
        table.grad = None
        loss = cross_entropy(table[ids[:-1]], ids[1:])
        loss.backward()
        with torch.no_grad():
            table -= learning_rate * table.grad
        losses.append(loss.item())
    return table.detach(), losses


@wrong("02.8", says="bits a character; the counted one needs")
def a_learning_rate_that_fades(ids, V, steps, learning_rate):
    refuse(ids)
    table, losses = torch.zeros(V, V, requires_grad=True), []
    for step in range(steps):
        table.grad = None
        loss = cross_entropy(table[ids[:-1]], ids[1:])
        loss.backward()
        with torch.no_grad():
            table -= learning_rate * (0.9 if step > 20 else 1.0) ** (step - 20) * table.grad
        losses.append(loss.item())
    return table.detach(), losses


@wrong("02.8", says="a list of")
def one_loss_alone(ids, V, steps, learning_rate):
    table, losses = known(ids, V, steps, learning_rate)
    return table, losses[-1] if losses else 0.0


@wrong("02.8", says="raises ValueError")
def counted(ids, V, steps, learning_rate):
    if len(ids) < 2:
        return torch.zeros(V, V), []
    return known(ids, V, steps, learning_rate)


@wrong("02.8", says="has shape")
def one_row_for_all(ids, V, steps, learning_rate):
    refuse(ids)
    return torch.zeros(V), [math.log(V)] * steps


@wrong("02.8", told="summed", says="a longer text makes longer steps")
def added_over_places(ids, V, steps, learning_rate):
    refuse(ids)
    table, losses = torch.zeros(V, V, requires_grad=True), []
    for _ in range(steps):
        table.grad = None
        loss = -table.log_softmax(1)[ids[:-1], ids[1:]].sum()
        loss.backward()
        with torch.no_grad():
            table.sub_(table.grad, alpha=learning_rate)
        losses.append(loss.item())
    return table.detach(), losses
