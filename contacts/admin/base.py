"""The base of every admin page: own pages, lists, and the progress of long work."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.generic.base import TemplateResponseMixin, View
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from contacts.exports import (
    CsvResource,
    csv_response,
    make_resource,
    rows_from_mappings,
)
from contacts.models import Work
from contacts.work import request_cancel

STOP_POLLING = 286
# What every page that shows a person asks for, beside its own permission.
SEE_PEOPLE = "contacts.view_contact"
# A piece of work that nobody has taken up for this long says so on its page.
WORKER_PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True)
class Crumb:
    """A link to a page above this one."""

    title: str
    link: str


class AdminPage(PermissionRequiredMixin, TemplateResponseMixin, View):
    """
    A page inside the admin, mounted twice: whole, and ``results_only`` for htmx.

    Subclasses give ``title``, ``permission_required``, ``template_name`` (it extends
    ``admin/page.html``) and, if a part of the page is swapped, ``results_template_name``,
    which the page includes. ``get_title`` and ``get_breadcrumbs`` may depend on the row,
    which ``find_row`` fetches: it runs only for who may see the page.

    A page is for those who may see people, unless it says that it ``shows_people = False``.
    """

    title: str
    permission_required: tuple[str, ...]
    shows_people = True
    results_template_name: str
    results_only = False
    raise_exception = True

    @property
    def user(self) -> User:
        """Who is signed in; asked only once ``dispatch`` has let somebody in."""
        return cast(User, self.request.user)

    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Send who is not signed in to the sign-in page; refuse who may not."""
        if not request.user.is_authenticated:
            self.raise_exception = False
        if not self.has_permission():
            return self.handle_no_permission()
        self.find_row()
        return super().dispatch(request, *args, **kwargs)

    def get_permission_required(self) -> Sequence[str]:
        """Name what the page needs."""
        own = tuple(super().get_permission_required())
        return (*own, SEE_PEOPLE) if self.shows_people else own

    def has_permission(self) -> bool:
        """Let only staff in, as the admin does: who has left it keeps his roles."""
        return self.user.is_staff and super().has_permission()

    def find_row(self) -> None:
        """Fetch what the address names, or answer 404; nothing by itself."""

    @property
    def may_see_people(self) -> bool:
        """Whether the part of a page that shows people is for this user."""
        return self.request.user.has_perm(SEE_PEOPLE)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with the template."""
        return self.render_to_response(self.get_context_data(**kwargs))

    def get_template_names(self) -> list[str]:
        """Name the part or the page."""
        if self.results_only:
            return [self.results_template_name]
        return super().get_template_names()

    def get_title(self) -> str:
        """Title the page."""
        return self.title

    def get_breadcrumbs(self) -> list[Crumb]:
        """List the pages above this one, highest first."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what the frame of the admin needs."""
        parent = super()
        context = (
            parent.get_context_data(**kwargs)
            if hasattr(parent, "get_context_data")
            else kwargs
        )
        context = {"title": self.get_title(), **context}
        if self.results_only:
            return context
        return {
            **admin.site.each_context(self.request),
            "breadcrumbs": self.get_breadcrumbs(),
            **context,
        }


class WorkProgressPage(AdminPage):
    """
    The progress of a row that derives from ``Work``, as a part that polls itself.

    Mount it once, with the row's id as ``pk``; give ``model``, ``permission_required``,
    ``stop_permission``, which who stops it needs beside that, and ``url_name``
    (``"admin:contacts_import_progress"``). The page that shows it includes
    ``components/_progress.html`` with the context of ``progress_context``. GET answers the
    part, with status 286 once the work is over, which stops the polling and sends the event
    ``work-over`` to the page; POST asks the work to stop.
    """

    model: type[Work]
    url_name: str
    stop_permission: str
    title = "Progress"
    shows_people = False
    results_only = True
    results_template_name = "components/_progress.html"
    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show how far the work is."""
        return self.show(get_object_or_404(self.model, pk=kwargs["pk"]))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask the work to stop, then show how far it is."""
        if not request.user.has_perm(self.stop_permission):
            raise PermissionDenied
        work = get_object_or_404(self.model, pk=kwargs["pk"])
        request_cancel(work, now=timezone.now())
        return self.show(work)

    def show(self, work: Work) -> HttpResponse:
        """Render the part."""
        context = self.get_context_data(
            **progress_context(
                work,
                url_name=self.url_name,
                may_stop=self.user.has_perm(self.stop_permission),
                now=timezone.now(),
            )
        )
        response = self.response_class(
            request=self.request,
            template=self.get_template_names(),
            context=context,
            status=STOP_POLLING if work.is_over else 200,
        )
        if work.is_over:
            response["HX-Trigger"] = "work-over"
        return response


def progress_context(
    work: Work, *, url_name: str, may_stop: bool, now: datetime
) -> dict[str, Any]:
    """Collect what ``components/_progress.html`` shows."""
    is_waiting = work.lease_owner == "" and not work.is_over
    return {
        "work": work,
        "progress_url": reverse(url_name, args=[work.pk]),
        "progress_may_stop": may_stop,
        "progress_rate": work.rate(now),
        "progress_remaining": work.remaining(now),
        "progress_is_stuck": is_waiting and now - work.created_at > WORKER_PATIENCE,
    }


class CsvExportMixin:
    """
    An own page whose rows can be downloaded: ``?format=csv``.

    Give ``csv_name``, ``csv_headers`` (key → title) and ``get_csv_rows``; a page that is for
    everybody while its file is not says ``csv_shows_people``.
    """

    csv_name: str
    csv_shows_people = False
    csv_headers: Mapping[str, str]

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List the rows, each with the keys of ``csv_headers``."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with the file if it is asked for."""
        if request.GET.get("format") == "csv":
            if self.csv_shows_people and not request.user.has_perm(SEE_PEOPLE):
                raise PermissionDenied
            return csv_response(
                self.csv_name,
                list(self.csv_headers.values()),
                rows_from_mappings(self.get_csv_rows(), list(self.csv_headers)),
            )
        return super().get(request, *args, **kwargs)  # type: ignore[misc]  # of the view beside it


class RowList(ChangeList):
    """A list that knows the whole number of its rows when nothing narrows it."""

    def get_results(self, request: HttpRequest) -> None:
        """Take the number of rows found for the whole, if all are."""
        super().get_results(request)
        self.opts = self.model_admin.opts
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class ListAdmin(ModelAdmin):
    """
    The base of every list of rows: 25 a page, no full count, exported as CSV.

    ``export_fields`` names the fields of the file (default: all that are not long), or
    ``export_resource`` gives a resource. ``empty_*`` say what to do first on an empty list.
    As with pages, a list is for those who may see people unless it ``shows_people = False``.
    """

    shows_people = True
    list_per_page = 25
    show_full_result_count = False
    list_filter_submit = True
    # One count for each choice of each filter is too much for a list of a million.
    show_facets = admin.ShowFacets.NEVER
    compressed_fields = True
    warn_unsaved_form = True
    change_list_template = "admin/list.html"
    export_fields: Sequence[str] = ()
    export_resource: type[CsvResource] | None = None
    empty_title = ""
    empty_text = ""
    empty_link_title = ""
    empty_url_name = ""

    def may_open(self, request: HttpRequest) -> bool:
        """Whether the people that the list shows, if it does, are for this user."""
        return not self.shows_people or request.user.has_perm(SEE_PEOPLE)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep lists of people to those who may see people."""
        return self.may_open(request) and super().has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep them so on the form, too."""
        return self.may_open(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep them so where a row is deleted, too."""
        return self.may_open(request) and super().has_delete_permission(request, obj)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[RowList]:
        """Use our list."""
        return RowList

    def get_urls(self) -> list[URLPattern]:
        """Add the address of the export."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/", view, name=name), *super().get_urls()]

    def get_export_resource(self) -> type[CsvResource]:
        """Choose what the file holds."""
        if self.export_resource is not None:
            return self.export_resource
        fields = self.export_fields or [field.name for field in self.opts.fields]
        return make_resource(self.model, fields)

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the whole list, under the filters and the search of the page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            changelist = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            # The list says so in its own way.
            return HttpResponseRedirect(f"../?{request.GET.urlencode()}")
        resource = self.get_export_resource()()
        return csv_response(
            str(self.opts.verbose_name_plural),
            resource.get_export_headers(),
            resource.csv_rows(changelist.get_queryset(request)),
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add the address of the export and what an empty list says."""
        export = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_export")
        query = request.GET.urlencode()
        return super().changelist_view(
            request,
            {
                "title": str(self.opts.verbose_name_plural).capitalize(),
                "export_url": f"{export}?{query}" if query else export,
                "empty_title": self.empty_title,
                "empty_text": self.empty_text,
                "empty_link_title": self.empty_link_title,
                "empty_link": reverse(self.empty_url_name)
                if self.empty_url_name
                else "",
                **(extra_context or {}),
            },
        )
