"""
Forms: the audience, and a field for a condition that any form may have.

A form of another app embeds the condition builder like this::

    from audiences.forms import ConditionField

    class GoalForm(forms.Form):
        goal = ConditionField(label="Goal")
        exit = ConditionField(label="Exit early", required=False)

    form = GoalForm(request.POST or None, initial={"goal": document}, prefix="step-3")

- ``initial`` and ``cleaned_data`` hold condition documents (``None`` for an empty field that
  is not required). ``cleaned_data`` is checked: it parses, and what it names exists.
- ``{{ form.goal }}`` in a template that extends ``admin/page.html`` renders the builder with
  its live preview, with ``ConditionField(shows_preview=False)`` without it; to put the preview
  elsewhere include ``audiences/_builder_preview.html`` with ``prefix=form.goal.html_name`` and
  the variables of ``builder_urls``.
- All inputs and requests are named by the field's ``html_name``, so several builders may be on
  one page, and in one form.
- The builder posts to its own addresses and writes nothing; only submitting the form does.
- The page needs ``css/builder.css``, which every admin page has, and no script of its own.
"""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import get_template
from django.urls import reverse
from django.utils.safestring import SafeString

from audiences import selection
from audiences.builder import event_form
from audiences.builder.reading import is_posted, read_tree
from audiences.builder.showing import Shower
from audiences.builder.tree import from_document, to_document
from audiences.conditions.comparisons import dump_comparison
from audiences.conditions.errors import ConditionError
from audiences.conditions.happenings import parse_filters
from audiences.conditions.parse import dump_condition, parse_condition
from audiences.models import Audience
from audiences.models.audience import Telling

# What a field with a builder may be called.
PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,80}")


def builder_urls() -> dict[str, str]:
    """Name the addresses to which a builder posts."""
    return {
        "builder_url": reverse("admin:audiences_builder"),
        "picker_url": reverse("admin:audiences_builder_picker"),
        "copy_url": reverse("admin:audiences_builder_copy"),
        "preview_url": reverse("admin:audiences_preview"),
    }


class ConditionWidget(forms.Widget):
    """The condition builder; its value is a document, complete or not."""

    template_name = "audiences/_builder.html"

    def __init__(self, *, shows_preview: bool = True) -> None:
        super().__init__()
        self.shows_preview = shows_preview
        self.errors: list[ConditionError] = []
        # The audience that is edited: it can't be a member of itself.
        self.audience: Audience | None = None

    def get_context(
        self, name: str, value: Any, attrs: dict[str, Any] | None
    ) -> dict[str, Any]:
        """Show the document as a tree."""
        shower = Shower(name, errors=self.errors, audience=self.audience)
        return {
            "prefix": name,
            "root": shower.show(from_document(value)),
            "edited": self.audience.pk if self.audience and self.audience.pk else "",
            "shows_preview": self.shows_preview,
            **builder_urls(),
        }

    def _render(
        self, template_name: str, context: dict[str, Any], renderer: Any = None
    ) -> SafeString:
        """Render with the site's templates, which the renderer of forms does not know."""
        return SafeString(get_template(template_name).render(context))

    def value_from_datadict(
        self, data: Mapping[str, Any], files: Any, name: str
    ) -> dict[str, Any] | None:
        """Read the document from the fields of the builder."""
        if not is_posted(data, name):
            return None
        return to_document(read_tree(data, name))

    def value_omitted_from_data(
        self, data: Mapping[str, Any], files: Any, name: str
    ) -> bool:
        """Whether the form had no builder of that name."""
        return not is_posted(data, name)

    def id_for_label(self, id_: str | None) -> str:
        """Point a label at nothing: the builder has many inputs."""
        return ""


class ConditionField(forms.Field):
    """A condition document, edited with the builder."""

    widget: ConditionWidget

    def __init__(self, *, shows_preview: bool = True, **kwargs: Any) -> None:
        kwargs.setdefault("widget", ConditionWidget(shows_preview=shows_preview))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> dict[str, Any] | None:
        """Refuse what can't be understood; nothing at all is fine if it is not required."""
        tree = from_document(value)
        if not tree.children:
            if self.required:
                raise ValidationError("Add at least one condition.", code="required")
            return None
        errors = selection.check(value)
        self.widget.errors = errors
        if errors:
            count = len(errors)
            things = "A condition is" if count == 1 else f"{count} conditions are"
            raise ValidationError(f"{things} not complete. See below.", code="invalid")
        return dump_condition(parse_condition(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the documents say something else."""
        return settled(initial) != settled(data)


def event_form_url() -> str:
    """Name the address to which a form with an event posts."""
    return reverse("admin:audiences_event_form")


class EventWidget(forms.Widget):
    """An event with filters; its value is a name and filters, complete or not."""

    def render(
        self, name: str, value: Any, attrs: Any = None, renderer: Any = None
    ) -> SafeString:
        """Render with the site's templates, which the renderer of forms does not know."""
        event = {"name": "", "filters": [], **(value or {})}
        context = {
            "prefix": name,
            "shown": event_form.show_event(event, name),
            "builder_url": event_form_url(),
        }
        return SafeString(get_template("audiences/_event_form.html").render(context))

    def value_from_datadict(
        self, data: Mapping[str, Any], files: Any, name: str
    ) -> dict[str, Any] | None:
        """Read the event from the fields of the builder."""
        if not event_form.is_posted(data, name):
            return None
        return event_form.read_event(data, name)

    def value_omitted_from_data(
        self, data: Mapping[str, Any], files: Any, name: str
    ) -> bool:
        """Whether the form had no event of that name."""
        return not event_form.is_posted(data, name)

    def id_for_label(self, id_: str | None) -> str:
        """Point a label at nothing: there are many inputs."""
        return ""


class EventField(forms.Field):
    """An event and filters on it: ``{"name": …, "filters": […]}``; none has a blank name."""

    widget = EventWidget

    def clean(self, value: Any) -> dict[str, Any]:
        """Refuse filters that can't be understood."""
        event = {"name": "", "filters": [], **(value or {})}
        if not event["name"]:
            if self.required:
                raise ValidationError("Choose an event.", code="required")
            return {"name": "", "filters": []}
        try:
            filters = parse_filters(event, ())
        except ConditionError as error:
            raise ValidationError(error.message, code="invalid") from None
        return {
            "name": event["name"],
            "filters": [dump_comparison(one) for one in filters],
        }


def settled(document: Any) -> Any:
    """Bring a document to the form in which it is saved; None if there is nothing in it."""
    if not from_document(document).children:
        return None
    try:
        return dump_condition(parse_condition(document))
    except ConditionError:
        return document


# Whether a new audience takes into account what happened before it was made.
EVER, FROM_NOW = "ever", "from_now"
HISTORY = (
    (EVER, "Everything they ever did counts"),
    (FROM_NOW, "Only what they do from now on counts"),
)


class AudienceForm(forms.ModelForm):
    """
    Name, description and rule of an audience; saving it is an operation.

    A new one says whether ``history`` counts; of another rule, ``tells`` says who is told to
    the campaigns that begin with the audience.
    """

    rule = ConditionField(label="Who is in it", shows_preview=False)
    history = forms.ChoiceField(
        choices=HISTORY, initial=EVER, required=False, widget=forms.RadioSelect
    )
    tells = forms.ChoiceField(choices=Telling, required=False)

    class Meta:
        model = Audience
        fields = ("name", "description")
        widgets = {
            "name": forms.TextInput(
                attrs={"placeholder": "Like “Promoters” or “Three orders or more”"}
            ),
            "description": forms.TextInput(
                attrs={"placeholder": "What it is for, for your colleagues"}
            ),
        }
        error_messages = {"name": {"unique": "Another audience has this name."}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["rule"].widget.audience = self.instance
            self.initial["rule"] = self.instance.rule
