"""The form that says what is expected of an example person."""

from datetime import datetime
from typing import Any

from django import forms

from campaigns.flows.definition import Document, walk_steps
from campaigns.guardrails.reasons import AT_THE_HAND_OVER, LABELS, ORDER, THROTTLED
from campaigns.models import Answer
from campaigns.seeing.expectations import (
    ASKED,
    BLANK,
    HELD,
    NOT_IN,
    WAYS,
    Expected,
    side_choices,
)

OUTCOMES = (
    ("asked", "Is asked"),
    ("held", "Is held by a guardrail"),
    ("not_asked", "Comes through without being asked"),
    ("not_in", "Is not let in"),
    ("any", "Takes the sides that I choose"),
)
UNITS = {"hours": 60, "days": 1440}
REASONS = sorted(
    LABELS.keys() - AT_THE_HAND_OVER - {THROTTLED}, key=lambda code: ORDER[code]
)


class ExampleForm(forms.Form):
    """What should happen to a person."""

    use_required_attribute = False

    outcome = forms.ChoiceField(
        label="What should happen", choices=OUTCOMES, widget=forms.RadioSelect
    )
    channel = forms.ChoiceField(
        label="How",
        required=False,
        choices=[
            ("", "By any way"),
            *((way, words.capitalize()) for way, words in WAYS.items() if way),
        ],
    )
    amount = forms.IntegerField(
        label="Within", required=False, min_value=1, max_value=400
    )
    unit = forms.ChoiceField(
        label="Unit", choices=[(unit, unit) for unit in UNITS], required=False
    )
    reason = forms.ChoiceField(
        label="By which guardrail",
        required=False,
        choices=[(code, LABELS[code]) for code in REASONS],
    )
    sides = forms.MultipleChoiceField(
        label="And takes",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Leave all of them open if the way does not matter.",
    )
    starts = forms.ChoiceField(
        label="Comes to the entrance",
        choices=(
            ("at", "At a moment, as the person was then"),
            ("", "Whenever it is run"),
        ),
        required=False,
    )
    at = forms.DateTimeField(
        label="The moment",
        required=False,
        widget=forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M:%S", attrs={"type": "datetime-local", "step": "1"}
        ),
    )
    answer = forms.ChoiceField(
        label="Says to each ask",
        required=False,
        choices=[("", "Nothing"), *Answer.choices],
    )

    def __init__(self, *args: Any, document: Document, **kwargs: Any) -> None:
        """Offer the sides of the draft."""
        super().__init__(*args, **kwargs)
        sides = self.fields["sides"]
        assert isinstance(sides, forms.MultipleChoiceField)  # noqa: S101 - see above
        sides.choices = side_choices(document, walk_steps(document["steps"]))
        outcome = self.fields["outcome"]
        assert isinstance(outcome, forms.ChoiceField)  # noqa: S101 - see above
        outcome.choices = OUTCOMES if sides.choices else OUTCOMES[:-1]

    def clean(self) -> dict[str, Any]:
        """Ask for what the outcome needs."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("starts") == "at" and not values.get("at"):
            self.add_error("at", "Say when, such as 3 November 2026, 10:00.")
        if values.get("outcome") == "any" and not values.get("sides"):
            self.add_error("sides", "Choose at least one side, or another outcome.")
        steps = [side.partition(":")[0] for side in values.get("sides") or []]
        if len(set(steps)) < len(steps):
            self.add_error(
                "sides", "A person takes one side of a step. Choose one of each."
            )
        return values

    @property
    def expected(self) -> Expected:
        """Write the expectation."""
        values = self.cleaned_data
        outcome, amount = values["outcome"], values["amount"]
        minutes = amount * UNITS[values["unit"] or "hours"] if amount else None
        pairs = [one.partition(":") for one in values["sides"]]
        return {
            **BLANK,
            "outcome": outcome,
            "channel": values["channel"] if outcome == ASKED else "",
            "within_minutes": minutes if outcome == ASKED else None,
            "reason": values["reason"] if outcome == HELD else "",
            "sides": []
            if outcome == NOT_IN
            else [{"step": step, "side": side} for step, _, side in pairs],
        }

    @property
    def starts_at(self) -> datetime | None:
        """Give the start; None for whenever it is run."""
        return self.cleaned_data["at"] if self.cleaned_data["starts"] == "at" else None


def values_of(
    expected: Expected, *, starts_at: datetime | None, answer: str
) -> dict[str, Any]:
    """Give the values with which the form begins."""
    minutes = expected["within_minutes"]
    unit = "days" if minutes and not minutes % 1440 else "hours"
    return {
        "outcome": expected["outcome"],
        "channel": expected["channel"],
        "amount": -(-minutes // UNITS[unit]) if minutes else None,
        "unit": unit,
        "reason": expected["reason"],
        "sides": [f"{one['step']}:{one['side']}" for one in expected["sides"]],
        "starts": "at" if starts_at else "",
        "at": starts_at,
        "answer": answer,
    }
