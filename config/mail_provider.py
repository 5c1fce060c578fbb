"""Which provider sends our mail, as Anymail wants to be told; without one, a mail server."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

# Provider → the setting of Anymail that holds its key.
PROVIDERS = {
    "brevo": "BREVO_API_KEY",
    "mailersend": "MAILERSEND_API_TOKEN",
    "mailgun": "MAILGUN_API_KEY",
    "mandrill": "MANDRILL_API_KEY",
    "postmark": "POSTMARK_SERVER_TOKEN",
    "resend": "RESEND_API_KEY",
    "sparkpost": "SPARKPOST_API_KEY",
}
# Providers that sign their webhooks, and the setting of the key.
SIGNING = {
    "mailersend": "SIGNING_SECRET",
    "mailgun": "WEBHOOK_SIGNING_KEY",
    "mandrill": "WEBHOOK_KEY",
}
CLASSES = {"mailersend": "MailerSend", "sparkpost": "SparkPost"}


def class_name(provider: str) -> str:
    """Write a provider as Anymail's classes do."""
    return CLASSES.get(provider, provider.capitalize())


def backend_of(provider: str) -> str:
    """
    Name the class that sends.

    :raises ImproperlyConfigured: if Greenlight does not know the provider
    """
    if provider not in PROVIDERS:
        raise ImproperlyConfigured(
            f"GREENLIGHT_EMAIL_PROVIDER must be one of {', '.join(PROVIDERS)};"
            f" got {provider!r}."
        )
    return f"anymail.backends.{provider}.EmailBackend"


def webhook_of(provider: str) -> str:
    """Name the class that reads what the provider tells."""
    kind = "Combined" if provider == "mandrill" else "Tracking"
    return f"anymail.webhooks.{provider}.{class_name(provider)}{kind}WebhookView"


def anymail_settings(
    provider: str,
    *,
    api_key: str,
    webhook_secret: str,
    signing_key: str,
    api_url: str,
    domain: str,
) -> dict[str, Any]:
    """
    Collect Anymail's settings.

    :raises ImproperlyConfigured: if anybody could tell us what became of mails
    """
    prefix = provider.upper()
    if not webhook_secret and not (signing_key and provider in SIGNING):
        raise ImproperlyConfigured(
            "GREENLIGHT_EMAIL_WEBHOOK_SECRET must be set, such as name:password, and stand in"
            " the address of the provider's webhook; or else anybody can report bounces."
        )
    found: dict[str, Any] = {
        PROVIDERS[provider]: api_key,
        "WEBHOOK_SECRET": webhook_secret or [],
        "REQUESTS_TIMEOUT": (10, 60),
        "DEBUG_API_REQUESTS": False,
    }
    if signing_key and provider in SIGNING:
        found[f"{prefix}_{SIGNING[provider]}"] = signing_key
    if api_url:
        found[f"{prefix}_API_URL"] = api_url
    if domain and provider == "mailgun":
        found["MAILGUN_SENDER_DOMAIN"] = domain
    return found
