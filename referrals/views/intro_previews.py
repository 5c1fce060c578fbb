"""The pages of introductions, as a marketer previews them: with sample people."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from contacts.views.unsubscribe import mask_address
from referrals.intros.drafts import DRAFTS
from referrals.intros.fields import fill
from referrals.intros.offers import text_for, values_for
from referrals.intros.words import words_for
from referrals.intros.write import Note
from referrals.models import IntroSetting, Program
from referrals.previews import (
    SAMPLE_ADDRESS,
    SAMPLE_NAME,
    SAMPLE_PATH,
    Draw,
    Drawn,
    base_context,
    register_preview,
)
from referrals.texts import Texts

GROUP = "Introductions"
STATES = {
    "open": "The friend is asked",
    "sent": "The friend is to confirm",
    "done": "The friend said yes",
    "closed": "The friend said no",
    "refused": "Said no to another note before",
    "over": "Answered already",
}


def setting_for(program: Program) -> IntroSetting:
    """Take the program's setting, or make one up."""
    found = IntroSetting.objects.filter(program_id=program.pk).first()
    setting = found or IntroSetting(
        outcome="…", product=program.brand, calendar_url="https://example.com/"
    )
    setting.program = program
    return setting


def draw_note(program: Program, texts: Texts, now: datetime) -> Drawn:
    """Draw the advocate's page with a note, and one of each that was answered."""
    words = words_for(texts.language)
    text = text_for(program, texts.language) or DRAFTS[texts.language]
    values = {
        **values_for(setting_for(program)),
        "advocate": SAMPLE_NAME,
        "link": f"{settings.SITE_URL}/i/sample",
    }
    today = timezone.localdate(now)
    day = words.day(today, today=today)
    context = {
        **base_context(program, words),
        "note": Note(fill(text.subject, values), fill(text.note, values), ""),
        "mailto": "#",
        "lines": [words.say(one, day=day) for one in ("waiting", "accepted")],
    }
    return "referrals/introduce.html", context


def draw_friend(state: str) -> Draw:
    """Draw the friend's page in a state."""

    def draw(program: Program, texts: Texts, now: datetime) -> Drawn:
        """Draw it."""
        words = words_for(texts.language)
        text = text_for(program, texts.language) or DRAFTS[texts.language]
        setting = setting_for(program)
        values = values_for(setting)
        context = {
            **base_context(program, words),
            "token": SAMPLE_PATH,
            "state": state,
            "text_language": getattr(text, "locale", texts.language),
            "headline": words.say("by_name", name=SAMPLE_NAME),
            "paragraph": fill(text.paragraph, values),
            "opt_in": fill(text.opt_in, values),
            "disclosure": program.disclosure,
            "privacy": words.say("privacy", brand=program.brand),
            "done": words.say("done_text", rep=values["rep"]),
            "calendar": "#" if setting.calendar_url else "",
            "given": {},
        }
        return "referrals/intro.html", context

    return draw


def draw_confirm(program: Program, texts: Texts, now: datetime) -> Drawn:
    """Draw the page behind the mailed link."""
    words = words_for(texts.language)
    address = mask_address(SAMPLE_ADDRESS)
    return "referrals/intro_confirm.html", {
        **base_context(program, words),
        "text": words.say("confirm_text", address=address, brand=program.brand),
    }


def register() -> None:
    """Let marketers look at these pages; called in ``AppConfig.ready``."""
    register_preview("introduce", GROUP, "The advocate's note", draw_note)
    for state, title in STATES.items():
        register_preview(f"intro-{state}", GROUP, title, draw_friend(state))
    register_preview("intro-confirm", GROUP, "Behind the mailed link", draw_confirm)
