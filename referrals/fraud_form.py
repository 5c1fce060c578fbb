"""What a program does with what checks find, as a form."""

from typing import Any

from django import forms

from referrals.fraud.checks.base import ACTION_NAMES, Action, Check
from referrals.fraud.checks.registry import CHECKS
from referrals.fraud.policy import MOST_POINTS, CheckSetting, Policy


class FraudForm(forms.Form):
    """One row for each check: what to do, how many points, its numbers; and the threshold."""

    hold_points = forms.IntegerField(
        label="Points that hold a referral",
        min_value=1,
        max_value=1000,
        help_text="Points of findings add up. From here on the referral waits for a person.",
    )
    review_days = forms.IntegerField(
        label="Days to decide",
        min_value=1,
        max_value=90,
        help_text="What waits longer is marked as late. It is never paid by itself.",
    )

    def __init__(self, *args: Any, policy: Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hold_points"].initial = policy.hold_points
        self.fields["review_days"].initial = policy.review_days
        for check in CHECKS.values():
            self._add(check, policy.setting(check))
        for name, field in self.fields.items():
            if "-" in name:
                # In the table, where the row and the column stand for a label.
                field.widget.attrs["aria-label"] = field.label

    def _add(self, check: Check, setting: CheckSetting) -> None:
        """Add the fields of a check."""
        self.fields[f"{check.kind}-action"] = forms.ChoiceField(
            label=f"{check.label}: what to do",
            choices=[(str(one), ACTION_NAMES[one]) for one in check.actions()],
            initial=str(setting.action),
        )
        self.fields[f"{check.kind}-points"] = forms.IntegerField(
            label=f"{check.label}: points",
            min_value=0,
            max_value=MOST_POINTS,
            initial=setting.points,
        )
        for number in check.numbers:
            self.fields[f"{check.kind}-{number.name}"] = forms.IntegerField(
                label=f"{check.label}: {number.label.lower()}",
                min_value=number.least,
                max_value=number.most,
                initial=setting.numbers[number.name],
            )

    def rows(self) -> list[dict[str, Any]]:
        """List the checks with their fields, for the page."""
        return [
            {
                "check": check,
                "action": self[f"{check.kind}-action"],
                "points": self[f"{check.kind}-points"],
                "numbers": [
                    (number.label, self[f"{check.kind}-{number.name}"])
                    for number in check.numbers
                ],
            }
            for check in CHECKS.values()
        ]

    def problems(self) -> list[str]:
        """Say what is wrong, each with the name of its field."""
        return [
            f"{self.fields[name].label}: {error}" if name in self.fields else str(error)
            for name, errors in self.errors.items()
            for error in errors
        ]

    def policy(self) -> Policy:
        """Read the form, which is valid."""
        chosen = self.cleaned_data
        settings = {
            check.kind: CheckSetting(
                Action(chosen[f"{check.kind}-action"]),
                chosen[f"{check.kind}-points"],
                {
                    number.name: chosen[f"{check.kind}-{number.name}"]
                    for number in check.numbers
                },
            )
            for check in CHECKS.values()
        }
        return Policy(settings, chosen["hold_points"], chosen["review_days"])
