"""Who does a task: the choices of a form, and the rule that is kept of them."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth import get_user_model

ANYONE, BY_ATTRIBUTE, USER = "anyone", "attribute", "user:"


def owner_choices() -> Iterator[tuple[str, str]]:
    """List who may own a task."""
    yield ANYONE, "Anybody"
    yield BY_ATTRIBUTE, "Whom an attribute of the person names"
    staff = get_user_model().objects.filter(is_active=True, is_staff=True)
    for user in staff.order_by("username"):
        yield f"{USER}{user.pk}", user.get_full_name() or user.get_username()


def choice_of(owner: dict[str, Any]) -> str:
    """Give the choice that a rule stands for."""
    rule = str(owner["rule"])
    return f"{USER}{owner['user']}" if rule == "user" else rule


def rule_of(choice: str, attribute: str) -> dict[str, Any]:
    """Give the rule that a choice stands for; nobody in particular for none."""
    if choice.startswith(USER):
        return {"rule": "user", "user": int(choice.removeprefix(USER))}
    if choice == BY_ATTRIBUTE:
        return {"rule": BY_ATTRIBUTE, "attribute": attribute.strip()}
    return {"rule": ANYONE}
