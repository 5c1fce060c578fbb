"""Demo of introductions: offices that know other offices, up to a deal."""

import random
from datetime import datetime, timedelta

from contacts.models import Contact
from referrals.advocates import enroll_advocates
from referrals.attribution import attribute_referral
from referrals.claims import Happening
from referrals.intros.answer import Friend, accept_intro, close_intro
from referrals.intros.offers import start, text_for
from referrals.intros.write import begin_intro, name_advocate
from referrals.models import Advocate, AllowedHost, Intro, IntroSetting, Program

PROGRAM = "Offices that know offices"
CALENDAR = "cal.fernweh-coffee.example"
FRIENDS = (
    ("Ingrid", "Søndergård", "nordlys.example"),
    ("José", "Ibáñez", "azahar.example"),
    ("Mei", "Tanaka-Lindqvist", "kita.example"),
    ("Layla", "Haddad", "jisr.example"),
    ("Owen", "Price", "harbor-lane.example"),
    ("Zofia", "Wójcik", "bursztyn.example"),
    ("Amara", "Okafor", "savanna-studio.example"),
    ("Luca", "Bianchi", "officina.example"),
)
# What follows a yes, one step after the other.
LATER = ("meeting_booked", "opportunity_created", "deal_won")


def load(*, seed: int, days: int, now: datetime) -> None:
    """Let some advocates forward notes, of which some are answered and some become deals."""
    chance = random.Random(seed)  # noqa: S311 - the same seed makes the same history
    program = make_program(now - timedelta(days=days))
    begun = now - timedelta(days=days * 0.8)
    known = Contact.objects.filter(created_at__lt=begun)
    people = known.exclude(first_name="").exclude(email="").order_by("pk")
    chosen = [contact.pk for contact in people[:14]]
    enroll_advocates(program=program, contact_ids=chosen, now=begun)
    rows = Advocate.objects.filter(program=program).select_related("program", "contact")
    friends = iter(FRIENDS)
    for number, advocate in enumerate(rows.order_by("pk")):
        at = begun + timedelta(days=days * 0.05 * number, hours=chance.uniform(8, 17))
        intro, _ = begin_intro(advocate=advocate, now=min(at, now))
        name_advocate(intro=intro, shows_name=number % 3 != 0, now=min(at, now))
        answered = min(at + timedelta(hours=chance.uniform(3, 60)), now)
        if number % 4 == 3:
            close_intro(intro=intro, tells_advocate=number % 8 == 3, now=answered)
        elif number % 7 != 6 and (friend := next(friends, None)):
            say_yes(intro, friend, steps=number % 5, at=answered, now=now)


def make_program(at: datetime) -> Program:
    """Make a program that thanks, and pays nothing; its calendar is an allowed host."""
    AllowedHost.objects.get_or_create(host=CALENDAR, defaults={"created_at": at})
    program = Program.objects.create(
        name=PROGRAM,
        brand="Fernweh for Offices",
        offer_headline="Know an office with bad coffee?",
        offer_text="Introduce us. We ask them first, and thank you by name.",
        friend_headline="Better coffee for your office",
        friend_text="Fresh beans, the machine, and somebody who looks after both.",
        disclosure="I get nothing for this; I like their coffee.",
        share_text="Our office drinks Fernweh. Yours could, too.",
        destination_url="/demo-shop/",
        created_at=at,
    )
    setting = IntroSetting(
        program=program,
        outcome="look forward to the next meeting",
        product="Fernweh for Offices",
        rep="Bo",
        calendar_url=f"https://{CALENDAR}/bo?utm_source=greenlight&utm_medium=intro"
        "&utm_content={{ intro }}",
    )
    start(setting=setting, user=None, now=at)
    return program


def say_yes(
    intro: Intro, who: tuple[str, str, str], *, steps: int, at: datetime, now: datetime
) -> None:
    """Let a friend agree, and go some of the way to a deal."""
    first, last, domain = who
    friend = Friend(f"{first.lower()}@{domain}", first, last, "en")
    text = text_for(intro.program, "en")
    assert text is not None  # noqa: S101 - the program has begun with ours
    accept_intro(intro=intro, friend=friend, text=text, now=at)
    contact = Contact.objects.get(email=friend.email)
    for number, name in enumerate(LATER[:steps]):
        then = at + timedelta(days=3 * (number + 1))
        if then > now:
            return
        properties = {"opportunity_id": f"demo-{intro.pk}"} if number else {}
        if name == "deal_won":
            properties |= {"value": "4800.00", "currency": "USD"}
        attribute_referral(
            friend_contact_id=contact.pk,
            event=Happening(name, then, f"demo:{intro.pk}", properties),
            now=then,
        )
