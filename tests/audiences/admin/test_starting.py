"""The starting points of a new audience."""

import json

import pytest
from django.utils.html import escape

from audiences.models import Trait
from audiences.starters.gallery import STARTERS
from tests.audiences.html import fields_of
from tests.factories.contacts import make_contact, make_event, make_user

ADD = "/audiences/audience/add/"
START = "/audiences/audience/start/big_spenders/"
EDIT = ("audiences.view_audience", "audiences.change_audience")


@pytest.fixture
def marketer(db, client):
    client.force_login(make_user(*EDIT, "audiences.add_trait"))
    return client


@pytest.fixture
def orders(db):
    make_event(make_contact(), name="Order Completed", total=20)


def test_a_new_audience_offers_ten_peaks_of_trust(marketer):
    page = marketer.get(ADD).content.decode()

    assert page.count('class="gl-starter"') == 10
    assert "Add it up and go on" not in page


def test_a_starter_fills_the_form(marketer, orders):
    page = marketer.get(ADD, {"start": "third_order"}).content.decode()

    fields = fields_of(page)
    assert 'class="gl-starter"' not in page
    assert "Filled in from your data." in page
    assert {key: fields[key] for key in ("name", "rule:0:name", "rule:0:count")} == {
        "name": "Third order",
        "rule:0:name": "Order Completed",
        "rule:0:count": "3",
    }


def test_what_is_not_found_is_said(marketer, orders):
    page = marketer.get(ADD, {"start": "praise"}).content.decode()

    assert "so choose the event and the property yourself" in page
    assert "No events have come in yet" not in page


@pytest.mark.parametrize("key", STARTERS)
def test_without_any_data_each_says_what_to_do_first(marketer, key):
    page = marketer.get(ADD, {"start": key}).content.decode()

    if STARTERS[key].spending:
        assert "No event with a number has come in yet" in page
    else:
        assert "No events have come in yet" in page
        assert escape(STARTERS[key].needs) in page


def test_spending_asks_for_its_number_and_makes_the_trait(marketer, orders):
    page = marketer.get(ADD, {"start": "big_spenders"}).content.decode()
    amount = fields_of(page)["amount"]
    before = Trait.objects.count()
    answer = marketer.post(START, {"amount": amount})

    trait = Trait.objects.get()
    assert json.loads(amount) == ["Order Completed", "total"]
    assert before == 0
    assert answer["Location"] == f"{ADD}?start=big_spenders&trait={trait.pk}"
    filled = fields_of(marketer.get(answer["Location"]).content.decode())
    assert filled["rule:0:trait"] == str(trait.pk)
    assert filled["rule:0:value"] == "500"


def test_without_a_choice_no_trait_is_made(marketer, orders):
    answer = marketer.post(START, {"amount": ""}, follow=True)

    assert "Choose what somebody spends." in answer.content.decode()
    assert not Trait.objects.exists()


def test_without_any_number_it_says_what_to_do(marketer):
    page = marketer.get(ADD, {"start": "big_spenders"}).content.decode()

    assert "No event with a number has come in yet" in page


def test_only_who_may_make_traits_makes_one(client, orders):
    client.force_login(make_user(*EDIT))

    page = client.get(ADD, {"start": "big_spenders"}).content.decode()

    assert "Your role can't make one" in page
    assert client.post(START, {"amount": "x"}).status_code == 403
    assert not Trait.objects.exists()


def test_other_starters_make_no_trait(marketer):
    assert marketer.post("/audiences/audience/start/promoters/").status_code == 404
    assert marketer.post("/audiences/audience/start/explode/").status_code == 404
    assert marketer.get(START).status_code == 405


@pytest.mark.parametrize("query", [{"start": "explode"}, {"trait": "x"}])
def test_an_odd_address_shows_the_usual_page(marketer, query):
    assert 'class="gl-starter"' in marketer.get(ADD, query).content.decode()
