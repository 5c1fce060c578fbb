"""The demo's mailbox: read the mails that were sent."""

from django.conf import settings
from django.contrib.auth.decorators import user_passes_test
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.views.decorators.http import require_safe

from config.mailbox import MailFile, find_mail, list_mails, part_of

for_staff = user_passes_test(
    lambda user: user.is_active and user.is_staff, login_url="admin:login"
)
PER_PAGE = 50
# The mail is a stranger here: it may show pictures and styles, and run nothing.
MAIL_POLICY = (
    "default-src 'none'; img-src * data:; style-src 'unsafe-inline'; font-src data:; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
SHOWN_HEADERS = (
    "From",
    "Reply-To",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
)


@require_safe
@for_staff
def list_mailbox(request: HttpRequest) -> HttpResponse:
    """List the mails, newest first, for the recipients that are searched for."""
    search = request.GET.get("q", "")
    mails = list_mails(settings.MAILBOX_DIR, search=search)
    page = Paginator(mails, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": [describe(mail) for mail in page],
        "page": page,
        "search": search,
        "site_url": settings.SITE_URL,
    }
    return render(request, "mailbox/list.html", context)


@require_safe
@for_staff
def show_mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show a mail: as it looks, as text, and its headers."""
    mail = get_mail(name)
    message = mail.read()
    context = {
        **describe(mail),
        "headers": [
            (header, str(message[header]))
            for header in SHOWN_HEADERS
            if message[header] is not None
        ],
        "text": part_of(message, "plain"),
        "has_html": bool(part_of(message, "html")),
        "search": request.GET.get("q", ""),
    }
    return render(request, "mailbox/mail.html", context)


@require_safe
@for_staff
def show_mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """Give the HTML of a mail for its frame; links open in a tab of their own."""
    html = part_of(get_mail(name).read(), "html")
    response = HttpResponse(f'<base target="_blank">{html}')
    response["Content-Security-Policy"] = MAIL_POLICY
    return response


@require_safe
@for_staff
def show_mail_source(request: HttpRequest, name: str) -> HttpResponse:
    """Give a mail as it came."""
    mail = get_mail(name)
    content = (mail.folder / mail.name).read_text(errors="replace")
    return HttpResponse(
        f"<!doctype html><title>Source</title><pre>{escape(content)}</pre>"
    )


def get_mail(name: str) -> MailFile:
    """Find the mail or answer 404."""
    mail = find_mail(settings.MAILBOX_DIR, name)
    if mail is None:
        raise Http404("There is no such mail.")
    return mail


def describe(mail: MailFile) -> dict[str, object]:
    """Read what a row of the list shows: one file."""
    message = mail.read()
    sender = message["From"]
    addresses = sender.addresses if sender is not None else ()
    name = addresses[0].display_name or addresses[0].addr_spec if addresses else ""
    preview = " ".join(part_of(message, "plain").split())[:140]
    return {
        "mail": mail,
        "sender": name,
        "subject": str(message["Subject"] or "") or "(no subject)",
        "preview": preview,
    }
