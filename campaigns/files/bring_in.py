"""Make a campaign of a file, or an edit of one; all of it or nothing."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from audiences.conditions.errors import ConditionError
from audiences.definitions import create_audience
from audiences.traits import create_trait
from campaigns.files.format import CampaignFile, Thing
from campaigns.files.matching import (
    CREATE,
    NOTHING,
    USE,
    Match,
    find_matches,
    free_name,
    needed_things,
)
from campaigns.files.parse import FileRefused, Problem
from campaigns.files.write import settled
from campaigns.flows.definition import Document, Step, walk_steps
from campaigns.flows.references import (
    AUDIENCE,
    LIST,
    exchange_in_condition,
    exchange_in_trait,
    exchange_references,
)
from campaigns.models import Campaign
from campaigns.publishing import save_draft
from contacts.lists import create_list
from referrals.models import Program


class ChoicesMissing(ValueError):
    """Of some things nobody has said what is taken for them; ``things`` lists them."""

    def __init__(self, things: list[Thing]) -> None:
        super().__init__(", ".join(f"{kind} “{name}”" for kind, name in things))
        self.things = things


@transaction.atomic
def import_campaign(
    *,
    file: CampaignFile,
    name: str,
    program: Program,
    choices: Mapping[Thing, str],
    user: AbstractBaseUser,
    now: datetime,
) -> Campaign:
    """
    Make a draft of a file, with all that is to be made for it.

    :raises ChoicesMissing: if something is named of which nothing was chosen
    :raises FileRefused: if something can't be made
    """
    return Campaign.objects.create(
        name=name,
        program=program,
        priority=file.priority,
        draft=_Arrival(file, choices, user, now).document(),
        created_at=now,
        created_by_id=user.pk,
    )


@transaction.atomic
def import_over(
    *,
    file: CampaignFile,
    campaign: Campaign,
    revision: int,
    choices: Mapping[Thing, str],
    user: AbstractBaseUser,
    now: datetime,
) -> Campaign:
    """
    Put a file in the place of a draft, as one edit that can be undone.

    The campaign keeps its name, its program, its priority, and all that happened in it.

    :raises ChoicesMissing: if something is named of which nothing was chosen
    :raises FileRefused: if something can't be made
    :raises DraftConflict: if the draft is not the one that was seen
    """
    return save_draft(
        campaign=campaign,
        revision=revision,
        document=_Arrival(file, choices, user, now).document(),
        summary=f"Imported “{file.name}” from a file",
        user=user,
        now=now,
    )


def preview_document(
    file: CampaignFile, choices: Mapping[Thing, str], *, user: AbstractBaseUser
) -> Document:
    """Give the document as it will be, as far as nothing has to be made for it."""
    taken = {
        thing: chosen for thing, chosen in choices.items() if chosen.startswith(USE)
    }

    def convert(kind: str, name: Any, _place: str) -> Any:
        """Give the number of what is taken."""
        chosen = taken.get((kind, str(name)), "")
        return int(chosen.removeprefix(USE)) if chosen else None

    return _without_owners(exchange_references(file.document, convert))


class _Arrival:
    """Finds or makes what a file names, each thing once."""

    def __init__(
        self,
        file: CampaignFile,
        choices: Mapping[Thing, str],
        user: AbstractBaseUser,
        now: datetime,
    ) -> None:
        self.file = file
        self.choices = choices
        self.user = user
        self.now = now
        self.found: dict[Thing, int | None] = {}
        self.matches: dict[Thing, Match] = {
            match.thing: match for match in find_matches(file, user=user)
        }

    def document(self) -> Document:
        """Put numbers in the place of names."""
        open_ones = [
            thing
            for thing in needed_things(self.file, self.choices)
            if not self._is_chosen(thing)
        ]
        if open_ones:
            raise ChoicesMissing(open_ones)
        document = exchange_references(self.file.document, self.number)
        return settled(_without_owners(document))

    def _is_chosen(self, thing: Thing) -> bool:
        """Whether what was chosen for a thing can be taken."""
        match, chosen = self.matches[thing], self.choices.get(thing, "")
        offered = [*match.options, *match.others]
        return any(option.value == chosen for option in offered)

    def number(self, kind: str, name: Any, _place: str) -> int | None:
        """Give the number of a thing here; make the thing if that was chosen."""
        thing = (kind, str(name))
        if thing not in self.found:
            chosen = self.choices[thing]
            if chosen == CREATE:
                self.found[thing] = self._create(thing)
            elif chosen == NOTHING:
                self.found[thing] = None
            else:
                self.found[thing] = int(chosen.removeprefix(USE))
        return self.found[thing]

    def _create(self, thing: Thing) -> int:
        """Make a thing, and before it what it names."""
        kind, name = thing[0], free_name(*thing)
        definition = deepcopy(self.file.definitions[thing])
        about = definition.get("description", "")
        made: Any
        try:
            if kind == LIST:
                made = create_list(
                    name=name, now=self.now, user=self.user, description=about
                )
            elif kind == AUDIENCE:
                counts_from = definition.get("counts_from")
                made = create_audience(
                    name=name,
                    rule=exchange_in_condition(definition["rule"], self.number, ""),
                    description=about,
                    counts_from=datetime.fromisoformat(counts_from)
                    if counts_from
                    else None,
                    user=self.user,
                    now=self.now,
                )
            else:
                made = create_trait(
                    name=name,
                    definition=exchange_in_trait(
                        definition["definition"], self.number, ""
                    ),
                    description=about,
                    user=self.user,
                    now=self.now,
                )
        except ConditionError as error:
            place = f"the {kind} “{name}”"
            raise FileRefused(Problem(place, error.message)) from None
        return int(made.pk)


def _without_owners(document: Document) -> Document:
    """Give the tasks of whom nobody was chosen to everybody, in place."""
    for step in walk_steps(document["steps"]):
        for holder in _owned(step):
            owner = holder["owner"]
            if owner["rule"] == "user" and not owner.get("user"):
                holder["owner"] = {"rule": "anyone"}
    return document


def _owned(step: Step) -> list[dict[str, Any]]:
    """List what of a step has an owner."""
    holders = (step, step.get("task"))
    return [one for one in holders if isinstance(one, dict) and one.get("owner")]
