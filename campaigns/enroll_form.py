"""The form of the page on which people are let into a campaign by hand."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Q

from audiences.forms import ConditionField
from contacts.addresses import normalize_address
from contacts.models import ContactList, Identifier, ImportRun

Ids = list[int]


class EnrollForm(forms.Form):
    """Whom to let in by hand."""

    use_required_attribute = False

    source = forms.ChoiceField(
        label="Whom",
        choices=(
            ("list", "Everybody on a list"),
            ("import", "Everybody of an import"),
            ("condition", "Everybody for whom something holds"),
            ("typed", "People whom I name"),
        ),
        widget=forms.RadioSelect,
    )
    list = forms.ModelChoiceField(
        queryset=ContactList.objects.filter(kind=ContactList.Kind.CHOSEN).order_by(
            "name", "pk"
        ),
        label="The list",
        required=False,
        empty_label="Choose a list…",
    )
    condition = ConditionField(label="For whom this holds", required=False)
    typed = forms.CharField(
        label="Emails or user ids, one on each line",
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the imports, the newest first; "import" is no name in Python."""
        super().__init__(*args, **kwargs)
        self.fields["import"] = forms.ModelChoiceField(
            queryset=ImportRun.objects.filter(stage=ImportRun.Stage.COMMITTED).order_by(
                "-pk"
            ),
            label="The import",
            required=False,
            empty_label="Choose an import…",
        )
        self.contact_ids: Ids = []

    def clean(self) -> dict[str, Any]:
        """What is chosen must be filled in; who is named must be known."""
        cleaned = super().clean() or {}
        source = cleaned.get("source", "")
        if source in ("list", "import", "condition") and not cleaned.get(source):
            if source not in self.errors:
                self.add_error(source, "Choose whom to let in.")
        elif source == "typed":
            self._find(cleaned.get("typed", ""))
        return cleaned

    def _find(self, text: str) -> None:
        """Find who is named; say who is not known."""
        names = list(dict.fromkeys(text.split()))
        if not names:
            self.add_error("typed", "Write at least one email or user id.")
        known = owners_by_name(names)
        unknown = [name for name in names if name not in known]
        if unknown:
            self.add_error("typed", f"Nobody is known as {', '.join(unknown[:5])}.")
        self.contact_ids = sorted(set(known.values()))

    def people(self) -> dict[str, Any]:
        """Name the people as ``StartRun.source`` does."""
        cleaned = self.cleaned_data
        kind = cleaned["source"]
        if kind == "typed":
            return {"contacts": self.contact_ids}
        if kind == "condition":
            return {"condition": cleaned["condition"]}
        return {kind: cleaned[kind].pk}


def owners_by_name(names: Sequence[str]) -> dict[str, int]:
    """Map emails and user ids to the contacts that they name; one query."""
    wanted = {normalize_address(name): name for name in names}
    rows = Identifier.objects.filter(
        Q(kind=Identifier.Kind.EMAIL, value__in=[one for one in wanted if one])
        | Q(kind=Identifier.Kind.USER_ID, value__in=names)
    )
    return {
        name: contact_id
        for kind, found, contact_id in rows.values_list("kind", "value", "contact_id")
        if (name := wanted.get(found, "") if kind == "email" else found)
    }
