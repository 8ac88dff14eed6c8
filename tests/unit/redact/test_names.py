import pytest

from shadow.redact.names import DEFAULT_HEADERS, DEFAULT_PARAMETERS, covers, folded

NAMES = folded(DEFAULT_HEADERS | DEFAULT_PARAMETERS)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "password",
            "Password",
            "userPassword",
            "new_password2",
            "user[password]",
            "userpassword",
        ),
        *("X-Vault-Token", "access_token", "accessToken", "ACCESS_TOKEN", "APIKey", "x-api-key"),
        *("tokens", "passwords", "cookies", "Set-Cookie", "wsse:Password", "oauth2_token"),
        *("pin", "cardPin", "cvv2", "CVV", "ssn", "dateOfBirth", "JSESSIONID", "connect.sid"),
        *("passcode", "otpCode", "device_code", "x-auth", "basic_auth", "magicLink", "hmac"),
        *("Passwort", "contraseña", "mot_de_passe", "seed_phrase", "cardNo", "clientAssertion"),
        "x" * 10_000 + "_token",
    ],
)
def test_sensitive_names_are_known_in_all_their_forms(name: str) -> None:
    assert covers(NAMES, name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "_", "id", "name", "status", "code", "tokenizer", "token_type", "max_tokens"),
        *("secretary", "shipping", "compass", "spinner", "passenger", "author", "authorized"),
        *("etag", "x-request-id", "content-length", "session", "inside", "12345", "€"),
    ],
)
def test_names_that_only_look_alike_are_not(name: str) -> None:
    assert not covers(NAMES, name)


def test_configured_names_are_known_in_all_their_forms() -> None:
    names = folded({"X-Person", "oauth2"})
    assert covers(names, "xPerson")
    assert covers(names, "my_x_person")
    assert covers(names, "oauth2")
    assert not covers(names, "person")
