import re
from copy import deepcopy

import pytest

from campaigns.emails.blocks.registry import KINDS, new_block
from campaigns.emails.starters import STARTERS, starter_content
from campaigns.messaging.compile import ContentError, compile_content

FULL = [
    new_block("heading") | {"text": "Hello {{ contact.first_name | default: \"you\" }}"},
    new_block("text") | {"text": "**One** <two>", "align": "center"},
    new_block("answers") | {"yes_label": "Sure"},
    new_block("button") | {"label": "Go & see"},
    new_block("image") | {"url": "https://a.example/b.png", "alt": "A cat", "width": "200", "href": "https://a.example"},
    new_block("note") | {"text": "Pass {{ advocate.link }} on"},
    new_block("columns") | {"start": "Left", "end": "Right"},
    new_block("divider"),
    new_block("spacer"),
]  # fmt: skip


def content(locale="en", **changes):
    variant = {
        "subject": "Hello",
        "preheader": "For {{ contact.first_name }} only",
        "mode": "blocks",
        "blocks": deepcopy(FULL),
        "mjml": "",
    }
    return {"default_locale": locale, "variants": {locale: variant | changes}}


def test_compile_writes_html_and_text_of_every_kind_of_block():
    assert {block["kind"] for block in FULL} == set(KINDS)

    compiled = compile_content(content())["compiled"]["en"]

    assert compiled["text"] == (
        'Hello {{ contact.first_name | default: "you" }}\n\n'
        "One <two>\n\n"
        "Sure: {{ ask.yes_url }}\n\n"
        "Not now: {{ ask.not_now_url }}\n\n"
        "Don't ask me again: {{ ask.never_url }}\n\n"
        "Go & see: {{ advocate.share_url }}\n\n"
        "A cat: https://a.example\n\n"
        "Pass {{ advocate.link }} on\n\n"
        "Left\n\n"
        "Right\n\n"
        "You get this email because you agreed to hear from {{ sender.name }}.\n\n"
        '{% if ask.url != "" %}Not now: {{ ask.not_now_url }} · Don\'t ask me again: '
        "{{ ask.never_url }} · {% endif %}Unsubscribe: {{ links.unsubscribe }}\n\n"
        '{{ sender.name }}{% if sender.postal_address != "" %} · '
        "{{ sender.postal_address }}{% endif %}\n"
    )
    assert "For {{ contact.first_name }} only" in compiled["html"]
    assert "&lt;two&gt;" in compiled["html"]


def test_compile_keeps_the_document_and_leaves_its_argument_alone():
    draft = content()
    before = deepcopy(draft)

    result = compile_content(draft)

    assert draft == before
    assert {key: result[key] for key in before} == before


@pytest.mark.parametrize("key", STARTERS)
def test_each_starter_compiles_in_each_language(key):
    compiled = compile_content(starter_content(key))["compiled"]

    assert set(compiled) == {"en", "de"}
    assert all("{{ links.unsubscribe }}" in one["html"] for one in compiled.values())


def test_starter_content_is_a_copy():
    starter_content("thank_you")["variants"]["en"]["subject"] = "Changed"

    assert starter_content("thank_you")["variants"]["en"]["subject"] != "Changed"


def test_a_right_to_left_variant_reads_from_right_to_left():
    html = compile_content(content("ar"))["compiled"]["ar"]["html"]

    assert re.search(r'<html[^>]* lang="ar"[^>]* dir="rtl"', html)
    assert "text-align:right" in html


def test_labels_speak_the_language_of_the_variant():
    text = compile_content(content("fr-CA"))["compiled"]["fr-CA"]["text"]

    assert "Pas maintenant: {{ ask.not_now_url }}" in text
    assert "Se désabonner: {{ links.unsubscribe }}" in text


CODE = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>{}"
    '<a href="{{{{ ask.url }}}}">x</a></mj-text></mj-column></mj-section></mj-body></mjml>'
)


def test_code_gets_the_footer_as_well():
    compiled = compile_content(content(mode="code", mjml=CODE.format("Hi ")))

    assert "Unsubscribe: {{ links.unsubscribe }}" in compiled["compiled"]["en"]["text"]


@pytest.mark.parametrize(
    "opening",
    ["{% if false %}", "{% comment %}", "{% for a in (1..0) %}", "{% #", "{{ '"],
)
def test_the_footer_cannot_be_hidden(opening):
    with pytest.raises(ContentError):
        compile_content(content(mode="code", mjml=CODE.format(opening)))


def test_a_condition_around_the_footer_is_refused():
    # Each text of its own is well-formed; together they would swallow the footer.
    hidden = CODE.format("{% if contact.first_name %}").replace(
        "</mj-body>", "<mj-raw>{% endif %}</mj-raw></mj-body>"
    )

    html = compile_content(content(mode="code", mjml=hidden))["compiled"]["en"]["html"]

    assert html.index("{% endif %}") < html.rindex('{% if ask.url != "" %}')


def test_errors_stop_it_with_their_sentences():
    with pytest.raises(ContentError) as error:
        compile_content(content(subject=""))

    assert str(error.value) == "The subject is missing."
    assert [finding.locale for finding in error.value.findings] == ["en"]


def test_links_to_named_hosts_are_marked_and_personal_ones_never():
    tagging = {"hosts": ["a.example"], "source": "g", "medium": "", "campaign": ""}

    plain = compile_content(content())["compiled"]["en"]
    marked = compile_content(content(), tagging=tagging)["compiled"]["en"]

    assert 'href="https://a.example?utm_source=g"' in marked["html"]
    assert marked["html"].replace("?utm_source=g", "") == plain["html"]
    assert marked["text"].replace("?utm_source=g", "") == plain["text"]
    assert 'src="https://a.example/b.png"' in marked["html"]
