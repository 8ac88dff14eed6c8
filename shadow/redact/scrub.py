"""The second pass: known secrets and patterns, in text from which places are gone already."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from shadow.redact.echo import Echoes, Span, hide_spans
from shadow.redact.json_text import hide_numbers, unescape_json
from shadow.redact.patterns import pattern_spans
from shadow.redact.places import is_json
from shadow.redact.secrets import Secrets


@dataclass(frozen=True, slots=True)
class Scrub:
    """Hides, anywhere in a text, the secrets that places gave away and those of a known form."""

    secrets: Secrets
    echoes: Echoes
    certain: Echoes = field(repr=False)
    """Of those secrets the ones that are sought in locations and endpoints."""

    @classmethod
    def of(cls, secrets: Secrets) -> "Scrub":
        """Prepare to look for all that is known by now."""
        everything = Echoes.of(secrets.sought)
        words = secrets.certain
        certain = everything if len(words) == len(everything.secrets) else Echoes.of(words)
        return cls(secrets, everything, certain)

    def parts(self, texts: Sequence[str]) -> list[str]:
        """Short texts without their secrets, looked at together first: most hold none."""
        whole = "\n".join(texts)
        scrub = replace(self, echoes=self.echoes.within(whole))
        if not scrub.echoes.anything and not pattern_spans(whole):
            return list(texts)
        return [scrub.text(text) for text in texts]

    @property
    def longest(self) -> int:
        """Most characters that a secret may take, percent-encoded."""
        return 3 * max(map(len, self.echoes.secrets), default=0)

    def text(self, text: str) -> str:
        """A text without its secrets; JSON stays JSON."""
        if not is_json(text):
            return self._plain(text)
        if "\\" in text:
            text = unescape_json(text, self._plain)
        spans = _spans(text, self.echoes)
        if any(_is_numeric(text[start:end]) for start, end in spans):
            return self._plain(hide_numbers(text, self._plain, self.secrets))
        return self._without(text, spans, self.echoes)

    def structure(self, text: str) -> str:
        """A location or an endpoint, in which an everyday word stays what it is."""
        return self._without(text, _spans(text, self.certain), self.certain)

    def _plain(self, text: str) -> str:
        return self._without(text, _spans(text, self.echoes), self.echoes)

    def _without(self, text: str, spans: list[Span], echoes: Echoes) -> str:
        clean = hide_spans(text, spans, self.secrets)
        return hide_spans(clean, echoes.encoded_spans(clean), self.secrets)


def _spans(text: str, echoes: Echoes) -> list[Span]:
    return echoes.spans(text) + echoes.cut_spans(text) + pattern_spans(text)


def _is_numeric(text: str) -> bool:
    """Whether this may be a number in JSON, in whose place a token needs quotes."""
    return text.strip("-+.eE").isdigit()
