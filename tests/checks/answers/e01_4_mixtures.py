"""Answers to 01.4 whose interpolate is wrong."""

from __future__ import annotations

import math

from tests.checks.answers import wrong
from tests.checks.answers.e01_4 import check
from unravelling.checks import registry

right_mixture = registry.load("01.4").reference.interpolate


def mixture_by(mean):
    """A wrong interpolate, that gives mean(what the models say, weights); its complaints are right."""

    def interpolate(models, weights):
        check(models, weights)
        return lambda context, token: mean([model(context, token) for model in models], weights)

    return interpolate


@wrong("01.4", told="complains_too_late", says="complains only when the mixture is asked")
class checked_inside:
    def interpolate(models, weights):
        def mixture(context, token):
            check(models, weights)
            return sum(w * m(context, token) for m, w in zip(models, weights, strict=True)) / sum(weights)

        return mixture


@wrong("01.4", says="If one of the weights is negative")
class negative_weights_go_through:
    def interpolate(models, weights):
        if len(models) != len(weights) or sum(weights) <= 0:
            raise ValueError("unfit weights")
        return lambda context, token: (
            sum(w * m(context, token) for m, w in zip(models, weights, strict=True)) / sum(weights)
        )


@wrong("01.4", says="With more or fewer weights than models")
class numbers_not_compared:
    def interpolate(models, weights):
        if min(weights, default=0) < 0 or sum(weights) == 0:
            raise ValueError("unfit weights")
        return lambda context, token: (
            sum(w * m(context, token) for m, w in zip(models, weights, strict=False)) / sum(weights)
        )


@wrong("01.4", says="If no weight is above 0")
class empty_lists_go_through:
    def interpolate(models, weights):
        if models or weights:
            return right_mixture(models, weights)
        return lambda context, token: 0.0


@wrong("01.4", says="it should raise ValueError")
class complains_with_assert:
    def interpolate(models, weights):
        assert len(models) == len(weights)
        assert min(weights, default=-1) >= 0
        assert sum(weights) > 0
        return right_mixture(models, weights)


@wrong("01.4", says="interpolate returned a value of type ValueError")
class returns_the_error:
    def interpolate(models, weights):
        try:
            check(models, weights)
        except ValueError as error:
            return error
        return right_mixture(models, weights)


@wrong("01.4", says="A weight may be 0")
class a_weight_of_0_is_refused:
    def interpolate(models, weights):
        if any(weight <= 0 for weight in weights):
            raise ValueError("weights must be positive")
        return right_mixture(models, weights)


@wrong("01.4", says="changed its input weights")
class shares_written_into_weights:
    def interpolate(models, weights):
        check(models, weights)
        total = sum(weights)
        for i in range(len(weights)):
            weights[i] /= total
        return lambda context, token: sum(w * m(context, token) for m, w in zip(models, weights, strict=True))


@wrong("01.4", says="Weights are divided by their sum, also where that is below 1.")
class only_sums_above_1_are_divided:
    def interpolate(models, weights):
        check(models, weights)
        total = max(sum(weights), 1)
        return lambda context, token: sum(w / total * m(context, token) for m, w in zip(models, weights, strict=True))


@wrong("01.4", says="the mixture should say")
class divided_by_the_largest:
    interpolate = mixture_by(
        lambda said, weights: sum(p * w for p, w in zip(said, weights, strict=True)) / max(weights)
    )


@wrong("01.4", says="the mixture should say")
class softmax_of_the_weights:
    interpolate = mixture_by(
        lambda said, weights: (
            sum(p * math.exp(w) for p, w in zip(said, weights, strict=True)) / sum(map(math.exp, weights))
        )
    )


@wrong("01.4", says="the mixture should say")
class squares_of_the_weights:
    interpolate = mixture_by(
        lambda said, weights: sum(p * w * w for p, w in zip(said, weights, strict=True)) / sum(w * w for w in weights)
    )


@wrong("01.4", says="the mixture should say")
class the_best_model_alone:
    interpolate = mixture_by(lambda said, weights: max(said))


@wrong("01.4", says="the mixture should say")
class the_heaviest_model_alone:
    interpolate = mixture_by(lambda said, weights: said[weights.index(max(weights))])


@wrong("01.4", says="the mixture should say")
class weights_in_reverse:
    interpolate = mixture_by(lambda said, weights: right_mixture_of(said, weights[::-1]))


def right_mixture_of(said, weights):
    return sum(p * w for p, w in zip(said, weights, strict=True)) / sum(weights)


@wrong("01.4", says="the mixture should say")
class the_last_model_alone:
    interpolate = mixture_by(lambda said, weights: said[-1] * weights[-1] / sum(weights))


@wrong("01.4", says="ZeroDivisionError")
class harmonic_mean:
    interpolate = mixture_by(
        lambda said, weights: sum(weights) / sum(w / p for p, w in zip(said, weights, strict=True))
    )


@wrong("01.4", says="the mixture should say")
class whole_division:
    interpolate = mixture_by(
        lambda said, weights: sum(p * (w // sum(weights)) for p, w in zip(said, weights, strict=True))
    )


@wrong("01.4", says="it should return a function of (context, token)")
class a_number_for_a_mixture:
    def interpolate(models, weights):
        check(models, weights)
        return sum(w / sum(weights) for w in weights)


@wrong("01.4", says="At call number 3")
class says_what_it_said_first:
    def interpolate(models, weights):
        check(models, weights)
        said = []

        def mixture(context, token):
            if not said:
                said.append(sum(w * m(context, token) for m, w in zip(models, weights, strict=True)) / sum(weights))
            return said[0]

        return mixture


@wrong("01.4", says="the best single model has")
class less_than_one_per_cent_counts_as_nothing:
    def interpolate(models, weights):
        made = right_mixture(models, weights)

        def mixture(context, token):
            shares = [model(context, token) for model in models]
            return made(context, token) if min(shares) >= 0.01 else 0.0

        return mixture
