"""A message counts once, however often, wherever and at the same time it is delivered."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.request import Request, urlopen

from contacts.drain.inbox import drain_inbox
from contacts.models import Contact, Event, Receipt, Source
from tests.factories.contacts import NOW
from tests.factories.tracking import make_key

COPIES = 60
ORDER = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u1",
    "messageId": "order-1001",
    "properties": {"total": 39.95},
}


def deliver(site, path, document):
    """Send a document, and give what is answered."""
    body = json.dumps(document).encode()
    request = Request(f"{site}{path}", body, {"Content-Type": "text/plain"})
    with urlopen(request, timeout=60) as reply:
        return reply.status, json.load(reply)


def test_sixty_copies_over_three_routes_and_two_processes_are_one_event(
    site, transactional_db
):
    key, other = make_key(name="Shop"), make_key(name="App")
    single = {**ORDER, "writeKey": key}
    ways = [
        ("/v1/track", single),
        ("/v1/t", single),
        ("/v1/batch", {"batch": [ORDER], "writeKey": key}),
    ]
    start = Barrier(20)

    def one_copy(number):
        start.wait(60)
        return deliver(site, *ways[number % 3])

    # The site runs in two processes; a drain is at work while the copies arrive.
    with ThreadPoolExecutor(20) as pool:
        replies = pool.map(one_copy, range(COPIES))
        drain_inbox(now=NOW)
        answers = list(replies)
    answers.append(deliver(site, "/v1/batch", {"batch": [ORDER], "writeKey": other}))
    while drain_inbox(now=NOW):
        pass

    assert answers == [(200, {"success": True})] * (COPIES + 1)
    shop, app = Source.objects.order_by("pk")
    receipts = Receipt.objects.values_list("source", "message_id", "state", "copies")
    assert sorted(receipts) == [
        (shop.pk, "order-1001", "accepted", COPIES - 1),
        (app.pk, "order-1001", "accepted", 0),
    ]
    events = Event.objects.filter(name="Order Completed")
    assert Counter(events.values_list("source", flat=True)) == {shop.pk: 1, app.pk: 1}
    assert Contact.objects.count() == 1
