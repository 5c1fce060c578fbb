"""The editor of a mail: its words and blocks, in each language, saved while they are typed."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.text import Truncator

from campaigns.admin.draft import DraftPage
from campaigns.admin.email_pictures import put_picture
from campaigns.emails import edits
from campaigns.emails.blocks.kinds import BlockKind, Field, Input
from campaigns.emails.blocks.registry import KINDS
from campaigns.emails.checks import (
    LONGEST_PREHEADER,
    LONGEST_SUBJECT,
    Finding,
    check_content,
)
from campaigns.emails.document import Block, Content, Variant
from campaigns.emails.locales import direction, locale_name
from campaigns.emails.starters import STARTERS, starter_content
from campaigns.flows.definition import Step, find_step
from campaigns.flows.edits import update_step
from campaigns.messaging.variables import KNOWN, known_variables
from contacts.admin.base import Crumb
from contacts.admin.site import register_pages

# Languages that the menu offers; any other can be typed.
LOCALES = (
    "ar", "cs", "da", "de", "el", "en", "es", "fi", "fr", "he", "hi", "hu", "it", "ja", "ko",
    "nl", "no", "pl", "pt", "pt-BR", "ro", "ru", "sv", "tr", "uk", "vi", "zh",
)  # fmt: skip


@dataclass(frozen=True)
class BlockRow:
    """A block as the editor shows it."""

    index: int
    kind: BlockKind
    excerpt: str
    fields: list[tuple[Field, str, str]]
    findings: list[Finding]
    is_last: bool

    @property
    def after(self) -> int:
        """The slot behind it."""
        return self.index + 1

    @property
    def below_next(self) -> int:
        """The slot behind the block that follows."""
        return self.index + 2

    @property
    def above(self) -> int:
        """The slot before the block that precedes it."""
        return self.index - 1


class MailPage(DraftPage):
    """A page about the mail of one step, in one language."""

    page_name = "campaigns_flow"
    step: Step
    content: Content
    locale: str

    def find_row(self) -> None:
        """Find the step and the language."""
        super().find_row()
        self.find_mail()

    def find_mail(self) -> None:
        """Read the mail as it is in the draft now."""
        step = find_step(self.document, self.kwargs["key"])
        if step is None or step["kind"] != "email":
            raise Http404("No such email in this campaign")
        self.step = step
        default = self.document["settings"]["locale"]
        self.content = edits.complete(step["content"], default)
        wanted = self.request.GET.get("locale", "")
        self.locale = (
            wanted
            if wanted in self.content["variants"]
            else self.content["default_locale"]
        )

    @property
    def variant(self) -> Variant:
        """The mail in the language of the page."""
        return self.content["variants"][self.locale]

    def mail_url(self, name: str) -> str:
        """Give an address of this mail, in its language."""
        return f"{self.url(name, self.step['key'])}?locale={self.locale}"


class EmailPage(MailPage):
    """
    The editor. Each post carries all that is typed, and perhaps one edit (``op``).

    What is typed is saved first, so that no edit loses it; mistakes are saved too, and said.
    """

    title = "Email"
    template_name = "campaigns/email.html"
    results_template_name = "campaigns/_email_saved.html"

    def get_title(self) -> str:
        """Title the page with the step."""
        return self.step["name"]

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the flow."""
        flow = f"{self.url('campaigns_flow')}?step={self.step['key']}"
        return [*super().get_breadcrumbs(), Crumb(self.campaign.name, flow)]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Save what is typed, do the edit, and say what is wrong."""
        op = request.POST.get("op", "")
        said, was_saved = "", False
        try:
            changed, said = self.edit(op, self.typed())
        except edits.ContentEditError as error:
            said = str(error)
        else:
            document = update_step(self.document, self.step["key"], content=changed)
            name = Truncator(self.step["name"]).chars(60)
            was_saved = self.save(
                document, f"{said or 'Changed the words'} in “{name}”"
            )
        if was_saved and op in WHOLE_PAGE:
            return self.reload(op)
        self.find_mail()
        self.results_only = True
        response = self.render_to_response(
            self.get_context_data(
                is_answer=True,
                op=op,
                said=said,
                opened=self.opened(op),
                was_saved=was_saved,
                went_wrong="" if was_saved or self.is_stale else said,
            )
        )
        if was_saved:
            response["HX-Trigger"] = "mail-saved"
        return response

    def opened(self, op: str) -> int | None:
        """Number the block that an edit leaves open."""
        index, target = self.number("index"), self.number("target")
        if op == "insert":
            return target
        if op == "picture":
            return index
        if op == "duplicate":
            return index + 1
        if op == "move":
            return target - 1 if target > index else target
        return None

    def reload(self, op: str) -> HttpResponse:
        """Show the page anew, in the language that the edit leads to."""
        self.find_mail()
        locale = self.locale
        if op == "add_locale":
            locale = list(self.content["variants"])[-1]
        address = f"{self.url('campaigns_email', self.step['key'])}?locale={locale}"
        if not self.request.headers.get("HX-Request"):
            return redirect(address)
        return HttpResponse(headers={"HX-Redirect": address})

    def typed(self) -> Content:
        """
        Write what is typed into the mail.

        :raises ContentEditError: if the blocks are not those that the page shows
        """
        posted = self.request.POST
        shown = posted.get("kinds")
        if shown is None:
            return self.content
        kinds = ",".join(block["kind"] for block in self.variant["blocks"])
        if shown != kinds and posted.get("op") not in WHOLE_PAGE:
            raise edits.ContentEditError(
                "The blocks of this mail were changed in the meantime. Copy what you typed,"
                " then reload the page."
            )
        texts = {
            name.removeprefix("mail-"): value.replace("\r\n", "\n")
            for name, value in posted.items()
            if name.startswith("mail-") and isinstance(value, str)
        }
        return edits.update_texts(self.content, self.locale, texts)

    def edit(self, op: str, content: Content) -> tuple[Content, str]:
        """
        Do one edit.

        :returns: the content, and what was done in words
        :raises ContentEditError: if it does not fit the mail
        """
        if not op:
            return content, ""
        if op not in OPERATIONS:
            raise edits.ContentEditError("This page is out of date. Reload it.")
        return OPERATIONS[op](self, content)

    def number(self, name: str) -> int:
        """Read the number of a block or slot; -1, which is none, if it is odd."""
        text = self.request.POST.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1

    def insert(self, content: Content) -> tuple[Content, str]:
        """Insert a block."""
        kind, index = self.request.POST.get("kind", ""), max(0, self.number("target"))
        changed = edits.insert_block(content, self.locale, kind, index)
        return changed, f"Inserted “{KINDS[kind].label}”"

    def move(self, content: Content) -> tuple[Content, str]:
        """Move a block to a slot."""
        index, target = self.number("index"), max(0, self.number("target"))
        changed = edits.move_block(content, self.locale, index, target)
        return changed, f"Moved block {index + 1}"

    def duplicate(self, content: Content) -> tuple[Content, str]:
        """Duplicate a block."""
        index = self.number("index")
        changed = edits.duplicate_block(content, self.locale, index)
        return changed, f"Duplicated block {index + 1}"

    def remove(self, content: Content) -> tuple[Content, str]:
        """Remove a block."""
        index = self.number("index")
        changed = edits.remove_block(content, self.locale, index)
        return changed, f"Removed block {index + 1}"

    def take_picture(self, content: Content) -> tuple[Content, str]:
        """Let an image block show what was uploaded."""
        return put_picture(self.request, content, self.locale, self.number("index"))

    def change_mode(self, content: Content) -> tuple[Content, str]:
        """Go on with blocks, or with code."""
        mode = self.request.POST.get("mode", "")
        return edits.set_mode(content, self.locale, mode), f"Went on with {mode}"

    def add_locale(self, content: Content) -> tuple[Content, str]:
        """Add a language."""
        tag = self.request.POST.get("new_locale", "").strip()
        if not locale_name(tag):
            raise edits.ContentEditError("Write a language such as de or pt-BR.")
        changed = edits.add_locale(content, tag, copied_from=self.locale)
        return changed, f"Added {locale_name(tag)}"

    def remove_locale(self, content: Content) -> tuple[Content, str]:
        """Remove the language of the page."""
        changed = edits.remove_locale(content, self.locale)
        return changed, f"Removed {locale_name(self.locale)}"

    def default_locale(self, content: Content) -> tuple[Content, str]:
        """Make the language of the page the one for everybody else."""
        changed = edits.set_default_locale(content, self.locale)
        return changed, f"Made {locale_name(self.locale)} the default"

    def take_starter(self, content: Content) -> tuple[Content, str]:
        """Begin with ready-made words."""
        key = self.request.POST.get("starter", "")
        if key not in STARTERS:
            raise edits.ContentEditError("There is no such mail to begin with.")
        return starter_content(key), f"Began with “{STARTERS[key].name}”"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the mail as the editor shows it."""
        context = super().get_context_data(**kwargs)
        return {**context, **self.mail_context()}

    def mail_context(self) -> dict[str, Any]:
        """Describe the mail: languages, lines, blocks, and what is wrong where."""
        findings = [
            finding
            for finding in check_content(
                self.content, known_variables(), ask=self.step["ask"]
            )
            if finding.locale == self.locale
        ]
        return {
            "step": self.step,
            "variant": self.variant,
            "locale": self.locale,
            "locale_name": locale_name(self.locale),
            "default_name": locale_name(self.content["default_locale"]),
            "direction": direction(self.locale),
            "locales": [
                (tag, locale_name(tag), tag == self.content["default_locale"])
                for tag in self.content["variants"]
            ],
            "more_locales": [
                (tag, locale_name(tag))
                for tag in LOCALES
                if tag not in self.content["variants"]
            ],
            "rows": block_rows(self.variant["blocks"], findings),
            "kinds": ",".join(block["kind"] for block in self.variant["blocks"]),
            "block_kinds": KINDS.values(),
            "mail_findings": [one for one in findings if one.block is None],
            "is_blank": not self.variant["subject"]
            and not self.variant["blocks"]
            and not self.variant["mjml"],
            "starters": STARTERS.values(),
            "variables": [known for known in KNOWN if not known.name.endswith("*")],
            "longest_subject": LONGEST_SUBJECT,
            "longest_preheader": LONGEST_PREHEADER,
            "mail_url": self.mail_url("campaigns_email"),
            "preview_url": self.mail_url("campaigns_email_preview"),
            "test_url": self.mail_url("campaigns_email_test"),
            "people_url": self.mail_url("campaigns_email_people"),
        }


OPERATIONS = {
    "insert": EmailPage.insert,
    "move": EmailPage.move,
    "duplicate": EmailPage.duplicate,
    "remove": EmailPage.remove,
    "picture": EmailPage.take_picture,
    "mode": EmailPage.change_mode,
    "add_locale": EmailPage.add_locale,
    "remove_locale": EmailPage.remove_locale,
    "default_locale": EmailPage.default_locale,
    "starter": EmailPage.take_starter,
}
# After these the page is another one.
WHOLE_PAGE = ("mode", "add_locale", "remove_locale", "default_locale", "starter")


def block_rows(blocks: list[Block], findings: list[Finding]) -> list[BlockRow]:
    """Describe the blocks; one of an unknown kind can only be removed."""
    return [
        BlockRow(
            index=index,
            kind=kind,
            excerpt=excerpt_of(block, kind),
            fields=[
                (field, f"{index}.{field.name}", block.get(field.name, ""))
                for field in kind.fields
            ],
            findings=[one for one in findings if one.block == index],
            is_last=index + 1 == len(blocks),
        )
        for index, block in enumerate(blocks)
        if (kind := KINDS.get(block["kind"]))
    ]


def excerpt_of(block: Block, kind: BlockKind) -> str:
    """Give the beginning of what the block says."""
    texts = (
        block.get(field.name, "")
        for field in kind.fields
        if not field.choices and field.input != Input.PICTURE
    )
    first = next((text for text in texts if text.strip()), "")
    return Truncator(" ".join(first.split())).chars(70)


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/email/<str:key>/",
            EmailPage.as_view(),
            name="campaigns_email",
        )
    ]
)
