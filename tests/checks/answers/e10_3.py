"""Answers to 10.3."""

from __future__ import annotations

MUTANTS = {
    "bias = torch.softmax(content_free, dim=0).mean(0)": "not_calibrated",
    "bias = torch.softmax(content_free, dim=1).mean()": "not_calibrated",
    "bias = torch.softmax(content_free, dim=1).mean(-1)": "not_calibrated",
    "bias = torch.softmax(content_free, dim=1).mean(1)": "not_calibrated",
    "bias = torch.softmax(scores, dim=1).mean(0)": "mean_over_the_queries",
    "return torch.softmax(scores + bias.log(), dim=1)": "multiplied",
    "return torch.softmax(scores - -bias.log(), dim=1)": "multiplied",
    "return torch.softmax(scores - bias.log(), dim=0)": "over_the_queries",
    "return torch.softmax(scores, dim=1)": "not_calibrated",
}
