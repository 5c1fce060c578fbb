"""Liquid within limits: parse, render, and name what a template uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liquid import BoundTemplate, Environment, Mode
from liquid.exceptions import LiquidError

from campaigns.emails.filters import FILTERS

TAGS = {
    "if", "unless", "case", "for", "break", "continue", "assign", "comment", "#",
    "content", "output", "illegal",
}  # fmt: skip


@dataclass
class TemplateError(Exception):
    """A template can't be parsed or rendered: why, and on which line (0 if unknown)."""

    reason: str
    line: int = 0

    def __str__(self) -> str:
        """Say it as a sentence's end."""
        return f"line {self.line}: {self.reason}" if self.line else self.reason


class LimitedEnvironment(Environment):
    """Liquid with an end to everything; each limit stops its bomb within milliseconds."""

    block_nesting_limit = 50
    context_depth_limit = 10
    loop_iteration_limit = 1_000
    local_namespace_limit = 100_000
    output_stream_limit = 400_000

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Keep the tags and filters that are allowed, and no other."""
        super().setup_tags_and_filters(extra=extra)
        self.tags = {name: tag for name, tag in self.tags.items() if name in TAGS}
        self.filters = dict(FILTERS)


# Values are escaped in HTML, and left as they are in subjects and plain text.
HTML = LimitedEnvironment(autoescape=True, tolerance=Mode.STRICT)
TEXT = LimitedEnvironment(autoescape=False, tolerance=Mode.STRICT)


def explain(error: LiquidError, source: str) -> TemplateError:
    """Turn an error of the parser into words and a line."""
    reason = str(error.message).splitlines()[0].strip()
    token = error.token
    index = -1 if token is None else token.start_index
    line = source.count("\n", 0, index) + 1 if index >= 0 else 0
    return TemplateError(reason, line)


def parse(source: str, *, is_html: bool) -> BoundTemplate:
    """
    Parse a template.

    :raises TemplateError: if it is malformed, or uses a tag or filter that is not allowed
    """
    try:
        template = (HTML if is_html else TEXT).from_string(source)
        used = template.analyze().filters
    except (LiquidError, RecursionError, ValueError, OverflowError) as error:
        if isinstance(error, LiquidError):
            raise explain(error, source) from error
        raise TemplateError(
            "it is nested too deeply or holds too large a number"
        ) from error
    for name, spans in used.items():
        if name not in FILTERS:
            line = source.count("\n", 0, spans[0].index) + 1
            raise TemplateError(f"there is no filter '{name}'", line)
    return template


def render(template: BoundTemplate, variables: Mapping[str, Any]) -> str:
    """
    Render a template for one person.

    :raises TemplateError: if a limit is hit or a filter can't take its value
    """
    try:
        return template.render(**variables)
    except (LiquidError, RecursionError) as error:
        reason = error.message if isinstance(error, LiquidError) else "it is too deep"
        raise TemplateError(str(reason).splitlines()[0]) from error


def variables_used(source: str) -> list[tuple[str, int]]:
    """
    Name the variables that a template reads, with the line of each, in order.

    :raises TemplateError: if it can't be parsed
    """
    found = [
        (variable.span.index, dotted(variable.segments))
        for group in parse(source, is_html=False).analyze().globals.values()
        for variable in group
    ]
    return [(name, source.count("\n", 0, index) + 1) for index, name in sorted(found)]


def dotted(segments: list[Any]) -> str:
    """Write the path of a variable with dots."""
    return ".".join(
        segment if isinstance(segment, str) else "*" for segment in segments
    )
