"""Mistakes in the interpolate of 01.4."""

from __future__ import annotations

import math

from ...declare import misconception


def mixture_by(mean):
    """A wrong interpolate, that gives mean(what the models say, weights); its complaints are right."""

    def interpolate(models, weights):
        if len(models) != len(weights) or min(weights, default=0) < 0 or sum(weights) == 0:
            raise ValueError("unfit weights")
        return lambda context, token: mean([model(context, token) for model in models], weights)

    return interpolate


right_mixture = mixture_by(lambda said, weights: sum(p * w for p, w in zip(said, weights, strict=True)) / sum(weights))


@misconception(
    "You add up weight times probability without dividing by the sum of the weights, so [1, 3] gives four times as "
    "much as there is. What should the shares sum to?"
)
class weights_as_they_come:
    interpolate = mixture_by(lambda said, weights: sum(p * w for p, w in zip(said, weights, strict=True)))


@misconception(
    "You divide by the number of models, not by the sum of the weights, so the mixture no longer lies between what "
    "the models say. What must the shares sum to, and which division makes them do so?"
)
class divided_by_their_number:
    interpolate = mixture_by(lambda said, weights: sum(p * w for p, w in zip(said, weights, strict=True)) / len(said))


@misconception(
    "Your mixture is the plain mean: every model has the same say, whatever its weight. Where should `weights` come in?"
)
class plain_mean:
    interpolate = mixture_by(lambda said, weights: sum(said) / len(said))


@misconception(
    "Your mixture works once and then says 0: a zip (and any generator) is used up after one walk through it. "
    "Where must the zip stand so that every call gets a new one?"
)
class zip_is_used_up:
    def interpolate(models, weights):
        if len(models) != len(weights) or min(weights, default=0) < 0 or sum(weights) == 0:
            raise ValueError("unfit weights")
        pairs = zip(models, [weight / sum(weights) for weight in weights], strict=True)
        return lambda context, token: float(sum(share * model(context, token) for model, share in pairs))


@misconception(
    "You multiply the models' probabilities, so a single model that says 0 has a veto, and the result does not sum "
    "to 1. Which mean keeps a sum of 1?"
)
class geometric_mean:
    interpolate = mixture_by(
        lambda said, weights: math.prod(p ** (w / sum(weights)) for p, w in zip(said, weights, strict=True))
    )


@misconception(
    "Your mixture asks its models with the token first and the context second. In which order do they take them?"
)
class asked_the_wrong_way_round:
    def interpolate(models, weights):
        return right_mixture([lambda context, token, model=model: model(token, context) for model in models], weights)


@misconception(
    "Weights that do not sum to 1 are refused. They are welcome here, and mean proportions: [1, 3] is a quarter "
    "and three quarters. What turns them into shares?"
)
class insists_on_a_sum_of_1:
    def interpolate(models, weights):
        if abs(sum(weights) - 1) > 1e-9:
            raise ValueError("weights must sum to 1")
        return right_mixture(models, weights)


@misconception(
    "The mixture is right, but weights that make no sense go through, or stop with somebody else's error: zip "
    "silently drops what is left over, and negative shares can give negative probabilities. Which three things "
    "should be checked first?"
)
class without_the_checks:
    def interpolate(models, weights):
        total = sum(weights)
        return lambda context, token: sum(
            weight / total * model(context, token)
            for model, weight in zip(models, weights)  # noqa: B905
        )


@misconception(
    "interpolate takes weights that make no sense without a word, and complains only when the mixture is asked: by "
    "then nobody knows where it was made. Which lines belong above the inner def?"
)
class complains_too_late:
    def interpolate(models, weights):
        def probability(context, token):
            return right_mixture(models, weights)(context, token)

        return probability
