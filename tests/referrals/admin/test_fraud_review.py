from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from referrals.models import Advocate, FraudCase, FraudDecision, Reward, RewardRule
from tests.factories.contacts import make_contact, make_user
from tests.factories.fraud import judge, refer, refer_by_link, share, verdict_of
from tests.factories.referrals import NOW, make_advocate, make_program

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:referrals_fraud_review")
CHOSEN = reverse("admin:referrals_fraud_chosen")


def held(advocate=None, **names):
    advocate = advocate or make_advocate(contact=make_contact(first_name="Ana"))
    referral = refer_by_link(advocate, **names)
    share(
        "device",
        f"a phone of theirs {referral.pk}",
        referral.contact_id,
        advocate.contact_id,
    )
    judge()
    return referral


def promise(program, **changes):
    values = {
        "program": program,
        "role": "advocate",
        "stage": "lead",
        "delivery": "payment",
        "amount_minor": 2000,
        "currency": "USD",
        "starts_at": NOW - timedelta(days=1),
    }
    return RewardRule.objects.create(**values | changes)


def post(client, *referrals, verdict="approved", reason="household", note=""):
    return client.post(
        PAGE,
        {
            "referral": [str(one.pk) for one in referrals],
            "verdict": verdict,
            "reason": reason,
            "note": note,
        },
        follow=True,
    ).content.decode()


def test_an_empty_queue_says_so(admin_client):
    assert "Nothing to decide" in admin_client.get(PAGE).content.decode()


def test_the_queue_shows_both_people_and_why(admin_client):
    referral = held(first_name="Grace", email="grace@x.example")

    page = admin_client.get(PAGE).content.decode()

    assert "Grace" in page
    assert "brought by <bdi>Ana</bdi>" in page
    assert "Friend and advocate used the same device." in page
    assert "80 points" in page
    assert "grace@x.example" in page
    assert f'value="{referral.pk}"' in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_queue_takes_as_many_queries_for_many(
    admin_client, django_assert_max_num_queries, number
):
    for _ in range(number):
        held()
    admin_client.get(PAGE)

    with django_assert_max_num_queries(26):
        admin_client.get(PAGE)


def effect(client):
    [item] = client.get(PAGE).context["items"]
    return item.effect.approving, item.effect.rejecting


def test_without_a_promise_nothing_hangs_on_it(admin_client):
    held()

    assert effect(admin_client) == (
        "Approving pays nothing: no reward hangs on it yet.",
        "Rejecting takes nothing back.",
    )


def test_the_effect_is_said_before(admin_client):
    referral = held(first_name="Grace")
    promise(referral.program)
    promise(referral.program, role="friend", amount_minor=1000)

    assert effect(admin_client) == (
        "Approving lets $20.00 for Ana and $10.00 for Grace go on.",
        "Rejecting takes back $20.00 for Ana and $10.00 for Grace.",
    )


def test_what_was_paid_is_set_against_the_next(admin_client):
    referral = held()
    rule = promise(referral.program)
    Reward.objects.create(
        contact_id=referral.advocate_contact_id,
        program=referral.program,
        rule=rule,
        role="advocate",
        referral_contact_id=referral.contact_id,
        referral_id=referral.pk,
        milestone_key="lead",
        amount_minor=2000,
        currency="USD",
        state="fulfilled",
        earned_at=NOW,
        created_at=NOW,
        held_until=NOW,
    )

    assert effect(admin_client)[1] == (
        "Rejecting sets $20.00 that was paid against the next rewards."
    )


def test_the_effect_on_tiers_is_said_before(admin_client):
    referral = held()
    advocate = Advocate.objects.get(pk=referral.advocate_id)
    refer_by_link(advocate)
    judge()
    for friends in (1, 2):
        promise(
            referral.program,
            counting="reaching",
            friend_count=friends,
            amount_minor=1000 * friends,
        )

    assert effect(admin_client)[1] == (
        "Rejecting takes back $20.00 for Ana, and brings Ana from tier 2 to tier 1."
    )


def test_one_is_approved_with_a_reason(admin_client):
    referral = held(first_name="Grace")

    page = post(admin_client, referral, note="Sisters")

    assert "Approved 1 referral." in page
    assert verdict_of(referral) == "clear"
    decision = FraudDecision.objects.get()
    assert (decision.reason, decision.note) == ("household", "Sisters")
    assert decision.decided_by.username == "admin"
    decided = admin_client.get(PAGE, {"show": "decided"}).content.decode()
    assert "One household or office" in decided
    assert "Sisters" in decided
    assert "1 of 1 decided" in decided


def test_several_are_rejected_at_once(admin_client):
    referrals = [held(), held()]

    page = post(admin_client, *referrals, verdict="rejected", reason="ring")

    assert "Rejected 2 referrals." in page
    assert [verdict_of(one) for one in referrals] == ["rejected"] * 2


def test_what_is_decided_on_the_referrals_page_leads_back_there(admin_client):
    referral = held()
    values = {"referral": referral.pk, "verdict": "approved", "reason": "household"}

    answer = admin_client.post(PAGE, values | {"back": referral.pk})
    other = admin_client.post(f"{PAGE}?check=ring", values | {"back": "//evil"})

    page = reverse("admin:referrals_referral_change", args=[referral.pk])
    assert (answer["Location"], other["Location"]) == (page, f"{PAGE}?check=ring")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"referral": []}, "Choose at least one referral."),
        ({"referral": ["x"]}, "Choose at least one referral."),
        ({"reason": ""}, "Choose a reason."),
        ({"verdict": "maybe"}, "Choose a reason."),
        ({"reason": "fake_account"}, "Choose a reason that fits."),
        ({"reason": "other"}, "Say in the note what the reason is."),
    ],
)
def test_what_is_missing_is_said(admin_client, fields, words):
    referral = held()
    values = {"referral": [referral.pk], "verdict": "approved", "reason": "household"}

    page = admin_client.post(PAGE, values | fields, follow=True).content.decode()

    assert words in page
    assert verdict_of(referral) == "held"


def test_what_hangs_on_those_chosen_is_added_up(admin_client):
    one, other = held(), held()
    promise(one.program)
    promise(other.program, amount_minor=500)

    both = admin_client.post(CHOSEN, {"referral": [one.pk, other.pk]}).content.decode()
    none = admin_client.post(CHOSEN, {"referral": ["x"]}).content.decode()

    assert "2 referrals chosen." in both
    assert "Rejecting takes back $25.00." in both
    assert "Tick referrals" in none


def test_the_queue_is_narrowed_to_a_program_and_a_check(admin_client):
    held(first_name="Grace")
    other = held(make_advocate(make_program()), first_name="Hedy")

    def names(**query):
        items = admin_client.get(PAGE, query).context["items"]
        return sorted(item.friend for item in items)

    assert names() == ["Grace", "Hedy"]
    assert names(program=other.program_id) == ["Hedy"]
    assert names(check="same_device") == ["Grace", "Hedy"]
    assert names(check="ring") == []
    assert names(program="x", check="x") == ["Grace", "Hedy"]


def test_what_is_late_is_said(admin_client):
    referral = held()

    def late():
        context = admin_client.get(PAGE).context
        return context["held_count"], context["late_count"]

    now = timezone.now()
    cases = FraudCase.objects.filter(referral_id=referral.pk)
    cases.update(review_due_at=now + timedelta(days=1))
    assert late() == (1, 0)
    cases.update(review_due_at=now - timedelta(days=1))
    assert late() == (1, 1)


def test_who_may_only_look_can_not_decide():
    referral = held()
    client = Client()
    client.force_login(make_user("referrals.view_fraudcase", "contacts.view_contact"))

    assert 'name="verdict"' not in client.get(PAGE).content.decode()
    answer = client.post(
        PAGE, {"referral": referral.pk, "verdict": "approved", "reason": "household"}
    )
    assert answer.status_code == 403
    assert verdict_of(referral) == "held"


def test_who_may_not_look_is_refused():
    client = Client()
    client.force_login(make_user("contacts.view_contact"))

    assert client.get(PAGE).status_code == 403
    assert client.post(CHOSEN).status_code == 403


def test_a_ring_is_drawn_and_told(admin_client):
    advocate = make_advocate(contact=make_contact(first_name="Ana"))
    program = advocate.program
    bob = make_advocate(program, make_contact(first_name="Bob", email="b@x.example"))
    one = refer(advocate, bob.contact)
    refer(bob, first_name="Chen")
    share("phone", "+49 170 1234567", bob.contact_id, advocate.contact_id)
    refer(make_advocate(program), first_name="Stranger")

    url = reverse("admin:referrals_fraud_ring", args=[one.pk])
    page = admin_client.get(url)

    context = page.context
    assert sorted(node.name for node in context["nodes"]) == ["Ana", "Bob", "Chen"]
    told = [(row.from_name, row.words, row.to_name) for row in context["told"]]
    assert told == [
        ("Ana", "brought", "Bob"),
        ("Bob", "brought", "Chen"),
        ("Ana", "shares a phone number with", "Bob"),
    ]
    gone = reverse("admin:referrals_fraud_ring", args=[0])
    assert admin_client.get(gone).status_code == 404


def test_the_referrals_page_has_the_section(admin_client):
    referral = held(first_name="Grace")
    url = reverse("admin:referrals_referral_change", args=[referral.pk])

    page = admin_client.get(url).content.decode()

    assert "Held for review" in page
    assert "Friend and advocate used the same device." in page
    client = Client()
    client.force_login(make_user("referrals.view_referral", "contacts.view_contact"))
    assert "same device" not in client.get(url).content.decode()
