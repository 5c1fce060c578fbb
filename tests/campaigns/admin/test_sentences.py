import pytest

from campaigns.admin.sentences import plain_subject


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("A small favor", "A small favor"),
        (
            'A favor, {{ contact.first_name | default: "if you like" }}?',
            "A favor, [first name]?",
        ),
        (
            'Hi{% if contact.first_name != "" %} {{contact.first_name}}{% endif %}!',
            "Hi [first name]!",
        ),
        ("{{ program.offer }}", "[offer]"),
        ("", ""),
    ],
)
def test_subject_is_shown_with_the_names_of_its_variables(subject, shown):
    assert plain_subject(subject) == shown
