from django.template import Context, Template


def test_an_id_in_a_page_has_no_separators():
    page = Template('<button value="{{ pk }}">').render(Context({"pk": 1234567}))

    assert page == '<button value="1234567">'
