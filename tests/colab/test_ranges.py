"""What the package asks for never makes Colab replace a package that is already loaded there."""

from __future__ import annotations

import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.colab.imitation import PUBLISHED, ROOT

DEPENDENCIES = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
LISTS = ["august_2026", "february_2026", "imitation"]


@pytest.mark.parametrize("month", LISTS)
@pytest.mark.parametrize("dependency", DEPENDENCIES)
def test_colabs_own_version_is_good_enough(dependency, month):
    requirement = Requirement(dependency)
    there = PUBLISHED[month].get(canonicalize_name(requirement.name))
    if there is not None:
        assert requirement.specifier.contains(there), f"Colab ({month}) has {requirement.name} {there}"


@pytest.mark.parametrize("name", ["torch", "numpy", "transformers", "ipywidgets", "ipykernel", "ipython", "traitlets"])
def test_what_a_restart_would_follow_is_on_every_list(name):
    # Otherwise the test above would pass by not looking.
    assert all(name in PUBLISHED[month] for month in LISTS)
    assert name in {canonicalize_name(Requirement(dependency).name) for dependency in DEPENDENCIES}


def test_nothing_is_pinned_to_one_version():
    assert not [text for text in DEPENDENCIES if "==" in text or "~=" in text]


def test_the_imitation_has_colabs_versions_wherever_they_are_known():
    august = {name: version for name, version in PUBLISHED["august_2026"].items() if name != "torch"}
    assert august.items() <= PUBLISHED["imitation"].items()
