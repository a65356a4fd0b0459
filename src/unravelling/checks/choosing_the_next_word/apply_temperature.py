"""09.1: from scores to probabilities, sharper or flatter, down to temperature 0."""

from __future__ import annotations

import torch

from ..compare import numbers_apart
from ..declare import Case, alternative, exercise, holds, slip
from ..random_inputs import randn


@exercise("09.1", points=2, difficulty=1, minutes=10)
class ApplyTemperature:
    """Turn scores into probabilities, sharper or flatter as the temperature says."""

    functions = ("apply_temperature",)
    returns = ("probabilities",)
    because = (
        "Dividing the scores by the temperature stretches or shrinks their distances before the softmax; at 0 the best "
        "token gets everything, and nothing is left to chance."
    )
    hints = (
        "What should a temperature below 1 do to the distance between two scores, and what one above 1? And what does "
        "the computer make of a division by 0?",
        "Three ways through the function. Below 0: raise ValueError. Exactly 0: a row of zeros with a 1 at argmax. "
        "Above 0: divide the scores, then softmax along the last axis. For a tiny temperature the quotients overflow, "
        "unless you first subtract the largest score of each row: then the best token stays at 0.",
        "At 0: torch.nn.functional.one_hot(logits.argmax(-1), logits.shape[-1]), brought to the type of logits with "
        ".to(logits.dtype). Above: logits = logits - logits.amax(-1, keepdim=True), and then "
        "torch.softmax(logits / temperature, dim=-1).",
    )

    def cases(rng):
        def spread(*shape, **kind):
            return 3 * randn(rng, *shape, **kind)

        zero = "At temperature 0 the token with the highest score gets probability 1, whatever the other scores are."
        ties = "At temperature 0, of equal highest scores the first gets all."
        tiny = "Every temperature above 0 is a temperature, however small: no quotient may turn into NaN."
        never = "A score of minus infinity is a probability of 0, at every temperature."
        yield Case("three scores, temperature 0.5", logits=torch.tensor([2.0, 1.0, -1.0]), temperature=0.5)
        yield Case("four scores, temperature 2", logits=spread(4), temperature=2.0)
        yield Case("2 rows of 5, temperature 0.7", logits=spread(2, 5), temperature=0.7)
        yield Case("4 rows of 3, temperature 1", logits=spread(4, 3), temperature=1.0)
        yield Case("2 texts, 3 places, 5 tokens, temperature 1.5", logits=spread(2, 3, 5), temperature=1.5)
        yield Case("all scores far below 0, temperature 3", logits=spread(6) - 500, temperature=3.0)
        yield Case("a temperature of 1,000", logits=spread(4), temperature=1000.0)
        yield Case("temperature 0", zero, logits=torch.tensor([1.0, 3.0, 2.5]), temperature=0)
        yield Case("temperature 0, 3 rows of 4", zero, logits=spread(3, 4) - 12, temperature=0.0)
        yield Case("temperature 0, two equal", ties, logits=torch.tensor([1.5, 4.0, 0.5, 4.0, 3.0]), temperature=0.0)
        yield Case("temperature 0, 3 rows of 6, all equal", ties, logits=torch.full((3, 6), -0.5), temperature=0.0)
        rows = torch.tensor([[39.0, 41.0, 40.0, -2.0], [1.0, 2.0, -5.0, 3.0]])
        yield Case("temperature 1e-38, 2 rows of 4", tiny, logits=rows, temperature=1e-38)
        forbidden = torch.tensor([0.5, -torch.inf, 1.5, -0.5])
        yield Case("a token that may not come", never, logits=forbidden, temperature=0.4)
        yield Case("one token alone", logits=spread(1), temperature=0.3)
        yield Case("double precision", logits=spread(2, 3, dtype=torch.float64), temperature=0.9)
        below = "A temperature below 0 would turn the order round: ValueError."
        yield Case("temperature -1", below, logits=spread(3), temperature=-1.0)

    def reference(logits, temperature):
        """Turn scores into probabilities, sharper or flatter as the temperature says.

        logits: (..., V) float tensor, the scores of V tokens in each row; minus infinity for a token that may not come,
        but at least one score of a row is finite. temperature: a number, 0 or more.
        Returns the probabilities, a tensor of the same shape and type: the softmax of logits / temperature along the
        last axis. At temperature 0 nothing is divided: the token with the highest score gets probability 1 and all
        others 0; of equal highest scores the first one gets it. Any temperature above 0 works, however small: no result
        is NaN. Below 0 raises ValueError. Leaves logits as it is.
        Example: apply_temperature(torch.tensor([2., 1.]), 0.5) is tensor([0.8808, 0.1192]), the softmax of [4., 2.].
        Source: Ackley, Hinton and Sejnowski, 1985, "A learning algorithm for Boltzmann machines".
        """
        if temperature < 0:
            raise ValueError(f"The temperature is {temperature}; it must be 0 or more.")
        if temperature == 0:
            best = logits.argmax(-1)
            return torch.nn.functional.one_hot(best, logits.shape[-1]).to(logits.dtype)
        below_best = logits - logits.amax(-1, keepdim=True)  # 0 for the best: no quotient overflows upwards
        return torch.softmax(below_best / temperature, dim=-1)

    @holds("each row sums to 1")
    def sums_to_one(case, result):
        for total in result.sum(-1).flatten().tolist():
            if not abs(total - 1) < 1e-4:
                return "A row of your probabilities sums to {}, not {}.".format(*numbers_apart(total, 1.0))
        return None

    multiplied = slip(
        "You multiply by the temperature: half the temperature then makes the choice flatter, where it should make it "
        "sharper. Which operation moves scores apart when the temperature is below 1?",
        "below_best / temperature",
        "below_best * temperature",
    )

    multiplied_even_by_zero = slip(
        "You multiply by the temperature: half the temperature then makes the choice flatter, where it should make it "
        "sharper, and at 0 all tokens become alike. Which operation moves scores apart when the temperature is below "
        "1, and what is left to do at 0, where it cannot be done?",
        ("below_best / temperature", "below_best * temperature"),
        ("temperature == 0", "False"),
    )

    divided_after_the_softmax = slip(
        "You divide the probabilities, and at temperature 0.5 they sum to 2. What should be divided, so that the "
        "softmax can make probabilities of it?",
        ("torch.softmax(below_best / temperature, dim=-1)", "torch.softmax(below_best, dim=-1) / temperature"),
    )

    temperature_ignored = slip(
        "Above 0 the result is the same at every temperature: the plain softmax. Where does your code divide, and is "
        "the quotient what the softmax gets?",
        "below_best / temperature",
        "below_best",
    )

    divided_by_zero = slip(
        "At temperature 0 you divide by 0, and the softmax makes NaN of what comes out. Which token should have "
        "everything there, and which function finds it without a division?",
        "temperature == 0",
        "False",
    )

    nearly_zero = slip(
        "Right until two scores tie at temperature 0: yours share the 1, and a die would have to choose. (A tiny "
        "number in place of 0 does that.) Which function gives the place of the first of the best?",
        ("temperature == 0", "False"),
        ("/ temperature", "/ (temperature + 1e-8)"),
    )

    zero_taken_for_none = slip(
        "At temperature 0 the scores go to the softmax undivided, as at temperature 1. (Is there an `if temperature:` "
        "in your code? To Python 0 is False.) Which token should have everything there?",
        ("temperature == 0", "False"),
        ("/ temperature", "/ (temperature or 1)"),
    )

    last_of_the_best = slip(
        "At temperature 0, where two scores tie, the last of them gets everything. The docstring gives it to the "
        "first. Which of them does argmax find in a row that has not been turned round?",
        "best = logits.argmax(-1)",
        "best = logits.shape[-1] - 1 - logits.flip(-1).argmax(-1)",
    )

    overflow = slip(
        "A tiny temperature makes the quotients infinite, and infinity less infinity is NaN. Adding the same number "
        "to every score changes no probability: what could you subtract first, so that the best token stays at 0?",
        "logits - logits.amax(-1, keepdim=True)",
        "logits",
    )

    over_the_rows = slip(
        "The softmax runs down the columns, so texts of a batch compete with each other. Which axis are the tokens on?",
        "below_best / temperature, dim=-1",
        "below_best / temperature, dim=0",
    )

    largest_of_all_rows = slip(
        "You subtract the largest score of the whole tensor. Where the temperature is tiny, a row that lies below it "
        "loses all its scores to minus infinity, and its softmax is NaN. Which argument of amax looks along each row?",
        "amax(-1, keepdim=True)",
        "max()",
    )

    token_in_place_of_a_row = slip(
        "At temperature 0 you return the number of the best token. A row of probabilities is asked for there, too, so "
        "that whatever draws from it need not know the temperature. What would that row look like?",
        "return torch.nn.functional.one_hot(best, logits.shape[-1]).to(logits.dtype)",
        "return best",
    )

    logarithms = slip(
        "These are logarithms of probabilities. Which softmax gives the probabilities themselves?",
        "torch.softmax(",
        "torch.log_softmax(",
    )

    below_zero_accepted = slip(
        "A temperature below 0 is accepted, and gives the most to the worst token. What should be raised for it, "
        "before anything else?",
        "temperature < 0",
        "False",
    )

    @alternative
    def by_hand(logits, temperature):
        if temperature < 0:
            raise ValueError("below 0")
        best = logits.max(dim=-1, keepdim=True)
        if temperature == 0:
            return torch.zeros_like(logits).scatter(-1, best.indices, 1.0)
        weights = torch.exp((logits - best.values) / temperature)
        return weights / weights.sum(dim=-1, keepdim=True)

    @alternative
    def row_by_row(logits, temperature):
        if not temperature >= 0:
            raise ValueError("The temperature must not be negative.")
        rows = []
        for row in logits.reshape(-1, logits.shape[-1]):
            if temperature:
                rows.append(((row - max(row)) / temperature).softmax(0))
            else:
                rows.append(torch.zeros_like(row))
                rows[-1][row.tolist().index(max(row.tolist()))] = 1
        return torch.stack(rows).reshape(logits.shape)
