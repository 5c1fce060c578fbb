"""The traits of a person, on the person's page."""

from django.urls import reverse
from django.utils import timezone

from audiences.distributions import values_of_contact
from audiences.models import Trait
from contacts.admin.panels import PanelRow
from contacts.models import Contact
from contacts.templatetags.greenlight import number

MOST_TRAITS = 40


def trait_rows(contact: Contact) -> list[PanelRow]:
    """Compute the traits of a contact; two queries."""
    traits = list(Trait.objects.order_by("name", "pk")[:MOST_TRAITS])
    values = values_of_contact(contact.pk, traits, as_of=timezone.now())
    return [
        PanelRow(
            trait.name,
            _written(values.get(trait.pk)),
            reverse("admin:audiences_trait_change", args=[trait.pk]),
        )
        for trait in traits
    ]


def _written(found: object) -> str:
    """Write a value; a dash where there is none."""
    if found is None:
        return "–"
    return found if isinstance(found, str) else number(found)
