"""How much a store keeps of a release, whatever traffic brings."""

from dataclasses import dataclass

from shadow.model import Endpoint

OTHER = "(other)"
"""Stands for the locations an endpoint has no more room for."""

OTHER_ENDPOINT = Endpoint(method="*", template=OTHER)
"""Stands for the endpoints a release has no more room for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLimits:
    """What comes above `max_endpoints` a release or `max_signatures_per_endpoint` is counted too,
    under `OTHER_ENDPOINT` and `OTHER`.

    The bodies of an example share `max_example_bytes`; a body that is cut says so at its end.
    """

    examples_per_signature: int = 5
    max_example_bytes: int = 64 * 1024
    max_endpoints: int = 1_000
    max_signatures_per_endpoint: int = 500
