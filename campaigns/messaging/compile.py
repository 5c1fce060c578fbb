"""Turn the content of a mail into what is rendered for each person; once per version."""

from typing import Any

from campaigns.emails import layout, liquid, mjml, plain_text
from campaigns.emails.checks import Finding, check_content
from campaigns.emails.document import Content, Variant
from campaigns.emails.tagging import tag_links
from campaigns.flows.definition import NO_TAGGING
from campaigns.messaging.variables import known_variables


class ContentError(ValueError):
    """The content has errors; ``findings`` says which."""

    def __init__(self, findings: list[Finding]) -> None:
        """Keep the findings, and speak with their sentences."""
        super().__init__(" ".join(finding.sentence for finding in findings))
        self.findings = findings


def compile_content(
    content: Content, *, ask: bool = True, tagging: dict[str, Any] | None = None
) -> Content:
    """
    Return the content with its variants compiled to HTML and plain text.

    ``tagging`` says which links are marked: ``campaigns.emails.tagging``.

    :raises ContentError: if anything in it keeps it from being sent
    """
    errors = [
        finding
        for finding in check_content(content, known_variables(), ask=ask)
        if finding.is_error
    ]
    if errors:
        raise ContentError(errors)
    return content | {
        "compiled": {
            locale: compile_variant(variant, locale, tagging=tagging)
            for locale, variant in content["variants"].items()
        }
    }


def compile_variant(
    variant: Variant, locale: str, *, tagging: dict[str, Any] | None = None
) -> dict[str, str]:
    """
    Compile one variant to HTML and plain text with Liquid in them.

    :raises ContentError: if the whole is malformed although each part was not
    """
    try:
        hidden, markers = mjml.to_html(layout.variant_mjml(variant, locale))
        hidden = tag_links(hidden, tagging or NO_TAGGING)
        html = markers.restore(hidden)
        text = markers.restore(plain_text.from_html(hidden))
        liquid.parse(html, is_html=True)
        # Nothing that was opened before the footer may still be open there, or it would
        # hide the footer.
        liquid.parse(html[: html.rindex(layout.FOOTER_MARK)], is_html=True)
        liquid.parse(text, is_html=False)
    except (mjml.MjmlError, liquid.TemplateError) as error:
        raise ContentError([Finding(f"The mail: {error}.", locale)]) from error
    return {"html": html, "text": text}
