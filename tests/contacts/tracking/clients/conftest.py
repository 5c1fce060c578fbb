import pytest

from contacts.models import InboxBody
from contacts.tracking.messages import Message, read_body
from tests.web_server import running_server


@pytest.fixture(scope="session")
def site(django_db_setup, django_db_blocker):
    """The site as it is shipped, on the database of the tests."""
    with django_db_blocker.unblock(), running_server("config.wsgi") as (_, port):
        yield f"http://localhost:{port}"


@pytest.fixture
def delivered(transactional_db):
    """What came so far: all messages, in the order of their requests."""

    def read():
        return [
            message
            for row in InboxBody.objects.order_by("id")
            for message in read_body(
                row.body,
                encoding=row.encoding,
                route=row.route,
                source_id=row.source_id,
                uid=row.uid,
                received_at=row.received_at,
            )
        ]

    return read


@pytest.fixture
def delivered_once(delivered):
    """What came, after checking that all of it was understood and nothing came twice."""

    def read():
        messages = delivered()
        assert {type(message) for message in messages} <= {Message}
        ids = [message.message_id for message in messages]
        assert len(set(ids)) == len(ids)
        return messages

    return read
