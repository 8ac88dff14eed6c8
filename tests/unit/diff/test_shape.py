from decimal import Decimal

import pytest

from shadow.diff.shape import shape_changed, shape_of


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (None, "null"),
        (True, "boolean"),
        (12, "integer"),
        (12.5, "decimal"),
        (1_767_323_045, "epoch seconds"),
        (1_767_323_045.25, "epoch seconds"),
        (1_767_323_045_123, "epoch milliseconds"),
        (Decimal("NaN"), "not a number"),
        ("", "empty"),
        ("550e8400-e29b-41d4-a716-446655440000", "uuid"),
        ("2026-01-02T03:04:05Z", "timestamp in UTC"),
        ("2026-01-02T03:04:05.123456+01:00", "timestamp with offset"),
        ("2026-01-02 03:04:05", "timestamp without zone"),
        ("Fri, 02 Jan 2026 03:04:05 GMT", "HTTP date"),
        ("2026-01-02", "date"),
        ("03:04", "time"),
        ("ann@example.com", "email"),
        ("https://example.com/a?b=c", "url"),
        ("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.", "jwt"),
        ("12", "digits"),
        ("1,234.50", "number"),
        ("d41d8cd98f00b204e9800998ecf8427e", "hex-32"),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "ulid"),
        ("cus_N8fK2mQ1xYz3", "prefixed id"),
        ("True", "boolean"),
        ("shipped", "word"),
        ("O'Brien", "word"),
        ("/items/12", "path"),
        ("AB-12", "code"),
        ("V1StGXR8_Z5jdHi6B-myT", "token"),
        ("a red fox", "text"),
        ("N/A", "placeholder"),
        ("x" * 10_000, "text"),
    ],
)
def test_a_value_has_the_shape_of_its_form(value, shape):
    assert shape_of(value) == shape


UUID = "550e8400-e29b-41d4-a716-446655440000"
TIME = "2026-01-02T03:04:05Z"
TOKEN = "V1StGXR8_Z5jdHi6B-myT"


@pytest.mark.parametrize(
    ("primary", "candidate"),
    [
        (TIME, ""),
        (TIME, "N/A"),
        (TIME, "1767323045"),
        (TIME, "2026-01-02"),
        (TIME, "2026-01-02 03:04:05"),
        (TIME, "2026-01-02T04:04:05+01:00"),
        (TIME, "Fri, 02 Jan 2026 03:04:05 GMT"),
        (UUID, "unknown"),
        (UUID, ""),
        (UUID, UUID.replace("-", "")),
        (UUID, "12"),
        (TOKEN, "unknown"),
        (TOKEN, ""),
        (TOKEN, "Something went wrong, sorry"),
        ("d41d8cd98f00b204e9800998ecf8427e", "null"),
        ("d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("12.50", "$12.50"),
        ("12.50", "free"),
        ("ann@example.com", "ann"),
        ("https://example.com/a", "/a"),
        ("Ann", ""),
        ("true", "yes"),
        (1_767_323_045, 0),
        (1_767_323_045, -1),
        (1_767_323_045, -62_135_596_800),
        (1_767_323_045, 1_767_323_045_000),
        (1.5, Decimal("NaN")),
    ],
)
def test_a_value_that_lost_its_form_changed_its_shape(primary, candidate):
    assert shape_changed(primary, candidate)
    assert shape_changed(candidate, primary)


@pytest.mark.parametrize(
    ("primary", "candidate"),
    [
        (TIME, "2027-11-12T13:14:15Z"),
        (TIME, "2026-01-02T03:04:05.123Z"),
        (UUID, UUID.upper()),
        ("shipped", "pending_review"),
        ("Ann", "Ann-Marie O'Brien of Kilkenny, 3rd"),
        ("Red shirt", "shirt-red-2024"),
        ("none", "active"),
        ("12", "12.50"),
        ("999.00", "1,999.00"),
        ("1a2b3c4d", "12345678"),
        ("00ff", "beef"),
        (12, 1_200),
        (12, 12.5),
        (-3, 4_000_000_000_000_000),
        (1_767_323_045, 12),
        (1_500_000_000, -2_000_000_000),
        (True, False),
        ("http://example.com", "https://example.com/"),
    ],
)
def test_a_value_among_others_of_its_kind_kept_its_shape(primary, candidate):
    assert not shape_changed(primary, candidate)
    assert not shape_changed(candidate, primary)
