"""Answers to 04.5."""

from __future__ import annotations

MUTANTS = {
    "angles = positions[:, None]": "one_speed_for_all",
    "speed = base ** (-(-torch.arange(0, d, 2, dtype=x.dtype) / d))": "faster_and_faster",
    "speed = base ** (--torch.arange(0, d, 2, dtype=x.dtype) / d)": "faster_and_faster",
    "speed = base ** (-0 / d)": "one_speed_for_all",
    "speed = base ** (-torch.arange(0, 2, d, dtype=x.dtype) / d)": "one_speed_for_all",
    "speed = base ** (-torch.arange(0, d, 2, dtype=x.dtype) / -d)": "faster_and_faster",
    "speed = base ** (torch.arange(0, d, 2, dtype=x.dtype) / d)": "faster_and_faster",
    "turned = torch.stack([a * angles.cos() + b * angles.sin(), a * angles.sin() + b * angles.cos()], dim=-1)": "without_the_minus",
    "turned = torch.stack([a * angles.cos() - -(b * angles.sin()), a * angles.sin() + b * angles.cos()], dim=-1)": "without_the_minus",
    "turned = torch.stack([a * angles.cos() - -b * angles.sin(), a * angles.sin() + b * angles.cos()], dim=-1)": "without_the_minus",
    "turned = torch.stack([a * angles.cos() - b * -angles.sin(), a * angles.sin() + b * angles.cos()], dim=-1)": "without_the_minus",
    "turned = torch.stack([a * angles.cos() - b * angles.sin(), -(a * angles.sin()) + b * angles.cos()], dim=-1)": "without_the_minus",
    "turned = torch.stack([a * angles.cos() - b * angles.sin(), -a * angles.sin() + b * angles.cos()], dim=-1)": "without_the_minus",
    "turned = torch.stack([a * angles.cos() - b * angles.sin(), a * -angles.sin() + b * angles.cos()], dim=-1)": "without_the_minus",
}
