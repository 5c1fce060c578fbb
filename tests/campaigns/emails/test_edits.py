import pytest

from campaigns.emails import edits
from campaigns.emails.starters import starter_content


def content() -> dict:
    return {
        "default_locale": "en",
        "variants": {
            "en": {
                "subject": "Hi",
                "preheader": "",
                "mode": "blocks",
                "blocks": [
                    {"kind": "heading", "text": "One"},
                    {"kind": "text", "text": "Two"},
                    {"kind": "divider"},
                ],
                "mjml": "",
            }
        },
    }


def kinds(changed: dict) -> list[str]:
    return [block["kind"] for block in changed["variants"]["en"]["blocks"]]


def test_texts_are_written_where_there_is_a_field():
    before = content()
    after = edits.update_texts(
        before,
        "en",
        {"subject": "Hey", "0.text": "First", "1.bomb": "x", "9.text": "y"},
    )

    variant = after["variants"]["en"]
    assert variant["subject"] == "Hey"
    assert variant["blocks"] == [
        {"kind": "heading", "text": "First"},
        {"kind": "text", "text": "Two"},
        {"kind": "divider"},
    ]
    assert before == content()


def test_a_text_without_end_is_cut():
    after = edits.update_texts(content(), "en", {"mjml": "x" * 200_000})

    assert len(after["variants"]["en"]["mjml"]) == edits.LONGEST_TEXT


@pytest.mark.parametrize(
    ("index", "target", "expected"),
    [
        (0, 2, ["text", "heading", "divider"]),
        (0, 3, ["text", "divider", "heading"]),
        (2, 0, ["divider", "heading", "text"]),
        (1, 1, ["heading", "text", "divider"]),
        (1, 99, ["heading", "divider", "text"]),
    ],
)
def test_a_block_is_moved_to_a_slot(index, target, expected):
    assert kinds(edits.move_block(content(), "en", index, target)) == expected


def test_blocks_are_inserted_duplicated_and_removed():
    assert kinds(edits.insert_block(content(), "en", "button", 1)) == [
        "heading",
        "button",
        "text",
        "divider",
    ]
    assert kinds(edits.duplicate_block(content(), "en", 1)) == [
        "heading",
        "text",
        "text",
        "divider",
    ]
    assert kinds(edits.remove_block(content(), "en", 0)) == ["text", "divider"]


def test_what_is_not_there_is_refused():
    full = content()
    full["variants"]["en"]["blocks"] *= 40
    for attempt in (
        lambda: edits.remove_block(content(), "en", 3),
        lambda: edits.move_block(content(), "en", -1, 0),
        lambda: edits.duplicate_block(content(), "de", 0),
        lambda: edits.insert_block(content(), "en", "bomb", 0),
        lambda: edits.insert_block(full, "en", "text", 0),
        lambda: edits.set_mode(content(), "en", "magic"),
        lambda: edits.add_locale(content(), "EN", copied_from="en"),
        lambda: edits.remove_locale(content(), "en"),
        lambda: edits.remove_locale(content(), "de"),
        lambda: edits.set_default_locale(content(), "de"),
    ):
        with pytest.raises(edits.ContentEditError):
            attempt()


def test_code_begins_with_the_blocks_and_without_the_footer():
    code = edits.set_mode(starter_content("thank_you"), "en", "code")
    variant = code["variants"]["en"]
    again = edits.set_mode(edits.set_mode(code, "en", "blocks"), "en", "code")

    assert variant["mode"] == "code"
    assert "{{ contact.first_name" in variant["mjml"]
    assert "links.unsubscribe" not in variant["mjml"]
    assert variant["blocks"] == starter_content("thank_you")["variants"]["en"]["blocks"]
    assert again == code


def test_code_that_was_written_is_kept():
    written = edits.update_texts(content(), "en", {"mjml": "<mjml></mjml>"})

    assert edits.set_mode(written, "en", "code")["variants"]["en"]["mjml"] == (
        "<mjml></mjml>"
    )


def test_languages_are_added_made_the_default_and_removed():
    both = edits.add_locale(content(), "pt_br", copied_from="en")
    turned = edits.set_default_locale(both, "pt-BR")
    left = edits.remove_locale(turned, "en")

    assert both["variants"]["pt-BR"] == both["variants"]["en"]
    assert left == {
        "default_locale": "pt-BR",
        "variants": {"pt-BR": content()["variants"]["en"]},
    }


def test_a_mail_that_nobody_has_begun_gets_an_empty_variant():
    assert edits.complete({}, "de") == {
        "default_locale": "de",
        "variants": {
            "de": {
                "subject": "",
                "preheader": "",
                "mode": "blocks",
                "blocks": [],
                "mjml": "",
            }
        },
    }
    assert edits.complete(content(), "de") == content()
