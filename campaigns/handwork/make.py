"""
Write tasks for people of ours.

::

    {
      "title": "Call {{ contact.name }}", "text": "…",       with Liquid, as in a mail
      "owner": {"rule": "anyone"} | {"rule": "user", "user": 3}
             | {"rule": "attribute", "attribute": "account_owner"},
      "due_days": 2
    }

The owner of an attribute is the user whose address or name it holds. Where there is none, the
task is everybody's and shows what the attribute says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import F

from campaigns.channels.mime import one_line
from campaigns.emails import liquid
from campaigns.local_time import choose_zone, local_day
from campaigns.messaging.letters import find_advocates
from campaigns.messaging.links import links_for
from campaigns.messaging.render import sender_for
from campaigns.messaging.variables import variables_for
from campaigns.models import Campaign, CampaignVersion, Task
from contacts.models import Contact
from referrals.advocates import enroll_advocates

ANYONE = {"rule": "anyone"}
Words = dict[str, Any]


@dataclass(frozen=True)
class Assignment:
    """One run of a step that becomes a task, and the ask behind it, if there is one."""

    contact_id: int
    enrollment_id: int
    visit: int
    ask_id: int | None = None


@dataclass(frozen=True)
class TaskMaker:
    """The step whose tasks are written, and when."""

    campaign: Campaign
    version: CampaignVersion
    step_key: str
    task: Words
    now: datetime
    kind: str = Task.Kind.TASK

    def write(self, assignments: Sequence[Assignment]) -> None:
        """
        Write a task for each run of the step; again, and nothing happens.

        A handful of queries for all of them.

        :raises TemplateError: if the words can't be rendered for somebody
        """
        settings = self.version.definition["settings"]
        contacts = Contact.objects.in_bulk([one.contact_id for one in assignments])
        owners = _owners(self.task["owner"], list(contacts.values()))
        words = self._words(contacts, assignments)
        due_on = _due_on(settings["time_zone"], self.task["due_days"], self.now)
        Task.objects.bulk_create(
            [
                Task(
                    contact_id=one.contact_id,
                    campaign=self.campaign,
                    enrollment_id=one.enrollment_id,
                    step_key=self.step_key,
                    visit=one.visit,
                    ask_id=one.ask_id,
                    kind=self.kind,
                    title=words[one.contact_id][0],
                    text=words[one.contact_id][1],
                    owner_id=owners[one.contact_id][0],
                    owner_hint=owners[one.contact_id][1],
                    due_on=due_on,
                    created_at=self.now,
                )
                for one in assignments
                if one.contact_id in contacts
            ],
            batch_size=1_000,
            ignore_conflicts=True,
        )

    def _words(
        self, contacts: dict[int, Contact], assignments: Sequence[Assignment]
    ) -> dict[int, tuple[str, str]]:
        """Render title and text for each contact, who is an advocate from now on."""
        program = self.campaign.program
        enroll_advocates(program=program, contact_ids=list(contacts), now=self.now)
        advocates = find_advocates(list(contacts), [program.pk])
        sender = sender_for(self.version.definition["settings"], brand=program.brand)
        title = liquid.parse(self.task["title"], is_html=False)
        text = liquid.parse(self.task["text"], is_html=False)
        words = {}
        for one in assignments:
            contact = contacts.get(one.contact_id)
            if contact is None:
                continue
            links = links_for(
                advocates[contact.pk, program.pk],
                ask_id=one.ask_id,
                message_id=0,
                via=self.kind,
            )
            variables = variables_for(
                contact=contact,
                program=program,
                links=links,
                locale=contact.locale,
                from_name=sender.name,
            )
            words[contact.pk] = (
                one_line(liquid.render(title, variables))[:200],
                liquid.render(text, variables),
            )
        return words


def _due_on(time_zone: str, days: int, now: datetime) -> date:
    """Give the day on which a task is due, where the campaign is at home."""
    return local_day(now, choose_zone(time_zone, "UTC")) + timedelta(days=days)


def _owners(
    rule: dict[str, Any], contacts: Sequence[Contact]
) -> dict[int, tuple[int | None, str]]:
    """Find the owner of each contact's task, or what the attribute says instead."""
    if rule["rule"] == "user":
        found = get_user_model().objects.filter(pk=rule["user"]).values_list("pk")
        owner = next((pk for (pk,) in found), None)
        return {contact.pk: (owner, "") for contact in contacts}
    if rule["rule"] != "attribute":
        return {contact.pk: (None, "") for contact in contacts}
    said = {
        contact.pk: str(contact.attributes.get(rule["attribute"]) or "").strip()[:254]
        for contact in contacts
    }
    users: dict[str, int] = {}
    staff = get_user_model().objects.filter(is_active=True, is_staff=True)
    for pk, name, email in staff.values_list("pk", F("username"), "email"):
        for word in (name, email):
            if word:
                users.setdefault(word.casefold(), pk)
    return {
        pk: (owner, "") if (owner := users.get(word.casefold())) else (None, word)
        for pk, word in said.items()
    }
