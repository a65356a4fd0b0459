"""Pictures that stay: demos without controls, for what words say badly. Each is live, with a still and a text."""

from unravelling.demos.pictures.block_and_stacks import BlockAndStacks
from unravelling.demos.pictures.bootstrap_of_ten import BootstrapOfTen
from unravelling.demos.pictures.counts_look_up import CountsLookUp
from unravelling.demos.pictures.course_map import CourseMap
from unravelling.demos.pictures.fifteen_of_hundred import FifteenOfHundred
from unravelling.demos.pictures.gap_ruler import GapRuler
from unravelling.demos.pictures.halves_and_bits import HalvesAndBits
from unravelling.demos.pictures.heads_cut import HeadsCut
from unravelling.demos.pictures.machine_map import MachineMap
from unravelling.demos.pictures.note_unrolled import NoteUnrolled
from unravelling.demos.pictures.prompt_as_context import PromptAsContext
from unravelling.demos.pictures.residual_account import ResidualAccount
from unravelling.demos.pictures.row_times_column import RowTimesColumn
from unravelling.demos.pictures.score_share_mix import ScoreShareMix
from unravelling.demos.pictures.shuffled_groups import ShuffledGroups
from unravelling.demos.pictures.softmax_lengths import SoftmaxLengths
from unravelling.demos.pictures.training_circle import TrainingCircle
from unravelling.demos.pictures.twins_of_sentences import TwinsOfSentences
from unravelling.demos.pictures.who_may_be_asked import WhoMayBeAsked

__all__ = [
    "BlockAndStacks",
    "BootstrapOfTen",
    "CountsLookUp",
    "CourseMap",
    "FifteenOfHundred",
    "GapRuler",
    "HalvesAndBits",
    "HeadsCut",
    "MachineMap",
    "NoteUnrolled",
    "PromptAsContext",
    "ResidualAccount",
    "RowTimesColumn",
    "ScoreShareMix",
    "ShuffledGroups",
    "SoftmaxLengths",
    "TrainingCircle",
    "TwinsOfSentences",
    "WhoMayBeAsked",
]
