"""The pages of traits."""

import csv
import io

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audiences import measuring
from audiences.models import Trait
from tests.factories.audiences import make_audience, make_trait
from tests.factories.contacts import NOW, make_contact, make_event

LIST = "/audiences/trait/"
SUM = {
    "kind": "sum",
    "event": "order_completed",
    "property": "total",
    "filters": [],
    "window": {"kind": "ever"},
    "level": "contact",
}
FORM = {
    "trait::kind": "sum",
    "trait::name": "order_completed",
    "trait::property.name": "total",
    "trait::window": "last",
    "trait::window.amount": "90",
    "trait::window.unit": "days",
    "trait::level": "contact",
}


def sign_in(client, *permissions):
    user = User.objects.create_user("marketer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


@pytest.fixture
def marketer(db, client):
    return sign_in(client, "view_trait", "change_trait", "view_contact")


def measured(trait):
    Trait.objects.filter(pk=trait.pk).update(measure_due_at=NOW)
    measuring.measure_next(NOW)
    return trait


def orders(*totals):
    for total in totals:
        make_event(make_contact(), name="order_completed", total=total)


def test_an_empty_list_says_what_to_do(marketer):
    page = marketer.get(LIST).content.decode()

    assert "No traits yet" in page
    assert f"{LIST}add/" in page


def test_the_list_shows_sentence_status_people_median_and_uses(marketer):
    orders(10, 20, 900)
    trait = measured(make_trait(SUM, name="All orders"))
    rule = {"kind": "trait", "trait": trait.pk, "operator": "at_least", "value": 5}
    make_audience(rule=rule, name="Buyers", is_filled=False)
    make_trait({"kind": "nonsense"}, name="Old")

    page = marketer.get(LIST).content.decode()

    for said in ("All orders", "Sum of total of", "Live", ">3<", ">20<", ">Buyers<"):
        assert said in page, said
    assert "This trait can&#x27;t be read any more" in page
    assert "Measuring…" in page


def test_the_list_costs_the_same_for_many(marketer):
    make_trait(SUM)
    with CaptureQueriesContext(
        connection,
    ) as one:
        marketer.get(LIST)
    for _ in range(3):
        make_trait(SUM)
    with CaptureQueriesContext(connection) as several:
        marketer.get(LIST)

    assert len(several) == len(one)


def test_a_trait_is_made_by_the_form(marketer):
    page = marketer.get(f"{LIST}add/").content.decode()
    assert 'name="trait::kind"' in page

    answer = marketer.post(f"{LIST}add/", {**FORM, "name": "Spent", "description": ""})

    trait = Trait.objects.get()
    assert answer.url == f"{LIST}{trait.pk}/change/"
    assert (trait.name, trait.key) == ("Spent", "spent")
    window = {"kind": "last", "amount": 90, "unit": "days"}
    assert trait.definition == {**SUM, "window": window}
    assert "being measured" in marketer.get(answer.url).content.decode()


def test_a_form_that_is_not_complete_says_what_is_missing(marketer):
    answer = marketer.post(f"{LIST}add/", {**FORM, "name": "x", "trait::name": ""})
    assert "Choose an event." in answer.content.decode()

    answer = marketer.post(f"{LIST}add/", {"name": "x"})
    assert "Choose what to compute." in answer.content.decode()
    assert not Trait.objects.exists()


def test_a_trait_is_changed_and_copied(marketer):
    trait = make_trait(SUM, name="Spent")
    rule = {"kind": "trait", "trait": trait.pk, "operator": "at_least", "value": 5}
    make_audience(rule=rule, name="Buyers", is_filled=False)
    edit = f"{LIST}{trait.pk}/edit/"

    assert (
        "looks up the members anew of “Buyers”" in marketer.get(edit).content.decode()
    )
    marketer.post(edit, {**FORM, "name": "Spent lately"})
    copy = marketer.get(f"{LIST}add/?copy={trait.pk}").content.decode()

    trait.refresh_from_db()
    assert (trait.name, trait.version) == ("Spent lately", 2)
    assert "Spent lately (copy)" in copy


def test_an_edit_of_the_form_adds_and_removes_filters(marketer):
    form = f"{LIST}form/"
    answer = marketer.post(form, {**FORM, "action": "insert", "detail": "filters"})
    assert "trait-changed" in answer["HX-Trigger-After-Swap"]
    assert 'name="trait::filters.0.name"' in answer.content.decode()

    filled = {**FORM, "trait::filters.0.name": "sku", "trait::filters.0.value": "a"}
    page = marketer.post(form, {**filled, "action": "drop", "detail": "filters.0"})
    assert "filters.0" not in page.content.decode()
    page = marketer.post(form, {"trait::kind": "formula", "action": "insert"})
    assert 'name="trait::left"' in page.content.decode()
    page = marketer.post(form, {**FORM, "trait::kind": "count", "action": "refresh"})
    assert "trait::property" not in page.content.decode()


def test_the_preview_shows_distribution_people_and_what_is_left_out(marketer):
    orders(10, 20, "dear", 400)
    fields = {**FORM, "trait::window": "ever", "name": "Спасибо!"}
    page = marketer.post(f"{LIST}preview/", fields).content.decode()

    assert "<strong>4</strong>" in page
    assert "25 % of “total” is no number and is left out." in page
    assert page.count("<rect") == 30
    assert "<dt>median</dt><dd>10</dd>" in page
    assert page.count("/contacts/contact/") == 4
    assert ">trait_1</code>" in page
    # The events of the factory are old.
    assert "has not been seen for" in page


def test_the_preview_of_a_bad_definition_says_what_is_wrong(marketer):
    page = marketer.post(f"{LIST}preview/", {"trait::kind": "sum"}).content.decode()

    assert "Choose an event." in page


def test_the_preview_ends_in_time(marketer, monkeypatch):
    monkeypatch.setattr("audiences.previews.limits.SECONDS", 0.05)

    def wait(definition, *, as_of):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(1)")

    monkeypatch.setattr("audiences.admin.traits.editing.distribution_of", wait)
    page = marketer.post(f"{LIST}preview/", FORM).content.decode()

    assert "was stopped" in page


def test_the_preview_hides_people_from_who_may_not_see_them(client, db):
    orders(10)
    sign_in(client, "view_trait")

    fields = {**FORM, "trait::window": "ever"}
    page = client.post(f"{LIST}preview/", fields).content.decode()

    assert "<strong>1</strong>" in page
    assert "/contacts/contact/" not in page


def test_the_page_shows_what_was_measured_what_feeds_it_and_what_needs_it(marketer):
    orders(10, 20, 900)
    trait = measured(make_trait(SUM, name="Spent"))
    twice = make_trait(
        {"kind": "formula", "left": trait.pk, "operator": "add", "right": trait.pk},
        name="Twice",
    )

    page = marketer.get(f"{LIST}{trait.pk}/change/").content.decode()
    part = marketer.get(f"{LIST}{trait.pk}/measured/").content.decode()
    formula = marketer.get(f"{LIST}{twice.pk}/change/").content.decode()
    sample = marketer.get(f"{LIST}{trait.pk}/sample/").content.decode()

    assert "Order completed" in page
    assert f"{LIST}{twice.pk}/change/" in page
    assert "90th percentile" in part
    assert "every 2s" not in part
    assert f'<a href="{LIST}{trait.pk}/change/">Spent</a>' in formula
    assert "every 2s" in formula
    assert sample.count("<li>") == 3


def test_a_trait_that_can_not_be_read_still_has_its_page(marketer):
    trait = make_trait({"kind": "nonsense"})

    page = marketer.get(f"{LIST}{trait.pk}/change/").content.decode()
    assert "can&#x27;t be read any more" in page
    sample = marketer.get(f"{LIST}{trait.pk}/sample/").content.decode()
    assert "Nobody has a value yet." in sample


def test_values_are_exported_safely(marketer):
    make_event(
        make_contact(email="ana@example.com", first_name="=1+1"),
        name="order_completed",
        total=12.5,
    )
    trait = make_trait(SUM, name="Spent")

    answer = marketer.get(f"{LIST}{trait.pk}/change/?format=csv")

    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    assert list(csv.reader(io.StringIO(text))) == [
        ["Email", "First name", "Last name", "Value"],
        ["ana@example.com", "'=1+1", "", "12.5"],
    ]


def test_the_export_is_for_who_may_see_people(client, db):
    trait = make_trait(SUM)
    sign_in(client, "view_trait")

    assert client.get(f"{LIST}{trait.pk}/change/?format=csv").status_code == 403
    assert client.get(f"{LIST}{trait.pk}/sample/").status_code == 403
    assert client.get(f"{LIST}{trait.pk}/change/").status_code == 200


def test_deleting_is_refused_with_what_needs_it(marketer):
    trait = make_trait(SUM, name="Spent")
    rule = {"kind": "trait", "trait": trait.pk, "operator": "at_least", "value": 5}
    audience = make_audience(rule=rule, name="Buyers", is_filled=False)

    refused = marketer.post(f"{LIST}{trait.pk}/delete/", follow=True)
    assert "“Spent” is in use by “Buyers”." in refused.content.decode()

    audience.delete()
    answer = marketer.post(f"{LIST}{trait.pk}/delete/", follow=True)
    assert "“Spent” is deleted." in answer.content.decode()
    assert not Trait.objects.exists()


def test_pages_ask_for_permission(client, db):
    trait = make_trait(SUM)
    sign_in(client, "view_audience")

    for address in ("", "add/", f"{trait.pk}/change/", f"{trait.pk}/edit/"):
        assert client.get(f"{LIST}{address}").status_code == 403
    for address in ("form/", "preview/", f"{trait.pk}/delete/"):
        assert client.post(f"{LIST}{address}", FORM).status_code == 403


def test_the_traits_of_a_person_are_on_the_page(client, db):
    client.force_login(User.objects.create_superuser("boss"))
    ana = make_contact()
    make_event(ana, name="order_completed", total=1234.5)
    make_trait(SUM, name="Spent")
    make_trait({**SUM, "kind": "first", "property": "sku"}, name="First thing")

    page = client.get(f"/contacts/contact/{ana.pk}/change/").content.decode()

    assert "Spent" in page
    assert "1,234.5" in page
    assert "First thing" in page
