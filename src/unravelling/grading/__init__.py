"""Grading stands on nbval: `plugin` is what pytest loads, `report` reads its results back by exercise."""
