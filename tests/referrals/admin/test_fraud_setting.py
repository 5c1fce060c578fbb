import pytest
from django.test import Client
from django.urls import reverse

from referrals.fraud.checks.registry import CHECKS
from referrals.fraud.decide import decide
from referrals.fraud.policy import Policy
from referrals.fraud_form import FraudForm
from referrals.models import FraudPolicy, Referral
from tests.factories.contacts import make_user
from tests.factories.fraud import judge, refer_by_link
from tests.factories.referrals import NOW, make_advocate, make_program

pytestmark = pytest.mark.django_db


def page_of(program):
    return reverse("admin:referrals_program_fraud", args=[program.pk])


def what_if_of(program):
    return reverse("admin:referrals_program_fraud_what_if", args=[program.pk])


def filled(**changes):
    form = FraudForm(policy=Policy())
    return {name: str(field.initial) for name, field in form.fields.items()} | changes


def test_the_page_shows_what_every_check_does(admin_client):
    page = admin_client.get(page_of(make_program())).content.decode()

    assert all(check.label in page for check in CHECKS.values())
    assert all(check.what.split("(")[0][:40] in page for check in CHECKS.values())


def test_settings_are_saved_as_what_differs(admin_client):
    program = make_program()
    changes = {
        "velocity-action": "shadow",
        "velocity-hour": "8",
        "hold_points": "70",
    }

    answer = admin_client.post(page_of(program), filled(**changes))

    assert answer.status_code == 302
    row = FraudPolicy.objects.get()
    assert row.checks == {"velocity": {"action": "shadow", "numbers": {"hour": 8}}}
    assert (row.hold_points, row.changed_by.username) == (70, "admin")
    page = admin_client.get(page_of(program))
    assert page.context["form"]["velocity-hour"].value() == 8


@pytest.mark.parametrize(
    "changes",
    [
        {"velocity-hour": "0"},
        {"hold_points": ""},
        {"disposable_address-action": "reject"},
        {"velocity-points": "x"},
    ],
)
def test_what_is_wrong_is_not_saved(admin_client, changes):
    program = make_program()

    page = admin_client.post(page_of(program), filled(**changes))

    assert page.context["form"].errors
    assert not FraudPolicy.objects.exists()
    tried = admin_client.post(what_if_of(program), filled(**changes))
    assert "gl-note--bad" in tried.content.decode()


def test_what_if_is_told_and_writes_nothing(admin_client, monkeypatch):
    advocate = make_advocate(make_program())
    referral = refer_by_link(advocate, email="a@mailinator.com", first_name="Grace")
    judge()
    decide(
        referral_ids=[referral.pk],
        verdict="approved",
        reason="household",
        note="",
        user=None,
        now=NOW,
    )
    monkeypatch.setattr("referrals.admin.fraud_setting.timezone.now", lambda: NOW)
    program = advocate.program

    part = admin_client.post(
        what_if_of(program), filled(**{"disposable_address-action": "hold"})
    )

    page = part.content.decode()
    assert "1 of 1 referrals" in page
    assert "Somebody approved them" in page
    assert "Grace" in page
    assert not FraudPolicy.objects.exists()
    assert Referral.objects.get().fraud_state == "clear"
    same = admin_client.post(what_if_of(program), filled()).content.decode()
    assert "Nothing would change for the 1 referral" in same
    empty = admin_client.post(what_if_of(make_program()), filled()).content.decode()
    assert "nothing to try" in empty


def test_what_if_tells_what_it_had_no_time_for_and_goes_on(admin_client, monkeypatch):
    advocate = make_advocate(make_program())
    for _ in range(2):
        refer_by_link(advocate)
    judge()
    monkeypatch.setattr("referrals.admin.fraud_setting.timezone.now", lambda: NOW)
    monkeypatch.setattr("referrals.admin.fraud_setting.PATIENCE", -1.0)
    monkeypatch.setattr("referrals.fraud.whatif.CHUNK", 1)
    address = what_if_of(advocate.program)

    part = admin_client.post(address, filled()).content.decode()
    whole = admin_client.post(address, filled(all="1")).content.decode()

    assert "the newest 1 of 2 were looked at" in part
    assert "Look at all of them" in part
    assert "Look at all of them" not in whole
    assert "the 2 referrals" in whole


def test_who_may_only_look_can_not_save():
    program = make_program()
    client = Client()
    client.force_login(
        make_user("referrals.view_program", "referrals.view_fraudpolicy")
    )

    assert client.get(page_of(program)).status_code == 200
    assert client.post(page_of(program), filled()).status_code == 403
    assert not FraudPolicy.objects.exists()


def test_who_may_not_look_is_refused():
    client = Client()
    client.force_login(make_user("referrals.view_program"))

    assert client.get(page_of(make_program())).status_code == 403
    assert client.post(what_if_of(make_program())).status_code == 403
