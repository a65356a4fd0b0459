"""03.3: gradients that are too long, made shorter without turning them."""

from __future__ import annotations

import torch

from ..compare import number, numbers_apart
from ..declare import Case, alternative, exercise, holds, slip
from ..random_inputs import randn


def norm_of(gradients: list[torch.Tensor]) -> float:
    """The length of all gradients taken together as one long vector."""
    return float(torch.cat([each.flatten() for each in gradients]).norm())


def given(case: Case) -> list[torch.Tensor]:
    """The gradients of a case, in order."""
    return [each for name, each in case.inputs.items() if name != "max_norm"]


@exercise("03.3", points=2, difficulty=2, minutes=15)
class ClipGradNorm:
    """Shorten gradients that are too long, all by the same factor, so that the direction stays."""

    functions = ("clip_grad_norm",)
    returns = ("gradients",)
    because = (
        "One factor for all gradients leaves their direction as it was; only the length of the training step changes."
    )
    hints = (
        "Think of all numbers of all gradients as one long arrow. How long is it, and by which one number must "
        "everything be multiplied to make it max_norm long?",
        "Three steps: the sum of the squares of all numbers of all gradients, and its square root; if that is at most "
        "max_norm, nothing changes; else every gradient is multiplied by max_norm / total. Make new tensors: no *=, no "
        "function that ends in an underscore.",
        "total = torch.sqrt(sum((g**2).sum() for g in grads)); factor = max_norm / total if total > max_norm else 1; "
        "return [g * factor for g in grads]",
    )

    def cases(rng):
        def case(name, max_norm, *gradients):
            names = ("first", "second", "third")
            return Case(name, max_norm=max_norm, **dict(zip(names, gradients, strict=False)))  # in the order of grads

        yield case("two gradients of norms 3 and 4", 1.0, torch.tensor([3.0]), torch.tensor([4.0]))
        yield case("two gradients of two numbers", 1.0, torch.tensor([1.0, 2.0]), torch.tensor([-2.0, 4.0]))
        yield case("one long gradient, one short", 2.0, torch.tensor([6.0, 0.0]), torch.tensor([0.0, 1.0]))
        yield case("three gradients, the last the shortest", 3.0, *map(torch.tensor, ([-4.0], [[4.0, 1.0]], [-4.0])))
        yield case("below the bound", 10.0, torch.tensor([3.0, 0.0]), torch.tensor([[4.0], [0.0]]))
        yield case("exactly at the bound", 5.0, torch.tensor([3.0]), torch.tensor([4.0]))
        yield case("all zeros", 1.0, torch.zeros(2), torch.zeros(1))
        yield case("a bound of 5", 5.0, torch.tensor([[6.0], [0.0]]), torch.tensor([8.0]))
        yield case("a single number of 0.5 and a bound of 2", 2.0, torch.tensor([0.5]))
        yield case("each below the bound, together above it", 1.0, torch.tensor([0.9]), torch.tensor([[0.0, -0.9]]))
        several = randn(rng, 4, 3), randn(rng, 4), 5 * randn(rng, 2, 4)
        yield case("three gradients of different shapes", 1.5, *several)
        precise = randn(rng, 3, 2, dtype=torch.float64), randn(rng, 2, dtype=torch.float64)
        yield case("double precision, below the bound", 100.0, *precise)

    def reference(grads, max_norm):
        """Shorten gradients to a total norm of at most max_norm, all by the same factor.

        grads: list of float tensors of any shapes, one for each parameter. max_norm: a float above 0.
        Returns a list of new tensors of the same shapes (new also where no number changes). Their total norm is the
        length of all their numbers taken together as one long vector. If that of grads is at most max_norm, the numbers
        stay as they are (also if all of them are 0); else every number is multiplied by max_norm / total norm. The list
        and its tensors are not changed.
        Example: clip_grad_norm([torch.tensor([3.]), torch.tensor([4.])], 1.0) is [tensor([0.6]), tensor([0.8])]: the
        total norm is 5.
        Source: Pascanu, Mikolov and Bengio, 2013, "On the difficulty of training recurrent neural networks", section
        3.2.
        """
        total = torch.sqrt(sum(each.square().sum() for each in grads))
        factor = max_norm / total if total > max_norm else 1.0
        return [each * factor for each in grads]

    def probe(solution, max_norm, **gradients):
        import torch

        given = list(gradients.values())
        before = [each.clone() for each in given]
        grads = list(given)
        result = solution(grads, max_norm)
        assert len(grads) == len(given) and all(a is b for a, b in zip(grads, given, strict=True)), (
            "Your function changed the list grads; whoever called it still needs it."
        )
        if isinstance(result, (list, tuple)) and all(torch.equal(a, b) for a, b in zip(given, before, strict=True)):
            for place, each in enumerate(result):
                shared = isinstance(each, torch.Tensor) and any(
                    each.untyped_storage().data_ptr() == one.untyped_storage().data_ptr() for one in given
                )
                assert not shared, (
                    f"Tensor {place} of your list is the tensor that came in, and no new one: whoever writes into it "
                    "writes into grads."
                )
        return result

    def show(case, kind):
        names = ", ".join(name for name in case.inputs if name != "max_norm")
        if kind != "raised":
            return f"result = clip_grad_norm([{names}], max_norm)"
        return f"""
grads = [{names}]
result = clip_grad_norm(grads, max_norm)
for each in result:
    each.add_(1)
result = grads  # after something was written into what came back
"""

    @holds("the total norm is at most max_norm")
    def short_enough(case, result):
        after, bound = norm_of(result), case["max_norm"]
        if after <= bound * 1.0001:
            return None
        if after != after:
            return "Numbers that were all 0 came back as NaN." if norm_of(given(case)) == 0 else "NaN came back."
        came, most = numbers_apart(after, bound)
        return f"The total norm of what came back is {came}; it should be at most {most}."

    @holds("above the bound the total norm becomes max_norm")
    def long_enough(case, result):
        before, after, bound = norm_of(given(case)), norm_of(result), case["max_norm"]
        if before <= bound or not after < bound * 0.9999:
            return None
        came, asked = numbers_apart(after, bound)
        return f"The total norm was {number(before)} and is {came} now; it should be {asked}."

    @holds("below the bound nothing changes")
    def leaves_short_ones(case, result):
        before, after = norm_of(given(case)), norm_of(result)
        if before > case["max_norm"] * 1.0001 or abs(after - before) < 1e-4:
            return None
        was, now = numbers_apart(before, after)
        return f"The total norm was {was}, within the bound of {number(case['max_norm'])}, and came back as {now}."

    @holds("the direction stays: every number is multiplied by the same factor")
    def keeps_the_direction(case, result):
        before, after = norm_of(given(case)), norm_of(result)
        if before == 0 or not 0 < after < float("inf"):
            return None
        for which, (old, new) in enumerate(zip(given(case), result, strict=True)):
            for place in ((old / before - new / after).abs() > 1e-4).nonzero()[:1].tolist():
                factor, overall = numbers_apart(
                    float(new[tuple(place)] / old[tuple(place)]), min(1.0, case["max_norm"] / before)
                )
                name = f"grads[{which}][{', '.join(map(str, place))}]"
                return f"{name} is multiplied by {factor}; all numbers should be multiplied by {overall}."
        return None

    each_by_itself = slip(
        "Each gradient is shortened by itself. So the long ones lose more than the short ones, and the step goes in "
        "another direction. Over which numbers must the one norm be taken?",
        ("each * factor", "each * min(1.0, max_norm / max(float(each.norm()), 1e-12))"),
    )

    by_value = slip(
        "Every number is cut off at max_norm by itself. That bounds the numbers and not the length, and it turns the "
        "arrow towards a corner. By which one factor could all be multiplied instead?",
        ("each * factor", "each.clamp(-max_norm, max_norm)"),
    )

    stretches_short_ones = slip(
        "Short gradients are stretched to max_norm: near the bottom of a valley, where they should be small, training "
        "would never come to rest. For which norms should nothing change?",
        ("if total > max_norm", "if total > 0"),
    )

    divides_by_zero = slip(
        "You divide without asking first whether the total norm is above max_norm: short gradients are stretched, and "
        "gradients that are all 0 become 0 / 0, which is NaN. Which question comes before the division?",
        ("max_norm / total if total > max_norm else 1.0", "max_norm / total"),
    )

    root_forgotten = slip(
        "You compare and divide by the sum of the squares; its root is the norm. What is the length of the arrow "
        "(3, 4)?",
        ("torch.sqrt(sum(", "(sum("),
    )

    norms_added = slip(
        "You add up the norms of the gradients. Two arrows at right angles, 3 and 4 long, make one of length 5, not 7. "
        "What is it that adds up: lengths, or their squares?",
        ("torch.sqrt(sum(each.square().sum() for each in grads))", "sum(each.norm() for each in grads)"),
    )

    longest_only = slip(
        "You take the norm of the longest gradient for that of all: two gradients that are each within the bound can "
        "together lie beyond it. Over which numbers must the norm be taken?",
        ("torch.sqrt(sum(each.square().sum() for each in grads))", "max(each.norm() for each in grads)"),
    )

    sizes_added = slip(
        "Your norm is the sum of the sizes of all numbers, without squares and a root. What is the length of the arrow "
        "(3, 4): 7, or 5?",
        ("torch.sqrt(sum(each.square().sum() for each in grads))", "sum(each.abs().sum() for each in grads)"),
    )

    upside_down = slip(
        "Your factor stands upside down: what is too long becomes longer still. Is max_norm / total above 1 or below, "
        "where the total is too large?",
        ("max_norm / total", "total / max_norm"),
    )

    largest_number = slip(
        "You take the largest single number for the length of all. Many small numbers make a long arrow, too. Over "
        "which numbers must the squares be added up?",
        ("torch.sqrt(sum(each.square().sum() for each in grads))", "max(each.abs().max() for each in grads)"),
    )

    always_to_one = slip(
        "Long gradients come back with a norm of 1, whatever max_norm is. You divide by the total norm; what are you "
        "to multiply by?",
        ("max_norm / total", "1 / total"),
    )

    root_of_the_mean = slip(
        "Your total is the root of the mean of the squares, so it says how large a number is on average and not how "
        "long the arrow is. By what is there nothing to divide?",
        (
            "torch.sqrt(sum(each.square().sum() for each in grads))",
            "torch.cat([each.flatten() for each in grads]).square().mean().sqrt()",
        ),
    )

    unchanged = slip(
        "Long gradients come back as they were. (If you call torch's own clip_grad_norm_: it wants parameters and "
        "changes their .grad; given the gradients themselves it does nothing.) By which factor should every number be "
        "multiplied?",
        ("each * factor", "each.clone()"),
    )

    thrown_away = slip(
        "Gradients that are too long are thrown away: zeros come back, and the step is lost. Their direction is still "
        "worth having. How long should they be?",
        ("max_norm / total", "0.0"),
    )

    in_place = slip(
        "The numbers are right, but you changed the tensors you were given. torch's own clip_grad_norm_ does that and "
        "says so by the underscore at its end; here the caller keeps hers. Which operation gives a new tensor?",
        ("each * factor", "each.mul_(factor).clone()"),
    )

    the_same_tensors = slip(
        "Where nothing is to be shortened you hand back the tensors that came in, though new ones are asked for: "
        "whoever then writes into a result writes into grads. What makes a new tensor with the same numbers?",
        ("each * factor", "each * factor if total > max_norm else each"),
    )

    returns_the_norm = slip(
        "You return the total norm, as torch's clip_grad_norm_ does after changing the gradients in place. Here the "
        "shortened gradients are asked for. What should the list hold?",
        ("[each * factor for each in grads]", "total"),
    )

    @alternative
    def one_long_vector(grads, max_norm):
        total = torch.linalg.vector_norm(torch.cat([each.reshape(-1) for each in grads]))
        return [each * torch.clamp(max_norm / total, max=1) for each in grads]

    @alternative
    def norm_of_norms_with_torchs_small_number(grads, max_norm):
        total = torch.stack([each.norm() for each in grads]).norm()
        return [each / max(1.0, (total / max_norm).item()) for each in grads]

    @alternative
    def with_torchs_own_on_copies(grads, max_norm):
        parameters = [torch.nn.Parameter(each.clone()) for each in grads]
        for parameter, each in zip(parameters, grads, strict=True):
            parameter.grad = each.clone()
        torch.nn.utils.clip_grad_norm_(parameters, max_norm)
        return [parameter.grad for parameter in parameters]
