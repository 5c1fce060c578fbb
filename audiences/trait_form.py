"""The form of a trait; saving it is an operation."""

from typing import Any

from django import forms

from audiences.builder.trait_form import is_posted, read_definition
from audiences.conditions.errors import ConditionError
from audiences.models import Trait
from audiences.traits import check_definition


class TraitForm(forms.ModelForm):
    """Name, description and definition of a trait."""

    class Meta:
        model = Trait
        fields = ("name", "description")
        widgets = {
            "name": forms.TextInput(
                attrs={"placeholder": "Like “90-day purchasers – total purchases”"}
            ),
            "description": forms.TextInput(
                attrs={"placeholder": "What it is for, for your colleagues"}
            ),
        }
        error_messages = {"name": {"unique": "Another trait has this name."}}

    def clean(self) -> dict[str, Any]:
        """Read the definition, and refuse one that can't be understood."""
        cleaned = super().clean() or {}
        if not is_posted(self.data):
            raise forms.ValidationError("Choose what to compute.")
        definition = read_definition(self.data)
        try:
            check_definition(definition, trait_id=self.instance.pk)
            cleaned["definition"] = definition
        except ConditionError as error:
            self.add_error(None, error.message)
        return cleaned
