"""Protobuf by a schema: messages by the names of their fields. The only user of google.protobuf."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Any, Self

from google.protobuf import descriptor_pb2, unknown_fields  # type: ignore[import-untyped]
from google.protobuf.descriptor import FieldDescriptor  # type: ignore[import-untyped]
from google.protobuf.descriptor_pool import DescriptorPool  # type: ignore[import-untyped]
from google.protobuf.message import DecodeError, Message  # type: ignore[import-untyped]
from google.protobuf.message_factory import GetMessageClass  # type: ignore[import-untyped]

from shadow.diff.parse import Json
from shadow.diff.readers.content import TooLargeToReadError, UnreadableError
from shadow.diff.readers.protobuf_wire import Budget, fixed, read_delimited

_DEEPEST = 100
_ANY = "google.protobuf.Any"
_AS_TEXT = frozenset({"google.protobuf.Timestamp", "google.protobuf.Duration"})
_HOW = "write it with: protoc --include_imports --descriptor_set_out=FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtobufSchema:
    """The messages and methods of services; made by `of`."""

    descriptor_set: bytes
    pool: DescriptorPool
    replies: Mapping[str, str]

    @classmethod
    def of(cls, descriptor_set: bytes) -> Self:
        """Read a FileDescriptorSet. Raises ValueError, which says what to do about it."""
        files = _files(descriptor_set)
        pool = DescriptorPool()
        for file in _imports_first(files):
            try:
                pool.AddSerializedFile(file.SerializePartialToString())
            except (TypeError, ValueError) as error:
                raise ValueError(f"{file.name}: {error}; {_HOW}") from None
        return cls(
            descriptor_set=descriptor_set,
            pool=pool,
            replies={
                f"/{_full(file.package, service.name)}/{method.name}": method.output_type[1:]
                for file in files.values()
                for service in file.service
                for method in service.method
            },
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).of, (self.descriptor_set,)

    def reply_of(self, path: str) -> str | None:
        """The message that `/package.Service/Method` answers with; None where it is not known."""
        return self.replies.get(path)

    def knows(self, name: str) -> bool:
        """Whether there is a message of this full name."""
        return self._class(name) is not None

    def read(self, name: str, body: bytes, budget: Budget) -> Json:
        """A message by the names of its fields; what it has besides is there by numbers.

        Raises UnreadableError for what is no such message, TooLargeToReadError for one that is
        nested too deep or has too many fields.
        """
        return self._read(name, body, budget, _DEEPEST)

    def _class(self, name: str) -> type[Message] | None:
        try:
            found: type[Message] = GetMessageClass(self.pool.FindMessageTypeByName(name))
        except (KeyError, ValueError):
            return None
        return found

    def _read(self, name: str, body: bytes, budget: Budget, depth: int) -> Json:
        message_class = self._class(name)
        if message_class is None:
            raise UnreadableError(f"no message {name[:80]}")
        try:
            return self._message(message_class.FromString(body), budget, depth)
        except (DecodeError, UnicodeDecodeError):
            raise UnreadableError(f"no {name}") from None

    def _message(self, message: Any, budget: Budget, depth: int) -> Json:
        if not depth:
            raise TooLargeToReadError(f"protobuf nested more than {_DEEPEST} deep")
        name = message.DESCRIPTOR.full_name
        unknown = list(unknown_fields.UnknownFieldSet(message))
        if name in _AS_TEXT and not unknown and (text := _text(message)) is not None:
            return text
        read: dict[str, Json] = {}
        for field, value in message.ListFields():
            read[_name(field)] = self._field(field, value, budget, depth)
        for number, values in _unknown(unknown, budget).items():
            read[f"field{number}" if f"field{number}" not in read else f"field {number}"] = values
        return self._unpacked(message, read, budget, depth) if name == _ANY else read

    def _field(self, field: Any, value: Any, budget: Budget, depth: int) -> Json:
        if not field.is_repeated:
            budget.spend()
            return self._value(field, value, budget, depth)
        budget.spend(len(value))
        if not (field.message_type and field.message_type.GetOptions().map_entry):
            return [self._value(field, element, budget, depth) for element in value]
        of_values = field.message_type.fields_by_name["value"]
        return {
            _key(key): self._value(of_values, element, budget, depth)
            for key, element in value.items()
        }

    def _value(self, field: Any, value: Any, budget: Budget, depth: int) -> Json:
        if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
            return self._message(value, budget, depth - 1)
        return _scalar(field, value)

    def _unpacked(
        self, message: Any, read: dict[str, Json], budget: Budget, depth: int
    ) -> dict[str, Json]:
        """Read what is in an Any, where its type is known."""
        name = message.type_url.rpartition("/")[2]
        if not self.knows(name):
            return read
        try:
            return {**read, "value": self._read(name, message.value, budget, depth - 1)}
        except UnreadableError:
            return read


def _files(descriptor_set: bytes) -> dict[str, Any]:
    try:
        files = descriptor_pb2.FileDescriptorSet.FromString(descriptor_set).file
    except DecodeError:
        files = ()
    if not files:
        raise ValueError(f"no set of protobuf descriptors; {_HOW}")
    return {file.name: file for file in files}


def _imports_first(files: Mapping[str, Any]) -> Iterator[Any]:
    done: set[str] = set()
    stack = [(file, iter(file.dependency)) for file in reversed(list(files.values()))]
    while stack:
        file, imports = stack[-1]
        if file.name in done:
            stack.pop()
            continue
        wanted = next((name for name in imports if name in files and name not in done), None)
        if wanted is not None:
            stack.append((files[wanted], iter(files[wanted].dependency)))
            continue
        done.add(file.name)
        stack.pop()
        yield file


def _full(package: str, name: str) -> str:
    return f"{package}.{name}" if package else name


def _name(field: Any) -> str:
    return f"[{field.full_name}]" if field.is_extension else str(field.name)


def _key(key: bool | int | str) -> str:  # noqa: FBT001 - a key of a map
    return str(key).lower() if isinstance(key, bool) else str(key)


def _scalar(field: Any, value: Any) -> Json:
    if field.type == FieldDescriptor.TYPE_BYTES:
        return b64encode(value).decode()
    if field.enum_type is not None:
        named = field.enum_type.values_by_number.get(value)
        return int(value) if named is None else str(named.name)
    if isinstance(value, float) and not isfinite(value):
        return Decimal(value)
    scalar: Json = value
    return scalar


def _text(message: Any) -> str | None:
    """A moment or a duration as JSON has it; None for one that is out of range."""
    try:
        return str(message.ToJsonString())
    except ValueError:
        return None


def _unknown(unknown: list[Any], budget: Budget) -> dict[int, list[Json]]:
    fields: dict[int, list[Json]] = {}
    for field in unknown:
        budget.spend()
        fields.setdefault(field.field_number, []).append(_unknown_value(field, budget))
    return fields


def _unknown_value(field: Any, budget: Budget) -> Json:
    if field.wire_type == 0:
        return int(field.data)
    if field.wire_type == 2:
        return read_delimited(field.data, budget)
    if field.wire_type == 3:
        inner = _unknown(list(field.data), budget)
        return {f"field{number}": values for number, values in inner.items()}
    return fixed(field.data.to_bytes(8 if field.wire_type == 1 else 4, "little"))
