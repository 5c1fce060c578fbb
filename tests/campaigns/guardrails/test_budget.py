"""The ask budget."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from campaigns.guardrails import budget
from campaigns.models import AskBudget
from tests.factories.campaigns import NOW, make_ask, make_campaign, make_contact

FIRST = date(2026, 1, 1)


def budgets():
    return dict(AskBudget.objects.values_list("contact_id", "next_on"))


@pytest.mark.django_db
def test_a_unit_is_taken_for_ninety_days():
    contact = make_contact()
    budget.lock_budgets([contact.pk, contact.pk])
    budget.lock_budgets([contact.pk])
    budget.take([contact.pk], [FIRST])

    assert budgets() == {contact.pk: FIRST + timedelta(days=90)}


@pytest.mark.django_db
def test_a_refund_goes_back_to_the_ask_before():
    campaign = make_campaign(state="running")
    old = make_ask(campaign, asked_on=FIRST)
    new = make_ask(
        campaign, enrollment=old_enrollment(old), visit=2, asked_on=NOW.date()
    )
    budget.lock_budgets([old.contact_id])
    budget.take([old.contact_id], [NOW.date()])
    ids = {"contact_ids": [old.contact_id], "now": NOW}

    first = budget.refund(ask_ids=[new.pk], **ids)
    again = budget.refund(ask_ids=[new.pk], **ids)
    after_new = budgets()
    budget.refund(ask_ids=[old.pk], **ids)

    assert (first, again) == (1, 0)
    assert after_new == {old.contact_id: FIRST + timedelta(days=90)}
    assert budgets() == {old.contact_id: None}
    assert budget.refund(ask_ids=[], **ids) == 0


def old_enrollment(ask):
    return ask.campaign.enrollment_set.get(pk=ask.enrollment_id)


@pytest.mark.django_db(transaction=True)
def test_who_wants_the_same_budget_waits():
    contact = make_contact()

    def lock_elsewhere():
        try:
            with transaction.atomic():
                budget.lock_budgets([contact.pk])
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            budget.lock_budgets([contact.pk])
            waiting = pool.submit(lock_elsewhere)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.3)
        waiting.result(timeout=20)

    assert AskBudget.objects.count() == 1
