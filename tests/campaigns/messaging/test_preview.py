import pytest
from django.core import mail

from campaigns.flows.definition import empty_document
from campaigns.messaging.compile import ContentError
from campaigns.messaging.preview import preview, sample_contact
from campaigns.messaging.test_send import NotStaff, send_test
from campaigns.models import Ask, AskBudget, Message
from contacts.models import Event
from tests.factories.campaigns import empty_content
from tests.factories.contacts import make_contact, make_user
from tests.factories.messages import NOW, make_content
from tests.factories.referrals import make_advocate, make_program

pytestmark = pytest.mark.django_db

SETTINGS = empty_document()["settings"] | {
    "from_name": "The Shop",
    "reply_to": "a@b.example",
}


def shown(content, contact, **options):
    options = {"program": None, **options}
    program = options.pop("program") or make_program()
    return preview(
        content, contact=contact, program=program, campaign_settings=SETTINGS, **options
    )


def test_preview_shows_the_mail_as_the_contact_gets_it():
    advocate = make_advocate(contact=make_contact(first_name="Ada <3"))

    result = shown(make_content(), advocate.contact, program=advocate.program)

    assert (result.mail.subject, result.preheader, result.from_name) == (
        "Hi Ada <3",
        "A word",
        "The Shop",
    )
    assert f"/r/{advocate.code}" in result.mail.text
    assert "/ask/sample?answer=not_now" in result.mail.html
    assert '<base target="_blank">' in result.mail.html


def test_a_mail_that_asks_for_nothing_is_not_to_be_answered():
    contact, content = make_contact(), make_content()
    # The footer offers the answers, too.
    content["variants"]["en"]["blocks"].pop()

    asks, does_not = (
        shown(content, contact, ask=is_ask).mail for is_ask in (True, False)
    )

    assert "ask me again" in asks.html
    assert "ask me again" not in does_not.html
    assert "Unsubscribe" in does_not.html
    assert "ask me again" not in does_not.text


def test_preview_names_what_is_missing_for_this_contact():
    content = make_content(
        preheader="{{ contact.attributes.plan }} {{ contact.last_name | default: 'x' }}"
    )

    result = shown(content, make_contact(first_name="Ada"))

    assert result.missing == ["contact.attributes.plan", "contact.last_name"]


def test_preview_of_a_sample_misses_nothing_of_the_usual():
    result = shown(make_content(), sample_contact())

    assert (result.mail.subject, result.missing) == ("Hi Ada", [])


def test_preview_follows_the_contacts_language_or_the_one_asked_for():
    content = make_content()
    content["variants"]["de"] = content["variants"]["en"] | {"subject": "Hallo"}
    contact = make_contact(locale="de-CH")

    assert shown(content, contact).mail.subject == "Hallo"
    assert shown(content, contact, locale="en").mail.subject == "Hi friend"


def test_preview_of_a_mail_without_a_subject_shows_the_rest():
    content = make_content()
    content["variants"]["en"]["subject"] = " "

    assert shown(content, sample_contact()).mail.subject == "(No subject)"


def test_preview_of_a_mail_that_is_no_ask_has_no_answers_in_its_footer():
    content = make_content(
        blocks=[{"kind": "text", "text": "News {{ ask.url }}"}, {"kind": "answers"}]
    )

    result = shown(content, sample_contact(), ask=False)

    assert "sample?answer=" not in result.mail.text


def send(content, user, **options):
    return send_test(
        content,
        contact=make_contact(first_name="Ada"),
        program=make_program(),
        campaign_settings=SETTINGS,
        user=user,
        now=NOW,
        **options,
    )


def test_a_test_goes_to_the_user_and_counts_for_nothing():
    user = make_user(email="mia@shop.example")
    before = Event.objects.count()

    address = send(make_content(), user)

    (sent,) = mail.outbox
    assert (address, sent.to, sent.subject, sent.reply_to) == (
        "mia@shop.example",
        ["mia@shop.example"],
        "[Test] Hi Ada",
        ["a@b.example"],
    )
    assert "/ask/sample" in sent.body
    assert "/unsubscribe/" not in sent.body
    assert not any(model.objects.exists() for model in (Ask, AskBudget, Message))
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    "changes", [{"email": ""}, {"email": "a@example.com", "is_staff": False}]
)
def test_a_test_goes_to_staff_with_an_address_only(changes):
    with pytest.raises(NotStaff):
        send(make_content(), make_user(**changes))

    assert mail.outbox == []


def test_a_draft_with_errors_is_not_sent():
    content = empty_content()
    content["variants"]["en"] |= {"mode": "code", "mjml": "<mjml>"}

    with pytest.raises(ContentError):
        send(content, make_user(email="mia@shop.example"))

    assert mail.outbox == []
