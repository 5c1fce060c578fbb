import pytest

from referrals.intros.drafts import DRAFTS
from referrals.intros.fields import IN_NOTES, ON_PAGES, FieldError, check, fill
from referrals.intros.words import WORDS
from referrals.texts import NAMES


def test_fields_are_filled_in():
    assert fill(
        "{{ product }} by {{rep}}, {{ nothing }}.", {"product": "A", "rep": "Bo"}
    ) == ("A by Bo, .")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ wrong }}", "There is no {{ wrong }}."),
        ("{{ product }", "Write fields like"),
        ("{% if a %}", "Write fields like"),
        ("{{ product }}", "Leave a place for {{ link }}"),
    ],
)
def test_a_text_that_can_not_be_filled_is_refused(text, said):
    with pytest.raises(FieldError, match="^") as refused:
        check(text, allowed=IN_NOTES, needed=("link",))

    assert said in str(refused.value)


@pytest.mark.parametrize("language", NAMES)
def test_our_drafts_and_words_are_there_in_each_language(language):
    draft = DRAFTS[language]

    check(draft.note, allowed=IN_NOTES, needed=("link", "disclosure"))
    check(draft.paragraph, allowed=ON_PAGES)
    check(draft.opt_in, allowed=ON_PAGES, needed=("brand", "product"))
    assert WORDS[language].keys() == WORDS["en"].keys()
