"""Regular expressions of marketers, matched in time that grows only with the text."""

from typing import Protocol

import re2

LONGEST_PATTERN = 200
# Beyond this the beginning of a text is looked at.
LONGEST_TEXT = 10_000
MOST_BYTES = 1 << 20


class PatternRefused(ValueError):
    """The pattern can't be used; the argument says why, for people."""


class Pattern(Protocol):
    """A compiled pattern."""

    def search(self, text: str) -> object | None:
        """Find the first match."""


def compile_pattern(pattern: str) -> Pattern:
    """
    Compile a pattern for the engine that never backtracks.

    :raises PatternRefused: if it is too long, too large or not understood
    """
    if len(pattern) > LONGEST_PATTERN:
        raise PatternRefused(f"A pattern has at most {LONGEST_PATTERN} characters.")
    options = re2.Options()
    options.max_mem = MOST_BYTES
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
        raise PatternRefused(
            f"This pattern is not understood: {text}. Look-ahead and back-references"
            " can't be used."
        ) from None
