"""Grading stands on nbval, unmodified: `plugin` is what pytest loads, `at_pytest` judges each check as it runs."""
