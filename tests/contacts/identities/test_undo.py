import pytest

from contacts.identities.merge import merge_contacts
from contacts.identities.undo import undo_merge
from tests.factories.contacts import NOW
from tests.factories.everything import dump, make_person, make_world

pytestmark = pytest.mark.django_db


def merge(survivor, merged):
    return merge_contacts(
        survivor_id=survivor.pk, merged_id=merged.pk, link=None, now=NOW
    )


def test_merge_and_undo_restore_both_sides_exactly():
    world = make_world()
    first, second = make_person(world, "Anna"), make_person(world, "Berta")
    before = dump()

    merged = merge(first, second)
    assert {row["id"] for row in dump()["contacts.Contact"]} == {
        first.pk,
        world.other.pk,
    }
    undo_merge(merge=merged, now=NOW)

    after = dump()
    after["contacts.Merge"] = [
        row for row in after["contacts.Merge"] if row["id"] != merged.pk
    ]
    assert after == before
