"""03.3: gradients that are too long, made shorter without turning them."""

from __future__ import annotations

import torch

from ..compare import number, numbers_apart
from ..declare import Case, alternative, exercise, holds, misconception
from ..draw import randn


def norm_of(gradients: list[torch.Tensor]) -> float:
    """The length of all gradients taken together as one long vector."""
    return float(torch.cat([each.flatten() for each in gradients]).norm())


def scaled(gradients: list[torch.Tensor], factor: float) -> list[torch.Tensor]:
    return [each * factor for each in gradients]


@exercise("03.3", points=2, difficulty=2, minutes=8)
class ClipGradNorm:
    """Shorten gradients that are too long, all by the same factor, so that the direction stays."""

    functions = ("clip_grad_norm",)
    returns = ("gradients",)
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
            return Case(name, grads=list(gradients), max_norm=max_norm)

        yield case("two gradients of norms 3 and 4", 1.0, torch.tensor([3.0]), torch.tensor([4.0]))
        yield case("one long gradient, one short", 2.0, torch.tensor([6.0, 0.0]), torch.tensor([0.0, 1.0]))
        yield case("below the bound", 10.0, torch.tensor([3.0, 0.0]), torch.tensor([[4.0], [0.0]]))
        yield case("exactly at the bound", 5.0, torch.tensor([3.0]), torch.tensor([4.0]))
        yield case("all zeros", 1.0, torch.zeros(2), torch.zeros(1))
        yield case("a single number of 0.5 and a bound of 2", 2.0, torch.tensor([0.5]))
        yield case("each below the bound, together above it", 1.0, torch.tensor([0.9]), torch.tensor([[0.0, -0.9]]))
        several = randn(rng, 4, 3), randn(rng, 4), 5 * randn(rng, 2, 4)
        yield case("three gradients of different shapes", 1.5, *several)
        precise = randn(rng, 3, 2, dtype=torch.float64), randn(rng, 2, dtype=torch.float64)
        yield case("double precision, below the bound", 100.0, *precise)

    def reference(grads, max_norm):
        """Shorten gradients to a total norm of at most max_norm, all by the same factor.

        grads: list of one or more float tensors of any shapes, one for each parameter. max_norm: a float above 0.
        Returns a list of new tensors of the same shapes and types. Their total norm is the length of all their numbers
        taken together as one long vector. If that of grads is at most max_norm, the numbers stay as they are (also if
        all of them are 0); else every number is multiplied by max_norm / total norm. The tensors in grads are not
        changed, and none of them comes back: a new tensor shares no memory with an old one, also where its numbers are
        the same.
        Example: clip_grad_norm([torch.tensor([3.]), torch.tensor([4.])], 1.0) is [tensor([0.6]), tensor([0.8])]: the
        total norm is 5.
        Source: Pascanu, Mikolov and Bengio, 2013, "On the difficulty of training recurrent neural networks", section
        3.2.
        """
        total = torch.sqrt(sum(each.square().sum() for each in grads))
        factor = max_norm / total if total > max_norm else 1.0
        return [each * factor for each in grads]

    def probe(solution, grads, max_norm):
        import torch

        gradients = solution(list(grads), max_norm)
        old = {each.untyped_storage().data_ptr() for each in grads}
        several = gradients if isinstance(gradients, (list, tuple)) else []
        new = [each.untyped_storage().data_ptr() not in old for each in several if isinstance(each, torch.Tensor)]
        return {"gradients": gradients, "new": new}

    def show(case, kind):
        lines = ["result = clip_grad_norm(grads, max_norm)"]
        if kind == "property":
            lines += [
                "same_memory = [new.data_ptr() == old.data_ptr() for new, old in zip(result, grads)]",
                "result = result, same_memory",
            ]
        return "\n".join(lines)

    @holds("the tensors that come back are new ones")
    def new_tensors(case, result):
        for place in (n for n, new in enumerate(result["new"]) if not new):
            return f"gradients[{place}] is no new tensor: it is one of grads itself, or shares its memory."
        return None

    @holds("the total norm is at most max_norm")
    def short_enough(case, result):
        after, bound = norm_of(result["gradients"]), case["max_norm"]
        if after <= bound * 1.0001:
            return None
        if after != after:
            return "Numbers that were all 0 came back as NaN." if norm_of(case["grads"]) == 0 else "NaN came back."
        return "The total norm of what came back is {}; it should be at most {}.".format(*numbers_apart(after, bound))

    @holds("below the bound nothing changes")
    def leaves_short_ones(case, result):
        before, after = norm_of(case["grads"]), norm_of(result["gradients"])
        if before > case["max_norm"] * 1.0001 or abs(after - before) < 1e-4:
            return None
        bound, (was, now) = number(case["max_norm"]), numbers_apart(before, after)
        return f"The total norm was {was}, within the bound of {bound}, and came back as {now}."

    @holds("the direction stays: every number is multiplied by the same factor")
    def keeps_the_direction(case, result):
        before, after = norm_of(case["grads"]), norm_of(result["gradients"])
        if before == 0 or not 0 < after < float("inf"):
            return None
        for which, (old, new) in enumerate(zip(case["grads"], result["gradients"], strict=True)):
            for place in ((old / before - new / after).abs() > 1e-4).nonzero()[:1].tolist():
                overall = min(1.0, case["max_norm"] / before)
                factor, overall = numbers_apart(float(new[tuple(place)] / old[tuple(place)]), overall)
                name = f"grads[{which}][{', '.join(map(str, place))}]"
                return f"{name} is multiplied by {factor}; all numbers should be multiplied by {overall}."
        return None

    @misconception(
        "Each gradient is shortened by itself. So the long ones lose more than the short ones, and the step goes in "
        "another direction. Over which numbers must the one norm be taken?"
    )
    def each_by_itself(grads, max_norm):
        return [each * min(1.0, max_norm / max(float(each.norm()), 1e-12)) for each in grads]

    @misconception(
        "Every number is cut off at max_norm by itself. That bounds the numbers and not the length, and it turns the "
        "arrow towards a corner. By which one factor could all be multiplied instead?"
    )
    def by_value(grads, max_norm):
        return [each.clamp(-max_norm, max_norm) for each in grads]

    @misconception(
        "Short gradients are stretched to max_norm: near the bottom of a valley, where they should be small, training "
        "would never come to rest. For which norms should nothing change?"
    )
    def stretches_short_ones(grads, max_norm):
        total = norm_of(grads)
        return scaled(grads, max_norm / total if total else 1.0)

    @misconception(
        "You divide without asking first whether the total norm is above max_norm: short gradients are stretched, and "
        "gradients that are all 0 become 0 / 0, which is NaN. Which question comes before the division?"
    )
    def divides_by_zero(grads, max_norm):
        total = torch.sqrt(sum(each.square().sum() for each in grads))
        return [each * (max_norm / total) for each in grads]

    @misconception(
        "You compare and divide by the sum of the squares; its root is the norm. What is the length of the arrow "
        "(3, 4)?"
    )
    def root_forgotten(grads, max_norm):
        total = norm_of(grads) ** 2
        return scaled(grads, max_norm / total if total > max_norm else 1.0)

    @misconception(
        "You add up the norms of the gradients. Two arrows at right angles, 3 and 4 long, make one of length 5, not 7. "
        "What is it that adds up: lengths, or their squares?"
    )
    def norms_added(grads, max_norm):
        total = sum(float(each.norm()) for each in grads)
        return scaled(grads, max_norm / total if total > max_norm else 1.0)

    @misconception(
        "You take the norm of the longest gradient for that of all: two gradients that are each within the bound can "
        "together lie beyond it. Over which numbers must the norm be taken?"
    )
    def longest_only(grads, max_norm):
        total = max(float(each.norm()) for each in grads)
        return scaled(grads, max_norm / total if total > max_norm else 1.0)

    @misconception(
        "Long gradients come back with a norm of 1, whatever max_norm is. You divide by the total norm; what are you "
        "to multiply by?"
    )
    def always_to_one(grads, max_norm):
        total = norm_of(grads)
        return scaled(grads, 1 / total if total > max_norm else 1.0)

    @misconception(
        "Your total is the root of the mean of the squares, so it says how large a number is on average and not how "
        "long the arrow is. By what is there nothing to divide?"
    )
    def root_of_the_mean(grads, max_norm):
        total = torch.cat([each.flatten() for each in grads]).square().mean().sqrt()
        return scaled(grads, max_norm / total if total > max_norm else 1.0)

    @misconception(
        "Long gradients come back as they were. (torch's own clip_grad_norm_ wants parameters and changes their .grad; "
        "given the gradients themselves it does nothing.) By which factor should every number be multiplied?"
    )
    def unchanged(grads, max_norm):
        return list(grads)

    @misconception(
        "Long gradients are multiplied by total / max_norm, which is above 1 there, and become longer still. By which "
        "factor does 5 become 1?"
    )
    def factor_upside_down(grads, max_norm):
        total = norm_of(grads)
        return scaled(grads, total / max_norm if total > max_norm else 1.0)

    @misconception(
        "You add up absolute values. The length of the arrow (3, 4) is 5, not 7: what must happen to 3 and 4 before "
        "they are added, and what to the sum?"
    )
    def absolute_values(grads, max_norm):
        total = sum(float(each.abs().sum()) for each in grads)
        return scaled(grads, max_norm / total if total > max_norm else 1.0)

    @misconception(
        "Where nothing is to be shortened, the tensors of grads themselves come back: whoever changes one of yours "
        "changes the caller's. Which operation gives a new tensor with the same numbers?"
    )
    def old_tensors_when_short(grads, max_norm):
        total = norm_of(grads)
        return scaled(grads, max_norm / total) if total > max_norm else list(grads)

    @misconception(
        "Gradients that are too long are thrown away: zeros come back, and the step is lost. Their direction is still "
        "worth having. How long should they be?"
    )
    def thrown_away(grads, max_norm):
        return scaled(grads, 0.0 if norm_of(grads) > max_norm else 1.0)

    @misconception(
        "The numbers are right, but you changed the tensors you were given. torch's own clip_grad_norm_ does that and "
        "says so by the underscore at its end; here the caller keeps hers. Which operation gives a new tensor?"
    )
    def in_place(grads, max_norm):
        total = norm_of(grads)
        for each in grads:
            each.mul_(max_norm / total if total > max_norm else 1.0)
        return grads

    @misconception(
        "You return the total norm, as torch's clip_grad_norm_ does after changing the gradients in place. Here the "
        "shortened gradients are asked for. What should the list hold?"
    )
    def returns_the_norm(grads, max_norm):
        return torch.cat([each.flatten() for each in grads]).norm()

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
