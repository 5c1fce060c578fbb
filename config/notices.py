"""What the home page says needs attention."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """Something to look at: how bad, the sentence, and where to go."""

    tone: str
    text: str
    link: str = ""
    link_title: str = ""
