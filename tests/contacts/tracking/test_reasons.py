from contacts.tracking.reasons import FLAGS, REASONS


def test_all_words_have_a_sentence():
    sentences = [*REASONS.values(), *FLAGS.values()]

    assert all(text[0].isupper() and text.endswith(".") for text in sentences)
