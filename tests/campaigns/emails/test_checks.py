import pytest

from campaigns.emails.blocks.registry import KINDS, new_block
from campaigns.emails.checks import Finding, check_content
from campaigns.emails.document import variant_locale
from tests.factories.campaigns import empty_content

KNOWN = ["contact.first_name", "contact.attributes.*", "ask.yes_url", "sender.name"]


def content(*blocks, **changes):
    variant = {
        "subject": "Hello",
        "preheader": "A word",
        "mode": "blocks",
        "blocks": list(blocks),
        "mjml": "",
    }
    return {"default_locale": "en", "variants": {"en": variant | changes}}


def block(kind, **values):
    return new_block(kind) | values


ANSWERS = block("answers")


def sentences(document, *, ask=True):
    return [finding.sentence for finding in check_content(document, KNOWN, ask=ask)]


def test_a_good_mail_has_no_findings():
    assert sentences(content(block("text", text="Hi"), ANSWERS)) == []


def test_an_empty_mail_says_what_is_missing():
    assert sentences(empty_content()) == [
        "The subject is missing.",
        "There is no preheader. Most mailboxes show it next to the subject.",
        "The mail is empty. Add a block.",
        'An ask needs a way to say yes. Add the block "Answers", or a button that leads to '
        "the person's own page.",
    ]


def test_a_mail_that_is_no_ask_needs_no_answers():
    assert sentences(content(block("text", text="Hi")), ask=False) == []


def test_findings_name_variant_and_block():
    document = content(ANSWERS, block("text", text="{{ contact.frist_name }}"))
    document["default_locale"] = "fr"

    assert check_content(document, KNOWN) == [
        Finding(
            'The default language "fr" has no variant. Write it, or choose another default.',
            "fr",
        ),
        Finding(
            "Block 2 \"Text\": 'contact.frist_name' does not exist. "
            "Did you mean 'contact.first_name'?",
            "en",
            block=1,
        ),
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"subject": "{{ a"}, "The subject: line 1: expected '}}', found end of file."),
        ({"subject": "x" * 151}, "The subject is longer than 150 characters."),
        ({"preheader": "x" * 251}, "The preheader is longer than 250 characters."),
        ({"preheader": "{{ zzz }}"}, "The preheader: 'zzz' does not exist."),
    ],
)
def test_lines_are_checked(changes, expected):
    assert sentences(content(ANSWERS, **changes)) == [expected]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (block("text"), 'Block 2 "Text": Text is missing.'),
        (block("text", text=3), 'Block 2 "Text": Text must be text.'),
        (
            block("text", text="{{ sender.name }}\n{{ zzz.a }}"),
            "Block 2 \"Text\" (line 2): 'zzz.a' does not exist.",
        ),
        (
            block("text", text="{% if a %}"),
            'Block 2 "Text": expected tag endif, found end of expression.',
        ),
        (
            block("text", text="[x](/relative)"),
            "Block 2 \"Text\": '/relative' is no address a mail may link to. It must begin "
            "with https://, or be one of the personal links.",
        ),
        (
            block("heading", text="x" * 201),
            'Block 2 "Heading": Text is longer than 200 characters.',
        ),
        (
            block("heading", text="x", size="huge"),
            'Block 2 "Heading": Size must be one of Large, Medium.',
        ),
        (
            block("button", label="x", url="javascript:x"),
            "Block 2 \"Button\": 'javascript:x' is no address a mail may link to. It must "
            "begin with https://, or be one of the personal links.",
        ),
        (
            block("image", url="http://a.example/b.png", alt="x"),
            'Block 2 "Image": The picture\'s address must begin with https://.',
        ),
        (
            block("image", url="https://a.example/b.png", alt="x", width="9000"),
            'Block 2 "Image": The width must be a whole number from 20 to 600.',
        ),
        ({"kind": "video"}, "Block 2 is of an unknown kind. Remove it."),
    ],
)
def test_blocks_are_checked(wrong, expected):
    found = sentences(content(ANSWERS, wrong))

    assert [one for one in found if "'a' does not" not in one] == [expected]


def test_too_many_blocks_are_refused():
    found = sentences(content(*[ANSWERS] * 101))

    assert found == ["A mail holds at most 100 blocks."]


def test_code_is_checked():
    code = "<mjml><mj-body><mj-tpyo /></mj-body></mjml>"

    assert sentences(content(mode="code", mjml=code), ask=False) == [
        "The code: line 1: the tag <mj-tpyo> is not known, or not allowed in a mail."
    ]


def test_code_whose_conversion_fails_is_told():
    code = "<mjml>words<mj-body></mj-body></mjml>"

    assert sentences(content(mode="code", mjml=code), ask=False) == [
        "The code: unexpected token in root template at position 6:11."
    ]


def test_an_ask_in_code_needs_a_way_to_yes_as_well():
    code = (
        "<mjml><mj-body><mj-section><mj-column><mj-button {}>x</mj-button>"
        "</mj-column></mj-section></mj-body></mjml>"
    )
    good = code.format('href="{{ ask.yes_url }}"')

    assert sentences(content(mode="code", mjml=good)) == []
    assert len(sentences(content(mode="code", mjml=code.format("")))) == 1


def test_a_mail_that_gmail_cuts_off_is_a_warning():
    long = [block("text", text="x" * 5_000)] * 25
    found = check_content(content(ANSWERS, *long), KNOWN)

    assert found == [
        Finding(
            "The mail is larger than 100 KB. Gmail will cut it off before the footer.",
            "en",
            is_error=False,
        )
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_each_new_block_holds_its_fields(kind):
    assert set(new_block(kind)) == {"kind"} | {
        field.name for field in KINDS[kind].fields
    }


def test_variant_locale_falls_back_to_the_default():
    document = {"default_locale": "en", "variants": {"en": {}, "de": {}}}

    assert [variant_locale(document, one) for one in ("de-AT", "fr", "")] == [
        "de",
        "en",
        "en",
    ]
