"""The model services of the session's stack, as a caller reaches them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc.aio
import pytest

from tests.integration.inference.callers import Callers
from tests.stack import Stack

MESSAGE_LIMIT_BYTES = 16 * 1024 * 1024


@pytest.fixture
async def models(stack: Stack) -> AsyncIterator[Callers]:
    """Stubs of every service on one channel."""
    options = [("grpc.max_receive_message_length", MESSAGE_LIMIT_BYTES)]
    async with grpc.aio.insecure_channel(stack.inference_target, options=options) as channel:
        yield Callers(channel)
