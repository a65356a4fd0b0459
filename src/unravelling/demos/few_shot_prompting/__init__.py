"""The demos of module 10: more demonstrations, their order, their labels turned round, and a prompt of your own."""

from unravelling.demos.few_shot_prompting.flip_labels import FlipLabels
from unravelling.demos.few_shot_prompting.order import Order
from unravelling.demos.few_shot_prompting.shots import Shots
from unravelling.demos.few_shot_prompting.template_editor import TemplateEditor

__all__ = ["FlipLabels", "Order", "Shots", "TemplateEditor"]
