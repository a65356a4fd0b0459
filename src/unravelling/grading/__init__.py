"""Grading stands on nbval, unmodified: pytest loads `pytest_plugin`, and `nbval_hooks` judges each check as it runs."""
