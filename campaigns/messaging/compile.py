"""Turn the content of a mail into what is rendered for each person; once per version."""

from campaigns.emails import layout, liquid, mjml, plain_text
from campaigns.emails.checks import Finding, check_content
from campaigns.emails.document import Content, Variant
from campaigns.messaging.variables import known_variables


class ContentError(ValueError):
    """The content has errors; ``findings`` says which."""

    def __init__(self, findings: list[Finding]) -> None:
        """Keep the findings, and speak with their sentences."""
        super().__init__(" ".join(finding.sentence for finding in findings))
        self.findings = findings


def compile_content(content: Content, *, ask: bool = True) -> Content:
    """
    Return the content with its variants compiled to HTML and plain text.

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
            locale: compile_variant(variant, locale)
            for locale, variant in content["variants"].items()
        }
    }


def compile_variant(variant: Variant, locale: str) -> dict[str, str]:
    """
    Compile one variant to HTML and plain text with Liquid in them.

    :raises ContentError: if the whole is malformed although each part was not
    """
    try:
        hidden, markers = mjml.to_html(layout.variant_mjml(variant, locale))
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
