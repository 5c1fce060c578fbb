"""The least that a server can do with a request: read it, and say that all is well."""


def application(environ, start_response):
    """Read the body and answer as the tracking API does."""
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    body = b'{"success":true}'
    start_response(
        "200 OK",
        [("Content-Type", "application/json"), ("Content-Length", str(len(body)))],
    )
    return [body]
