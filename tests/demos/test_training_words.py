"""How the times and the numbers of a training run are written."""

from __future__ import annotations

import pytest

from unravelling.demos.training import Run
from unravelling.demos.training.live import cost
from unravelling.demos.training.run import duration, large


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 second"), (2.55, "2.5 seconds"), (14.96, "15 seconds"), (0.04, "0 seconds")]
)
def test_times_are_written_as_they_are_spoken(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("number", "words"), [(1.8e12, "1.8 TB"), (356_000, "356 kB"), (999, "999 B"), (134_515_008, "135 MB")]
)
def test_large_numbers_have_few_digits_and_a_prefix(number, words):
    assert large(number, "B") == words


def test_the_cost_of_a_run_without_a_model_is_its_time_and_its_tokens():
    assert cost(Run(5, 4.0, tokens=1200, seconds=2.0)) == "Cost: 2 seconds, 1,200 tokens."
