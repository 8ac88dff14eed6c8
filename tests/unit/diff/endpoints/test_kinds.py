import pytest

from shadow.diff.endpoints.kinds import type_of

UUID = "0d6e5a1e-4b7b-4f51-9d2b-0f3f1a2b3c4d"


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ("17", "{int}"),
        ("-5", "{int}"),
        ("17,18", "{ids}"),
        ("12.5,-7.25", "{ids}"),
        ("12.5,-7.25.json", "{ids}.json"),
        (UUID, "{uuid}"),
        (f"{{{UUID}}}", "{uuid}"),
        ("+14155550100", "{phone}"),
        ("10.0.0.1", "{ip}"),
        ("2001:db8::1", "{ip}"),
        ("a0:bb:cc:dd:ee:ff", "{mac}"),
        ("A0-BB-CC-DD-EE-FF", "{mac}"),
        ("1.2.3", "{version}"),
        ("v1.2.3-beta.1", "{version}"),
        ("2024-01", "{date}"),
        ("2024-W05", "{date}"),
        ("20240115T101500Z", "{date}"),
        ("i-0abcdef1234567890", "{id}"),
        ("SM0123456789abcdef0123456789abcdef", "{id}"),
        ("0x52908400098527886E0F7030069857D2E4169EE7", "{id}"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "{token}"),
        ("y365lxjNzvBxOtL8Boyxsw==", "{token}"),
        ("17:cancel", "{int}:cancel"),
        ("ann@example.com:sign", "{email}:sign"),
        ("Orders(17)", "Orders({int})"),
        ("Customers('ALFKI')", "Customers({key})"),
        ("Lines(Order=17,Line=2)", "Lines(Order={int},Line={int})"),
        ("123.JPG", "{int}.JPG"),
        ("17.tar.gz", "{int}.tar.gz"),
        ("1362@2x.png", "{int}@2x.png"),
        ("app.3f2a1b9c.js", "app.{hex}.js"),
        ("97.f899291b9070d769.chunk.js", "{int}.{hex}.chunk.js"),
        ("a...b", "{base}...{head}"),
    ],
)
def test_identifiers_in_paths_have_types(segment, expected):
    assert type_of(segment) == expected


@pytest.mark.parametrize(
    "segment",
    [
        *("me", "v1.2", "2.0", "3.14", "utf-8", "UTF-8", "PROJ-123", "SKU-10003", "step-1"),
        *(
            "latest:access",
            "accounts:signUp",
            "Special:Search",
            "README.md",
            "node.js",
            "(default)",
        ),
        *("us-east1-b", "OAuth2ClientV2", "IPv4ToIPv6", "GetV2Users", "new_checkoutFlow"),
        *("dark_mode_V2enabled", "blue-lamp-12345", "example.co.uk", "x86_64", "style.min.css"),
    ],
)
def test_words_have_none(segment):
    assert type_of(segment) is None


@pytest.mark.parametrize(
    "part", ["a", "1", "a.", "a-", "a:", "(", "a('", "1,", "a1", "-", "0x", "a=", "::", "f0-"]
)
def test_no_segment_takes_long(part):
    for end in ("", "!", ")", ".js"):
        for length in (250, 100_000):
            type_of(part * (length // len(part)) + end)
