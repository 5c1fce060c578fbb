"""News of an advocate's own, one campaign each: a friend joined, a reward was paid."""

from dataclasses import dataclass

from campaigns.emails.document import Content
from campaigns.flows.definition import Document
from campaigns.flows.edits import new_step
from campaigns.starters.parts import HELLO, begins_with, block, compared, words, written

# Only what is the advocate's own; a friend's welcome gift is another matter.
OF_ADVOCATES = compared("role", "is", "advocate")


@dataclass(frozen=True)
class News:
    """What is told, when, and in which words."""

    event: str
    name: str
    when: str
    icon: str
    subject: str
    text: str
    button: str = "See my page"
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
        """Say it in a sentence or two, and lead to the advocate's own page."""
        return written(
            self.subject,
            self.text[0].upper() + self.text[1:],
            words(HELLO, self.text),
            block("button", label=self.button),
        )


NEWS: dict[str, News] = {
    one.event: one
    for one in (
        News(
            "referral_lead",
            "A friend joined",
            "A friend came through their link, code or introduction.",
            "person_add",
            "A friend of yours joined",
            "somebody joined thanks to you. Thank you! Your page shows how it goes on.",
        ),
        News(
            "intro_accepted",
            "An introduction was accepted",
            "A friend said yes to their note; nobody is told of a silent no.",
            "handshake",
            "Your introduction was accepted",
            "the person whom you introduced said yes. Thank you for thinking of us. We take"
            " good care of it.",
        ),
        News(
            "reward_earned",
            "A reward is pending",
            "They have earned a reward, which still waits for its time.",
            "hourglass_top",
            "Something is on its way to you",
            "you have earned a reward. It is yours once the time for returns is over. Your"
            " page shows the day.",
            is_reward=True,
        ),
        News(
            "reward_approved",
            "A reward was approved",
            "Nothing stands in its way any more.",
            "verified",
            "Your reward is approved",
            "your reward is approved and will reach you soon. Your page has the details.",
            is_reward=True,
        ),
        News(
            "reward_paid",
            "A reward was delivered",
            "It was paid, credited, or its code is theirs.",
            "paid",
            "Your reward is here",
            "your reward has been delivered. Thank you for passing us on!",
            is_reward=True,
        ),
        News(
            "reward_reversed",
            "A reward was taken back",
            "An order was returned, or a check found something; their page says why.",
            "undo",
            "About one of your rewards",
            "a reward of yours had to be taken back. Your page says why. If you think that"
            " this is wrong, answer this mail.",
            "See why",
            is_reward=True,
        ),
        News(
            "tier_reached",
            "A number of friends was reached",
            "They brought as many friends as a reward asks for; each number once.",
            "military_tech",
            "You did it: {{ event.friends }} friends",
            "{{ event.friends }} friends came because of you. Thank you! Your page shows what"
            " you get for it, and what comes next.",
        ),
        News(
            "program_changed",
            "The program changes",
            "You tell it, on this page.",
            "campaign",
            "Our referral program changes",
            "our referral program changes. Your link goes on working, and what you have"
            " earned stays yours. Your page shows the new terms.",
        ),
        News(
            "program_ended",
            "The program ends",
            "The program was ended.",
            "event_busy",
            "Our referral program ends",
            "our referral program ends. Thank you for every friend you brought. What you"
            " have earned stays yours, and your link still leads to us.",
        ),
    )
}
