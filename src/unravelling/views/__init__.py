"""What a learner sees in a notebook: pictures, choices and cards. Nothing in here knows a model."""
