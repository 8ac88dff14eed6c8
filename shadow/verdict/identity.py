"""Names by which people and machines speak of a finding and of a policy."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256

from shadow.model import KeptRule, Signature
from shadow.verdict.policy import Policy

_ID_CHARS = 12
_HASH_CHARS = 16


def finding_id(signature: Signature) -> str:
    """Name endpoint, location and kind in 12 hexadecimal digits, the same in every release.

    Digits of a SHA-256: two of 100,000 signatures share an id once in 50,000 releases, so who
    looks one up must bear with two.
    """
    endpoint = signature.endpoint
    return _digest(
        [endpoint.method, endpoint.template, signature.location, str(signature.kind)], _ID_CHARS
    )


def policy_hash(
    policy: Policy, rules: Sequence[Mapping[str, object]], kept: Sequence[KeptRule] = ()
) -> str:
    """Name a policy and the rules beside it in 16 hexadecimal digits.

    `rules` as they are configured, defaults included, in their order; of the rules that are `kept`
    counts what they excuse, and not who made them when. Equal demands have equal hashes however
    they were written down.
    """
    demands: dict[str, object] = {"policy": asdict(policy), "rules": list(rules)}
    if kept:
        demands["kept"] = [[each.name, each.endpoint, each.location, each.action] for each in kept]
    return _digest(demands, _HASH_CHARS)


def _digest(document: object, chars: int) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), default=str)
    return sha256(text.encode()).hexdigest()[:chars]
