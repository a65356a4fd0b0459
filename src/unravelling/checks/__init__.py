"""Exercises as data: what is asked, how an answer is probed and judged, and what is said about it.

Nothing here knows of notebooks or widgets. `registry` finds an exercise, `engine` runs a solution against it.
"""
