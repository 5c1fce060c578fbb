"""What advocates say about their own link: its name, whether theirs is shown, a code to print."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from referrals.naming import NameTaken, choose_name
from referrals.qr import KINDS, qr_file
from referrals.showing import show_advocate
from referrals.slugs import NameRefused
from referrals.views.link import say
from referrals.views.share import find_page_owner, own_texts


@require_POST
def name_link(request: HttpRequest, token: str) -> HttpResponse:
    """Give the link the name that the advocate chose, or say why it can't have it."""
    advocate = find_page_owner(token)
    if advocate is None:
        return say(request, "unknown", status=404)
    problem = ""
    try:
        choose_name(
            advocate=advocate, name=request.POST.get("name", ""), now=timezone.now()
        )
    except NameTaken:
        problem = "taken"
    except NameRefused:
        problem = "refused"
    page = reverse("referrals_share_page", args=[token])
    return redirect(f"{page}{f'?link={problem}' if problem else ''}#own-link")


@require_POST
def show_name(request: HttpRequest, token: str) -> HttpResponse:
    """Show friends the advocate's first name, or show it no more."""
    advocate = find_page_owner(token)
    if advocate is None:
        return say(request, "unknown", status=404)
    show_advocate(
        advocate=advocate,
        is_shown=request.POST.get("shown") == "1",
        statement=own_texts(request, advocate).words["name_show"],
        now=timezone.now(),
    )
    return redirect(f"{reverse('referrals_share_page', args=[token])}#own-link")


@require_safe
def download_qr(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """Answer with the link as a QR code to print."""
    advocate = find_page_owner(token)
    if advocate is None:
        return say(request, "unknown", status=404)
    if kind not in KINDS:
        raise Http404("There is no such file.")
    return qr_file(advocate.code, {"channel": "qr"}, kind=kind)
