"""Hostile input made from good input: bits flipped, lengths lied about, pieces cut, doubled and mixed."""

from __future__ import annotations

import json
import random
from typing import Any

INTERESTING = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF)
WORDS = ("", "\x00", "\ud7ff", "𝄞" * 9, "../../etc", "%n%s", "null", "-1", "1e999", "NaN", "9" * 400, "a=" * 50)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Some bytes of it changed, cut, doubled or put elsewhere."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(made) + 1)
        match chance.randrange(6):
            case 0 if made:
                made[at % len(made)] ^= 1 << chance.randrange(8)
            case 1 if made:
                made[at % len(made)] = chance.choice(INTERESTING)
            case 2:
                del made[at : at + chance.randint(1, 20)]
            case 3:
                made[at:at] = chance.randbytes(chance.randint(1, 40))
            case 4:
                made[at:at] = made[at : at + chance.randint(1, 60)]
            case _:
                del made[at:]
    return bytes(made)


def mutated_text(text: str, chance: random.Random) -> str:
    """Some lines of it changed, dropped, doubled, or with a value of another kind."""
    lines = text.splitlines(keepends=True)
    for _ in range(chance.randint(1, 5)):
        if not lines:
            break
        at = chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[chance.randrange(len(lines))])
            case 2:
                head, colon, _ = lines[at].partition(":")
                lines[at] = f"{head}{colon}{chance.choice(WORDS)}\r\n"
            case 3:
                lines[at] = mutated(lines[at].encode(), chance).decode(errors="replace")
            case _:
                other = chance.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
    return "".join(lines)


def mutated_json(value: Any, chance: random.Random) -> str:
    """A message of the page with fields of other kinds, too deep, too long, or no JSON at all."""
    match chance.randrange(5):
        case 0:
            return mutated(json.dumps(value).encode(), chance).decode(errors="replace")
        case 1:
            return "[" * chance.randint(1, 3_000)
        case 2:
            return json.dumps({key: _odd(chance) for key in value})
        case 3:
            return json.dumps({**value, chance.choice(WORDS): _odd(chance)})
        case _:
            return json.dumps(_odd(chance))


def _odd(chance: random.Random) -> Any:
    odd: list[Any] = [None, True, -1, 2**70, 1e308, "", chance.choice(WORDS), [], [[]], {}, {"name": {}}, "x" * 9_000]
    return chance.choice(odd)


def rtcp(ssrcs: tuple[int, ...], chance: random.Random) -> bytes:
    """One RTCP packet (RFC 3550, RFC 4585), its header in form and the rest often not."""
    kind = chance.choice([200, 201, 202, 203, 204, 205, 206, 207])
    body = chance.choice([1, *ssrcs]).to_bytes(4, "big") + chance.choice([0, *ssrcs]).to_bytes(4, "big")
    if kind == 206 and chance.random() < 0.5:
        body += b"REMB" + chance.randbytes(chance.randint(0, 20))
    else:
        body += chance.randbytes(4 * chance.randint(0, 30))
    body += bytes(-len(body) % 4)
    words = len(body) // 4 if chance.random() < 0.7 else chance.randrange(1 << 16)
    return bytes([0x80 | chance.randrange(64), kind]) + words.to_bytes(2, "big") + body
