# SPDX-License-Identifier: Apache-2.0
"""Errors and notes of conversions."""

import reprlib
import warnings

USAGE = 64  # the status where a command line is wrong, as EX_USAGE of sysexits.h


class InterchangeError(Exception):
    """A state that cannot be converted, or a file with other content than it should have."""


class InterchangeNote(UserWarning):
    """A part of a state that a conversion left out, or an assumption that it made."""


def note(text: str) -> None:
    """Issues a warning, which the command line prints."""
    warnings.warn(text, InterchangeNote, stacklevel=3)


def require(condition: bool, text: str) -> None:
    """Raises an error with `text` unless `condition` holds."""
    if not condition:
        raise InterchangeError(text)


def shown(value) -> str:
    """A value of a file as text for a message. The text is short even if the value is long or deep."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = 80
    try:
        return short.repr(value)
    except ValueError:  # an integer of thousands of digits
        return f"a long {type(value).__name__}"


def listed(names) -> str:
    """The first of some names, as text for a message."""
    names = [str(name) for name in names]
    rest = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(f"'{name:.80}'" for name in names[:8]) + rest
