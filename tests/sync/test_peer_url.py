"""EXC-24: the one way to write a peer's base URL."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from entrepot_schema.errors import Misuse
from entrepot_sync.peer_url import MAX_URL, BaseUrl, parse_base_url


def refuse(text, *, allow_private=False):
    with pytest.raises(Misuse) as caught:
        parse_base_url(text, allow_private=allow_private)
    assert caught.value.code == "peer.url"
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://biomed.example", BaseUrl("https", "biomed.example", 443, "")),
        ("https://biomed.example/", BaseUrl("https", "biomed.example", 443, "")),
        ("https://biomed.example:443/", BaseUrl("https", "biomed.example", 443, "")),
        ("https://hub.example:8443/nodes/a~b_1", BaseUrl("https", "hub.example", 8443, "/nodes/a~b_1")),
        ("https://hub.example/nodes/", BaseUrl("https", "hub.example", 443, "/nodes")),
        ("https://xn--mnchen-3ya.example", BaseUrl("https", "xn--mnchen-3ya.example", 443, "")),
        ("https://1.2.3.4.example", BaseUrl("https", "1.2.3.4.example", 443, "")),
    ],
)
def test_a_canonical_url_is_read(text, expected):
    assert parse_base_url(text, allow_private=False) == expected
    assert parse_base_url(str(expected), allow_private=False) == expected


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("http://127.0.0.1:8101", "http://127.0.0.1:8101"),
        ("http://localhost:8101/", "http://localhost:8101"),
        ("http://node-2", "http://node-2"),
        ("https://[::1]:8101/a", "https://[::1]:8101/a"),
        ("http://10.0.0.7:80", "http://10.0.0.7"),
    ],
)
def test_a_follow_with_private_addresses_may_use_http_literals_and_short_names(text, written):
    assert str(parse_base_url(text, allow_private=True)) == written
    refuse(text)


@pytest.mark.parametrize(
    "host",
    [
        "2130706433", "127.1", "0x7f.1", "0x7f000001", "0177.0.0.1", "0", "0.0", "127.0.0.01", "127.0.0.1.",
        "1.2.3.256", "①②⑦.⓪.⓪.①", "127。0。0。1", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "[::1%25eth0]",
        "[::1", "[127.0.0.1]", "[FE80::1]", "[::g]", "a.0x", "biomed.example.1", "example.0x7f",
    ],
)  # fmt: skip
@pytest.mark.parametrize("allow_private", [False, True])
def test_H06_odd_forms_of_addresses_are_refused_even_with_the_flag(host, allow_private):
    refuse(f"https://{host}/", allow_private=allow_private)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "8.8.8.8", "[2606:4700::1111]", "localhost", "router"]
)
def test_H06_literals_and_short_names_need_the_flag(host):
    refuse(f"https://{host}/")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "https://"),
        ("biomed.example", "https://"),
        ("ftp://biomed.example", "https://"),
        ("HTTPS://biomed.example", "https://"),
        ("https:/biomed.example", "https://"),
        ("file:///etc/passwd", "https://"),
        ("https://", "not a base URL"),
        ("https://Biomed.example", "lower case"),
        ("https://münchen.example", "ASCII"),
        ("https://biomed.example ", "spaces"),
        ("https://biomed.example\n", "control"),
        ("https://bio\tmed.example", "control"),
        ("https://biomed.example\x00", "control"),
        ("https://user@biomed.example", "user part"),
        ("https://user:secret@biomed.example", "user part"),
        ("https://biomed.example?x=1", "query"),
        ("https://biomed.example/#f", "query"),
        ("https://biomed.example\\@evil.example", "backslash"),
        ("https://biomed.example/a%2e%2e/b", "percent"),
        ("https://biomed%2eexample", "percent"),
        ("https://biomed.example//a", "segment"),
        ("https://biomed.example/a//", "segment"),
        ("https://biomed.example/../a", "segment"),
        ("https://biomed.example/a/..", "segment"),
        ("https://biomed.example/./a", "segment"),
        ("https://biomed.example/a/.", "base URL"),
        ("https://biomed.example:", "base URL"),
        ("https://biomed.example:0", "base URL"),
        ("https://biomed.example:0443", "base URL"),
        ("https://biomed.example:65536", "port"),
        ("https://biomed.example:+80", "base URL"),
        ("https://biomed.example.", "host name"),
        ("https://.biomed.example", "host name"),
        ("https://biomed..example", "host name"),
        ("https://-biomed.example", "host name"),
        ("https://biomed-.example", "host name"),
        ("https://bio_med.example", "base URL"),
        ("https://" + "a" * 64 + ".example", "host name"),
        ("https://" + "a.a" * 100 + ".example", "host name"),
        ("https://biomed.example/" + "a" * MAX_URL, "longer"),
        ("https://xn--.example", "host name"),
        ("https://xn--biomed-.example", "host name"),
        ("https://xn--99999999.example", "host name"),
    ],
)
def test_the_complaint_names_what_is_wrong(text, complaint):
    assert complaint in str(refuse(text))


def test_http_is_refused_without_the_flag():
    assert "https" in str(refuse("http://biomed.example"))


HOSTS = st.from_regex(
    r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z]([a-z0-9-]{0,8}[a-z0-9])?){1,3}", fullmatch=True
)
PATHS = st.lists(st.from_regex(r"[a-zA-Z0-9_~!$&'()*+,;=:@-]{1,8}", fullmatch=True), max_size=3)


@given(HOSTS, st.integers(1, 65_535), PATHS)
def test_reading_undoes_writing(host, port, segments):
    base = BaseUrl("https", host, port, "".join(f"/{segment}" for segment in segments))
    if "--" in host:  # may be no A-label
        return

    assert parse_base_url(str(base), allow_private=False) == base


@given(st.text() | st.text(alphabet="htps:/.@[]0x17fa%\\?#-").map("https://".__add__), st.booleans())
@example("https://[::1]:1", True)
def test_any_text_is_read_or_refused_and_what_is_read_stays_the_same(text, allow_private):
    try:
        base = parse_base_url(text, allow_private=allow_private)
    except Misuse:
        return

    assert parse_base_url(str(base), allow_private=allow_private) == base


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/feed/checkpoint", "https://hub.example/a/feed/checkpoint"),
        ("/.well-known/entrepot", "https://hub.example/a/.well-known/entrepot"),
        ("/feed/tile/0/x001/067.p/44", "https://hub.example/a/feed/tile/0/x001/067.p/44"),
        ("/feed/delta?from=0&to=256", "https://hub.example/a/feed/delta?from=0&to=256"),
    ],
)
def test_a_path_is_put_below_the_prefix(path, url):
    assert parse_base_url("https://hub.example/a/", allow_private=False).url(path) == url


@pytest.mark.parametrize(
    "path",
    [
        "", "feed", "//evil.example/a", "/a//b", "/../a", "/a/./b", "/a/..", "/a?", "/a?b=c#d", "/a\\b",
        "/a%2e", "/a b", "/a\r\nb", "https://evil.example/", "@evil.example/", "/", "/é",
    ],
)  # fmt: skip
def test_H07_only_plain_paths_of_this_peer_make_a_url(path):
    with pytest.raises(Misuse) as caught:
        parse_base_url("https://hub.example", allow_private=False).url(path)
    assert caught.value.code == "peer.url"
