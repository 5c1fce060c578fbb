"""Ask the dispatcher as a server does."""

import base64
import io
import json

from contacts.models import InboxBody
from contacts.tracking.dispatcher import Dispatcher


def passed_on(environ, start_response):
    start_response("299 Passed On", [])
    return [b"django"]


class Reply:
    """What the dispatcher answered."""

    def __init__(self, status, headers, body):
        self.status = int(status.partition(" ")[0])
        self.headers = dict(headers)
        assert len(self.headers) == len(headers) or self.headers["Vary"]
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


def ask(path, body=b"", *, method="POST", key="", query="", stream=None, **headers):
    """Send a request as a server hands it over."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "192.0.2.7",
        "HTTP_HOST": "testserver",
        "wsgi.url_scheme": "http",
        "wsgi.input": stream or io.BytesIO(body),
        **headers,
    }
    if key:
        code = base64.b64encode(f"{key}:".encode()).decode()
        environ["HTTP_AUTHORIZATION"] = f"Basic {code}"
    seen = []
    parts = Dispatcher(passed_on)(environ, lambda *line: seen.append(line))
    return Reply(*seen[0], b"".join(parts))


def kept():
    return list(InboxBody.objects.order_by("id").values_list("route", "body"))
