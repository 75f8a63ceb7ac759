"""The reason why a schema is not accepted."""

MAX_MESSAGE = 300  # characters that a message may quote of the schema or the data
TOO_MUCH = "the data are too long, or too many for a schema of this size"


class SchemaRefused(Exception):
    """A schema is not accepted. The message says why, and what to change."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(message.format(place=place[:MAX_MESSAGE] or "its top"))
