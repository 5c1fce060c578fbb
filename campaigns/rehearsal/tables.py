"""
A world of its own: temporary tables that go by the names of the real ones.

PostgreSQL looks for a table among the temporary ones of the connection first, so every statement
of the engine finds the copy, and commits. Nothing of it is written to the log of the database,
seen by others, or left when the connection ends, however it ends. Once the tables are filled the
connection may only read: in a read-only transaction PostgreSQL lets temporary tables be written,
and refuses to write or lock a row of any other. So a table that was forgotten here is an error,
never a side effect.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection, models

from campaigns.models import Campaign
from contacts.models import PersonModel, Work
from contacts.worlds import world

# What the engine writes or locks, and what was otherwise in the past, beside the tables of
# campaigns. Everything else is read as it is today.
SHADOWED = (
    "contacts_contact",
    "contacts_attributechange",
    "contacts_event",
    "contacts_reaction",
    "contacts_watchedevent",
    "contacts_consent",
    "contacts_consentchange",
    "contacts_suppression",
    "contacts_listmembership",
    "audiences_audience",
    "audiences_membership",
    "audiences_membershipchange",
    "audiences_membershipreaction",
    "audiences_watchedaudience",
    "audiences_watcheddate",
    "audiences_clockhead",
    "referrals_advocate",
    "referrals_referralcode",
    "referrals_askpreference",
)
# Tables of campaigns that keep no state of people; who writes them is refused.
READ = frozenset(
    {
        "campaigns_guardrail",
        "campaigns_incidentkey",
        "campaigns_inappsite",
        "campaigns_picture",
        "campaigns_draftrevision",
        "campaigns_sendingrate",
    }
)
# Where the ids of the copies begin, so that none is that of a real row.
FIRST_ID = 1_000_000_000_000_000
BUFFERS = "128MB"

T = TypeVar("T")


def shadowed_tables() -> list[str]:
    """Name every table that has a copy."""
    return [*SHADOWED, *(model._meta.db_table for model in _own_models())]


def _own_models() -> Iterator[type[models.Model]]:
    """List the models of campaigns that get a copy: all but settings and rehearsals."""
    for model in apps.get_app_config(Campaign._meta.app_label).get_models():
        if model._meta.db_table not in READ and not _is_of_rehearsals(model):
            yield model


def _is_of_rehearsals(model: type[models.Model]) -> bool:
    """Whether a table keeps what came of rehearsals."""
    return model.__name__.startswith("Rehears")


def copied_by_default() -> list[str]:
    """Name tables of campaigns of which nobody has said how they were in the past."""
    return [
        model._meta.db_table
        for model in _own_models()
        if not issubclass(model, PersonModel | Work)
    ]


def in_a_world_of_its_own(
    number: int, work: Callable[[Event], T], meanwhile: Callable[[], None] | None = None
) -> T:
    """
    Do something in a world of its own, and give what came of it.

    In a thread, and so on a connection, that nobody else has; it is closed whatever happens, for
    nobody may ever find a copy where he looks for a table. ``meanwhile`` is called every second
    out here; if it raises, the work is told so by the event that it got, and is waited for.
    """
    halt = Event()
    came: list[T] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            with world(number), open_world():
                came.append(work(halt))
        except BaseException as error:  # noqa: BLE001 - it is raised where it belongs
            raised.append(error)

    thread = Thread(target=run, name=f"rehearsal {number}", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(1.0)
            if meanwhile:
                meanwhile()
    finally:
        halt.set()
        thread.join()
    if raised:
        raise raised[0]
    return came[0]


@contextmanager
def open_world() -> Iterator[None]:
    """
    Make the copies, empty, on the connection of this thread; it must not have been used before.

    Whoever is inside fills them and then calls ``close_the_doors``.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET temp_buffers = '{BUFFERS}'")
            cursor.execute("SET jit = off")
            for place, table in enumerate(shadowed_tables()):
                cursor.execute(
                    f'CREATE TEMPORARY TABLE "{table}" (LIKE {real(table)} INCLUDING ALL)'
                )
                _number_apart(table, place)
        yield
    finally:
        raw = connection.connection
        if raw is not None:
            # Closed before anything could keep it for later.
            raw.close()
        connection.close()


def close_the_doors() -> None:
    """From here on nothing but the copies can be written or locked."""
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")


def analyze(tables: Sequence[str] = ()) -> None:
    """Tell the planner what is in the copies."""
    with connection.cursor() as cursor:
        for table in tables or shadowed_tables():
            cursor.execute(f'ANALYZE pg_temp."{table}"')


def real(table: str) -> str:
    """Name the real table behind a copy."""
    return f'public."{table}"'


def run(statement: str, values: dict[str, Any] | None = None) -> int:
    """Run a statement in which ``real.x`` is a real table; how many rows it hit."""
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("real.", "public."), values or {})
        return cursor.rowcount


def fetch(
    statement: str, values: dict[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    """Fetch the rows of such a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("real.", "public."), values or {})
        return cursor.fetchall()


def _number_apart(table: str, place: int) -> None:
    """Let the ids of a copy begin beyond all real ones."""
    model = next(
        (one for one in apps.get_models() if one._meta.db_table == table), None
    )
    if model is not None and model._meta.pk.get_internal_type().endswith("AutoField"):
        first = FIRST_ID + place * 1_000_000_000
        with connection.cursor() as cursor:
            cursor.execute(
                f'ALTER TABLE pg_temp."{table}"'
                f" ALTER COLUMN {model._meta.pk.column} RESTART WITH {first}"
            )
