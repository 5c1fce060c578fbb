"""Watch what the rules of the audiences that are there wait for."""

from collections.abc import Iterator
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CONSUMERS = {"audiences": False, "audiences.history": True}


def mentioned(document: Any) -> Iterator[str]:
    """Give the names of events and changes that a rule mentions."""
    kind = document.get("kind")
    if kind == "event":
        yield document["name"]
    elif kind in ("attribute", "list"):
        yield "contact_changed"
    elif kind == "not":
        yield from mentioned(document["condition"])
    for inner in document.get("conditions", ()):
        yield from mentioned(inner)


def watch(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Write what is watched, for each of the two consumers; nothing without audiences."""
    watched = apps.get_model("contacts", "WatchedEvent")
    live = apps.get_model("audiences", "Audience").objects.filter(archived_at=None)
    rules = list(live.values_list("rule", flat=True))
    if not rules:
        return
    names = {name for rule in rules for name in mentioned(rule)}
    for consumer, tells_history in CONSUMERS.items():
        also = {"contact_changed"} if tells_history else set()
        for name in sorted(names | also):
            watched.objects.get_or_create(
                consumer=consumer, name=name, defaults={"tells_history": tells_history}
            )


class Migration(migrations.Migration):
    dependencies = [
        ("audiences", "0002_collection"),
        ("contacts", "0003_collection"),
    ]

    # Watching again, or more than is needed, harms nothing: there is nothing to take back.
    operations = [migrations.RunPython(watch, migrations.RunPython.noop)]
