"""Forms about what a program promises, and what it may cost."""

from decimal import Decimal
from typing import Any

from babel import Locale
from django import forms
from django.core.exceptions import ValidationError

from audiences.models import Audience
from referrals.models import (
    CouponPool,
    Delivery,
    Program,
    RewardRule,
    RewardWebhook,
    Role,
    Stage,
)
from referrals.money import NoAmount, from_minor, known_currencies, to_minor

PARTS = {
    "Who gets it, and for what": ("role", "stage", "minimum", "first_orders", "within_months"),
    "What it is": ("delivery", "label", "worth", "amount", "percent", "most", "currency", "coupon_pool", "shared_code", "webhook", "needs_address"),
    "How many friends it takes": ("counting", "friend_count"),
    "Hold and approval": ("hold_days", "approval_over", "expires_days"),
    "Limits for one person": ("most_rewards", "most_money", "most_period"),
    "Only for some": ("countries", "audience", "is_otherwise", "charities"),
}  # fmt: skip


class MoneyField(forms.DecimalField):
    """An amount of money as people write it; which currency says the form."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=Decimal(0), max_digits=14, required=False, **kwargs)
        self.widget.attrs["step"] = "any"


class RewardRuleForm(forms.Form):
    """A promise in the words of a marketer."""

    role = forms.ChoiceField(label="Who gets it", choices=Role.choices)
    stage = forms.ChoiceField(
        label="When the friend",
        choices=[
            (Stage.WON, "orders"),
            (Stage.LEAD, "joins"),
            (Stage.QUALIFIED, "qualifies"),
            (Stage.OPPORTUNITY, "becomes an opportunity"),
        ],
    )
    minimum = MoneyField(label="Smallest order that counts")
    first_orders = forms.IntegerField(
        label="How many orders of a friend count",
        min_value=1,
        required=False,
        help_text="1 for the first order only. Blank for all of them.",
    )
    within_months = forms.IntegerField(
        label="Months after joining in which orders count", min_value=1, required=False
    )
    delivery = forms.ChoiceField(label="What it is", choices=Delivery.choices)
    label = forms.CharField(
        label="Its name",
        max_length=120,
        required=False,
        help_text="What the person reads, like “A bag of beans”. Blank for the amount.",
    )
    worth = forms.ChoiceField(
        label="Worth",
        choices=[
            ("amount", "An amount"),
            ("percent", "A part of the order"),
            ("none", "Nothing that can be counted"),
        ],
    )
    amount = MoneyField(label="Amount")
    percent = forms.DecimalField(
        label="Percent of the order, after refunds",
        min_value=Decimal("0.01"),
        max_value=Decimal(100),
        decimal_places=2,
        required=False,
    )
    most = MoneyField(label="At most, for one order")
    currency = forms.CharField(
        label="Currency",
        max_length=3,
        required=False,
        help_text="Three letters, like USD. Nothing is converted.",
    )
    coupon_pool = forms.ModelChoiceField(
        label="Pool of coupons",
        queryset=CouponPool.objects.order_by("name"),
        required=False,
    )
    shared_code = forms.CharField(
        label="Code that is the same for all", max_length=60, required=False
    )
    webhook = forms.ModelChoiceField(
        label="Where credit is booked",
        queryset=RewardWebhook.objects.order_by("name"),
        required=False,
    )
    needs_address = forms.BooleanField(
        label="Ask for the postal address that a gift is sent to", required=False
    )
    counting = forms.ChoiceField(label="Counted", choices=RewardRule.Counting.choices)
    friend_count = forms.IntegerField(
        label="Number of friends",
        min_value=1,
        required=False,
        help_text="Friends whose orders were taken back do not count.",
    )
    hold_days = forms.IntegerField(
        label="Days on hold",
        min_value=0,
        max_value=365,
        help_text="As long as your customers may send something back: 14 to 30.",
    )
    approval_over = MoneyField(
        label="Two people approve what is worth more than",
        help_text="0 for everything. Blank if nobody has to.",
    )
    expires_days = forms.IntegerField(
        label="Days after which it expires",
        min_value=1,
        required=False,
        help_text="Counted from the approval. A gift that is not claimed by then is void;"
        " of a coupon it is the date that people read.",
    )
    most_rewards = forms.IntegerField(label="Most rewards", min_value=1, required=False)
    most_money = MoneyField(label="Most money")
    most_period = forms.ChoiceField(label="Counted", choices=RewardRule.Period.choices)
    countries = forms.CharField(
        label="Countries",
        required=False,
        help_text="Two letters each, like DE, AT. Blank for all. Read from the"
        " attribute “country”.",
    )
    audience = forms.ModelChoiceField(
        label="Audience", queryset=Audience.objects.none(), required=False
    )
    is_otherwise = forms.BooleanField(
        label="Only for those whom no rule above is for", required=False
    )
    charities = forms.CharField(
        label="Charities to choose from",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One on each line. The person may give the money to one of them.",
    )
    since = forms.ChoiceField(
        label="Counts",
        required=False,
        choices=[
            ("now", "What happens from now on"),
            ("begin", "Also what happened since the program began"),
        ],
    )

    def __init__(
        self,
        *args: Any,
        program: Program,
        rule: RewardRule | None = None,
        **kwargs: Any,
    ) -> None:
        """Begin with what the rule says now."""
        self.program = program
        kwargs.setdefault("initial", values_of(rule) if rule else NEW)
        super().__init__(*args, **kwargs)
        if rule:
            del self.fields["since"]
        audiences = self.fields["audience"]
        audiences.queryset = Audience.objects.filter(archived_at=None).order_by("name")  # type: ignore[attr-defined]  # a ModelChoiceField

    @property
    def parts(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Group the fields as the page shows them."""
        return [
            (title, [self[name] for name in names]) for title, names in PARTS.items()
        ]

    def clean_currency(self) -> str:
        """Take a currency that exists."""
        currency = self.cleaned_data["currency"].strip().upper()
        if currency and currency not in known_currencies():
            raise ValidationError("Expected three letters, like USD.")
        return currency

    def clean_countries(self) -> list[str]:
        """Take countries that exist."""
        text = self.cleaned_data["countries"].replace(";", ",")
        codes = [one.strip().upper() for one in text.split(",") if one.strip()]
        known = Locale("en").territories
        for code in codes:
            if len(code) != 2 or code not in known:
                raise ValidationError(f"“{code}” is no country. Write DE for Germany.")
        return list(dict.fromkeys(codes))

    def clean_charities(self) -> list[str]:
        """Take one name from each line."""
        lines = self.cleaned_data["charities"].splitlines()
        return list(dict.fromkeys(one.strip()[:120] for one in lines if one.strip()))

    def clean(self) -> dict[str, Any]:
        """See that what belongs together is there."""
        values = super().clean() or {}
        for name, message in problems_of(values):
            if name not in self.errors:
                self.add_error(name, message)
        return values

    def to_rule(self) -> RewardRule:
        """Make a rule of what the form says; it is not saved."""
        values = self.cleaned_data
        currency = values["currency"]

        def minor(name: str) -> int | None:
            """Turn an amount to minor units; None where nothing is said."""
            amount = values.get(name)
            return None if amount is None else to_minor(amount, currency)

        is_each = values["counting"] == RewardRule.Counting.EACH
        percent = values["percent"] if values["worth"] == "percent" else None
        plain = {
            name: values[name]
            for name in (
                *("role", "stage", "delivery", "label", "counting", "hold_days"),
                *("expires_days", "most_rewards", "most_period", "is_otherwise"),
                *("countries", "charities", "audience", "coupon_pool", "webhook"),
                *("shared_code", "first_orders", "within_months", "currency"),
                "needs_address",
            )
        }
        return RewardRule(
            program=self.program,
            **plain,
            friend_count=None if is_each else values["friend_count"],
            amount_minor=minor("amount") if values["worth"] == "amount" else None,
            percent_points=None if percent is None else int(percent * 100),
            most_minor=minor("most") if percent else None,
            minimum_minor=minor("minimum"),
            most_money_minor=minor("most_money"),
            approval_over_minor=minor("approval_over"),
        )


NEW = {
    "role": Role.ADVOCATE,
    "stage": Stage.WON,
    "delivery": Delivery.PAYMENT,
    "worth": "amount",
    "currency": "USD",
    "first_orders": 1,
    "needs_address": True,
    "counting": RewardRule.Counting.EACH,
    "hold_days": 14,
    "most_period": RewardRule.Period.EVER,
    "since": "now",
}
MONEY_NAMES = ("amount", "most", "minimum", "most_money", "approval_over")
NEEDED: dict[str, tuple[str, str]] = {
    Delivery.COUPON: ("coupon_pool", "Choose the pool that the coupons come from."),
    Delivery.SHARED_CODE: ("shared_code", "Write the code that everybody gets."),
    Delivery.CREDIT: ("webhook", "Choose where your product books credit."),
}


def values_of(rule: RewardRule) -> dict[str, Any]:
    """Say a rule in the fields of the form."""

    def major(minor: int | None) -> Decimal | None:
        """Turn minor units to an amount."""
        return None if minor is None else from_minor(minor, rule.currency)

    worth = "amount" if rule.amount_minor is not None else "none"
    return {
        **{name: getattr(rule, name) for name in RewardRuleForm.base_fields if hasattr(rule, name)},
        "worth": "percent" if rule.percent_points is not None else worth,
        "percent": None if rule.percent_points is None else Decimal(rule.percent_points) / 100,
        "amount": major(rule.amount_minor),
        "most": major(rule.most_minor),
        "minimum": major(rule.minimum_minor),
        "most_money": major(rule.most_money_minor),
        "approval_over": major(rule.approval_over_minor),
        "countries": ", ".join(rule.countries),
        "charities": "\n".join(rule.charities),
    }  # fmt: skip


def problems_of(values: dict[str, Any]) -> list[tuple[str, str]]:
    """List what is missing or does not go together: the field, and what to do."""
    found = []
    delivery, worth = values.get("delivery"), values.get("worth")
    if needed := NEEDED.get(str(delivery)):
        name, message = needed
        if not values.get(name):
            found.append((name, message))
    if worth != "none" and not values.get(worth or ""):
        found.append((worth or "worth", "Say how much it is."))
    if worth == "none" and delivery in (Delivery.PAYMENT, Delivery.CREDIT):
        found.append(("worth", "Money has an amount, or is a part of the order."))
    if worth == "percent" and values.get("stage") != Stage.WON:
        found.append(("worth", "Only orders have an amount that can be shared."))
    if any(values.get(name) is not None for name in MONEY_NAMES) or worth != "none":
        found += _money_problems(values)
    if values.get("counting") != RewardRule.Counting.EACH:
        if not values.get("friend_count"):
            found.append(("friend_count", "Say how many friends it takes."))
        if values.get("role") == Role.FRIEND:
            found.append(
                ("counting", "Only the friends of an advocate can be counted.")
            )
    return found


def _money_problems(values: dict[str, Any]) -> list[tuple[str, str]]:
    """List what is wrong with amounts and their currency."""
    currency = values.get("currency")
    if not currency:
        return [("currency", "Say in which currency.")]
    found = []
    for name in MONEY_NAMES:
        amount = values.get(name)
        if amount is None:
            continue
        try:
            minor = to_minor(amount, currency)
        except NoAmount:
            found.append((name, "Expected an amount like 20 or 49.90."))
            continue
        if not minor and name != "approval_over":
            found.append((name, "Write more than nothing, or leave it blank."))
    return found


class BudgetForm(forms.Form):
    """What the rewards of a program may cost."""

    amount = forms.DecimalField(
        label="Budget", min_value=Decimal(0), max_digits=14, decimal_places=2
    )
    currency = forms.CharField(label="Currency", max_length=3, initial="USD")
    low_percent = forms.IntegerField(
        label="Warn when less than this percentage is left",
        min_value=0,
        max_value=100,
        initial=20,
    )

    clean_currency = RewardRuleForm.clean_currency
