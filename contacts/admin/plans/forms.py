"""Forms about tracking plans; they turn text into values and save nothing."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from contacts.models import Source, TrackingPlan
from contacts.models.plan import PlanReaction

PERIODS = {"1": "The last day", "7": "The last week", "30": "The last 30 days"}
ORIGINS = {
    "empty": "An empty plan",
    "traffic": "What came in the last days",
    "copy": "A copy of another plan",
    "file": "A CSV file",
}
EVENT_CHOICES = [
    (PlanReaction.ALLOW, "Let the event in, and show it as a violation"),
    (PlanReaction.BLOCK, "Block the event; it is kept, and can be replayed"),
]
PROPERTY_CHOICES = [
    (PlanReaction.ALLOW, "Keep it, and show it as a violation"),
    (PlanReaction.OMIT, "Leave the property out; the rest of the event goes on"),
    (PlanReaction.BLOCK, "Block the event; it is kept, and can be replayed"),
]
MISSING_CHOICES = [
    (PlanReaction.ALLOW, "Let the event in without it, and show it as a violation"),
    (PlanReaction.BLOCK, "Block the event; it is kept, and can be replayed"),
]


class NameField(forms.CharField):
    """The name of a plan."""

    def __init__(self) -> None:
        super().__init__(max_length=120, label="Name of the plan")


class NewPlanForm(forms.Form):
    """A new plan, and what it starts from."""

    name = NameField()
    origin = forms.ChoiceField(
        choices=list(ORIGINS.items()), widget=forms.RadioSelect, label="Start from"
    )
    sources = forms.ModelMultipleChoiceField(
        Source.objects.order_by("name", "pk"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Sources",
    )
    period = forms.ChoiceField(
        choices=list(PERIODS.items()), required=False, initial="7"
    )
    plan = forms.ModelChoiceField(
        TrackingPlan.objects.order_by("name", "pk"), required=False, label="Plan"
    )
    file = forms.FileField(required=False, label="CSV file")

    def clean(self) -> dict[str, Any]:
        """Want what the chosen origin needs."""
        values = super().clean() or self.cleaned_data
        origin = values.get("origin")
        if origin == "traffic" and not values.get("sources"):
            self.add_error("sources", "Choose the sources to look at.")
        if origin == "copy" and not values.get("plan"):
            self.add_error("plan", "Choose the plan to copy.")
        if origin == "file" and not values.get("file") and "file" not in self.errors:
            self.add_error("file", "Choose the file.")
        return values


class PlanSettingsForm(forms.Form):
    """What a plan is called, who follows it, and what happens to what breaks it."""

    name = NameField()
    description = forms.CharField(
        required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    sources = forms.ModelMultipleChoiceField(
        Source.objects.order_by("name", "pk"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Sources that follow this plan",
        help_text="A source follows one plan. Choosing it here takes it from another.",
    )
    unplanned_events = forms.ChoiceField(
        choices=EVENT_CHOICES,
        widget=forms.RadioSelect,
        label="When an event is not in the plan",
    )
    unplanned_properties = forms.ChoiceField(
        choices=PROPERTY_CHOICES,
        widget=forms.RadioSelect,
        label="When an event carries a property that is not in the plan",
    )
    wrong_properties = forms.ChoiceField(
        choices=PROPERTY_CHOICES,
        widget=forms.RadioSelect,
        label="When a property has the wrong type, or a value that is not permitted",
    )
    missing_properties = forms.ChoiceField(
        choices=MISSING_CHOICES,
        widget=forms.RadioSelect,
        label="When a required property is missing",
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, plan: TrackingPlan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan = plan

    def clean_name(self) -> str:
        """Refuse a name that another plan has, whatever its case."""
        name = self.cleaned_data["name"].strip()
        others = TrackingPlan.objects.exclude(pk=self.plan.pk)
        if others.filter(name__iexact=name).exists():
            raise ValidationError(
                f"There is a plan “{name}” already. Choose another name."
            )
        return name
