"""A connection of HTTP/2 that is read as the tee reads it."""

from tests.support.conversations import Reading
from tests.support.http2_bytes import ACK, PREFACE, SETTINGS, Speaker, data


class Http2(Reading):
    """A connection on which both sides have said their settings and answered the other's."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.of_user, self.of_primary = Speaker(), Speaker()
        self.user(PREFACE + SETTINGS).primary(SETTINGS + ACK).user(ACK)

    def get(self, stream: int, path: str = "/", *more: tuple[str, str]) -> "Http2":
        self.user(self.of_user.get(stream, path, *more))
        return self

    def says(self, stream: int, content: bytes, *more: tuple[str, str]) -> "Http2":
        self.primary(self.of_primary.says(stream, *more) + data(stream, content, ends=True))
        return self

    @property
    def pairs(self) -> list[tuple[str, bytes]]:
        return [(taken.request.target, taken.primary.body) for taken in self.taken]
