"""The pages on which an ask is answered, as a marketer previews them."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from campaigns.messaging.links import SAMPLE
from campaigns.views.ask import answer_context
from campaigns.views.words import WORDS
from referrals.models import Program
from referrals.previews import Drawn, register_preview
from referrals.texts import Texts
from referrals.wording import reworded

GROUP = "When somebody is asked"
USUAL_DAYS = 75


def draw_answer(
    *, answered: str = "", stopped: bool = False, is_wrong_day: bool = False
) -> Callable[[Program, Texts, datetime], Drawn]:
    """Draw the page before or after an answer."""

    def draw(program: Program, texts: Texts, now: datetime) -> Drawn:
        """Draw it."""
        language = texts.language
        own = reworded(Texts(language, WORDS[language]), program, program.spoken)
        today = timezone.localdate(now)
        until = own.day(today + timedelta(days=USUAL_DAYS), today=today)
        context = answer_context(
            own,
            program,
            chosen="not_now" if is_wrong_day else "",
            days=USUAL_DAYS,
            today=today,
        )
        return "campaigns/answer.html", context | {
            "token": SAMPLE,
            "is_preview": True,
            "answered": own.say(answered, day=until) if answered else "",
            "stopped": own.words["unsubscribed"] if stopped else "",
            "is_wrong_day": is_wrong_day,
        }

    return draw


def register() -> None:
    """Let marketers look at the page in each of its states."""
    register_preview("ask", GROUP, "The question", draw_answer())
    register_preview(
        "ask-day", GROUP, "A day too far ahead", draw_answer(is_wrong_day=True)
    )
    register_preview("ask-yes", GROUP, "After yes", draw_answer(answered="yes_done"))
    register_preview(
        "ask-snoozed", GROUP, "After “not now”", draw_answer(answered="snoozed")
    )
    register_preview(
        "ask-never", GROUP, "After “never”", draw_answer(answered="never_done")
    )
    register_preview(
        "ask-stopped", GROUP, "After unsubscribing", draw_answer(stopped=True)
    )
