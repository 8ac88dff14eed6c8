import pytest

from shadow.diff.identifiers import identifier_kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("550e8400-e29b-41d4-a716-446655440000", "uuid"),
        ("42", "int"),
        ("2026-01-02", "date"),
        ("2026-01-02T03:04:05Z", "date"),
        ("ann@example.com", "email"),
        ("5f2b8c1d9e3a", "hex"),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "id"),
        ("cus_N8fK2mQ1xYz3", "id"),
        ("dQw4w9WgXcQ", "token"),
        ("V1StGXR8_Z5jdHi6B-myT", "token"),
        ("x7k2m9q4w1z8", "token"),
    ],
)
def test_an_identifier_has_its_kind(text, kind):
    assert identifier_kind(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        *("me", "latest", "v2", "oauth2", "OAuth2Callback", "s3", "2fa", "", "h264", "base64"),
        *("facade", "deadbeef", "my-first-post-2024", "pending_cancellation", "größe"),
        *("us-east1-b", "new_checkoutFlow", "OAuth2ClientV2", "IPv4ToIPv6", "GetV2Users"),
        *("lamp@2x.png", "ann@example.com:sign", "1.2.3", "+14155550100", "a0:bb:cc:dd:ee:ff"),
        *("internationalization", "ipv4-addresses", "utf-8", "a" * 1_000, "1" * 1_000),
    ],
)
def test_a_word_is_no_identifier(text):
    assert identifier_kind(text) is None
