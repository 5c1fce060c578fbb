"""Which tables have pages: those that somebody works with."""

import pytest
from django.apps import apps
from django.contrib import admin

from config.navigation import GROUPS


def test_the_queue_and_the_sign_in_attempts_have_no_pages():
    assert sorted(model._meta.label for model in admin.site._registry) == [
        "audiences.Audience",
        "audiences.Trait",
        "auth.Group",
        "auth.User",
        "campaigns.Campaign",
        "campaigns.Message",
        "contacts.Contact",
        "contacts.ContactList",
        "contacts.HistoryRun",
        "contacts.ImportRun",
        "contacts.Suppression",
        "referrals.Advocate",
        "referrals.Intro",
        "referrals.Program",
        "referrals.Referral",
        "referrals.Reward",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "label", ["django_q.schedule", "django_q.ormq", "axes.accessattempt"]
)
def test_no_address_leads_to_them(admin_client, label):
    model = apps.get_model(label)

    answer = admin_client.get(f"/{model._meta.app_label}/{model._meta.model_name}/")

    assert answer.status_code == 404
    assert not admin.site.is_registered(model)


@pytest.mark.django_db
def test_nothing_in_the_sidebar_is_a_dead_end(admin_client):
    links = [str(entry["link"]) for group in GROUPS.values() for entry in group]

    answers = {link: admin_client.get(link).status_code for link in links}

    assert len(links) > 10
    assert answers == dict.fromkeys(links, 200)
