"""Names that say "what follows is secret": of headers, parameters, fields and cookies."""

import re
from collections.abc import Iterable
from functools import lru_cache

DEFAULT_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "authentication-info",
        "cookie",
        "set-cookie",
        "cf-access-jwt-assertion",
        "dpop",
        "ocp-apim-subscription-key",
        "stripe-signature",
        "x-amzn-oidc-data",
        "x-api-key",
        "x-auth-key",
        "x-auth-token",
        "x-csrf-token",
        "x-forwarded-client-cert",
        "x-functions-key",
        "x-goog-iap-jwt-assertion",
        "x-ms-client-principal",
        "x-session-id",
        "x-xsrf-token",
    }
)
"""Headers that hold credentials; `DEFAULT_PARAMETERS` covers many more, such as `x-vault-token`."""

DEFAULT_PARAMETERS = frozenset(
    {
        # credentials
        "password",
        "passwd",
        "passphrase",
        "pass",
        "pwd",
        "password_confirm",
        "password_confirmation",
        "password_hash",
        "passcode",
        "passkey",
        "passwort",
        "kennwort",
        "contrasena",
        "contraseña",
        "mot_de_passe",
        "pin",
        "pin_code",
        "otp",
        "otp_code",
        "totp",
        "mfa_code",
        "access_code",
        "activation_code",
        "device_code",
        "one_time_code",
        "verification_code",
        "recovery_code",
        "security_code",
        "security_answer",
        "seed_phrase",
        "mnemonic",
        "magic_link",
        "reset_key",
        "auth",
        "bearer",
        "assertion",
        "hmac",
        "secret",
        "token",
        "access_token",
        "auth_token",
        "refresh_token",
        "session_token",
        "id_token",
        "csrf_token",
        "csrf",
        "xsrf",
        "csrf_middleware_token",
        "api_key",
        "access_key",
        "account_key",
        "app_key",
        "auth_key",
        "encryption_key",
        "master_key",
        "private_key",
        "secret_key",
        "session_key",
        "shared_key",
        "signing_key",
        "client_secret",
        "client_assertion",
        "auth_code",
        "authorization_code",
        "code_verifier",
        "saml_response",
        "credential",
        "jwt",
        "sig",
        "signature",
        "session_id",
        "sess_id",
        "sid",
        "php_sessid",
        "jsessionid",
        "connection_string",
        # payment
        "card_number",
        "card_no",
        "card_num",
        "credit_card",
        "credit_card_number",
        "cc_number",
        "pan",
        "cvn",
        "cvv",
        "cvv2",
        "cvc",
        "cvc2",
        "cvv_code",
        "cvc_code",
        "iban",
        "account_number",
        "bank_account",
        "routing_number",
        # persons
        "ssn",
        "social_security_number",
        "national_id",
        "tax_id",
        "passport",
        "passport_number",
        "drivers_license",
        "date_of_birth",
        "birth_date",
        "dob",
    }
)
"""Names of query parameters, form and JSON fields; `userPassword` and `x-my-token` match too."""

_LONGEST = 128
_WORD = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MOST_WORDS = 4
_SHORTEST_SUFFIX = 6


def folded(names: Iterable[str]) -> frozenset[str]:
    """Names in the form that `covers` wants: one word each, without case and punctuation."""
    return frozenset("".join(_words(name)) for name in names)


def covers(names: frozenset[str], name: str) -> bool:
    """Tell whether a name is one of the `folded` names, or ends in one as a word of its own.

    Case, punctuation, a plural s and trailing digits do not matter: `newPassword2` is a password,
    `max_tokens_used` is not a token.
    """
    return _covers(names, name[-_LONGEST:])


@lru_cache(maxsize=8192)
def _covers(names: frozenset[str], name: str) -> bool:
    words = _words(name)
    while len(words) > 1 and words[-1].isdigit() and "".join(words) not in names:
        words.pop()
    tails = {
        "".join(words[start:]) for start in range(max(0, len(words) - _MOST_WORDS), len(words))
    }
    whole = "".join(words).removesuffix("s")
    return whole in names or not tails.isdisjoint(names) or whole.endswith(_endings(names))


@lru_cache(maxsize=16)
def _endings(names: frozenset[str]) -> tuple[str, ...]:
    """Of names written as one word, such as `userpassword`; short ones (`pin`) say too little."""
    return tuple(name for name in names if len(name) >= _SHORTEST_SUFFIX)


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(_CAMEL.sub("_", name))]
