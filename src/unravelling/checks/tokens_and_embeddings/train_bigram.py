"""02.8: the table of lesson 01, learned instead of counted."""

from __future__ import annotations

import math

import torch
from torch.nn.functional import cross_entropy

from unravelling.language_models.texts import our_own

from ..compare import number
from ..declare import Case, LastCase, alternative, exercise, holds, slip

WITHIN = 0.01  # bits a character
STEPS, RATE = 500, 50.0  # which lead to two thirds of that


def counted_bits(ids: torch.Tensor, V: int) -> float:
    """The bits a character that the counted table needs for the text that it was counted in."""
    counts = torch.zeros(V, V, dtype=torch.float64)
    counts.index_put_((ids[:-1], ids[1:]), torch.ones(len(ids) - 1, dtype=torch.float64), accumulate=True)
    shares = counts / counts.sum(1, keepdim=True).clamp(min=1)
    return float(-shares[ids[:-1], ids[1:]].log2().mean())


def bits_of(table: torch.Tensor, ids: torch.Tensor) -> float:
    """The bits a character that a table of scores needs for a text."""
    return float(cross_entropy(table.double()[ids[:-1]], ids[1:])) / math.log(2)


@exercise("02.8", points=3, difficulty=2, minutes=25)
class TrainBigram:
    """Write the loop that learns a bigram table: zero, loss, backward, step."""

    functions = ("train_bigram",)
    returns = ("table", "losses")
    tolerance = 1e-4
    because = (
        "Each step wiped the old gradient out, measured how surprised the table is by each next token, and moved all "
        "scores a little against the gradient, until the table says what counting says."
    )
    hints = (
        "Four things happen in every step, and in this order: zero, loss, backward, step. Which tensor has the "
        "gradient after backward, and which tensor is changed by the step?",
        "Before the loop: a (V, V) table of zeros with requires_grad=True. In it: wipe out table.grad; look up the "
        "rows of all tokens but the last, and compare with all tokens but the first, by cross_entropy; "
        "loss.backward(); take learning_rate * table.grad away from the table, inside torch.no_grad(), since the step "
        "itself is nothing to learn from; note down loss.item().",
        "table.grad = None; loss = torch.nn.functional.cross_entropy(table[ids[:-1]], ids[1:]); loss.backward(); with "
        "torch.no_grad(): table -= learning_rate * table.grad; losses.append(loss.item()). At the end: return "
        "table.detach(), losses. Or torch.optim.SGD([table], lr=learning_rate), which has zero_grad() and step().",
    )

    def cases(rng):
        def case(name, ids, V, steps, learning_rate, rule=""):
            return Case(name, rule, ids=torch.tensor(ids), V=V, steps=steps, learning_rate=learning_rate)

        yield case("two tokens", [1, 0], 3, 1, 0.5)
        yield case("one step", [0, 1, 1, 0, 2], 3, 1, 0.5)
        yield case("2 steps", [0, 2, 1, 0, 2, 2], 3, 2, 0.7)
        yield case("another learning rate", [1, 0, 1, 2, 1, 0], 3, 2, 3.0)
        yield case("5 steps", [0, 1, 0, 2, 0, 1, 3], 4, 5, 0.9)
        unseen = "The rows of tokens that nothing follows stay 0, since no loss depends on them."
        yield case("tokens that do not come", [1, 3, 1, 1, 4], 7, 3, 1.5, unseen)
        nothing = "With 0 steps the table is all zeros, and there are no losses."
        yield case("no step", [0, 1, 2, 1], 3, 0, 0.4, nothing)
        short = "A text of fewer than two tokens has nothing to learn from, and raises ValueError."
        yield case("one token", [1], 3, 2, 0.6, short)
        yield Case("no tokens", short, ids=torch.zeros(0, dtype=torch.int64), V=4, steps=2, learning_rate=0.6)
        ids = torch.randint(6, (31,), generator=rng)
        yield Case("31 tokens, 4 steps", ids=ids, V=6, steps=4, learning_rate=0.6)
        text = our_own()[:600].lower()
        alphabet = sorted(set(text))
        ids = torch.tensor([alphabet.index(each) for each in text])
        name = f"600 characters, {STEPS} steps"
        yield LastCase(name, slow=True, ids=ids, V=len(alphabet), steps=STEPS, learning_rate=RATE)

    def reference(ids, V, steps, learning_rate):
        """Learn a bigram table by gradient descent: zero, loss, backward, step.

        ids: (N,) int64 tensor, a text in tokens from 0 to V - 1. Row a of the table has a score for each token that
        might come after token a; the softmax of the row gives their probabilities.
        The table, (V, V) and float32, begins with zeros. Each of the `steps` steps: the gradient of the step before is
        wiped out; the loss is the mean of the cross-entropy, in nats, between the row of each token and the token that
        comes next, over all N - 1 places of the text; backward; and the table becomes itself minus learning_rate times
        its gradient (plain gradient descent).
        Returns (table, losses): the learned table, and a list of numbers, the loss of each step, measured before the
        step changes the table. A text of fewer than two tokens raises ValueError. Leaves ids as they are.
        Example: for V = 2 and any text, the first loss is ln 2 = 0.693, since zeros give every token the same.
        Source: Bengio et al., 2003, "A neural probabilistic language model"; here with a table for a network.
        """
        if len(ids) < 2:
            raise ValueError("There is nothing to learn from fewer than two tokens.")
        table = torch.zeros(V, V, requires_grad=True)
        losses = []
        for _ in range(steps):
            table.grad = None  # zero
            loss = cross_entropy(table[ids[:-1]], ids[1:])
            loss.backward()
            with torch.no_grad():
                table -= learning_rate * table.grad  # step
            losses.append(loss.item())
        return table.detach(), losses

    def found(case, result):
        if not isinstance(case, LastCase):
            return ""
        counted, learned = counted_bits(case["ids"], case["V"]), bits_of(result[0], case["ids"])
        return f"Learned, the table needs {learned:.3f} bits a character; counted, {counted:.3f}."

    @holds("the first loss is ln V: a table of zeros gives every token the same")
    def begins_with_ln_v(case, result):
        losses = result[1]
        if losses and not abs(losses[0] - math.log(case["V"])) < 1e-4:
            return f"The first loss is {number(losses[0])}; zeros cost ln {case['V']} = {number(math.log(case['V']))}."
        return None

    @holds(f"the learned table needs at most {WITHIN} bits a character more than the counted one")
    def as_good_as_counted(case, result):
        if not isinstance(case, LastCase):
            return None
        counted, learned = counted_bits(case["ids"], case["V"]), bits_of(result[0], case["ids"])
        if learned - counted <= WITHIN:
            return None
        return f"Your table needs {number(learned)} bits a character; the counted one needs {number(counted)}."

    never_zeroed = slip(
        "The gradients of earlier steps are never taken away: backward adds to what stands in .grad. Which line is "
        "needed at the start of every step?",
        "table.grad = None",
        "pass",
    )

    no_step = slip(
        "The table never changes, so all losses are the same. Is the step made, and is the gradient still there when "
        "it is, or was it wiped out just before?",
        "table -= learning_rate * table.grad",
        "table -= 0",
    )

    uphill = slip(
        "Your loss grows: you add the gradient, which points to where the loss is larger. Which way should the table "
        "go?",
        "table -=",
        "table +=",
    )

    learning_rate_unused = slip(
        "Your steps are as long as the gradient: the learning rate makes no difference. Where should it come in?",
        "learning_rate * table.grad",
        "table.grad",
    )

    not_shifted = slip(
        "Each token is asked for in its own row, so the table learns to repeat what it sees. Which token should be the "
        "target of the first one?",
        "table[ids[:-1]], ids[1:]",
        "table[ids], ids",
    )

    backwards = slip(
        "Your table learns which token came before, not which comes next. Which end of the text belongs to the rows, "
        "and which to the targets?",
        "table[ids[:-1]], ids[1:]",
        "table[ids[1:]], ids[:-1]",
    )

    columns_for_rows = slip(
        "The table is on its side: you keep the scores after token a in column a. In which direction should a token's "
        "scores stand?",
        "table[ids[:-1]]",
        "table.T[ids[:-1]]",
    )

    softmax_twice = slip(
        "A softmax goes over the rows before cross_entropy, which takes one itself. What does torch's cross_entropy "
        "expect: scores, or probabilities?",
        "table[ids[:-1]]",
        "table[ids[:-1]].softmax(-1)",
    )

    summed = slip(
        "Your loss is the sum over all places, so a longer text makes longer steps. By what should it be divided?",
        "ids[1:])",
        'ids[1:], reduction="sum")',
    )

    measured_after_the_step = slip(
        "Your losses are those after each step. With 0 steps behind it, what does the table of zeros cost, and where "
        "in your list does that number stand?",
        "loss.item()",
        "cross_entropy(table[ids[:-1]], ids[1:]).item()",
    )

    in_bits = slip(
        "Your losses are in bits, 1.44 times the nats that are asked for. What does cross_entropy give, before you "
        "divide by anything?",
        "loss.item()",
        "loss.item() / math.log(2)",
    )

    probabilities_returned = slip(
        "You return probabilities. The table that was learned holds scores, and the softmax comes later, wherever it "
        "is used. Which line is one too many?",
        "table.detach()",
        "table.detach().softmax(-1)",
    )

    without_the_check = slip(
        "The loop is right, but a text of one token, or of none, gives a loss of NaN: the mean over no places. What "
        "should be raised before the loop?",
        "len(ids) < 2",
        "False",
    )

    @alternative
    def with_an_optimiser(ids, V, steps, learning_rate):
        if ids.numel() <= 1:
            raise ValueError("too short")
        table = torch.nn.Embedding(V, V)
        torch.nn.init.zeros_(table.weight)
        optimiser = torch.optim.SGD(table.parameters(), lr=learning_rate)
        losses = []
        for _ in range(steps):
            optimiser.zero_grad()
            loss = -table(ids[:-1]).log_softmax(-1).gather(1, ids[1:, None]).mean()
            loss.backward()
            optimiser.step()
            losses += [loss.item()]
        return table.weight.data, losses

    @alternative
    def by_hand(ids, V, steps, learning_rate):
        if len(ids) < 2:
            raise ValueError("too short")
        table, losses = torch.zeros(V, V), []
        seen, following = ids[:-1], ids[1:]
        pairs = torch.zeros(V, V).index_put_((seen, following), torch.ones(len(seen)), accumulate=True) / len(seen)
        for _ in range(steps):
            losses.append(float(-(pairs * table.log_softmax(1)).sum()))
            table = table - learning_rate * (pairs.sum(1, keepdim=True) * table.softmax(1) - pairs)
        return table, losses
