"""Hints, quizzes and progress as plain logic. What a notebook shows of them is in `unravelling.notebook`."""
