"""The same submissions graded by ours, plain nbval, nbgrader and otter-grader, on the same cores in one run."""
