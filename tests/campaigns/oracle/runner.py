"""Lets the production engine live through a story, with crashes and doubled work."""

import random
from collections import defaultdict
from contextlib import suppress
from copy import deepcopy
from functools import partial

from django.db import connection

from audiences.models import Membership, MembershipReaction, WatchedAudience
from campaigns import publishing
from campaigns.asks.answer import answer_ask
from campaigns.asks.credit import credit_asks
from campaigns.channels.base import Letter
from campaigns.engine import advance, by_hand, enroll, lifecycle, notice
from campaigns.messaging import send
from campaigns.models import Ask, Campaign, Enrollment, Hold, Message, Refusal, StepRun
from contacts import consents, events, lists
from contacts.attributes.journal import assert_now
from contacts.identities.merge import merge_contacts
from contacts.models import Contact, Identifier
from tests.campaigns.oracle.flows import LISTS
from tests.campaigns.oracle.telling import read_out
from tests.campaigns.oracle.worlds import BEGIN
from tests.factories.campaigns import make_audience, make_campaign


class Killed(BaseException):
    """The process died here; nothing of ours catches it."""


class Outside:
    """A mail server that takes everything."""

    def open(self):
        """Nothing to open."""

    def send(self, letter):
        return "250 taken"

    def close(self):
        """Nothing to close."""


def plain_letters(messages, *, now):
    """Stand in for the rendering, which is no part of this."""
    send.find_campaigns(messages)
    return {
        one.pk: Letter(one.tag, now, one.contact.email, "a@b.c", "A", "S", "T", "H")
        for one in messages
    }


def replace_the_outside(monkeypatch):
    """Render nothing, look for no faults in the words, and send nowhere."""
    monkeypatch.setattr(send, "make_channel", lambda kind: Outside())
    monkeypatch.setattr(send, "make_letters", plain_letters)
    monkeypatch.setattr(publishing, "review", lambda document: [])
    monkeypatch.setattr(publishing, "compile_document", deepcopy)


class Runner:
    """One world in the database."""

    def __init__(self, world, *, trouble=0.1):
        self.world = world
        self.draw = random.Random(world.seed)
        self.trouble = trouble
        self.crashes = 0
        self.keys = 0
        self.lists = {
            name: lists.create_list(name=f"{name} {world.seed}", now=BEGIN)
            for name in LISTS
        }
        self.audiences = {}
        for _, document in world.campaigns.values():
            name = document["trigger"]["audience"]
            if name not in self.audiences:
                self.audiences[name] = make_audience()
        self.contacts = [self._make_contact(*values) for values in world.people]
        self.numbers = {one.pk: index for index, one in enumerate(self.contacts)}
        self.campaigns = {
            name: self._start(name, priority, document)
            for name, (priority, document) in world.campaigns.items()
        }
        self.names = {one.pk: name for name, one in self.campaigns.items()}

    def _make_contact(self, zone, attributes, agreed):
        self.keys += 1
        contact = Contact.objects.create(
            email=f"w{self.world.seed}-{self.keys}@example.com",
            time_zone=zone,
            attributes=attributes,
            created_at=BEGIN,
        )
        Identifier.objects.create(kind="email", value=contact.email, contact=contact)
        if agreed is not None:
            self._consent(contact, agreed, BEGIN)
        return contact

    def _consent(self, contact, agreed, at):
        consents.set_state(
            contact=contact,
            channel="email",
            state="granted" if agreed else "withdrawn",
            source="test",
            statement="",
            evidence={},
            user=None,
            now=at,
        )

    def _start(self, name, priority, document):
        """Make a campaign, publish it and let it run."""
        campaign = make_campaign(name=f"{name} {self.world.seed}", priority=priority)
        Campaign.objects.filter(pk=campaign.pk).update(draft=self.real(document))
        campaign.refresh_from_db()
        publishing.publish(campaign=campaign, revision=1, user=None, now=BEGIN)
        lifecycle.start(campaign=campaign, user=None, now=BEGIN)
        return campaign

    def real(self, document):
        """Put the ids of the database where the document has names."""

        def named(part):
            if isinstance(part, list):
                return [named(one) for one in part]
            if not isinstance(part, dict):
                return part
            result = {key: named(value) for key, value in part.items()}
            if isinstance(result.get("list"), str):
                result["list"] = self.lists[result["list"]].pk
            if isinstance(result.get("audience"), str):
                result["audience"] = self.audiences[result["audience"]].pk
            return result

        return named(document)

    def live(self):
        """Let the whole story happen."""
        for at, what, *values in self.world.story:
            getattr(self, what)(at, *values)

    # Crashes and doubled work.

    def call(self, work):
        """Do some work; now and then the process dies in it, and it is done again."""
        if self.draw.random() < self.trouble:
            left = self.draw.randrange(1, 40)

            def die(execute, sql, params, many, context):
                nonlocal left
                left -= 1
                if left == 0:
                    raise Killed
                return execute(sql, params, many, context)

            try:
                with connection.execute_wrapper(die):
                    work()
            except Killed:
                self.crashes += 1
        return work()

    def drain(self, work):
        """Do some work until nothing is left; sometimes once more."""
        while self.call(work):
            pass
        if self.draw.random() < self.trouble:
            work()

    # What happens.

    def record(self, at, number, name, happened_at, properties):
        self.keys += 1
        contact = self.contacts[number]
        fact = events.Fact(contact.pk, name, happened_at, str(self.keys), properties)
        self.call(partial(events.record, fact, now=at))

    def change(self, at, number, name, value):
        assert_now(
            contact_id=self.contacts[number].pk,
            values={name: value},
            cause=f"test {number}",
            now=at,
        )

    def enlist(self, at, number, name, is_on):
        operation = lists.add_contacts if is_on else lists.remove_contacts
        operation(
            contact_list=self.lists[name],
            contact_ids=[self.contacts[number].pk],
            now=at,
        )

    def enter(self, at, number, audience, episode):
        Membership.objects.create(
            contact=self.contacts[number],
            audience=self.audiences[audience],
            episode=episode,
            entered_at=at,
        )
        self._moved(at, number, audience, episode, "entered")

    def leave(self, at, number, audience, episode):
        contact, from_ = self.contacts[number], self.audiences[audience]
        Membership.objects.filter(contact=contact, audience=from_).delete()
        self._moved(at, number, audience, episode, "left")

    def _moved(self, at, number, audience, episode, change):
        audience = self.audiences[audience]
        for watcher in WatchedAudience.objects.filter(audience=audience):
            MembershipReaction.objects.create(
                contact=self.contacts[number],
                consumer=watcher.consumer,
                audience=audience,
                episode=episode,
                change=change,
                changed_at=at,
            )

    def let_in(self, at, number, campaign, key):
        contact_id = self.contacts[number].pk
        with suppress(by_hand.NotRunning):
            by_hand.enroll_one(
                campaign=self.campaigns[campaign],
                contact_id=contact_id,
                key=key,
                at=at,
                now=at,
            )

    def merge(self, at, survivor, merged):
        self.call(
            partial(
                merge_contacts,
                survivor_id=self.contacts[survivor].pk,
                merged_id=self.contacts[merged].pk,
                link=None,
                now=at,
            )
        )

    def agree(self, at, number, agreed):
        self._consent(self.contacts[number], agreed, at)

    def answer(self, at, number, said):
        asks = Ask.objects.filter(
            contact=self.contacts[number], delivered_at__isnull=False
        )
        ask = asks.order_by("-asked_at", "-pk").first()
        if ask:
            self.call(partial(self._answer, ask.pk, said, at))

    def _answer(self, pk, said, at):
        answer_ask(ask=Ask.objects.get(pk=pk), answer=said, now=at)

    def _handle(self, operation, at, name):
        campaign = Campaign.objects.get(pk=self.campaigns[name].pk)
        operation(campaign=campaign, user=None, now=at)

    def pause(self, at, name):
        self._handle(lifecycle.pause, at, name)

    def resume(self, at, name):
        self._handle(lifecycle.resume, at, name)

    def stop(self, at, name):
        self._handle(lifecycle.stop, at, name)

    def publish(self, at, name, document):
        campaign = Campaign.objects.get(pk=self.campaigns[name].pk)
        publishing.save_draft(
            campaign=campaign,
            revision=campaign.revision,
            document=self.real(document),
            summary="Changed",
            user=None,
            now=at,
        )
        campaign.refresh_from_db()
        revision = campaign.revision
        publishing.publish(campaign=campaign, revision=revision, user=None, now=at)

    def tick(self, now, is_sending):
        """Do what is due, slice by slice, as the worker does."""
        self.drain(partial(enroll.enroll_moments, now=now))
        self.drain(partial(advance.advance_round, now=now))
        self.drain(credit_asks)
        self.drain(partial(notice.notice_changes, now=now))
        # One that dies in its look at everybody makes up for it with the next, minutes later.
        while notice.notice_everybody(now=now):
            pass
        self.drain(partial(lifecycle.end_stopped, now=now))
        self.drain(partial(advance.advance_round, now=now))
        if is_sending:
            while send.send_due(owner="oracle", clock=lambda: now):
                pass

    # What became of everybody.

    def trace(self):
        """Read what became of each person, as the interpreter tells it."""
        found = defaultdict(list)
        passes = self._passes(found)
        for one in Refusal.objects.filter(contact__in=self.contacts):
            values = (one.moment_at, one.reason, one.refused_at)
            found[self._who(one)].append(("refused", *values))
        for one in StepRun.objects.filter(contact__in=self.contacts):
            values = (one.visit, one.step_key, one.outcome, one.ran_at)
            found[self._who(one)].append(("took", passes[one.enrollment_id], *values))
        for one in Hold.objects.filter(contact__in=self.contacts):
            values = (one.visit, one.held_at, one.step_key, one.reason, one.until)
            found[self._who(one)].append(
                ("held", passes[one.enrollment_id], *values, one.then)
            )
        asks = {one.pk: one for one in Ask.objects.filter(contact__in=self.contacts)}
        for one in Message.objects.filter(contact__in=self.contacts):
            ask = asks.get(one.ask_id)
            values = (one.step_key, one.state, one.cause)
            said = (
                (ask.asked_on, ask.delivered_at, ask.refunded_at, ask.answer)
                if ask
                else ()
            )
            found[self._who(one)].append(
                ("mail", passes[one.enrollment_id], one.visit, *values, *said)
            )
        return {who: read_out(rows) for who, rows in found.items()}

    def _passes(self, found):
        """Number the passes of each person through each campaign."""
        numbers = {}
        counts = defaultdict(int)
        enrollments = Enrollment.objects.filter(contact__in=self.contacts)
        for one in enrollments.select_related("version").order_by("pk"):
            who = self._who(one)
            numbers[one.pk] = counts[who]
            counts[who] += 1
            values = (one.moment_at, one.enrolled_at, one.state, one.end_reason)
            place = (one.step_key, one.due_at, one.ended_at, one.goal_met_at)
            found[who].append(
                ("pass", numbers[one.pk], one.version.number, *values, *place)
            )
        return numbers

    def _who(self, row):
        return self.numbers[row.contact_id], self.names[row.campaign_id]
