import pytest
from django.urls import reverse

from contacts import lists
from contacts.models import Source, WatchedEvent
from referrals.models import Program, StageRule
from tests.factories.contacts import NOW, make_user
from tests.factories.plans import make_source
from tests.factories.referrals import make_program

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"admin:referrals_program_{name}", args=args)


def settings_of(**changes):
    return {"window_days": "30", "click_choice": "last"} | changes


def test_a_new_program_knows_the_usual_events(admin_client):
    program = make_program()

    ways = admin_client.get(url("stages", program.pk)).context["ways"]

    assert [title for title, _, _ in ways] == [
        "Joined",
        "Qualified",
        "Opportunity",
        "Won",
        "Lost",
        "Refund",
        "Canceled",
    ]
    assert all(meanings for _, _, meanings in ways)


def test_an_event_gets_a_meaning_with_filters(admin_client):
    program = make_program()
    form = {
        "happening::name": "Contract Signed",
        "happening::filters.0.name": "plan",
        "happening::filters.0.operator": "is",
        "happening::filters.0.value": "pro",
        "means": "won",
        "key_property": "contract_id",
        "amount_property": "worth",
        "currency_property": "currency",
    }

    answer = admin_client.post(url("stage_add", program.pk), form)

    assert answer["Location"] == url("stages", program.pk)
    rule = StageRule.objects.get(event="Contract Signed")
    assert (rule.program, rule.means, rule.key_property) == (
        program,
        "won",
        "contract_id",
    )
    assert WatchedEvent.objects.filter(
        consumer="referrals", name="Contract Signed"
    ).exists()


def test_a_meaning_is_taken_away(admin_client):
    program = make_program()
    rule = StageRule.objects.get(program=program, event="Deal Won")

    admin_client.post(url("stage", program.pk, rule.pk), {"do": "delete"})

    assert not StageRule.objects.filter(event="Deal Won").exists()
    page = admin_client.get(url("stage", program.pk, rule.pk))
    assert page.status_code == 404


def test_an_event_without_a_name_is_refused(admin_client):
    program = make_program()

    page = admin_client.post(
        url("stage_add", program.pk), {"happening::name": "", "means": "won"}
    )

    assert "Choose an event." in page.content.decode()


def test_who_gets_the_credit_is_saved(admin_client):
    program = make_program()
    customers = lists.create_list(name="Customers", now=NOW)
    form = settings_of(
        window_days="60",
        click_choice="first",
        excludes_paid_ads="on",
        counts_history="on",
        customers_list=str(customers.pk),
        customers_before="2026-03-01",
    )

    admin_client.post(url("stages", program.pk), form)

    saved = Program.objects.get()
    assert (saved.window_days, saved.click_choice) == (60, "first")
    assert (saved.code_beats_click, saved.excludes_paid_ads) == (False, True)
    assert saved.customers_list == customers
    assert WatchedEvent.objects.filter(consumer="referrals.history").exists()


def test_a_window_of_no_days_is_refused(admin_client):
    program = make_program()

    admin_client.post(url("stages", program.pk), settings_of(window_days="0"))

    assert Program.objects.get().window_days == 30


def test_a_website_that_nobody_trusts_is_named(admin_client):
    program = make_program()
    make_source(name="Our website", kind=Source.Kind.BROWSER)

    page = admin_client.get(url("stages", program.pk)).content.decode()

    assert "“<bdi>Our website</bdi>”" in page


def test_a_list_of_customers_can_be_unmarked(admin_client):
    program = make_program()
    customers = lists.create_list(name="Customers", now=NOW)
    lists.mark_customers(contact_list=customers, now=NOW)
    assert b"Imported customers" in admin_client.get(url("stages", program.pk)).content

    admin_client.post(url("stages", program.pk), {"unmark": str(customers.pk)})

    customers.refresh_from_db()
    assert customers.customers_at is None


def test_stages_are_changed_by_those_who_may(client):
    program = make_program()
    client.force_login(make_user("referrals.view_program"))

    assert client.get(url("stages", program.pk)).status_code == 200
    assert client.post(url("stages", program.pk), settings_of()).status_code == 403
    assert client.get(url("stage_add", program.pk)).status_code == 403
