import pytest
from django.db import models
from django.test.utils import isolate_apps

from contacts.identities.check import check_rules, errors_of
from contacts.models import PersonModel


def problems(model):
    return [(error.id, error.msg) for error in errors_of(model)]


def test_our_tables_say_what_becomes_of_their_rows():
    assert check_rules(None) == []


@isolate_apps("contacts")
def test_table_that_says_nothing():
    class Sighting(PersonModel):
        class Meta:
            app_label = "contacts"

    assert problems(Sighting) == [
        (
            "identities.E001",
            "contacts.Sighting: merging must be one of moves, combines.",
        ),
        (
            "identities.E003",
            "contacts.Sighting: erasing must be one of deleted, kept, or the fields to"
            " empty.",
        ),
    ]


@isolate_apps("contacts")
def test_table_that_combines_and_has_no_function():
    class Sighting(PersonModel):
        merging = "combines"
        erasing = {"place": ""}

        class Meta:
            app_label = "contacts"

    assert problems(Sighting) == [
        (
            "identities.E002",
            "contacts.Sighting: Register a function that combines its rows.",
        ),
        ("identities.E004", "contacts.Sighting: erasing names no fields of it: place."),
    ]


@isolate_apps("contacts")
@pytest.mark.parametrize("word", ["points", "stays"])
def test_look_up_points_or_stays(word):
    class Coupon(models.Model):
        sharded_by = "code"
        merging = word
        erasing = "kept"
        code = models.CharField(max_length=9, unique=True)
        contact_id = models.BigIntegerField()

        class Meta:
            app_label = "contacts"

    assert problems(Coupon) == []
