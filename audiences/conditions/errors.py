"""What is wrong with a condition, and where."""

Path = tuple[str | int, ...]


class ConditionError(ValueError):
    """
    A condition can't be understood.

    ``path`` leads to the place in the document, such as ``("conditions", 0, "value")``;
    ``message`` is a sentence for the person who wrote the condition.
    """

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message

    def __str__(self) -> str:
        place = "/".join(str(step) for step in self.path) or "the whole condition"
        return f"{self.message} (at {place})"
