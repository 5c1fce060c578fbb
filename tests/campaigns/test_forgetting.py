"""What becomes of what waits for a person who is forgotten."""

import pytest

from campaigns.forgetting import stop_passes
from campaigns.models import Ask, Enrollment, Message, Task
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_campaign,
    make_message,
    make_task,
)

pytestmark = pytest.mark.django_db


def test_what_waits_is_called_back_though_the_flow_is_done():
    campaign = make_campaign(state="running")
    asks = [make_ask(campaign) for _ in range(2)]
    for ask in asks:
        make_message(ask, channel="dm", state="waiting")
        make_task(ask=ask, kind="dm")
    Enrollment.objects.update(state="completed", due_at=None)

    stop_passes(asks[0].contact_id, NOW)

    def states(model):
        return list(model.objects.order_by("contact_id").values_list("state"))

    assert states(Message) == [("canceled",), ("waiting",)]
    assert states(Task) == [("withdrawn",), ("open",)]
    assert [ask.refunded_at for ask in Ask.objects.order_by("contact_id")] == [
        NOW,
        None,
    ]
