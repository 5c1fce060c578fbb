"""
The whole site is killed again and again, while people join, are asked, and answer.

``GREENLIGHT_CHAOS_SITE_KILLS`` says how often. People come through the tracking API into an
audience and from there into a campaign; who answers does it over the web; the mail server cuts
connections. In the end nobody got two, nobody was left out, and what nobody knows is listed.
"""

import json
import os
import queue
import random
import threading
import time
from collections import Counter
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from campaigns.channels.vouching import sign_user
from campaigns.engine import lifecycle
from campaigns.flows.edits import new_step
from campaigns.messaging import outbox
from campaigns.messaging.links import ask_url
from campaigns.models import (
    Ask,
    AskBudget,
    Enrollment,
    InAppSite,
    Message,
    StepRun,
    Task,
)
from campaigns.seeing.balance.books import balance
from contacts import consents
from contacts.models import Contact, Event, Identifier, InboxBody
from tests.chaos.drive import free_port, start
from tests.chaos.site import running_site
from tests.chaos.web import Visitor
from tests.factories.audiences import make_audience
from tests.factories.campaigns import make_campaign, make_version
from tests.factories.contacts import make_contact
from tests.factories.messages import make_content
from tests.factories.tracking import make_key

KILLS = int(os.environ.get("GREENLIGHT_CHAOS_SITE_KILLS", "10"))
GROUP = 10
PEOPLE = KILLS * GROUP
SEED = 20261122
# How long nothing at all may happen after the last kill.
PATIENCE = 300
# How long to wait at most until the site is at work again.
REST = 30
ORIGIN = "https://app.example.com"
SITE = {"key": "app_chaos", "secret": "s" * 64}
# Seven seconds, in hours: rungs of the ladder follow each other while the test runs.
SHORTLY = 0.002
SETTLED = {"accepted", "unknown", "canceled", "waiting", "failed"}


def did(name):
    return {
        "kind": "event",
        "name": name,
        "operator": "at_least",
        "count": 1,
        "window": {"kind": "ever"},
        "filters": [],
    }


def make_flow():
    """Ask those on the plan "pro" up a ladder, write to the others; wait for what they do."""
    ask = new_step(
        "email",
        key="ask",
        if_held="exit",
        content=make_content(),
        in_app={
            "hours": SHORTLY,
            "variants": {"en": {"title": "Hi", "text": "A friend?"}},
        },
        task={
            "hours": SHORTLY,
            "channel": "dm",
            "title": "Write {{ contact.name }}",
            "text": "{{ ask.url }}",
            "owner": {"rule": "anyone"},
            "due_days": 1,
        },
    )
    tell = new_step("email", key="tell", ask=False, content=make_content())
    pro = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
    return [
        new_step("branch", key="check", condition=pro, yes=[ask], no=[tell]),
        new_step("wait_answer", key="answer", amount=0.1, unit="minutes"),
        new_step(
            "wait_until", key="use", amount=0.2, unit="minutes", condition=did("Used")
        ),
    ]


def is_pro(number):
    return number % 3 > 0


def make_people(now):
    ids = [
        make_contact(
            email=f"p{number}@example.com",
            user_id=f"p{number}",
            attributes={"plan": "pro" if is_pro(number) else "free"},
            now=now,
        ).pk
        for number in range(PEOPLE)
    ]
    for channel in ("email", "dm"):
        consents.grant(ids, channel=channel, source="test", statement="Agreed", now=now)


def begin(now):
    audience = make_audience(rule=did("Rated"), now=now)
    campaign = make_campaign(
        steps=make_flow(),
        trigger={"audience": audience.pk},
        settings={"quiet_from": "00:00", "quiet_until": "00:00"},
    )
    campaign.published = make_version(campaign)
    campaign.save()
    lifecycle.start(campaign=campaign, user=None, now=now)
    InAppSite.objects.create(name="App", origins=[ORIGIN], **SITE)


class Acts(threading.Thread):
    """What people do, one after the other, until it is done or the site is over."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.visitor = Visitor(site.port)
        self.over = threading.Event()
        self.error = None

    def run(self):
        try:
            self.act()
        except Exception as error:  # noqa: BLE001 - told to the test
            self.error = error
        finally:
            connection.close()

    def end(self):
        self.over.set()
        self.join(60)
        assert self.error is None
        assert not self.is_alive()


class Joining(Acts):
    """Some more people rate us after each kill; every fourth does what the flow waits for."""

    def __init__(self, site, key):
        super().__init__(site)
        self.key, self.groups = key, queue.SimpleQueue()

    def act(self):
        while (group := self.groups.get()) is not None:
            for number in group:
                items = [self.item("Rated", number)]
                if number >= 20 and number % 4 == 0:
                    items.append(self.item("Used", number - 20))
                self.visitor.track(self.key, items)

    def end(self):
        self.groups.put(None)
        super().end()

    def item(self, name, number):
        return {
            "type": "track",
            "event": name,
            "userId": f"p{number}",
            "messageId": f"{name}-{number}",
        }


class Answering(Acts):
    """Some answer in the product, some on the page behind their mail, most not at all."""

    def __init__(self, site, accepted):
        super().__init__(site)
        self.accepted = accepted

    def act(self):
        done = set()
        while not self.over.wait(0.2):
            rows = Ask.objects.filter(answer="").exclude(pk__in=done)
            numbers = dict(
                Identifier.objects.filter(kind="user_id").values_list(
                    "contact_id", "value"
                )
            )
            for ask in rows.order_by("pk"):
                number = int(numbers[ask.contact_id][1:])
                if number % 5 == 1:
                    self.look(number)
                    done.add(ask.pk)
                elif number % 5 == 2 and self.has_mail(ask):
                    self.press(ask, ["yes", "not_now", "never"][number % 3])
                    done.add(ask.pk)

    def has_mail(self, ask):
        mails = Message.objects.filter(
            contact_id=ask.contact_id, ask_id=ask.pk, channel="email"
        )
        tag = mails.values_list("tag", flat=True).first()
        return bool(tag) and tag in self.accepted.read_text()

    def look(self, number):
        expires = int(time.time()) + 300
        user = f"p{number}"
        body = {
            "user": user,
            "expires": expires,
            "signature": sign_user(SITE["secret"], user, expires),
        }
        shown = self.talk("ready", body).get("ask")
        if shown:
            self.talk(f"{shown['token']}/seen", {})
            if number % 2:
                self.talk(f"{shown['token']}/answer", {"answer": "yes"})

    def talk(self, path, body):
        """Who is told that it is withdrawn meanwhile has nothing more to do."""
        _, text = self.visitor.post(
            f"/in-app/{SITE['key']}/{path}",
            json.dumps(body),
            {"Content-Type": "text/plain", "Origin": ORIGIN},
            good=(200, 410),
        )
        return json.loads(text)

    def press(self, ask, answer):
        page = ask_url(ask.contact_id, ask.pk).removeprefix("http://testserver")
        self.visitor.post(
            page,
            urlencode({"answer": answer}),
            {"Content-Type": "application/x-www-form-urlencoded"},
            good=(302,),
        )


def is_over():
    return (
        not InboxBody.objects.exists()
        and Enrollment.objects.count() == PEOPLE
        and not Enrollment.objects.filter(state="active").exists()
        and not Message.objects.filter(
            state__in=["queued", "claimed", "handing_over"]
        ).exists()
    )


def progress():
    """Grows with all that happens."""
    return Event.objects.count() + StepRun.objects.count()


def strike_again_and_again(site, joining, chance):
    """
    Kill a part of the site, and again at a random moment once it is at work.

    :returns: how many were killed at work
    """
    at_work = 0
    for number in range(KILLS):
        before, end = progress(), time.monotonic() + REST
        joining.groups.put(range(number * GROUP, (number + 1) * GROUP))
        while progress() == before and time.monotonic() < end:
            site.revive()
            time.sleep(0.1)
        at_work += progress() > before
        time.sleep(chance.uniform(0, 2))
        site.strike(chance)
    return at_work


def signs_of_life():
    """Change with whatever moves: a body that is read, a step, a message on its way."""
    messages = Message.objects.values_list("state").annotate(Count("pk"))
    return InboxBody.objects.count(), progress(), sorted(messages)


def wait_until_over(site):
    """Wait as long as anything goes on; only who stands still for long is stuck."""
    seen, end = None, 0.0
    while not is_over():
        if (now_seen := signs_of_life()) != seen:
            seen, end = now_seen, time.monotonic() + PATIENCE
        assert time.monotonic() < end, Counter(
            Enrollment.objects.values_list("state", "step_key")
        )
        site.revive()
        time.sleep(0.3)


@pytest.mark.django_db(transaction=True)
def test_nobody_is_written_to_twice_and_nobody_is_left_out(
    processes, tmp_path, admin_client
):
    now = timezone.now() - timedelta(minutes=1)
    make_people(now)
    begin(now)
    key = make_key()
    port, accepted = free_port(), tmp_path / "accepted"
    server = start(processes, "mail_server.py", port, accepted, SEED, 0, 0.1)
    assert server.stdout.readline() == "ready\n"
    chance = random.Random(SEED)
    mail = {"GREENLIGHT_SMTP_HOST": "127.0.0.1", "GREENLIGHT_SMTP_PORT": str(port)}

    with running_site(**mail) as site:
        acts = [Joining(site, key), Answering(site, accepted)]
        for act in acts:
            act.start()
        at_work = strike_again_and_again(site, acts[0], chance)
        # One more, of everything at once; and then as if the leases of the dead were over.
        site.web.kill()
        site.worker.kill()
        site.wait_for_the_dead()
        left = Message.objects.exclude(lease_until=None)
        left.update(lease_until=timezone.now())
        while outbox.recover_deserted(now=timezone.now()):
            pass
        Message.objects.filter(state="queued").update(due_at=timezone.now())
        site.revive()
        wait_until_over(site)
        for act in acts:
            act.end()

    assert at_work >= KILLS // 2
    check_people()
    check_mails(accepted, admin_client)
    check_asks()
    assert [entry.law.word for entry in balance() if not entry.holds] == []


def check_people():
    """Everybody is in exactly once and came to an end, and what he told us counts once."""
    rows = Enrollment.objects.values_list("contact__email", "entry_key")
    assert sorted(rows) == sorted(
        (f"p{number}@example.com", "once") for number in range(PEOPLE)
    )
    ends = set(Enrollment.objects.values_list("state", flat=True))
    assert ends <= {"completed", "exited"}
    assert Event.objects.filter(name="Rated").count() == PEOPLE
    assert Contact.objects.count() == PEOPLE


def check_mails(accepted, admin_client):
    """No letter came twice; what came is accepted or unknown, and the unknown are listed."""
    came = [line.split()[0] for line in accepted.read_text().splitlines()]
    mails = Message.objects.filter(channel="email")
    tags = {
        state: set(mails.filter(state=state).values_list("tag", flat=True))
        for state in ("accepted", "unknown")
    }
    counts = Counter(mails.values_list("state", flat=True))
    tasks = Task.objects.count()
    print(f"\n{KILLS} kills, {len(came)} letters, {dict(counts)}, {tasks} tasks")  # noqa: T201
    assert len(came) == len(set(came))
    assert tags["accepted"] <= set(came) <= tags["accepted"] | tags["unknown"]
    assert set(Message.objects.values_list("state", flat=True)) <= SETTLED
    told = mails.filter(step_key="tell", state__in=["accepted", "unknown"])
    free = [number for number in range(PEOPLE) if not is_pro(number)]
    assert sorted(told.values_list("contact__email", flat=True)) == sorted(
        f"p{number}@example.com" for number in free
    )
    page = admin_client.get(reverse("admin:campaigns_unknown_messages"))
    assert page.context["total"] == counts["unknown"]


def check_asks():
    """Who is on the plan "pro" was asked once, on one unit, and was reached."""
    asked = Ask.objects.values_list("contact__email", flat=True)
    pro = [number for number in range(PEOPLE) if is_pro(number)]
    assert sorted(asked) == sorted(f"p{number}@example.com" for number in pro)
    assert AskBudget.objects.exclude(next_on=None).count() == len(pro)
    assert Event.objects.filter(name="ask_made").count() == len(pro)
    reached = Message.objects.filter(
        state__in=["accepted", "unknown", "waiting"]
    ).values("ask_id")
    assert Ask.objects.exclude(pk__in=reached).filter(answer="").count() == 0
    assert Ask.objects.exclude(refunded_at=None).count() == 0
