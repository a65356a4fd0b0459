"""The demos of module 11: a swapped word, occupations, templates, an association test, before and after."""

from unravelling.demos.bias.lists import Association
from unravelling.demos.bias.mitigation import Mitigation
from unravelling.demos.bias.occupations import Occupations, Templates
from unravelling.demos.bias.swap import SwapWord

__all__ = ["Association", "Mitigation", "Occupations", "SwapWord", "Templates"]
