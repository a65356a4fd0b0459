"""Answers to 11.3."""

from __future__ import annotations

MUTANTS = {
    "if False:": "without_the_check",
    "if not (len(X) or len(Y) or len(A) or len(B)):": "without_the_check",
    "return (unit(words) @ unit(A).T).mean(1)": "only_one_pole",
    "return (unit(words) @ unit(B).T).mean(1) - (unit(words) @ unit(A).T).mean(1)": "sign_reversed",
    "return 0.0 if spread < -0.999999 else float((x.mean() - y.mean()) / spread)": "rounding_magnified",
    "return 0.0 if spread < 1e-06 else float((x.mean() - y.mean()) / -spread)": "sign_reversed",
    "return 0.0 if spread < 1e-06 else float((y.mean() - x.mean()) / spread)": "sign_reversed",
    "return 0.0 if spread < 1e-06 else float(-(x.mean() - y.mean()) / spread)": "sign_reversed",
    "return 0.0 if spread < 1e-06 else float(x.mean() - y.mean())": "not_divided",
    "return vectors": "dot_products",
    "return vectors / vectors.norm(dim=1, keepdim=True)": "zeros_divided",
    "return vectors / vectors.norm(dim=1, keepdim=True).clamp(min=-0.999999999999)": "zeros_divided",
    "without: if not (len(X) and len(Y) and len(A) and len(B)):": "without_the_check",
    "without: raise ValueError('Each of the four sets needs at least one word.')": "without_the_check",
    "x, y = (association(Y), association(X))": "sign_reversed",
}
