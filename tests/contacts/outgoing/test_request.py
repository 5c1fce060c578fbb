"""Requests to addresses that somebody has typed, with hostile ones among them."""

import datetime
import socket
import ssl
import time
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from contacts.outgoing import request
from contacts.outgoing.request import (
    Limits,
    NoAnswer,
    NotConnected,
    TargetRefused,
    post,
    read_target,
    wait_from,
)
from tests.receiver import receiver

USUAL = Limits()
PATIENT = Limits(connect=20, read=3, total=30)
QUICK = Limits(connect=2, read=0.3, total=0.8)
NOW = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)


def send(url, limits=USUAL, **headers):
    return post(url, body=b'{"a":1}', headers=headers, limits=limits)


@pytest.fixture
def development(settings):
    settings.OUTGOING_HOSTS = ["localhost"]


@pytest.fixture
def names(monkeypatch):
    """Names that a resolver knows, with the answers that it gives one after the other."""
    known, asked = {}, []
    really = socket.getaddrinfo

    def resolve(host, port, *args, **kwargs):
        asked.append(host)
        if host not in known:
            return really(host, port, *args, **kwargs)
        answers = known[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port),
            )
            for address in addresses
        ]

    monkeypatch.setattr(request.socket, "getaddrinfo", resolve)
    return known, asked


def test_a_document_is_posted_and_the_answer_read(development):
    with receiver() as there:
        there.answers = [(201, {"Retry-After": "7"}, "дa".encode())]

        answer = send(f"{there.url}?a=b c".replace(" ", "%20"), **{"X-One": "1"})

    [came] = there.requests
    assert (answer.status, answer.text, answer.retry_after, answer.is_good) == (
        201,
        "дa",
        "7",
        True,
    )
    assert (came.path, came.body, came.headers["x-one"]) == (
        "/hooks?a=b%20c",
        b'{"a":1}',
        "1",
    )
    assert came.headers["host"] == f"localhost:{there.port}"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/",
        "http://example.com/",
        "http://localhost:1/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "https://",
        "https:///path",
        "https://:443/",
        "https://me@example.com/",
        "https://me:secret@example.com/",
        "https://:@example.com/",
        "https://example.com:22/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com:x/",
        "https://exa mple.com/",
        "https://example.com/\r\nX-Bad: 1",
        "https://example.com\t/",
        "https://example.com\\@evil.example/",
        "https://[::1/",
        "https://" + "a" * 64 + ".example/",
        "https://example.com/" + "a" * 500,
    ],
)
def test_an_address_that_is_none_of_ours_is_not_tried(url, names):
    with pytest.raises(TargetRefused):
        send(url)

    assert names[1] == []


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://0/",
        "https://①②⑦.⓪.⓪.①/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fe80::1]/",
        "https://[fd00:ec2::254]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://100.64.0.1/",
        "https://192.168.1.1:8443/",
    ],
)
def test_an_address_inside_a_network_is_not_tried(url, monkeypatch):
    monkeypatch.setattr(request.socket, "socket", None)

    with pytest.raises(TargetRefused, match="not on the public internet"):
        send(url)


def test_every_address_of_a_name_must_be_public(names, monkeypatch):
    names[0]["mixed.example"] = [["93.184.216.34", "10.0.0.1"]]
    monkeypatch.setattr(request.socket, "socket", None)

    with pytest.raises(TargetRefused):
        send("https://mixed.example/")


def test_a_name_that_changes_its_mind_is_asked_once(names, monkeypatch):
    names[0]["rebinding.example"] = [["93.184.216.34"], ["127.0.0.1"]]
    dialed = []

    class Socket(socket.socket):
        def connect(self, address):
            dialed.append(address)
            raise ConnectionRefusedError("nobody")

    monkeypatch.setattr(request.socket, "socket", Socket)

    with pytest.raises(NotConnected):
        send("https://rebinding.example/")

    assert names[1] == ["rebinding.example"]
    assert dialed == [("93.184.216.34", 443)]


def test_the_next_address_is_tried_where_the_first_does_not_answer(
    names, settings, development
):
    settings.OUTGOING_HOSTS = ["two.example"]
    names[0]["two.example"] = [["::1", "127.0.0.1"]]
    with receiver() as there:
        answer = send(there.url.replace("localhost", "two.example"))

    assert answer.status == 200


def test_a_redirect_is_an_answer_and_is_not_followed(development):
    with receiver() as secret, receiver() as there:
        there.answers = [(302, {"Location": secret.url}, b"")]

        answer = send(there.url)

    assert (answer.status, answer.is_good, secret.requests) == (302, False, [])


def test_no_proxy_of_the_environment_is_asked(development, monkeypatch):
    with receiver() as proxy, receiver() as there:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://localhost:{proxy.port}")

        send(there.url)

    assert (len(there.requests), proxy.requests) == (1, [])


def test_an_unknown_name_and_a_closed_door_are_not_connected(development, names):
    with receiver() as there:
        closed = there.url

    with pytest.raises(NotConnected):
        send(closed)
    with pytest.raises(NotConnected, match="There is no host"):
        send("https://no-such-host.invalid/")


def drip(handler):
    """Send a byte now and then, for longer than anybody has patience."""
    for _ in range(60):
        handler.wfile.write(b"H")
        handler.wfile.flush()
        time.sleep(0.1)


def be_silent(handler):
    time.sleep(0.6)


def hang_up(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("answer", [drip, be_silent, hang_up])
def test_who_does_not_answer_in_time_may_have_taken_it(answer, development):
    began = time.monotonic()
    with receiver() as there:
        there.answers = [answer]

        with pytest.raises(NoAnswer):
            send(there.url, QUICK)
        took = time.monotonic() - began

    assert len(there.requests) == 1
    assert took < 5


def endless(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(2_000):
        handler.wfile.write(b"x" * 10_000)


def slow_body(handler):
    handler.wfile.write(b"HTTP/1.1 503 No\r\nContent-Length: 1000\r\n\r\nhalf")
    handler.wfile.flush()
    handler.connection.recv(1)


@pytest.mark.parametrize(
    ("answer", "status", "length"), [(endless, 200, 16_384), (slow_body, 503, 0)]
)
def test_of_a_long_answer_the_beginning_is_read(answer, status, length, development):
    with receiver() as there:
        there.answers = [answer]

        answer = send(there.url, PATIENT)

    assert (answer.status, len(answer.text)) == (status, length)


def make_certificate(folder, name):
    """Make a key and a certificate that it has signed itself, for a name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName(name), x509.IPAddress(ip_address("192.0.2.1"))]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    """A certificate that the system trusts."""
    file = make_certificate(tmp_path, "hooks.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    request._context.cache_clear()
    yield file
    request._context.cache_clear()


def test_the_name_stands_in_the_handshake_and_in_the_header(trusted, names, settings):
    settings.OUTGOING_HOSTS = ["hooks.example", "other.example"]
    names[0]["hooks.example"] = names[0]["other.example"] = [["127.0.0.1"]]
    shown = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted)
    context.sni_callback = lambda _, name, __: shown.append(name)
    with receiver(context) as there:
        answer = send(f"https://hooks.example:{there.port}/")
        with pytest.raises(NotConnected, match="safely"):
            send(f"https://other.example:{there.port}/")

    assert answer.status == 200
    assert shown == ["hooks.example", "other.example"]
    [came] = there.requests
    assert came.headers["host"] == f"hooks.example:{there.port}"


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://EXAMPLE.com", "example.com", 443, "/"),
        ("https://example.com:8443/a?b=ä#c", "example.com", 8443, "/a?b=%C3%A4"),
        ("https://bücher.example/ü", "xn--bcher-kva.example", 443, "/%C3%BC"),
    ],
)
def test_an_address_is_taken_apart(url, host, port, path):
    target = read_target(url)

    assert (target.host, target.port, target.path) == (host, port, path)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("", None),
        ("soon", None),
        ("-3", None),
        ("0", 0),
        ("120", 120),
        ("99999999999999", 86_400),
        ("Fri, 20 Nov 2026 12:05:00 GMT", 300),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0),
        ("Fri, 20 Nov 2027 11:00:00 GMT", 86_400),
    ],
)
def test_how_long_to_wait_is_read(said, seconds):
    wait = wait_from(said, now=NOW)

    assert (wait.total_seconds() if wait is not None else None) == seconds
