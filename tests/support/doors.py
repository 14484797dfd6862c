"""The quick door of a node, asked as the server asks it: below ASGI, without a port."""

import httpx

from tests.support.nodes import Node


async def ask_quickly(
    node: Node, method: str, path: str, *, headers: dict[str, str], body: bytes = b""
) -> httpx.Response | None:
    """Return what the quick door answers; None where it leaves the request to others."""
    if node.app.quick is None or method not in ("GET", "PUT") or "Content-Length" in headers:
        return None

    named = {"Host": "127.0.0.1", **headers}
    raw = [(name.lower().encode(), value.encode()) for name, value in named.items()]
    if method == "GET":
        answer = node.app.quick.get(path.encode(), raw, "127.0.0.1")
    else:
        respond = node.app.quick.put(path.encode(), raw, "127.0.0.1")
        answer = await respond(body) if respond else None
    return _parsed(answer) if answer is not None else None


def _parsed(answer: bytes) -> httpx.Response:
    head, _, body = answer.partition(b"\r\n\r\n")
    status_line, *lines = head.decode().split("\r\n")
    headers = [(line.split(": ", 1)[0], line.split(": ", 1)[1]) for line in lines]
    return httpx.Response(int(status_line.split(" ")[1]), headers=headers, content=body)
