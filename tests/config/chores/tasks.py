from contacts.background import Backlog, Slice, register_slice, run_slice
from contacts.models import Contact

TASK = "tests.config.chores.tasks.do_chores"


def due(now):
    return Backlog(Contact.objects.filter(first_name="due").count(), now)


def register():
    register_slice(Slice("chores", "Chores", TASK, due))


def do_chores():
    run_slice(
        "chores",
        lambda: Contact.objects.filter(first_name="due").update(first_name="done"),
    )
