"""What a conversion refuses, and what it has to say of one that it does."""

import warnings


class InterchangeError(Exception):
    """A state that cannot be carried over, or a file that is not what it should be."""


class InterchangeNote(UserWarning):
    """What a conversion left behind or had to assume."""


def note(text: str) -> None:
    """Tells the caller of a conversion: as a warning, which the command line prints."""
    warnings.warn(text, InterchangeNote, stacklevel=3)


def require(condition: bool, text: str) -> None:
    """Raises an error with `text` unless `condition` holds."""
    if not condition:
        raise InterchangeError(text)
