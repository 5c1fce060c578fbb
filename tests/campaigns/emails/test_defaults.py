"""What a mail writes of a person without a word for whom it is not known."""

import pytest

from campaigns.emails.defaults import without_default
from campaigns.emails.document import empty_variant


@pytest.mark.parametrize(
    ("subject", "names"),
    [
        ("Hello {{ contact.first_name }}", ["contact.first_name"]),
        ("Hello {{ contact.first_name | default: 'you' }}", []),
        ("{{ contact.first_name | upcase }}", ["contact.first_name"]),
        ("{{ contact.first_name | upcase | default: 'YOU' }}", []),
        ('{{ contact.attributes["plan"] }}', ["contact.attributes.plan"]),
        ("{% if contact.name %}Hi {{ contact.name }}{% endif %}", []),
        (
            "{% if contact.name %}Hi {{ contact.first_name }}{% endif %}",
            ["contact.first_name"],
        ),
        ("{{ program.name }} {{ ask.url }}", []),
    ],
)
def test_which_values_have_no_default(subject, names):
    assert without_default(empty_variant() | {"subject": subject}) == names


def test_blocks_are_read_too_and_each_name_once():
    text = {"kind": "text", "html": "<p>{{ contact.last_name }}</p>"}
    variant = empty_variant() | {"subject": "{{ contact.last_name }}", "blocks": [text]}

    assert without_default(variant) == ["contact.last_name"]
