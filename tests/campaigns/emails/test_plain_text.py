from campaigns.emails.plain_text import from_html


def test_from_html_keeps_what_can_be_read():
    html = (
        "<html><head><title>T</title><style>x{}</style></head><body>"
        '<div style="display: none">preheader <b>bold</b></div><h1>Hello&nbsp;there</h1>'
        "<p>One<br>two   three</p><ul><li>a</li><li>b</li></ul>"
        '<a href="https://example.com">Go</a> <a href="https://b.example">https://b.example</a>'
        '<a href="#">nowhere</a><img src="x" alt="A cat"><!-- no --></body></html>'
    )

    assert from_html(html) == (
        "Hello there\n\nOne\ntwo three\n\n- a\n- b\n\n"
        "Go: https://example.com https://b.examplenowhereA cat\n"
    )


def test_from_html_survives_broken_html():
    assert from_html("</p></div><style>a<p>b") == "\n"
