"""Answers to 01.4."""

from __future__ import annotations

MUTANTS = {
    "interpolate: return sum((weight * model(context, token) for model, weight in zip(models, weights)))": "weights_as_they_come",
    "interpolate: return sum((weight / total * model(token, context) for model, weight in zip(models, weights)))": "asked_the_wrong_way_round",
    "ngram_model: last = context[-(n - 1):] if n > 0 else ()": "everything_for_order_1",
    "ngram_model: last = context[-(n - 1):] if n >= 1 else ()": "everything_for_order_1",
}
