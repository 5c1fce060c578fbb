"""What a program says in its introductions, in which version, and where one books a time."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from django.contrib.auth.models import User
from django.db import transaction

from contacts import tokens
from referrals.intros.drafts import DRAFTS
from referrals.intros.fields import fill
from referrals.links import DestinationError, check_destination
from referrals.models import Intro, IntroSetting, IntroText, Program

BOOKING_PURPOSE = "intro_booking"
TEXTS = ("subject", "note", "paragraph", "opt_in")


def setting_of(program: Program) -> IntroSetting | None:
    """Find how introductions of a running program are set; None if it offers none."""
    if not program.is_running:
        return None
    return IntroSetting.objects.filter(
        program=program, started_at__isnull=False
    ).first()


def current_texts(program: Program) -> dict[str, IntroText]:
    """Read the latest version of each language, the program's first language first."""
    latest = (
        IntroText.objects.filter(program=program)
        .order_by("locale", "-version")
        .distinct("locale")
    )
    return {one.locale: one for one in sorted(latest, key=lambda one: one.pk)}


def text_for(program: Program, *locales: str) -> IntroText | None:
    """Choose the text in the first of the locales that the program speaks, or its own."""
    texts = current_texts(program)
    for locale in locales:
        for known in (locale, language_of(locale)):
            if known in texts:
                return texts[known]
    main = [locale for locale in ("en",) if locale in texts] or list(texts)
    return texts[main[0]] if main else None


def language_of(locale: str) -> str:
    """Name the language of a locale: "pt" of "pt-BR"."""
    return locale.replace("_", "-").split("-")[0].lower()


def save_text(
    *,
    program: Program,
    locale: str,
    values: Mapping[str, str],
    user: User | None,
    now: datetime,
) -> IntroText:
    """Make a new version of the texts in a language; the same texts make none."""
    with transaction.atomic():
        # Who saves at the same time comes next.
        Program.objects.select_for_update(no_key=True).get(pk=program.pk)
        last = (
            IntroText.objects.filter(program=program, locale=locale)
            .order_by("-version")
            .first()
        )
        if last and all(getattr(last, name) == values[name] for name in TEXTS):
            return last
        return IntroText.objects.create(
            program=program,
            locale=locale,
            version=last.version + 1 if last else 1,
            created_at=now,
            created_by=user,
            **{name: values[name] for name in TEXTS},
        )


def start(*, setting: IntroSetting, user: User | None, now: datetime) -> None:
    """Offer introductions; a program without texts begins with ours."""
    if not current_texts(setting.program):
        draft = DRAFTS["en"]
        values = {name: getattr(draft, name) for name in TEXTS}
        save_text(
            program=setting.program, locale="en", values=values, user=user, now=now
        )
    setting.started_at, setting.started_by = now, user
    setting.save()


def stop(*, setting: IntroSetting) -> None:
    """Offer none any more; notes that are on their way still lead to a page."""
    setting.started_at = setting.started_by = None
    setting.save()


def values_for(setting: IntroSetting) -> dict[str, str]:
    """Collect what every text of the program may mention."""
    program = setting.program
    return {
        "outcome": setting.outcome,
        "product": setting.product,
        "rep": setting.rep or program.brand,
        "brand": program.brand,
        "disclosure": program.disclosure,
    }


def booking_token(intro: Intro) -> str:
    """Name an introduction to the calendar, which tells it back with the booking."""
    return tokens.make_token(BOOKING_PURPOSE, intro.contact_id, intro.pk)


def check_calendar(url: str) -> str:
    """
    Look at the address of a calendar as it would be opened.

    :raises DestinationError: if its host is not allowed, or if it is no web address
    """
    return check_destination(fill(url, {"intro": "x", "program": "x"}))


def calendar_url(setting: IntroSetting, token: str) -> str:
    """Write the address where a time is booked; blank if there is none that is allowed."""
    if not setting.calendar_url:
        return ""
    values = {"intro": token, "program": setting.program.name}
    url = fill(
        setting.calendar_url,
        {name: quote(one, safe="") for name, one in values.items()},
    )
    try:
        return check_destination(url)
    except DestinationError:
        return ""
