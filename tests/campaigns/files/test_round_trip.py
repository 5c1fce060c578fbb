"""What is exported and brought in again says the same, here and elsewhere."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audiences.models import Audience, Trait
from campaigns.files.bring_in import import_campaign
from campaigns.files.matching import CREATE, find_matches
from campaigns.files.read import read_campaign
from campaigns.files.write import to_text, write_campaign
from campaigns.models import Campaign
from contacts.models import ContactList
from tests.campaigns.files.strategies import documents
from tests.factories.campaigns import NOW, make_campaign

pytestmark = pytest.mark.django_db


def exported(campaign):
    """Export what the database holds."""
    return to_text(write_campaign(Campaign.objects.get(pk=campaign.pk)))


def brought_in(text, user, **changes):
    """Bring a file in with what is proposed for each of its needs."""
    file = read_campaign(text.encode())
    assert file.notes == []
    proposed = {one.thing: one.proposed for one in find_matches(file, user=user)}
    return import_campaign(
        file=file,
        name=file.name,
        program=changes["program"],
        choices=proposed,
        user=user,
        now=NOW,
    )


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_what_is_exported_and_brought_in_says_the_same(data, known, importer):
    campaign = make_campaign(draft=data.draw(documents(known)), priority=75)

    first = exported(campaign)
    copy = brought_in(first, importer, program=campaign.program)
    second = exported(copy)

    assert second == first
    assert Campaign.objects.get(pk=copy.pk).draft == campaign.draft


def test_elsewhere_all_that_it_names_is_made(known, importer):
    """An installation without any of it makes it, and exports the very same file."""
    campaign = make_campaign(name="Away", trigger={"audience": known["audience"][1]})
    text = exported(campaign)
    Campaign.objects.all().delete()
    Audience.objects.all().delete()
    Trait.objects.all().delete()
    ContactList.objects.filter(kind=ContactList.Kind.CHOSEN).delete()

    file = read_campaign(text.encode())
    matches = find_matches(file, user=importer)
    copy = brought_in(text, importer, program=campaign.program)

    assert {(one.kind, one.name, one.proposed) for one in matches} == {
        ("audience", "Regulars <b>", CREATE),
        ("audience", "Guests", CREATE),
        ("trait", "Spent per order", CREATE),
        ("trait", "Spent", CREATE),
        ("trait", "Orders", CREATE),
        ("list", "Spring", CREATE),
    }
    assert exported(copy) == text
    regulars = Audience.objects.get(name="Regulars <b>")
    assert (regulars.description, regulars.created_by) == ("They come back", importer)
    assert Audience.objects.get(name="Guests").counts_from == NOW
