"""What becomes of the audience of a starter."""

from copy import deepcopy
from datetime import timedelta

import pytest

from audiences.conditions.errors import ConditionError
from audiences.models import Audience
from campaigns.beginnings import begin_campaign
from campaigns.flows.definition import empty_document
from campaigns.models import Campaign
from campaigns.starters.starter import Starter
from tests.factories.campaigns import NOW, make_audience
from tests.factories.contacts import make_user
from tests.factories.referrals import make_program

pytestmark = pytest.mark.django_db
PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}


def make_starter(rule=PRO):
    return Starter(
        key="pros",
        name="Pros",
        about="People who pay",
        icon="star",
        blanks=(),
        write=lambda filled: deepcopy(empty_document()),
        rule=(lambda filled: rule) if rule else None,
        audience_name="Pros",
    )


def begin(starter, **changes):
    values = {"audience": None, "name": "Spring", "user": None, "now": NOW}
    program = make_program()
    return begin_campaign(
        starter=starter, filled={}, program=program, **values | changes
    )


def test_its_audience_is_made_once_and_found_again():
    user = make_user()

    first = begin(make_starter(), user=user)
    second = begin(make_starter(), now=NOW + timedelta(days=1))

    audience = Audience.objects.get()
    assert (audience.name, audience.description) == ("Pros", "People who pay")
    assert [one.draft["trigger"]["audience"] for one in (first, second)] == [
        audience.pk,
        audience.pk,
    ]
    assert (first.created_by, first.created_at, first.state) == (user, NOW, "draft")


def test_one_of_another_rule_leaves_it_a_free_name():
    for name in ("Pros", "Pros 2"):
        Audience.objects.filter(pk=make_audience().pk).update(name=name)

    begin(make_starter())

    assert Audience.objects.latest("pk").name == "Pros 3"


def test_an_audience_that_is_chosen_is_taken():
    chosen = make_audience()

    campaign = begin(make_starter(), audience=chosen)

    assert campaign.draft["trigger"]["audience"] == chosen.pk
    assert Audience.objects.get() == chosen


def test_one_without_a_rule_needs_none():
    campaign = begin(make_starter(rule=None), audience=make_audience())

    assert campaign.draft["trigger"]["audience"] is None


def test_a_rule_that_can_not_be_understood_makes_nothing():
    with pytest.raises(ConditionError):
        begin(make_starter(rule={"kind": "moon"}))

    assert not Campaign.objects.exists()
    assert not Audience.objects.exists()
