"""The protobuf messages that the settings name, read from a FileDescriptorSet."""

from collections.abc import Sequence
from pathlib import Path

from shadow.diff.readers.protobuf import ProtobufSchema
from shadow.diff.readers.protobuf_messages import ProtobufMessages
from shadow.errors import Mistake, SettingsError

_MOST_BYTES = 64 * 1024 * 1024


def protobuf_messages(
    descriptor_set: Path | None, named: Sequence[tuple[str, str]] = ()
) -> ProtobufMessages | None:
    """Read the schema, if there is one. Raises SettingsError, which says what to do about it."""
    if descriptor_set is None:
        if named:
            hint = "name the file that tells them: diff.descriptor_set"
            mistake = Mistake(place="diff.messages", problem="has no schema", hint=hint)
            raise SettingsError((mistake,))
        return None
    try:
        with descriptor_set.open("rb") as stream:
            schema = ProtobufSchema.of(stream.read(_MOST_BYTES))
        return ProtobufMessages(schema=schema, named=tuple(named))
    except OSError as error:
        raise _wrong(descriptor_set, f"cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise _wrong(descriptor_set, str(error)) from None


def _wrong(file: Path, problem: str) -> SettingsError:
    return SettingsError((Mistake(place=f"descriptor set {file}", problem=problem),))
