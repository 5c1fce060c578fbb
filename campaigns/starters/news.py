"""
News of an advocate's own, one campaign each: a friend joined, a reward was paid.

Their words stand in ``news.json``, in all languages that our pages speak.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from campaigns.emails.document import Content
from campaigns.flows.definition import Document
from campaigns.flows.edits import new_step
from campaigns.starters.parts import (
    begins_with,
    block,
    compared,
    in_languages,
    words,
    written,
)

# Only what is the advocate's own; a friend's welcome gift is another matter.
OF_ADVOCATES = compared("role", "is", "advocate")
WORDS = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class News:
    """What is told, and when."""

    event: str
    name: str
    when: str
    icon: str
    button: str = "button"
    is_reward: bool = False

    def write(self, program_id: int) -> Document:
        """Begin with the event in one program, and send one service message each time."""
        filters = [compared("program_id", "is", program_id)]
        if self.is_reward:
            filters.append(OF_ADVOCATES)
        document = begins_with(
            self.event, *filters, frequency="every_entry", max_age_hours=48
        )
        document["steps"] = [
            new_step(
                "email",
                name=self.name,
                ask=False,
                service=True,
                if_held="wait",
                content=self.content(),
            )
        ]
        return document

    def content(self) -> Content:
        """Say it in each language in a sentence or two, and lead to the own page."""
        return in_languages({language: self.said(language) for language in WORDS})

    def said(self, language: str) -> Content:
        """Say it in one language."""
        own = WORDS[language]
        told = own[self.event]
        return written(
            told["subject"],
            told["text"],
            words(own["hello"], told["text"]),
            block("button", label=own[self.button]),
        )


NEWS: dict[str, News] = {
    one.event: one
    for one in (
        News(
            "referral_lead",
            "A friend joined",
            "A friend came through their link, code or introduction.",
            "person_add",
        ),
        News(
            "intro_accepted",
            "An introduction was accepted",
            "A friend said yes to their note; nobody is told of a silent no.",
            "handshake",
        ),
        News(
            "reward_earned",
            "A reward is pending",
            "They have earned a reward, which still waits for its time.",
            "hourglass_top",
            is_reward=True,
        ),
        News(
            "reward_approved",
            "A reward was approved",
            "Nothing stands in its way any more.",
            "verified",
            is_reward=True,
        ),
        News(
            "reward_paid",
            "A reward was delivered",
            "It was paid, credited, or its code is theirs.",
            "paid",
            is_reward=True,
        ),
        News(
            "reward_reversed",
            "A reward was taken back",
            "An order was returned, or a check found something; their page says why.",
            "undo",
            button="see_why",
            is_reward=True,
        ),
        News(
            "tier_reached",
            "A number of friends was reached",
            "They brought as many friends as a reward asks for; each number once.",
            "military_tech",
        ),
        News(
            "program_changed",
            "The program changes",
            "You tell it, on this page.",
            "campaign",
        ),
        News(
            "program_ended",
            "The program ends",
            "The program was ended.",
            "event_busy",
        ),
    )
}
