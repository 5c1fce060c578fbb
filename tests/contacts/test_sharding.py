import pytest
from django.db import models
from django.test.utils import isolate_apps

from contacts.models import Contact, Event, PersonModel
from contacts.sharding import check_sharding, errors_of


def problems(model):
    return [(error.id, error.msg) for error in errors_of(model)]


def test_our_tables_keep_the_rules():
    assert check_sharding(None) == []


@isolate_apps("contacts")
def test_table_per_person_that_keeps_the_rules():
    class Sighting(PersonModel):
        place = models.CharField(max_length=20)
        event = models.ForeignKey(Event, models.CASCADE, db_constraint=False)

        class Meta:
            app_label = "contacts"
            constraints = [
                models.UniqueConstraint(fields=["contact", "place"], name="once")
            ]

    assert problems(Sighting) == []


@isolate_apps("contacts")
def test_unique_field_without_the_contact():
    class Ticket(PersonModel):
        number = models.CharField(max_length=20, unique=True)

        class Meta:
            app_label = "contacts"

    assert problems(Ticket) == [
        (
            "sharding.E002",
            "contacts.Ticket: What is unique must contain 'contact'; number does not.",
        )
    ]


@isolate_apps("contacts")
@pytest.mark.parametrize(
    ("meta", "what"),
    [
        ({"unique_together": [("place", "day")]}, "place, day"),
        (
            {
                "constraints": [
                    models.UniqueConstraint(fields=["place", "day"], name="day_once")
                ]
            },
            "place, day",
        ),
        (
            {
                "constraints": [
                    models.UniqueConstraint(models.F("day").desc(), name="day_once")
                ]
            },
            "an expression",
        ),
    ],
)
def test_unique_set_without_the_contact(meta, what):
    class Sighting(PersonModel):
        place = models.CharField(max_length=20)
        day = models.DateField()
        Meta = type("Meta", (), {"app_label": "contacts", **meta})

    assert problems(Sighting) == [
        (
            "sharding.E002",
            f"contacts.Sighting: What is unique must contain 'contact'; {what} does not.",
        )
    ]


@isolate_apps("contacts")
def test_composite_key_without_the_contact():
    class Sighting(PersonModel):
        pk = models.CompositePrimaryKey("place", "day")
        place = models.CharField(max_length=20)
        day = models.DateField()

        class Meta:
            app_label = "contacts"

    assert [error.id for error in errors_of(Sighting)] == ["sharding.E002"]


@isolate_apps("contacts")
def test_reference_to_another_persons_row_that_the_database_checks():
    class Gift(PersonModel):
        giver = models.ForeignKey(Contact, models.CASCADE, related_name="+")
        event = models.ForeignKey(Event, models.CASCADE)

        class Meta:
            app_label = "contacts"

    assert [error.msg for error in errors_of(Gift)] == [
        f"contacts.Gift: {name!r} needs db_constraint=False: its row may be on another "
        "machine."
        for name in ("giver", "event")
    ]


@isolate_apps("contacts")
def test_many_to_many_of_a_person():
    class Fan(PersonModel):
        likes = models.ManyToManyField(Event)

        class Meta:
            app_label = "contacts"

    assert problems(Fan) == [
        ("sharding.E004", "contacts.Fan: 'likes' must be a table of its own.")
    ]


@isolate_apps("contacts")
def test_look_up_that_keeps_the_rules():
    class Nickname(models.Model):
        sharded_by = "name"
        name = models.CharField(max_length=20, unique=True)
        contact = models.ForeignKey(Contact, models.CASCADE, db_constraint=False)

        class Meta:
            app_label = "contacts"

    assert problems(Nickname) == []


@isolate_apps("contacts")
def test_look_up_by_a_field_that_is_not_there():
    class Nickname(models.Model):
        sharded_by = "title"
        name = models.CharField(max_length=20, unique=True)

        class Meta:
            app_label = "contacts"

    assert problems(Nickname) == [
        (
            "sharding.E001",
            "contacts.Nickname: sharded_by names no field of it: 'title'.",
        )
    ]


@isolate_apps("contacts")
def test_look_up_that_is_unique_by_something_else():
    class Nickname(models.Model):
        sharded_by = "name"
        name = models.CharField(max_length=20)
        number = models.IntegerField(unique=True)
        contact = models.ForeignKey(Contact, models.CASCADE)

        class Meta:
            app_label = "contacts"

    assert [error.id for error in errors_of(Nickname)] == [
        "sharding.E002",
        "sharding.E003",
    ]


@isolate_apps("contacts")
def test_configuration_that_points_at_people():
    class Banner(models.Model):
        hero = models.ForeignKey(Contact, models.CASCADE)
        contact_id = models.BigIntegerField()

        class Meta:
            app_label = "contacts"

    assert [error.id for error in errors_of(Banner)] == ["sharding.E005"] * 2


@isolate_apps("contacts")
def test_proxy_is_no_table_of_its_own():
    class Visitor(Contact):
        class Meta:
            app_label = "contacts"
            proxy = True

    assert problems(Visitor) == []
