"""What a learner calls in a notebook, as it shows itself there: checks, hints, quizzes, predictions, progress."""
