"""Products whose pages show asks: their keys, from where they ask, and what to paste."""

import gzip
from typing import Any, cast
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from campaigns.channels.vouching import make_key, make_secret
from campaigns.models import InAppSite
from campaigns.widget import write_script
from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages
from contacts.sealed import NotOpened
from referrals.models import Program

PERMISSION = "campaigns.change_inappsite"
MOST_ORIGINS = 20


class SiteForm(forms.ModelForm):
    """A product: its name, and where its pages are."""

    origins = forms.CharField(
        label="Its pages are at",
        widget=forms.Textarea(
            attrs={"rows": 3, "placeholder": "https://app.example.com"}
        ),
        help_text="One address a line, without a path. Pages elsewhere may not ask.",
    )

    class Meta:
        model = InAppSite
        fields = ("name", "program")
        labels = {"program": "Shown to who is not signed in"}
        help_texts = {
            "program": "Only the offer of this program. Leave it blank to show nothing."
        }
        widgets = {"name": forms.TextInput(attrs={"placeholder": "Our app"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the origins, one a line."""
        super().__init__(*args, **kwargs)
        self.fields["origins"].initial = "\n".join(self.instance.origins)
        program = cast(forms.ModelChoiceField, self.fields["program"])
        program.queryset = Program.objects.running().order_by("name", "pk")
        program.empty_label = "Nothing"

    def clean_origins(self) -> list[str]:
        """Take each line as an origin."""
        origins = [
            _origin_of(line.strip())
            for line in self.cleaned_data["origins"].splitlines()
            if line.strip()
        ]
        if len(origins) > MOST_ORIGINS:
            raise forms.ValidationError(f"Write at most {MOST_ORIGINS} addresses.")
        return list(dict.fromkeys(origins))


class InAppPage(AdminPage):
    """The products, and a new one."""

    title = "In your product"
    shows_people = False
    permission_required = ("campaigns.view_inappsite",)
    template_name = "campaigns/in_app.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the products and the form of a new one."""
        kwargs.setdefault("form", SiteForm())
        return super().get_context_data(
            sites=InAppSite.objects.order_by("name", "pk"),
            may_change=self.user.has_perm(PERMISSION),
            **kwargs,
        )

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Make one, and lead to what is to be pasted."""
        if not self.user.has_perm(PERMISSION):
            raise PermissionDenied
        form = SiteForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        site = form.save(commit=False)
        site.origins = form.cleaned_data["origins"]
        site.key, site.secret = make_key(), make_secret()
        site.created_by = self.user
        site.save()
        return HttpResponseRedirect(_address_of(site))


class InAppSitePage(AdminPage):
    """One product: what to paste, its switch, its secret."""

    title = "In your product"
    shows_people = False
    permission_required = ("campaigns.view_inappsite",)
    template_name = "campaigns/in_app_site.html"

    def find_row(self) -> None:
        """Find the product."""
        self.site = get_object_or_404(InAppSite, pk=self.kwargs["pk"])
        asked = self.request.GET.get("mode", "")
        self.mode = asked if asked in MODES else "banner"

    def get_title(self) -> str:
        """Title the page with its name."""
        return self.site.name

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to all of them."""
        return [Crumb(self.title, reverse("admin:campaigns_in_app"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what is pasted into the product's pages and its server."""
        kwargs.setdefault("form", SiteForm(instance=self.site))
        return super().get_context_data(
            site=self.site,
            secret=secret_of(self.site),
            may_change=self.user.has_perm(PERMISSION),
            script=SCRIPT.format(
                url=f"{settings.SITE_URL}{reverse('campaigns_widget')}",
                key=self.site.key,
                mode=MODES[self.mode][1],
            ),
            modes=[(key, words, key == self.mode) for key, (words, _) in MODES.items()],
            mode=self.mode,
            weight=weight_of_script(),
            servers=list(SERVERS.items()),
            home=settings.SITE_URL,
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Save it, switch it on or off, or give it a new secret."""
        if not self.user.has_perm(PERMISSION):
            raise PermissionDenied
        what = request.POST.get("do", "")
        if what == "save":
            form = SiteForm(request.POST, instance=self.site)
            if not form.is_valid():
                self.site.refresh_from_db()
                return self.render_to_response(self.get_context_data(form=form))
            site = form.save(commit=False)
            site.origins = form.cleaned_data["origins"]
            site.save(update_fields=["name", "origins", "program"])
            messages.success(request, "Saved.")
        elif what == "secret":
            self.site.secret = make_secret()
            self.site.save(update_fields=["sealed_secret"])
            messages.success(
                request, "The old secret works no more. Put the new one on your server."
            )
        else:
            is_off = self.site.disabled_at is not None
            self.site.disabled_at = None if is_off else timezone.now()
            self.site.disabled_by = None if is_off else self.user
            self.site.save(update_fields=["disabled_at", "disabled_by"])
        return HttpResponseRedirect(_address_of(self.site))


def secret_of(site: InAppSite) -> str:
    """Give the secret of a product; nothing if it can't be opened any more."""
    try:
        return site.secret
    except NotOpened:
        return ""


def weight_of_script() -> float:
    """Say how heavy the script is on its way, in kilobytes."""
    return len(gzip.compress(write_script().encode())) / 1000


def _address_of(site: InAppSite) -> str:
    """Write the address of a product's page."""
    return reverse("admin:campaigns_in_app_site", args=[site.pk])


def _origin_of(text: str) -> str:
    """Read an origin as browsers write it."""
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        port = -1
    is_whole = parts.scheme in ("https", "http") and parts.hostname and port != -1
    if not is_whole or parts.path not in ("", "/") or parts.query or parts.username:
        raise forms.ValidationError(
            f"“{text[:80]}” is not the address of a site, such as https://app.example.com."
        )
    usual = {"https": 443, "http": 80}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return f"{parts.scheme}://{host}" + (
        f":{port}" if port not in (None, usual) else ""
    )


# Each way to show it, in words, and what the script is told.
MODES = {
    "banner": ("A banner in the corner", ""),
    "modal": ("A dialog in the middle", '\n  data-mode="modal"'),
    "inline": ("A card in the page", '\n  data-mode="inline" data-into="#invite"'),
    "button": (
        "A button that opens a dialog",
        '\n  data-mode="button" data-into="#invite"',
    ),
}

SCRIPT = """<script src="{url}" defer
  data-key="{key}"{mode}
  data-user="{{{{ the id of the user who is signed in }}}}"
  data-expires="{{{{ expires }}}}"
  data-signature="{{{{ signature }}}}"></script>"""

SERVERS = {
    "Python": """import hashlib, hmac, time

expires = int(time.time()) + 3600
signature = hmac.new(
    GREENLIGHT_SECRET.encode(), f"{user_id}.{expires}".encode(), hashlib.sha256
).hexdigest()""",
    "Node.js": """import { createHmac } from "node:crypto";

const expires = Math.floor(Date.now() / 1000) + 3600;
const signature = createHmac("sha256", GREENLIGHT_SECRET)
  .update(`${userId}.${expires}`).digest("hex");""",
    "PHP": """$expires = time() + 3600;
$signature = hash_hmac("sha256", "$userId.$expires", GREENLIGHT_SECRET);""",
    "Ruby": """expires = Time.now.to_i + 3600
signature = OpenSSL::HMAC.hexdigest("SHA256", GREENLIGHT_SECRET, "#{user_id}.#{expires}")""",
}

register_pages(
    [
        path("settings/in-app/", InAppPage.as_view(), name="campaigns_in_app"),
        path(
            "settings/in-app/<int:pk>/",
            InAppSitePage.as_view(),
            name="campaigns_in_app_site",
        ),
    ]
)
