import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def parts(client, campaign, key="ask"):
    names = [("campaigns_email_missing", key), ("campaigns_review_missing",)]
    return [
        client.get(reverse(f"admin:{name}", args=[campaign.pk, *rest]))
        for name, *rest in names
    ]


def test_the_editor_and_the_review_say_who_lacks_what(onlooker, ready):
    variant = ready.draft["steps"][0]["content"]["variants"]["en"]
    variant["subject"] = "{{ contact.last_name }}, a word"
    ready.save()

    editor, review = (one.content.decode() for one in parts(onlooker, ready))

    for page in (editor, review):
        assert "have no last name, and no default is given." in page
        assert "contact.last_name | default: &quot;there&quot;" in page
    assert "“Ask”: " in review
    assert "“Ask”: " not in editor


def test_the_review_names_the_way_and_leads_to_the_step(onlooker, ready):
    ready.draft["steps"][0]["in_app"] = {
        "hours": 4,
        "variants": {"en": {"title": "{{ contact.last_name }}", "text": "A friend?"}},
    }
    ready.save()

    editor, review = (one.content.decode() for one in parts(onlooker, ready))

    assert "“Ask”, in the product: " in review
    assert f"/campaigns/campaign/{ready.pk}/flow/?step=ask" in review
    assert "in the product" not in editor


def test_a_mail_that_writes_nothing_personal(onlooker, ready):
    for variant in ready.draft["steps"][0]["content"]["variants"].values():
        variant |= {"subject": "A word", "preheader": "", "blocks": []}
    ready.save()

    editor, review = (one.content.decode() for one in parts(onlooker, ready))

    assert editor.strip() == ""
    assert "Nobody lacks a value" in review


def test_the_trigger_may_name_nobody(onlooker, ready):
    variant = ready.draft["steps"][0]["content"]["variants"]["en"]
    variant["subject"] = "{{ contact.last_name }}, a word"
    ready.draft["trigger"]["kind"] = "manual"
    ready.save()

    _, review = parts(onlooker, ready)

    assert "Nobody can say whom the trigger lets in" in review.content.decode()
    [missing, _] = parts(onlooker, ready, key="gone")
    assert missing.status_code == 404
