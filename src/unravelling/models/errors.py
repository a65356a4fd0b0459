"""The one exception that the models and texts of the course raise."""


class ModelError(RuntimeError):
    """A model or text cannot be had. The message is one sentence that says what to do about it."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in a notebook: the sentence. Where in our code it was raised helps no learner."""
        return [f"ModelError: {self}"]
