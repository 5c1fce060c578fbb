"""
Which world the code at work is in: the real one, or one of its own in which nothing counts.

A rehearsal runs production code over copies of the tables (``campaigns.rehearsal``). There no
bell rings, nothing is handed over, and the locks that are only numbers are other numbers, so
that nobody at real work ever waits for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_number: ContextVar[int] = ContextVar("world", default=0)
LARGEST = 0x7FFFFFFF


class NotReal(RuntimeError):
    """Something was to leave a world in which nothing counts."""


def is_real() -> bool:
    """Whether what is done here counts."""
    return _number.get() == 0


def refuse_unless_real() -> None:
    """
    Let nothing leave a world of its own.

    :raises NotReal: if this is one
    """
    if not is_real():
        raise NotReal("Nothing may be handed over in a rehearsal.")


def lock_space(space: int) -> int:
    """Give the first key of locks that are numbers; each world has other ones."""
    number = _number.get()
    return (space ^ (number * 0x9E3779B1 & LARGEST)) & LARGEST if number else space


@contextmanager
def world(number: int) -> Iterator[None]:
    """Be in another world, named by a number above 0, in this thread."""
    token = _number.set(number)
    try:
        yield
    finally:
        _number.reset(token)
