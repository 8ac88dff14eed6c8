"""How much a store keeps of a release, whatever traffic brings."""

from dataclasses import dataclass

from shadow.model import OTHER, Endpoint

OTHER_ENDPOINT = Endpoint(method="*", template=OTHER)
"""Stands for the endpoints a release has no more room for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLimits:
    """What comes above `max_endpoints` a release or `max_signatures_per_endpoint` is counted too,
    under `OTHER_ENDPOINT` and `OTHER`.

    Of an endpoint's traits `max_trait_names` are counted, besides those of `traits_first`, each
    with `max_trait_values` values; what comes above is counted under `OTHER`. Differences that come
    together are counted so in `max_groups_per_endpoint` sets, above them each as if it came alone.
    Places that are one renaming are counted so in `max_renamings_per_endpoint` sets, above them
    not.

    The bodies of an example share `max_example_bytes`; a body that is cut says so at its end.
    """

    examples_per_signature: int = 5
    max_example_bytes: int = 64 * 1024
    max_endpoints: int = 1_000
    max_signatures_per_endpoint: int = 500
    max_trait_names: int = 64
    max_trait_values: int = 16
    max_first_trait_values: int = 256
    traits_first: frozenset[str] = frozenset()
    max_groups_per_endpoint: int = 100
    max_renamings_per_endpoint: int = 100
