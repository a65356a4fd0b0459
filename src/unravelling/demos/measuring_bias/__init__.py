"""The demos of module 11: a swapped word, occupations, templates, associations, two groups, before and after."""

from unravelling.demos.measuring_bias.association import Association
from unravelling.demos.measuring_bias.mitigation import Mitigation
from unravelling.demos.measuring_bias.occupations import Occupations, Templates
from unravelling.demos.measuring_bias.swap_word import SwapWord
from unravelling.demos.measuring_bias.two_groups import TwoGroups

__all__ = ["Association", "Mitigation", "Occupations", "SwapWord", "Templates", "TwoGroups"]
