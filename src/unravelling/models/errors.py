"""The one exception that the models and texts of the course raise."""


class ModelError(RuntimeError):
    """A model or text cannot be had. The message is one sentence that says what to do about it."""
