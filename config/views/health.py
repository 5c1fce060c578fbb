"""Whether the site is well, for load balancers and monitors."""

import logging
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.worker import HEARTBEAT
from contacts.models import Doorbell

log = logging.getLogger(__name__)

# A worker shows each second that it lives.
SILENCE = timedelta(seconds=30)


@require_safe
@never_cache
def show_life(request: HttpRequest) -> HttpResponse:
    """Answer while the process can answer at all; asks nothing of the database."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
@never_cache
def show_readiness(request: HttpRequest) -> JsonResponse:
    """
    Tell whether requests can be served: 200 if so, else 503 with the reason.

    A missing worker is told and does not make the site unready: pages still work, and what
    is due waits.
    """
    try:
        problems = find_problems()
        worker = worker_state()
    except Error as error:
        # Its own words name hosts and users, which visitors need not know.
        log.warning("The database does not answer: %s", error)
        problems, worker = ["The database does not answer."], None
    answer = {"ready": not problems, "problems": problems, "worker": worker}
    return JsonResponse(answer, status=503 if problems else 200)


@lru_cache(maxsize=1)
def known_migrations() -> frozenset[tuple[str, str]]:
    """Name the migrations of this version; read from the disk once."""
    return frozenset(MigrationLoader(None).disk_migrations)


def find_problems() -> list[str]:
    """Look whether the database takes writes and has the tables of this version."""
    problems = []
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        if cursor.fetchone()[0] == "on":
            problems.append("The database takes no writes.")
    missing = (
        known_migrations() - MigrationRecorder(connection).applied_migrations().keys()
    )
    if missing:
        problems.append(f"{len(missing)} migrations are not applied: manage.py migrate")
    return problems


def worker_state() -> dict[str, Any]:
    """Tell when a worker last showed that it lives."""
    bell = Doorbell.objects.filter(slice_name=HEARTBEAT).first()
    if bell is None or bell.answered_at is None:
        return {"alive": False, "last_seen_seconds": None}
    silence = timezone.now() - bell.answered_at
    return {
        "alive": silence <= SILENCE,
        "last_seen_seconds": round(max(0.0, silence.total_seconds()), 1),
    }
