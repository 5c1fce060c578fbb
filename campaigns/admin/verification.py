"""How the other system checks who speaks, to be copied; a test runs it."""

VERIFICATION = '''import base64, hashlib, hmac, time

def is_from_greenlight(secret, headers, body):
    """Whether a request was signed just now; body is the raw bytes."""
    name = headers["webhook-id"]
    at = headers["webhook-timestamp"]
    if abs(time.time() - int(at)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{name}.{at}.".encode() + body, hashlib.sha256)
    right = "v1," + base64.b64encode(signed.digest()).decode()
    given = headers["webhook-signature"].split(" ")
    return any(hmac.compare_digest(right, one) for one in given)
'''

READING = (
    "Take the body as the bytes that came, before anything parses it.",
    "Answer with a status from 200 to 299 within ten seconds. 429 and 500 to 599 are tried"
    " again for about ten hours; “Retry-After” is respected. Anything else is not tried again.",
    "Keep each “webhook-id” that you have taken for a day or more. A webhook may come twice,"
    " with the same id; then answer as before and do nothing.",
)

REPORT = """POST {url}
webhook-id: a name of yours for this report
webhook-timestamp, webhook-signature: signed with the same secret, as above

{{"type": "message.delivered",
 "timestamp": "2026-11-20T12:00:00Z",
 "data": {{"message": the webhook-id that you got, "details": ""}}}}"""
