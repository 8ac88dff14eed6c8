import pytest

from shadow.commands.deciding import MAX_NAME_CHARS, MAX_REASON_CHARS, Signer
from shadow.errors import UsageError


@pytest.mark.parametrize(
    ("by", "reason", "said"),
    [
        ("", "", "say who decides: --by NAME"),
        (" ", "", "--by: write 1 to 200 characters"),
        ("A\x1b[2J", "", "--by: write 1 to 200 characters"),
        ("Ann\u202e", "", "--by: write 1 to 200 characters"),
        ("A" * (MAX_NAME_CHARS + 1), "", "--by: write 1 to 200 characters"),
        ("Ann", "one\ntwo", "--reason: write 1 to 2,000 characters"),
        ("Ann", "r" * (MAX_REASON_CHARS + 1), "--reason: write 1 to 2,000 characters"),
    ],
)
def test_a_name_or_reason_that_a_log_cannot_show_as_it_is_is_refused(
    by: str, reason: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        Signer(by=by, reason=reason)


def test_names_and_reasons_may_be_of_any_language_and_as_long_as_is_said() -> None:
    Signer(by="Ann Ünal 山田", reason="r" * MAX_REASON_CHARS)
