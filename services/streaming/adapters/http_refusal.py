"""How requests are refused: one JSON form for every error, and bodies read so that what is wrong is named."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web


class Refusal(Exception):
    """A request that is answered with an error; field names what is wrong, where something is."""

    def __init__(self, status: int, code: str, message: str, field: str = "", retry_after_s: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.field = field
        self.retry_after_s = retry_after_s


def refused(error: Refusal) -> web.Response:
    """The answer to a refused request."""
    body: dict[str, Any] = {"code": error.code, "message": str(error)}
    if error.field:
        body["field"] = error.field
    response = web.json_response({"error": body}, status=error.status)
    if error.retry_after_s:
        response.headers["Retry-After"] = str(error.retry_after_s)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


async def text_of(request: web.Request, field: str) -> str:
    """The body as text. Raises Refusal."""
    try:
        return await request.text()
    except (UnicodeDecodeError, LookupError) as error:
        raise Refusal(400, "invalid_text", "the body is no text in the encoding that it names", field) from error


async def read_json(request: web.Request) -> dict[str, Any]:
    """The body as a JSON object. Raises Refusal."""
    try:
        value = json.loads(await text_of(request, "body"))
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "invalid_json", "the body is not JSON", "body") from error
    if not isinstance(value, dict):
        raise Refusal(400, "invalid_json", "the body must be a JSON object", "body")
    return value


def bearer_of(request: web.Request) -> str:
    """The token of the Authorization header, or the ticket that a redirect put into the URL. Raises Refusal."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    if request.query.get("ticket"):
        return request.query["ticket"]
    raise Refusal(401, "unauthorised", "the session's token is missing", "Authorization")
