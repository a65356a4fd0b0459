"""The demos of module 10: more demonstrations, their order, their labels turned round, and a prompt of your own."""

from unravelling.demos.prompting.labels import FlipLabels
from unravelling.demos.prompting.order import Order
from unravelling.demos.prompting.shots import Shots
from unravelling.demos.prompting.template import TemplateEditor

__all__ = ["FlipLabels", "Order", "Shots", "TemplateEditor"]
