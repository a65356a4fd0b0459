"""Imported by the warm process: do once what the first check of every kernel would have to do again.

torch takes a second to list the functions that can be watched, and IPython some tenths for its first cell. And have
lines for the shell do without a terminal.
"""

from unravelling.checks.instruments.optional_torch import torch
from unravelling.checks.instruments.probing import call, observe

from .published_checks import _canary
from .shell_lines import use_a_pipe

use_a_pipe()

if torch:
    observe(_canary, {"x": torch.ones(3)}, call, ("softmax",), ("x",))
    torch.nn.Linear(2, 2)(torch.ones(1, 2)).sum().backward()
