"""The demos of module 06: the loss that you expect beside the measured one, and six trainings with a fault."""

from unravelling.demos.build_and_train_a_gpt.draw_the_curve import Curves, DrawTheCurve, curves, through
from unravelling.demos.build_and_train_a_gpt.six_faults import Patient, SixFaults, recorded

__all__ = ["Curves", "DrawTheCurve", "Patient", "SixFaults", "curves", "recorded", "through"]
