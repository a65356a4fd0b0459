"""Grading stands on nbval, unmodified: `plugin` is what pytest loads, `own_work` reads the results back by exercise."""
