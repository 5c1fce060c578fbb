def test_visitor_is_asked_to_sign_in(page, live_server):
    page.goto(live_server.url)

    assert page.title() == "Log in | Greenlight"


def test_marketer_sees_the_home_page(marketer_page, live_server):
    marketer_page.goto(live_server.url)

    assert "Log in" not in marketer_page.title()
    assert marketer_page.get_by_role("link", name="Home").first.is_visible()
