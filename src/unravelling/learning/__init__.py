"""Hints, quizzes and progress as plain logic: no notebook, no widget. Their faces are in `unravelling.views.learning`."""
