"""What a browser may do on a page that anybody can open."""

from csp.constants import NONE, SELF
from django.http import HttpResponseBase

# No script and no style but our files, nothing from elsewhere; pictures may be part of the page.
STRICT = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "connect-src": [SELF],
    "object-src": [NONE],
    "base-uri": [NONE],
    "form-action": [SELF],
    "frame-ancestors": [SELF],
}


def be_strict(response: HttpResponseBase) -> None:
    """Forbid everything that our public pages do not need."""
    # The name under which the middleware looks for a policy of this answer alone.
    response._csp_config = STRICT  # type: ignore[attr-defined]
