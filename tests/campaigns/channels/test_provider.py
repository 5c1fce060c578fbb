"""What a provider's answer means for a letter: never sent twice, never lost."""

import pytest
import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailRequestsAPIError,
    AnymailUnsupportedFeature,
)
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from campaigns.channels.base import ChannelError, Letter, OutcomeUnknown
from campaigns.channels.email import EmailChannel
from campaigns.channels.provider import letter_error
from config.mail_provider import PROVIDERS, anymail_settings, backend_of, webhook_of
from tests.factories.campaigns import NOW


def answered(status):
    response = requests.Response()
    response.status_code, response.reason = status, "x"
    return AnymailRequestsAPIError("no", response=response)


def broken(cause):
    error = AnymailAPIError("broken")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "cause", "permanent"),
    [
        (AnymailRecipientsRefused("no"), "refused", True),
        (AnymailInvalidAddress("no"), "address_invalid", True),
        (AnymailUnsupportedFeature("no"), "refused", True),
        (answered(400), "refused", True),
        (answered(422), "refused", True),
        (answered(401), "not_connected", False),
        (answered(429), "try_later", False),
        (broken(requests.ConnectTimeout()), "not_connected", False),
        (
            broken(requests.ConnectionError("NewConnectionError: refused")),
            "not_connected",
            False,
        ),
    ],
)
def test_what_was_certainly_not_accepted(error, cause, permanent):
    told = letter_error(error)

    assert isinstance(told, ChannelError)
    assert (told.cause, told.permanent) == (cause, permanent)


@pytest.mark.parametrize(
    "error",
    [
        answered(500),
        answered(503),
        broken(requests.ReadTimeout()),
        broken(requests.ConnectionError("reset by peer")),
        OSError("gone"),
    ],
)
def test_what_nobody_knows(error):
    assert isinstance(letter_error(error), OutcomeUnknown)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_provider_can_send_and_tell(provider, settings):
    settings.ANYMAIL = anymail_settings(
        provider,
        api_key="k",
        webhook_secret="a:b",
        signing_key="whsec_c2lnbmluZw==",
        api_url="",
        domain="example.com",
    )

    import_string(backend_of(provider))()
    reader = import_string(webhook_of(provider))()

    assert callable(reader.parse_events)


def test_an_unknown_provider_is_refused():
    with pytest.raises(ImproperlyConfigured, match="must be one of brevo"):
        backend_of("pigeon")


def test_a_webhook_that_anybody_may_call_is_refused():
    with pytest.raises(ImproperlyConfigured, match="WEBHOOK_SECRET must be set"):
        anymail_settings(
            "postmark",
            api_key="k",
            webhook_secret="",
            signing_key="",
            api_url="https://eu.example.com",
            domain="",
        )


def make_letter():
    return Letter(
        tag="tag1",
        date=NOW,
        to="ada@example.com",
        from_address="shop@example.com",
        from_name="Shop",
        subject="Hi",
        text="Hi",
        html="<p>Hi</p>",
    )


def test_the_provider_is_told_the_tag(settings, monkeypatch):
    settings.EMAIL_BACKEND = backend_of("postmark")
    settings.ANYMAIL = {
        "POSTMARK_SERVER_TOKEN": "k",
        "POSTMARK_API_URL": "https://api.example.com/",
    }
    sent = []

    def answer(session, method, url, **kwargs):
        sent.append(kwargs["data"])
        response = requests.Response()
        response.status_code = 200
        response._content = (
            b'{"ErrorCode": 0, "Message": "OK", "To": "ada@example.com",'
            b' "MessageID": "m-1", "SubmittedAt": "2026-11-20T12:00:00Z"}'
        )
        return response

    monkeypatch.setattr("requests.Session.request", answer)

    said = EmailChannel().send(make_letter())

    assert said == "Postmark m-1"
    assert '"greenlight_tag": "tag1"' in sent[0]


def test_a_provider_that_does_not_answer_is_not_asked_again(settings, monkeypatch):
    settings.EMAIL_BACKEND = backend_of("postmark")
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "k"}

    def answer(session, method, url, **kwargs):
        raise requests.ReadTimeout("no answer")

    monkeypatch.setattr("requests.Session.request", answer)

    with pytest.raises(OutcomeUnknown, match="no answer"):
        EmailChannel().send(make_letter())
