"""Asks a part whether it is ready: an HTTP answer, Kafka's ApiVersions, or a line it has printed."""

from __future__ import annotations

import asyncio
import struct
from http import HTTPStatus

import aiohttp

from deploy.local.parts import HOST, AnswersHttp, AnswersKafka, Readiness, SaysLine

ANSWER_LIMIT_S = 2.0
POLL_S = 0.1

API_VERSIONS = 18
CORRELATION_ID = 1


async def wait_until_ready(readiness: Readiness, said: asyncio.Event) -> None:
    """Returns when the part is ready; `said` is set when it has printed the line of SaysLine."""
    if isinstance(readiness, SaysLine):
        await said.wait()
        return
    while not await _answers(readiness):  # noqa: ASYNC110 - the part tells nobody, it has to be asked
        await asyncio.sleep(POLL_S)


async def _answers(readiness: AnswersHttp | AnswersKafka) -> bool:
    try:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            if isinstance(readiness, AnswersHttp):
                return await _http_ok(readiness.url)
            return await _kafka_answers(readiness.port)
    except (OSError, TimeoutError, aiohttp.ClientError, asyncio.IncompleteReadError):
        return False


async def _http_ok(url: str) -> bool:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        status: int = response.status
        return status == HTTPStatus.OK


async def _kafka_answers(port: int) -> bool:
    """Kafka protocol, ApiVersions request and response version 0."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(api_versions_request())
        await writer.drain()
        _, correlation_id, error = struct.unpack(">iih", await reader.readexactly(10))
        return (correlation_id, error) == (CORRELATION_ID, 0)
    finally:
        writer.close()
        await writer.wait_closed()


def api_versions_request() -> bytes:
    """Length, request header version 1 (key, version, correlation id, client id); ApiVersions v0 has no body."""
    client = b"cineloom"
    header = struct.pack(">hhih", API_VERSIONS, 0, CORRELATION_ID, len(client)) + client
    return struct.pack(">i", len(header)) + header
