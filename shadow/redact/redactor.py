"""What may be kept of an observation: the way in to this stage.

Two passes: first what is secret by its place (a header, a cookie, a field called `password`)
becomes a keyed digest and is remembered; then all that was remembered, and all that is secret by
its form (a JSON Web Token, a private key), goes wherever else it stands.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from shadow.model import Differences, Endpoint, Example, Observation, Outcome, Request
from shadow.redact.bodies import Decode, not_decoded
from shadow.redact.differences import begin_difference, finish_differences, seal_differences
from shadow.redact.glance import may_echo
from shadow.redact.json_text import Rules
from shadow.redact.messages import Finish, Messages
from shadow.redact.names import DEFAULT_HEADERS, DEFAULT_PARAMETERS, folded
from shadow.redact.paths import PathSet
from shadow.redact.places import Places
from shadow.redact.scrub import Scrub
from shadow.redact.secrets import Secrets
from shadow.redact.traits import RequestTraits, TraitReader

__all__ = ["DEFAULT_HEADERS", "DEFAULT_PARAMETERS", "Redactor"]

_MOST_REQUEST_BYTES = 1024 * 1024
_LOOKED_AT = 4
"""So many times what is kept of a reply is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redactor:
    """Takes the secrets out of observations.

    `headers` and `parameters` (query, form and JSON fields) are names whose values are secret;
    `paths` are places in JSON, as `shadow.redact.paths` reads them. Digests are under `key`.
    `traits` are names of traits that are kept before all others. At most `max_body_bytes` of each
    body are kept. `decode` undoes content codings; a body that it cannot read is kept as a note of
    its size. Raises UsageError for a path it cannot follow.
    """

    key: bytes = field(repr=False)
    headers: frozenset[str] = DEFAULT_HEADERS
    parameters: frozenset[str] = DEFAULT_PARAMETERS
    paths: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    max_body_bytes: int = 16 * 1024
    decode: Decode = not_decoded
    _rules: Rules = field(init=False, repr=False)
    _messages: Messages = field(init=False, repr=False)
    _traits: TraitReader = field(init=False, repr=False)

    def __post_init__(self) -> None:
        names = folded(self.headers | self.parameters)
        object.__setattr__(self, "_rules", Rules(names=names, paths=PathSet(self.paths)))
        messages = Messages(
            kept_bytes=self.max_body_bytes,
            reply_bytes=min(_LOOKED_AT * self.max_body_bytes, _MOST_REQUEST_BYTES),
            request_bytes=_MOST_REQUEST_BYTES,
            decode=self.decode,
        )
        object.__setattr__(self, "_messages", messages)
        object.__setattr__(self, "_traits", TraitReader(self._rules, self.traits))

    def clean(self, observation: Observation, request: Request) -> Observation:
        """Return the observation without secrets; it has the same kinds in the same numbers.

        A comparison comes back with the traits of `request`. The example comes back with `request`
        and the observation's differences as redacted. Never raises: what cannot be cleaned is left
        out, or is left as digests.
        """
        read = self._read_traits(observation, request)
        quiet = not (observation.differences or observation.noise or observation.example)
        if quiet and not read.may_echo and not may_echo(observation.endpoint.template, request):
            return replace(observation, traits=read.traits)
        secrets = Secrets(self.key)
        try:
            return self._cleaned(observation, request, read, Places(self._rules, secrets))
        except Exception:  # whatever hostile input may find: no secret may rest, no count be lost
            return _sealed(observation, secrets)

    def _read_traits(self, observation: Observation, request: Request) -> RequestTraits:
        if observation.outcome is not Outcome.COMPARED:
            return RequestTraits()
        try:
            return self._traits.read(request, observation.status)
        except Exception:  # traits are worth less than the counts
            return RequestTraits()

    def _cleaned(
        self, observation: Observation, request: Request, read: RequestTraits, places: Places
    ) -> Observation:
        finish_request = self._messages.begin_request(request, places)
        if places.secrets.too_many:
            return _unsearched(observation, Scrub.of(places.secrets))
        finish_example = self._begun_example(observation.example, places)
        differences = _begun(observation.differences, places)
        noise = _begun(observation.noise, places)
        scrub = Scrub.of(places.secrets)
        differences = finish_differences(differences, scrub)
        return replace(
            observation,
            endpoint=_endpoint(observation, scrub.structure),
            differences=differences,
            noise=finish_differences(noise, scrub),
            example=_finished(finish_example, finish_request, scrub, differences),
            traits=read.cleaned(scrub),
        )

    def _begun_example(self, example: Example | None, places: Places) -> Finish[Example] | None:
        """Redact the places of the replies; None for no example, or one that can't be redacted."""
        if example is None:
            return None
        try:
            finish_primary = self._messages.begin_response(example.primary, places)
            finish_candidate = self._messages.begin_reply(example.candidate, places)
        except Exception:  # an example is worth less than the counts
            return None
        return lambda scrub: replace(
            example, primary=finish_primary(scrub), candidate=finish_candidate(scrub)
        )


def _finished(
    finish: Finish[Example] | None,
    finish_request: Finish[Request],
    scrub: Scrub,
    differences: Differences,
) -> Example | None:
    if finish is None:
        return None
    try:
        return replace(finish(scrub), request=finish_request(scrub), differences=differences)
    except Exception:  # an example is worth less than the counts
        return None


def _begun(differences: Differences, places: Places) -> Differences:
    return tuple(begin_difference(difference, places) for difference in differences)


def _endpoint(observation: Observation, change: Callable[[str], str]) -> Endpoint:
    method, template = observation.endpoint.method, observation.endpoint.template
    return Endpoint(method=method, template=change(template))


def _unsearched(observation: Observation, scrub: Scrub) -> Observation:
    """For a request with more secrets than can be sought: texts become digests."""
    return replace(
        observation,
        endpoint=_endpoint(observation, scrub.structure),
        differences=seal_differences(observation.differences, scrub.secrets, scrub.structure),
        noise=seal_differences(observation.noise, scrub.secrets, scrub.structure),
        example=None,
    )


def _sealed(observation: Observation, secrets: Secrets) -> Observation:
    """For what should not happen: nothing but digests and counts."""
    return replace(
        observation,
        endpoint=_endpoint(observation, secrets.token),
        differences=seal_differences(observation.differences, secrets, secrets.token),
        noise=seal_differences(observation.noise, secrets, secrets.token),
        example=None,
    )
