"""What runs beside the learner's code when it is graded: it calls it and sends plain values out, and judges nothing.

These files and checks/instruments/ are all of checks and grading that a graded notebook can read. They hold no
reference, no misconception and no solution.
"""
