"""Pools of coupons: how many are left, and more of them from a file."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages
from contacts.models import Contact
from contacts.templatetags.greenlight import number
from referrals.delivery_forms import CodesForm, PoolForm
from referrals.models import Coupon, CouponPool
from referrals.rewards.coupons import BadCodes, fill_pool, read_codes, with_counts

LIST_URL = "admin:referrals_coupons"
ADD = "referrals.add_couponpool"
CHANGE = "referrals.change_couponpool"
PER_PAGE = 25
MOST_BYTES = 10_000_000


class CouponsPage(AdminPage):
    """The pools, and a new one."""

    title = "Coupons"
    shows_people = False
    permission_required = ("referrals.view_couponpool",)
    template_name = "referrals/coupons.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the pools with their counts, and an empty form."""
        kwargs.setdefault("form", PoolForm())
        return super().get_context_data(
            pools=with_counts(CouponPool.objects.order_by("name", "pk")),
            may_add=self.user.has_perm(ADD),
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Make a pool."""
        if not self.user.has_perm(ADD):
            raise PermissionDenied
        form = PoolForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        form.instance.created_by = self.user
        pool = form.save()
        return HttpResponseRedirect(
            reverse("admin:referrals_couponpool_change", args=[pool.pk])
        )


class PoolPage(AdminPage):
    """One pool: its coupons, and who has which."""

    title = "Coupons"
    permission_required = ("referrals.view_couponpool",)
    template_name = "referrals/coupon_pool.html"
    pool: Any

    def find_row(self) -> None:
        """Fetch the pool with its counts."""
        self.pool = get_object_or_404(
            with_counts(CouponPool.objects.all()), pk=self.kwargs["pk"]
        )

    def get_title(self) -> str:
        """Name the pool."""
        return str(self.pool)

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to all of them."""
        return [Crumb("Coupons", reverse(LIST_URL))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add who has which coupon, latest first."""
        kwargs.setdefault("form", CodesForm())
        given = Coupon.objects.filter(pool=self.pool.pk, issued_at__isnull=False)
        page = Paginator(given.order_by("-issued_at", "-pk"), PER_PAGE).get_page(
            self.request.GET.get("page")
        )
        people = Contact.objects.in_bulk({row.contact_id for row in page})
        return super().get_context_data(
            pool=self.pool,
            is_low=self.pool.left_count < self.pool.low_count,
            page_obj=page,
            rows=[(row, people.get(row.contact_id)) for row in page],
            may_change=self.user.has_perm(CHANGE),
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Add the codes of a file."""
        if not self.user.has_perm(CHANGE):
            raise PermissionDenied
        form = CodesForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                if file.size > MOST_BYTES:
                    raise BadCodes(
                        "The file is too large. Bring at most 10 MB at a time."
                    )
                codes = read_codes(file.read())
            except BadCodes as error:
                form.add_error("file", str(error))
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        filled = fill_pool(pool=self.pool, codes=codes, now=timezone.now())
        known = f" {number(filled.known)} were there already." if filled.known else ""
        messages.success(request, f"{number(filled.added)} coupons are new.{known}")
        return HttpResponseRedirect(
            reverse("admin:referrals_couponpool_change", args=[self.pool.pk])
        )


register_pages(
    [
        path("referrals/coupons/", CouponsPage.as_view(), name="referrals_coupons"),
        path(
            "referrals/coupons/<int:pk>/",
            PoolPage.as_view(),
            name="referrals_couponpool_change",
        ),
    ]
)
