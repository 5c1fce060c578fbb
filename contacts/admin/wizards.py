"""What the pages of a wizard share: who is at work, the header of steps, the way between pages."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect

from contacts.admin.base import AdminPage


@dataclass(frozen=True)
class Step:
    """A step of a wizard in its header; no link while it cannot be reached."""

    title: str
    link: str = ""


class Wizard(AdminPage):
    """A page of a wizard; ``step`` counts from 1."""

    step = 1

    def show(self, **context: Any) -> HttpResponse:
        """Answer a form that could not be taken."""
        return self.render_to_response(self.get_context_data(**context))

    def go(self, link: str) -> HttpResponse:
        """Go to another page, whether or not htmx asked."""
        if self.request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": link})
        return HttpResponseRedirect(link)


def positive(text: str | None) -> int:
    """Read a row number from an address; 0 if there is none."""
    if not text:
        return 0
    if not text.isdigit() or len(text) > 12:
        raise Http404
    return int(text)
