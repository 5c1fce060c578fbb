"""Rows about a contact in every table there is, made from the tables themselves."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.db import connection, models

from audiences.models import Audience
from campaigns.models import Campaign, CampaignVersion, PublishPlan, Rehearsal
from contacts.identities.tables import (
    Table,
    columns_of,
    look_ups,
    order_by_parents,
    person_tables,
    table_named,
)
from contacts.models import (
    Contact,
    ContactList,
    HistoryRun,
    Identifier,
    ImportBatch,
    ImportRun,
    Source,
)
from referrals.models import (
    Advocate,
    CouponPool,
    Intro,
    IntroText,
    Program,
    Referral,
    Reward,
    RewardBatch,
    RewardRule,
)
from tests.factories.campaigns import make_audience, make_campaign
from tests.factories.contacts import make_list
from tests.factories.plans import make_source

NUMBERS = count(1)
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """What rows about people point at: one of each kind of configuration."""

    configuration: dict[Table, models.Model]
    # The advocate and friend of the people of the test.
    other: Contact


def make_world() -> World:
    """One campaign with its program and version, an audience, a list, a source, an import."""
    campaign = make_campaign(state=Campaign.State.RUNNING)
    version = campaign.published
    assert version
    plan = PublishPlan.objects.create(
        campaign=campaign, from_version=version, to_version=version
    )
    run = ImportRun.objects.create()
    source = make_source()
    return World(
        {
            Campaign: campaign,
            CampaignVersion: version,
            PublishPlan: plan,
            Rehearsal: Rehearsal.objects.create(
                campaign=campaign,
                document=version.definition,
                revision=1,
                starts_at=START,
                ends_at=START + timedelta(days=30),
            ),
            Program: campaign.program,
            IntroText: IntroText.objects.create(
                program=campaign.program, locale="en", version=1
            ),
            RewardRule: RewardRule.objects.create(
                program=campaign.program,
                role="advocate",
                delivery="payment",
                starts_at=START,
            ),
            RewardBatch: RewardBatch.objects.create(currency="USD"),
            CouponPool: CouponPool.objects.create(name=f"Pool {next(NUMBERS)}"),
            Audience: make_audience(),
            ContactList: make_list(),
            Source: source,
            ImportRun: run,
            ImportBatch: ImportBatch.objects.create(
                import_run=run,
                name="a",
                path="gone.txt",
                size_bytes=1,
                has_header=True,
                delimiter=",",
            ),
            HistoryRun: HistoryRun.objects.create(
                source=source,
                path="gone.txt",
                size_bytes=1,
                has_header=True,
                delimiter=",",
            ),
        },
        Contact.objects.create(first_name="Other"),
    )


def make_person(world: World, marker: str, *, ours: Collection[str] = ()) -> Contact:
    """
    A contact with two identifiers and rows in every table; all texts hold the marker.

    Those of the columns in ``ours`` do not: codes that we draw, and words of ours.
    """
    at = START + timedelta(minutes=next(NUMBERS))
    contact = Contact.objects.create(
        email=f"{marker}@example.com".lower(),
        first_name=marker,
        last_name=marker,
        locale=marker,
        time_zone=marker,
        attributes={marker: marker},
        attributes_at=at,
        created_at=at,
        updated_at=at,
    )
    for kind, value in (("user_id", marker), ("email", contact.email)):
        Identifier.objects.create(
            kind=kind, value=value, contact=contact, created_at=at
        )
    fill_tables(world, contact, marker, ours)
    return contact


def fill_tables(
    world: World, contact: Contact, marker: str, ours: Collection[str]
) -> None:
    """A row about the contact in each table."""
    for model in order_by_parents([*person_tables(), *look_ups()]):
        if model is not Identifier:
            make_row(world, model, contact, marker, ours)


def make_row(
    world: World, model: Table, contact: Contact, marker: str, ours: Collection[str]
) -> None:
    """One row of a table about the contact; its texts hold the marker."""
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.primary_key and field.name in {"id", "pk"}:
            continue
        said = f"c{contact.pk}" if field.name in ours else marker
        values[field.attname] = value_of(world, field, contact, said)
    if model is Referral:
        values["advocate_contact_id"] = world.other.pk
    if model is Reward:
        values["balance_minor"] = 0
    if model is Intro:
        values["friend_contact_id"] = world.other.pk
    model._base_manager.create(**values)


def value_of(world: World, field: Any, contact: Contact, marker: str) -> Any:
    """A value that the column can hold."""
    model = field.model
    if field.name == "contact" or field.attname == "contact_id":
        return contact.pk
    if field.name == "identifier_id":
        return contact.identifiers.earliest("pk").pk
    followed = getattr(model, "follows", (None, None))
    if field.name == followed[0]:
        return table_named(followed[1])._base_manager.get(contact=contact).pk
    if isinstance(field, models.ForeignKey):
        row = world.configuration.get(field.related_model)
        return row.pk if row else None
    return plain_value(field, marker)


def plain_value(field: Any, marker: str) -> Any:
    """A value by the type of the column alone."""
    number = next(NUMBERS)
    if field.choices:
        return field.choices[0][0]
    if isinstance(field, (models.CharField, models.TextField)):
        own = f"{marker} {number}" if field.unique else marker
        return own[-field.max_length :] if field.max_length else own
    if isinstance(field, models.JSONField):
        return {marker: [marker]}
    if isinstance(field, models.DateTimeField):
        return START + timedelta(minutes=number)
    if isinstance(field, models.DateField):
        return (START + timedelta(days=number)).date()
    if isinstance(field, models.BooleanField):
        return False
    return number


def dump(*leave_out: Table) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table about people, and the contacts themselves."""
    found = {}
    for model in [Contact, *person_tables(), *look_ups()]:
        if model in leave_out:
            continue
        columns = ", ".join(f'"{column}"' for column in columns_of(model))
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT to_jsonb(t) FROM (SELECT {columns} FROM {model._meta.db_table}) t"
            )
            rows = [json.loads(row[0]) for row in cursor.fetchall()]
        found[model._meta.label] = sorted(rows, key=json.dumps)
    return found


def advocate_of(contact: Contact) -> Advocate:
    """The one row of him as an advocate."""
    return Advocate.objects.get(contact=contact)
