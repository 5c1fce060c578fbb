"""The numbers of advocates, for the list and for each page."""

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from referrals.models import Advocate, Referral, Visit

LIST_URL = "admin:referrals_advocate_changelist"


def with_numbers(advocates: QuerySet[Advocate]) -> QuerySet[Advocate]:
    """Add the visits of people and the referrals; an index range each."""
    visits = Visit.objects.filter(
        contact=OuterRef("contact"),
        advocate_id=OuterRef("pk"),
        kind=Visit.Kind.HUMAN,
    )
    referrals = Referral.objects.filter(
        advocate_contact_id=OuterRef("contact"), advocate_id=OuterRef("pk")
    )

    def count(rows: QuerySet) -> Coalesce:
        counted = rows.order_by().values("advocate_id").annotate(n=Count("pk"))
        return Coalesce(Subquery(counted.values("n")), 0, output_field=IntegerField())

    return advocates.annotate(
        visit_count=count(visits), referral_count=count(referrals)
    )
