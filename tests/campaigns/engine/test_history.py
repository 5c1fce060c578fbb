"""The row of a campaign is locked before its state changes, and who changed it is kept."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, transaction

from campaigns.engine.history import lock, note
from campaigns.models import CampaignChange
from tests.factories.campaigns import NOW, make_campaign
from tests.factories.contacts import make_user


@pytest.mark.django_db
@pytest.mark.parametrize("is_by_hand", [True, False])
def test_who_changed_it_is_kept(is_by_hand):
    campaign = make_campaign(state="running")
    user = make_user() if is_by_hand else None

    note(campaign, CampaignChange.Change.PAUSED, user, NOW, {"because": "bounces"})

    change = campaign.changes.get()
    assert (change.change, change.changed_at, change.changed_by) == (
        "paused",
        NOW,
        user,
    )
    assert change.details == {"because": "bounces"}


@pytest.mark.django_db(transaction=True)
def test_two_who_lock_wait_for_each_other():
    campaign = make_campaign(state="running")

    def lock_too():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = 300")
                lock(campaign)
        except OperationalError:
            return "waits"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor() as others:
        with transaction.atomic():
            locked = lock(campaign)
            with connection.execute_wrapper(refuse):
                assert locked.published is not None
            meanwhile = others.submit(lock_too).result()
        afterwards = others.submit(lock_too).result()

    assert (meanwhile, afterwards) == ("waits", "done")


def refuse(execute, sql, params, many, context):
    """Let no query through."""
    raise AssertionError(sql)
