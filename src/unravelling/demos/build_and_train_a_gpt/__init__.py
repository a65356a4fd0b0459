"""The demos of module 06: six trainings with a fault beside a healthy one."""

from unravelling.demos.build_and_train_a_gpt.six_faults import Patient, SixFaults, recorded

__all__ = ["Patient", "SixFaults", "recorded"]
