"""
A worker is killed at each named point; afterwards it is as if nothing had happened.

What may differ is the one letter that was on its way: nobody knows whether it arrived, so it is
listed, and is not sent again.
"""

import json
from collections import Counter
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from django.urls import reverse

from campaigns.flows.definition import walk_steps
from campaigns.models import (
    Ask,
    AskBudget,
    CampaignVersion,
    Enrollment,
    Hold,
    Message,
    MessageFact,
    Moment,
    Refusal,
    StepRun,
    Task,
)
from campaigns.seeing.balance.books import balance
from campaigns.steps.registry import KINDS
from contacts.models import AttributeChange, Contact, Event, ListMembership
from tests.chaos.drive import database_url, free_port, start
from tests.chaos.points import FAMILIES
from tests.chaos.story import PLOT, end_story, make_story
from tests.receiver import receiver

pytestmark = pytest.mark.django_db(transaction=True)

SEED = 20261122
PLAIN = {}


@dataclass
class Theater:
    """Where stories are told, and the mail server that hears of them."""

    teller: object
    accepted: Path
    other_system: object

    def tell(self, story, scene=0, point=None):
        order = {"story": story, "scene": scene, "point": point and asdict(point)}
        self.teller.stdin.write(json.dumps(order) + "\n")
        self.teller.stdin.flush()
        end = json.loads(self.teller.stdout.readline())
        return end["status"], end["scene"]


@pytest.fixture
def theater(processes, tmp_path):
    port, accepted = free_port(), tmp_path / "accepted"
    server = start(processes, "mail_server.py", port, accepted, SEED, 0, 0)
    assert server.stdout.readline() == "ready\n"
    teller = start(
        processes,
        "teller.py",
        DATABASE_URL=database_url(),
        DJANGO_SETTINGS_MODULE="tests.settings",
        GREENLIGHT_SMTP_HOST="127.0.0.1",
        GREENLIGHT_SMTP_PORT=str(port),
        GREENLIGHT_OUTGOING_HOSTS="localhost",
        PGAPPNAME="teller",
    )
    with receiver() as other_system:
        yield Theater(teller, accepted, other_system)


def rows(model, number, *fields, **filters):
    """The rows of the people of a story, by their names."""
    people = dict(
        Contact.objects.filter(email__endswith=f"@{number}.example.com").values_list(
            "pk", "first_name"
        )
    )
    found = model.objects.filter(contact_id__in=people, **filters)
    return sorted(
        (people[pk], *(str(value).replace(f" {number}", "") for value in more))
        for pk, *more in found.values_list("contact_id", *fields)
    )


def letters(theater, number):
    """What the mail server has accepted, by the person and the step."""
    steps = dict(Message.objects.values_list("tag", "step_key"))
    lines = theater.accepted.read_text().splitlines()
    came = [line.split() for line in lines]
    return Counter(
        (address.partition("@")[0], steps[tag])
        for tag, address in came
        if address.endswith(f"@{number}.example.com")
    )


def told(theater, number):
    """Of whom another system was told; the same thing may come twice, under its name."""
    tags = dict(
        Message.objects.filter(
            channel="webhook", contact__email__endswith=f"@{number}.example.com"
        ).values_list("tag", "contact__first_name")
    )
    came = {one.headers["webhook-id"] for one in theater.other_system.requests}
    return sorted(tags[tag] for tag in came if tag in tags)


def outcome(theater, campaigns, number):
    """All that is left of a story in the end, without ids and times."""
    own = {"campaign_id__in": campaigns}
    return {
        "passes": rows(
            Enrollment, number, "entry_key", "state", "end_reason", "visit", "attempts"
        ),
        "steps": rows(StepRun, number, "visit", "step_key", "outcome"),
        "refusals": rows(Refusal, number, "reason"),
        "moments": rows(Moment, number, "waits_for"),
        "asks": rows(Ask, number, "step_key", "answer", "answered_via"),
        "refunded": rows(Ask, number, refunded_at__isnull=False),
        "delivered": rows(Ask, number, delivered_at__isnull=False),
        "credited": rows(Ask, number, invite_sent_at__isnull=False),
        "budgets": rows(AskBudget, number, "last_asked_on", "next_on"),
        "holds": rows(Hold, number, "step_key", "reason", "then"),
        "messages": rows(Message, number, "step_key", "channel", "state", **own),
        "facts": rows(MessageFact, number, "kind"),
        "tasks": rows(Task, number, "kind", "title", "state"),
        "attributes": rows(AttributeChange, number, "values", cause="campaign"),
        "on_the_list": rows(
            ListMembership, number, contact_list__name=f"Asked {number}"
        ),
        "events": rows(Event, number, "name"),
        "letters": letters(theater, number),
        "told": told(theater, number),
    }


def without_unknown(plain, end):
    """Expect what would be, but for the letters of which nobody knows."""
    expected = deepcopy(plain)
    unknown = [row for row in end["messages"] if row[3] == "unknown"]
    for name, step, _, _ in unknown:
        expected["messages"].remove((name, step, "email", "accepted"))
        expected["messages"].append((name, step, "email", "unknown"))
        if step != "bye":
            expected["delivered"].remove((name,))
            expected["events"].remove((name, "ask_delivered"))
        if not end["letters"][name, step]:
            del expected["letters"][name, step]
    expected["messages"].sort()
    return expected


def tell_story(theater, number, *fatal):
    """Tell a story in which the worker dies at each of these points in turn."""
    campaigns = make_story(number, theater.other_system.url)
    scene = 0
    for point in fatal:
        status, scene = theater.tell(number, scene, point)
        assert (point.name, status) == (point.name, -9)
    assert theater.tell(number, scene) == (0, len(PLOT) - 1)
    end = outcome(theater, campaigns, number)
    end["red"] = [entry.law.word for entry in balance() if not entry.holds]
    end_story(campaigns)
    return end


def test_every_kind_of_step_with_an_effect_is_in_the_story():
    make_story(0, "http://localhost/hooks")

    version = CampaignVersion.objects.get(campaign__name="Ask 0")
    kinds = {step["kind"] for step in walk_steps(version.definition["steps"])}
    without = {"split", "cohort", "window", "continue_at", "exit", "note"}
    assert kinds == KINDS.keys() - without


@pytest.mark.parametrize("family", FAMILIES)
def test_killed_anywhere_it_ends_the_same(theater, subtests, admin_client, family):
    # What becomes of a story without a kill, is the same each time.
    plain = PLAIN or tell_story(theater, 0)
    PLAIN.update(plain)
    listed = 0
    for number, chain in enumerate(FAMILIES[family], 1):
        with subtests.test(", then ".join(point.name for point in chain)):
            end = tell_story(theater, number, *chain)

            assert end == without_unknown(plain, end)
            unknown = [row for row in end["messages"] if row[-1] == "unknown"]
            assert len(unknown) == sum(point.unknown for point in chain)
            listed += len(unknown)
    page = admin_client.get(reverse("admin:campaigns_unknown_messages"))
    assert page.context["total"] == listed
