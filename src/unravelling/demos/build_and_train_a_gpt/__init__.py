"""The demos of module 06: a loss that you draw beside the measured one, six trainings with a fault, and three sizes."""

from unravelling.demos.build_and_train_a_gpt.draw_the_curve import Curves, DrawTheCurve, curves, through
from unravelling.demos.build_and_train_a_gpt.ladder import Ladder
from unravelling.demos.build_and_train_a_gpt.six_faults import Patient, SixFaults, recorded

__all__ = ["Curves", "DrawTheCurve", "Ladder", "Patient", "SixFaults", "curves", "recorded", "through"]
