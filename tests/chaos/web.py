"""Somebody who asks the web server again until it answers, as it is killed now and then."""

import base64
import json
import time
from http.client import HTTPConnection, HTTPException

PATIENCE = 300


class Visitor:
    def __init__(self, port):
        self.port = port

    def post(self, path, body, headers, *, good):
        """The status and the text of the first answer."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            link = HTTPConnection("127.0.0.1", self.port, timeout=10)
            try:
                link.request("POST", path, body, headers)
                answer = link.getresponse()
                text = answer.read()
            except (OSError, HTTPException):
                time.sleep(0.1)
            else:
                assert answer.status in good, (answer.status, text)
                return answer.status, text
            finally:
                link.close()
        raise AssertionError(f"The server does not answer {path}.")

    def track(self, key, items):
        code = base64.b64encode(f"{key}:".encode()).decode()
        headers = {
            "Authorization": f"Basic {code}",
            "Content-Type": "application/json",
        }
        self.post("/v1/batch", json.dumps({"batch": items}), headers, good=(200,))
