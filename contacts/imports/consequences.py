"""
What an import will set in motion, said by the apps that know.

An app above registers a callable in ``AppConfig.ready``; the confirmation page shows what it
says. ``contacts`` itself knows nothing of campaigns.
"""

from collections.abc import Callable
from dataclasses import dataclass

from contacts.models import ContactList


@dataclass(frozen=True)
class Consequence:
    """A sentence for the marketer, such as “3 running campaigns use this list”, and a link."""

    text: str
    link: str = ""


# Called with the list and the number of people who will be new on it.
Source = Callable[[ContactList, int], list[Consequence]]
SOURCES: list[Source] = []


def register(source: Source) -> None:
    """Let an app say what filling a list sets in motion."""
    SOURCES.append(source)


def consequences_of(contact_list: ContactList, people: int) -> list[Consequence]:
    """Collect what all apps say."""
    return [
        consequence
        for source in SOURCES
        for consequence in source(contact_list, people)
    ]


@dataclass(frozen=True)
class NextStep:
    """What the marketer can do with the imported contacts: a title, a sentence, a link."""

    title: str
    text: str
    link: str


NextStepSource = Callable[[ContactList], NextStep]
NEXT_STEPS: list[NextStepSource] = []


def register_next_step(source: NextStepSource) -> None:
    """Let an app offer a next step in the dialog after an import."""
    NEXT_STEPS.append(source)


def next_steps(contact_list: ContactList) -> list[NextStep]:
    """Collect the next steps that all apps offer."""
    return [source(contact_list) for source in NEXT_STEPS]
