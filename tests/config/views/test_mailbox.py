from email.message import EmailMessage

import pytest

from config.mailbox import keep_mail

pytestmark = pytest.mark.urls("tests.config.demo_urls")


@pytest.fixture
def mailbox(settings, tmp_path):
    """An empty mailbox of the test's own."""
    settings.MAILBOX_DIR = tmp_path
    return tmp_path


def put_mail(mailbox, *, recipient="ana@x.example", subject="Your link", moment=1):
    message = EmailMessage()
    message["From"] = "Fernweh Coffee <shop@x.example>"
    message["To"] = recipient
    message["Subject"] = subject
    message.set_content("Share https://x.example/r/abc")
    message.add_alternative(
        '<a href="https://x.example/r/abc">Share</a><script>bad()</script>',
        subtype="html",
    )
    return keep_mail(
        mailbox,
        recipient=recipient,
        content=message.as_bytes(),
        moment_ns=moment * 10**18,
    ).name


def test_visitor_is_sent_to_the_sign_in(client, mailbox, db):
    name = put_mail(mailbox)

    for address in ("", f"{name}/", f"{name}/html", f"{name}/source"):
        response = client.get(f"/mailbox/{address}")

        assert response.status_code == 302
        assert response["Location"].startswith("/login/?next=/mailbox/")


def test_empty_mailbox_says_what_lands_there(admin_client, mailbox):
    response = admin_client.get("/mailbox/")

    assert "No mail yet" in response.content.decode()


def test_list_shows_whom_and_what(admin_client, mailbox):
    put_mail(mailbox, subject="<b>First</b>")
    put_mail(mailbox, recipient="ben@x.example", subject="Second", moment=2)

    page = admin_client.get("/mailbox/").content.decode()

    assert "2 mails" in page
    assert page.index("Second") < page.index("&lt;b&gt;First&lt;/b&gt;")
    assert page.index("ben@x.example") < page.index("ana@x.example")
    assert "Share https://x.example/r/abc" in page


def test_list_is_searched_and_says_when_nothing_is_found(admin_client, mailbox):
    put_mail(mailbox, subject="For Ana")
    put_mail(mailbox, recipient="ben@x.example", subject="For Ben")

    found = admin_client.get("/mailbox/?q=ben@").content.decode()
    nothing = admin_client.get("/mailbox/?q=<carla>").content.decode()

    assert "For Ben" in found
    assert "For Ana" not in found
    assert "No mail for “&lt;carla&gt;”" in nothing


def test_list_has_pages(admin_client, mailbox):
    for moment in range(51):
        put_mail(mailbox, subject=f"Mail {moment}", moment=moment)

    first = admin_client.get("/mailbox/").content.decode()
    second = admin_client.get("/mailbox/?page=2").content.decode()

    assert "Page 1 of 2" in first
    assert "Mail 50" in first
    assert "Mail 0<" not in first
    assert "Mail 0<" in second


def test_mail_shows_text_headers_and_a_frame(admin_client, mailbox):
    name = put_mail(mailbox)

    page = admin_client.get(f"/mailbox/{name}/").content.decode()

    assert f'src="/mailbox/{name}/html"' in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert '<a href="https://x.example/r/abc"' in page
    assert "Fernweh Coffee &lt;shop@x.example&gt;" in page


def test_html_of_a_mail_may_run_nothing(admin_client, mailbox):
    name = put_mail(mailbox)

    response = admin_client.get(f"/mailbox/{name}/html")

    policy = response["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "script-src" not in policy
    assert "sandbox allow-popups" in policy
    assert response.content.decode().startswith('<base target="_blank"><a href=')


def test_source_of_a_mail_is_text(admin_client, mailbox):
    name = put_mail(mailbox)

    page = admin_client.get(f"/mailbox/{name}/source").content.decode()

    assert "&lt;script&gt;bad()" in page
    assert "<script>" not in page


def test_mail_that_is_not_there(admin_client, mailbox):
    assert admin_client.get("/mailbox/none.eml/").status_code == 404


def test_mail_without_anything_is_shown(admin_client, mailbox):
    path = keep_mail(mailbox, recipient="a@x.example", content=b"", moment_ns=10**18)

    assert "(no subject)" in admin_client.get("/mailbox/").content.decode()
    assert admin_client.get(f"/mailbox/{path.name}/").status_code == 200
