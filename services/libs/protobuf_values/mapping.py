"""The mapping, by reflection over dataclass fields and message descriptors. Knows no service's types."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.message import Message

M = TypeVar("M", bound=Message)
V = TypeVar("V")


def to_message(value: Any, message_type: type[M]) -> M:
    """The message of a dataclass value; fields that the message lacks are an error (AttributeError)."""
    message = message_type()
    _fill(value, message)
    return message


def from_message(message: Message, value_type: type[V]) -> V:
    """The dataclass value of a message. Raises ValueError for an enum number that has no name."""
    return typing.cast(V, _value(message, value_type))


def _fill(value: Any, message: Message) -> None:
    fields = message.DESCRIPTOR.fields_by_name
    for field in dataclasses.fields(value):
        item = getattr(value, field.name)
        if item is None:
            continue
        descriptor = fields.get(field.name)
        if descriptor is None:
            raise AttributeError(f"{message.DESCRIPTOR.full_name} has no field {field.name!r}")
        _set(message, descriptor, item)


def _set(message: Message, descriptor: Any, item: Any) -> None:
    target = getattr(message, descriptor.name)
    if isinstance(item, tuple | list):
        if descriptor.message_type is not None:
            for part in item:
                _fill(part, target.add())
        else:
            target.extend(item)
    elif descriptor.message_type is not None:
        target.SetInParent()
        _fill(item, target)
    elif descriptor.enum_type is not None:
        setattr(message, descriptor.name, _number(descriptor.enum_type, item))
    else:
        setattr(message, descriptor.name, item)


def _value(message: Message, value_type: type) -> Any:
    descriptors = message.DESCRIPTOR.fields_by_name
    arguments = {}
    for name, hint in _hints(value_type).items():
        descriptor = descriptors.get(name)
        if descriptor is None:
            raise AttributeError(f"{message.DESCRIPTOR.full_name} has no field {name!r}")
        arguments[name] = _item(message, descriptor, hint)
    return value_type(**arguments)


def _item(message: Message, descriptor: Any, hint: Any) -> Any:
    item = getattr(message, descriptor.name)
    if typing.get_origin(hint) is tuple:
        part_type = typing.get_args(hint)[0]
        if descriptor.message_type is not None:
            return tuple(_value(part, part_type) for part in item)
        return tuple(item)
    if descriptor.has_presence and _optional(hint) and not message.HasField(descriptor.name):
        return None
    inner = _inner(hint)
    if descriptor.message_type is not None:
        return _value(item, inner)
    if descriptor.enum_type is not None:
        return _word(descriptor.enum_type, item, inner)
    return item


@lru_cache(maxsize=256)
def _hints(value_type: type) -> dict[str, Any]:
    hints = typing.get_type_hints(value_type)
    return {field.name: hints[field.name] for field in dataclasses.fields(value_type)}


def _optional(hint: Any) -> bool:
    return isinstance(hint, types.UnionType) and type(None) in typing.get_args(hint)


def _inner(hint: Any) -> Any:
    if _optional(hint):
        return next(part for part in typing.get_args(hint) if part is not type(None))
    return hint


def _prefix(enum: EnumDescriptor) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum.name).upper() + "_"


def _number(enum: EnumDescriptor, word: str) -> int:
    name = _prefix(enum) + str(word).upper() if word else f"{_prefix(enum)}UNSPECIFIED"
    found = enum.values_by_name.get(name)
    if found is None:
        raise ValueError(f"{enum.full_name} has no value {name}")
    return int(found.number)


def _word(enum: EnumDescriptor, number: int, hint: Any) -> Any:
    found = enum.values_by_number.get(number)
    if found is None:
        raise ValueError(f"{enum.full_name} has no number {number}")
    word = found.name.removeprefix(_prefix(enum)).lower()
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(word)
    return "" if word == "unspecified" else word
