"""
A campaign with a step of every kind, and the people who live through it on a moved clock.

``make_story`` writes it down, under a number, so that many are told in one database, one after
the other. ``PLOT`` says what its people do and when; each act may be done twice, as people do
who got no answer. ``tell`` does the acts, and after each of them what the workers do.
"""

import json
from datetime import UTC, datetime, timedelta

from django.test import Client
from django.utils.module_loading import import_string

from audiences.models import Membership
from campaigns.channels.vouching import sign_user
from campaigns.engine import lifecycle
from campaigns.flows.edits import new_step
from campaigns.messaging.links import ask_url
from campaigns.models import Ask, AskBudget, Campaign, InAppSite
from contacts import consents, lists
from contacts.background import SLICES
from contacts.events import Fact, record
from contacts.models import Contact
from referrals.event_names import LINK_SHARED
from tests.factories.campaigns import make_audience, make_campaign, make_version
from tests.factories.connections import make_connection
from tests.factories.contacts import make_contact
from tests.factories.messages import make_content

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ORIGIN = "https://app.example.com"
KEY, SECRET = "app_story", "s" * 64
MOST_ROUNDS = 50

PRO, FREE = {"plan": "pro"}, {"plan": "free"}
PEOPLE = {
    # Says yes in the product.
    "ada": PRO,
    # Sees it in the product and says nothing; is written to in person.
    "ben": PRO,
    # Get the mail; the second says yes to the personal message.
    "cem": PRO,
    "dot": PRO,
    # Is let in late, for her plan is told late; says "not now" to the mail.
    "eve": {},
    # Never agreed to anything: nothing of the ladder is ever seen.
    "fay": PRO,
    # Was asked last week.
    "gus": PRO,
    # Gets a plain ask, and later does what the flow waits for.
    "hal": FREE,
    # The same, and nothing happens.
    "ivy": FREE,
    # Reaches the goal meanwhile.
    "jon": FREE,
    # Has no plan, and is not let in.
    "kim": {},
}
SILENT = ("fay",)


def plan_is(plan):
    return {"kind": "attribute", "name": "plan", "operator": "is", "value": plan}


def happened(name):
    return {
        "kind": "event",
        "name": name,
        "operator": "at_least",
        "count": 1,
        "window": {"kind": "ever"},
        "filters": [],
    }


def make_flow(number, joined, url):
    """Set, join, tell, ask one way or the other, wait for what comes of it, and say goodbye."""
    told = make_connection(name=f"System {number}", url=url)
    ladder = new_step(
        "email",
        key="ask",
        if_held="exit",
        content=make_content(),
        in_app={"hours": 1, "variants": {"en": {"title": "Hi", "text": "A friend?"}}},
        task={
            "hours": 1,
            "channel": "dm",
            "title": "Write {{ contact.name }}",
            "text": "{{ ask.url }}",
            "owner": {"rule": "anyone"},
            "due_days": 1,
        },
    )
    plain = new_step("email", key="plain", if_held="exit", content=make_content())
    farewell = new_step("email", key="bye", ask=False, content=make_content())
    return [
        new_step("attribute", key="mark", attribute="stage", value="invited"),
        new_step("list", key="join", list=joined),
        new_step("webhook", key="tell", connection=told.pk),
        new_step("task", key="todo", title="Look at {{ contact.name }}", text="Now"),
        new_step(
            "branch", key="check", condition=plan_is("pro"), yes=[ladder], no=[plain]
        ),
        new_step(
            "wait_answer",
            key="answer",
            amount=1,
            yes=[new_step("list", key="leave", list=joined, action="remove")],
        ),
        new_step(
            "wait_until", key="use", amount=2, condition=happened(f"Used {number}")
        ),
        new_step("delay", key="rest", amount=1, unit="hours"),
        farewell,
    ]


def make_people(number):
    """Everybody, under addresses and names of this story."""
    ids = {}
    for name, attributes in PEOPLE.items():
        contact = make_contact(
            email=f"{name}@{number}.example.com",
            user_id=f"{name}-{number}",
            attributes=attributes,
            first_name=name,
            now=NOON - timedelta(days=30),
        )
        ids[name] = contact.pk
    agreed = [pk for name, pk in ids.items() if name not in SILENT]
    for channel in ("email", "dm"):
        consents.grant(
            agreed, channel=channel, source="test", statement="Agreed", now=NOON
        )
    AskBudget.objects.create(
        contact_id=ids["gus"],
        last_asked_on=NOON.date() - timedelta(days=7),
        next_on=NOON.date() + timedelta(days=83),
    )
    return ids


def make_story(number, url):
    """
    Write a story down, up to the word "go": the campaigns run, and nothing has moved.

    At the ``url`` another system is told of everybody.
    """
    ids = make_people(number)
    joined = lists.create_list(name=f"Asked {number}", now=NOON)
    asking = make_campaign(
        name=f"Ask {number}",
        steps=make_flow(number, joined.pk, url),
        trigger={
            "kind": "event",
            "event": {"name": f"Joined {number}", "filters": []},
            "which": "every",
            "condition": {
                "kind": "any",
                "conditions": [plan_is("pro"), plan_is("free")],
            },
            "grace_minutes": 10,
        },
        goal={"condition": happened(f"Upgraded {number}")},
        settings={"quiet_from": "00:00", "quiet_until": "00:00"},
    )
    audience = make_audience()
    Membership.objects.bulk_create(
        Membership(contact_id=pk, audience=audience, entered_at=NOON)
        for pk in ids.values()
    )
    greeting = make_campaign(
        name=f"Members {number}",
        steps=[new_step("note", key="note")],
        trigger={"audience": audience.pk, "existing": True},
    )
    for campaign in (asking, greeting):
        campaign.published = make_version(campaign)
        campaign.save()
        lifecycle.start(campaign=campaign, user=None, now=NOON)
    InAppSite.objects.get_or_create(
        key=KEY, defaults={"name": "App", "secret": SECRET, "origins": [ORIGIN]}
    )
    return [asking.pk, greeting.pk]


def end_story(campaigns):
    """Let the next one begin without it."""
    for campaign in Campaign.objects.filter(pk__in=campaigns):
        lifecycle.stop(campaign=campaign, user=None, now=NOON + timedelta(days=30))


def person(number, name):
    return Contact.objects.get(email=f"{name}@{number}.example.com")


def does(name, event, key="1"):
    """Let somebody do something; the key makes it count once, however often it is told."""

    def act(number, now):
        pk = person(number, name).pk
        record(Fact(pk, f"{event} {number}", now, key), now=now)

    return act


def all_join(number, now):
    for name in PEOPLE:
        does(name, "Joined")(number, now)


def tells_plan(number, now):
    Contact.objects.filter(pk=person(number, "eve").pk).update(attributes=PRO)


def looks(name, answer):
    """Let somebody look at the product, and answer there or not."""

    def act(number, now):
        expires = int(now.timestamp()) + 300
        user = f"{name}-{number}"
        signature = sign_user(SECRET, user, expires)
        body = {"user": user, "expires": expires, "signature": signature}
        shown = talk("ready", body)["ask"]
        # Who got no answer to his answer looks again, and nothing is asked any more.
        if shown:
            talk(f"{shown['token']}/seen", {})
            if answer:
                talk(f"{shown['token']}/answer", {"answer": answer})

    return act


def talk(path, body):
    response = Client().post(
        f"/in-app/{KEY}/{path}",
        json.dumps(body),
        content_type="text/plain",
        headers={"origin": ORIGIN},
    )
    assert response.status_code == 200, response.content
    return response.json()


def answers(name, answer, via):
    """Let somebody press a button of the page behind his link."""

    def act(number, now):
        ask = Ask.objects.get(contact_id=person(number, name).pk)
        page = ask_url(ask.contact_id, ask.pk).removeprefix("http://testserver")
        response = Client().post(page, {"answer": answer, "via": via})
        assert response.status_code == 302, response.content

    return act


def shares(name):
    def act(number, now):
        ask = Ask.objects.get(contact_id=person(number, name).pk)
        program = {"program_id": ask.program_id}
        record(Fact(ask.contact_id, LINK_SHARED, now, "1", program), now=now)

    return act


HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
# When, and what is done then. Between two of them is always more than a sender's lease.
PLOT = (
    (0 * MINUTE, [all_join]),
    (6 * MINUTE, [does("ada", "Joined", "2"), tells_plan]),
    (20 * MINUTE, []),
    (30 * MINUTE, [looks("ada", "yes"), looks("ben", "")]),
    (62 * MINUTE, []),
    (70 * MINUTE, []),
    (80 * MINUTE, []),
    (90 * MINUTE, [answers("eve", "not_now", "email"), shares("ada")]),
    (150 * MINUTE, []),
    (160 * MINUTE, [answers("dot", "yes", "dm"), does("jon", "Upgraded")]),
    (1 * DAY + 5 * HOUR, []),
    (1 * DAY + 6 * HOUR, [does("hal", "Used")]),
    (5 * DAY, []),
    (5 * DAY + 2 * HOUR, []),
    (5 * DAY + 3 * HOUR, []),
)


def work(now):
    """Do all that is due, slice by slice, as the sweep rings for it."""
    for _ in range(MOST_ROUNDS):
        due = [
            piece
            for name, piece in SLICES.items()
            if name.startswith("campaigns.") and piece.due(now).count
        ]
        if not due:
            return
        for piece in due:
            import_string(piece.task)()
    raise AssertionError(f"does not come to rest: {[piece.name for piece in due]}")


def tell(number, *, scene=0, at, notes):
    """Tell a story from a scene on; ``at`` moves the clock, ``notes`` is told each scene."""
    for place in range(scene, len(PLOT)):
        after, acts = PLOT[place]
        now = NOON + after
        notes(place)
        at(now)
        for act in acts:
            act(number, now)
        work(now)
