import codecs

import pytest

from shadow.diff.readers.charset import decode_text, guess_text
from shadow.diff.readers.content import Content

GREETING = "Grüße, “Welt”"


def content(body: bytes, charset: str = "", media_type: str = "text/plain") -> Content:
    return Content(
        body=body, media_type=media_type, parameters={"charset": charset} if charset else {}
    )


def test_a_body_without_a_charset_is_utf_8():
    assert decode_text(content(GREETING.encode())) == GREETING


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("utf-8", "utf-8"),
        ("UTF-16LE", "utf-16-le"),
        ("windows-1252", "cp1252"),
        ("iso-8859-1", "cp1252"),
        ('"Latin1"', "cp1252"),
        ("gb2312", "gb18030"),
    ],
)
def test_the_charset_of_the_content_type_counts(charset, codec):
    assert decode_text(content(GREETING.encode(codec), charset)) == GREETING


@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_counts_more_than_what_is_declared(mark, codec):
    assert decode_text(content(mark + GREETING.encode(codec), "koi8-r")) == GREETING


@pytest.mark.parametrize("charset", ["utf-8", "euc-jp", "utf-16"])
def test_a_charset_that_does_not_fit_makes_no_text(charset):
    body = content(b"\xff\xa1\xff", charset)
    assert decode_text(body) is None
    assert guess_text(body) is None


@pytest.mark.parametrize("charset", ["punycode", "hex", "no-such", "unicode_escape", "\0", "é"])
def test_a_charset_that_is_none_is_passed_over(charset):
    assert decode_text(content(GREETING.encode(), charset)) == GREETING


def test_latin_1_with_characters_that_windows_1252_has_not_is_text():
    assert decode_text(content(b"a\x81b", "iso-8859-1")) == "a\x81b"


@pytest.mark.parametrize("body", [b"a\0b", bytes(range(1, 9)), b"\x01\x02 text"])
def test_what_is_full_of_control_characters_is_no_text(body):
    assert decode_text(content(body)) is None


def test_colours_of_a_terminal_are_text():
    assert decode_text(content(b"\x1b[1mbold\x1b[0m")) is not None


@pytest.mark.parametrize(
    "meta",
    [
        '<meta charset="iso-8859-1">',
        "<META http-equiv=content-type content='text/html; charset=windows-1252'>",
    ],
)
def test_a_page_names_its_charset_itself(meta):
    page = f"<html>{meta}<p>{GREETING}"
    assert decode_text(content(page.encode("cp1252"), media_type="text/html")) == page
    assert decode_text(content(page.encode("cp1252"))) is None


def test_a_page_that_says_it_is_utf_16_and_is_not_is_utf_8():
    page = f'<meta charset="utf-16">{GREETING}'
    assert decode_text(content(page.encode(), media_type="text/html")) == page


def test_a_charset_that_nobody_declares_is_guessed():
    guessed = guess_text(content("Größe, Straße, Käse".encode("latin-1")))
    assert guessed is not None
    assert (guessed.text, guessed.charset) == ("Größe, Straße, Käse", "cp1252")
    assert decode_text(content("Größe".encode("latin-1"))) is None


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"\xff\xd8\xff\xe0 jpeg for all that", "text/plain"),
        ("Größe".encode("latin-1"), "image/jpeg"),
        ("Größe".encode("latin-1"), "application/octet-stream"),
        (b"a\0\xff", "text/plain"),
    ],
)
def test_nothing_is_guessed_of_what_is_no_text(body, media_type):
    assert guess_text(content(body, media_type=media_type)) is None
