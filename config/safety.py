"""
What must be right before the site faces the world.

A site that is not the demo's refuses to start, web and worker alike, with a weak secret, with
the debugger on, or without knowing its own address. ``manage.py check --deploy`` says the
same beforehand.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from config.secrets import LEAST_LENGTH, is_weak

LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]", "::1"}


def find_dangers() -> list[Error]:
    """List what keeps the site from starting."""
    dangers = []
    if is_weak(settings.SECRET_KEY):
        dangers.append(
            Error(
                "The secret key is weak or the default.",
                hint=f"Set GREENLIGHT_SECRET_KEY to at least {LEAST_LENGTH} random "
                "characters. Make one with: "
                "python3 -c 'import secrets; print(secrets.token_urlsafe(60))'",
                id="greenlight.E001",
            )
        )
    hosts = {*settings.ALLOWED_HOSTS, urlsplit(settings.SITE_URL).hostname or ""}
    is_local = hosts <= LOCAL_HOSTS
    if settings.DEBUG and not is_local:
        dangers.append(
            Error(
                "GREENLIGHT_DEBUG is on for a site that others can reach.",
                hint="It shows the code and the settings to visitors. Unset it.",
                id="greenlight.E002",
            )
        )
    if settings.DEMO and not is_local:
        dangers.append(
            Error(
                "GREENLIGHT_DEMO is on for a site that others can reach.",
                hint="It shows every mail to who signs in, and sends none. Unset it.",
                id="greenlight.E003",
            )
        )
    if is_local and not settings.DEBUG and not settings.DEMO:
        dangers.append(
            Error(
                "The site does not know its address.",
                hint="Set GREENLIGHT_URL, such as https://referrals.example.com, and "
                "GREENLIGHT_HOSTS, such as referrals.example.com.",
                id="greenlight.E004",
            )
        )
    is_derived = settings.SUPPRESSION_KEY.endswith(settings.SECRET_KEY)
    if is_derived and not is_local:
        dangers.append(
            Error(
                "Suppressed addresses would be forgotten with the next secret key.",
                hint="Set GREENLIGHT_SUPPRESSION_KEY to random characters of its own, "
                "and never change it.",
                id="greenlight.E005",
            )
        )
    return dangers


@register(Tags.security, deploy=True)
def check_dangers(
    app_configs: Sequence[AppConfig] | None, **options: Any
) -> list[CheckMessage]:
    """Tell the dangers, and what weakens links of old mails, to ``check --deploy``."""
    return list(find_dangers())


def refuse_dangers() -> None:
    """
    Let nothing start that is not safe.

    :raises ImproperlyConfigured: with all that is wrong and what to do about it
    """
    dangers = find_dangers()
    if dangers:
        lines = [f"{danger.id}: {danger.msg} {danger.hint}" for danger in dangers]
        raise ImproperlyConfigured("\n".join(["Greenlight does not start.", *lines]))
