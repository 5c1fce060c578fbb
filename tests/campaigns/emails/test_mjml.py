import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.emails import mjml
from campaigns.emails.mjml import MjmlError


def document(body):
    return (
        "<mjml><mj-body><mj-section><mj-column><mj-text>"
        f"{body}</mj-text></mj-column></mj-section></mj-body></mjml>"
    )


def test_to_html_keeps_liquid_as_it_was_written():
    hidden, markers = mjml.to_html(
        document(
            "{% if a > 3 and b < \"4\" %}<b>{{ c | default: 'x & y' }}</b>{% endif %}"
        )
    )

    html = markers.restore(hidden)

    assert (
        "{% if a > 3 and b < \"4\" %}<b>{{ c | default: 'x & y' }}</b>{% endif %}"
        in html
    )
    assert html.startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "it must begin with <mjml>"),
        ("<div></div>", "it must begin with <mjml>"),
        ("<mjml></mjml>", "it needs an <mj-body>"),
        (document("<script>x</script>"), "the tag <script> is not known"),
        (document("<mj-include path='/etc/passwd' />"), "the tag <mj-include>"),
        (document("<iframe></iframe>"), "the tag <iframe> is not known"),
        (document("<mj-txt>x</mj-txt>"), "the tag <mj-txt> is not known"),
        (document("<form></form>"), "the tag <form>"),
        (document('<b onclick="x">y</b>'), "the attribute onclick is a script"),
        (document('<a href="javascript:x">y</a>'), "the address 'javascript:x'"),
        (
            document('<a href="https://{{ a }}/">y</a>'),
            "the address 'https://{{ a }}/'",
        ),
        (document('<a href="{{ contact.email }}">y</a>'), "the address '{{ contact"),
        (document('<img src="data:image/png;base64,x">'), "the address 'data:image"),
        (document("<b>x"), "</mj-text> closes nothing that is open"),
        (document("x</b>"), "</b> closes nothing that is open"),
        ("<mjml><mj-body></mj-body>x</mjml>", "nothing may stand behind </mj-body>"),
        ("<mjml><mj-body></mj-body>", "the tag <mjml> is never closed"),
        (document("<!DOCTYPE html>"), "<!DOCTYPE html> has no place"),
        (document("<?php x ?>"), "<?php x ?> has no place"),
        (document("<![CDATA[x]]>"), "has no place"),
        (document("\x00"), "a NUL character"),
        (document("x" * 200_001), "larger than 200 KB"),
        (document("<div>" * 60 + "</div>" * 60), "more than 50 elements"),
    ],
)
def test_check_refuses_what_a_mail_may_not_hold(source, reason):
    with pytest.raises(MjmlError) as error:
        mjml.check_mjml(source)

    assert reason in str(error.value)


def test_check_names_the_line():
    with pytest.raises(MjmlError) as error:
        mjml.check_mjml("<mjml>\n<mj-body>\n<mj-tpyo />\n</mj-body></mjml>")

    assert str(error.value).startswith("line 3: the tag <mj-tpyo>")


def test_scripts_in_comments_are_gone():
    source = document("a<!--[if mso]><script>x</script><![endif]-->b")

    hidden, _ = mjml.to_html(source)

    assert "<script>" not in hidden
    assert "ab" in hidden


def test_links_to_own_pages_and_mail_addresses_are_allowed():
    mjml.check_mjml(
        document(
            '<a href="{{ ask.yes_url }}">a</a><a href="mailto:a@example.com">b</a>'
            '<a href="https://example.com/?n={{ contact.name | url_encode }}">c</a>'
        )
    )


def test_liquid_where_text_is_dropped_is_refused():
    source = (
        '<mjml><mj-head><mj-attributes><mj-text color="{% if a %}" /></mj-attributes>'
        "</mj-head><mj-body></mj-body></mjml>"
    )

    with pytest.raises(MjmlError) as error:
        mjml.to_html(source)

    assert str(error.value) == (
        "'{% if a %}' stands where mails can't hold text. Move it into an <mj-text>"
    )


def test_an_error_of_the_converter_is_told():
    with pytest.raises(MjmlError) as error:
        mjml.to_html("<mjml>words<mj-body></mj-body></mjml>")

    assert str(error.value) == "unexpected token in root template at position 6:11"


TAGS = sorted(mjml.MJ_TAGS | mjml.HTML_TAGS)
PIECES = st.one_of(
    st.sampled_from(TAGS).map(lambda tag: f"<{tag}>"),
    st.sampled_from(TAGS).map(lambda tag: f"</{tag}>"),
    st.sampled_from(TAGS).map(lambda tag: f"<{tag} />"),
    st.text(max_size=5),
)


@settings(max_examples=300, deadline=2_000)
@given(st.lists(PIECES, max_size=30))
def test_any_pile_of_tags_converts_or_is_refused(pieces):
    try:
        html, _ = mjml.to_html(document("".join(pieces)))
    except MjmlError as error:
        html = str(error)

    assert "<script" not in html


@pytest.mark.parametrize("tag", ["div", "b", "mj-column", "mj-wrapper", "mj-raw"])
@pytest.mark.parametrize("depth", [49, 51, 3_000, 10_000])
def test_deep_nesting_never_reaches_the_converter(tag, depth):
    source = (
        f"<mjml><mj-body>{f'<{tag}>' * depth}{f'</{tag}>' * depth}</mj-body></mjml>"
    )

    with pytest.raises(MjmlError):
        mjml.to_html(source)
