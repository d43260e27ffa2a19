"""Files as they are uploaded."""

import httpx2


async def upload(
    api: httpx2.AsyncClient, url: str, name: str, data: bytes, **fields: str
) -> httpx2.Response:
    """Send a file with a type that says nothing."""
    files = {"file": (name, data, "application/octet-stream")}
    return await api.post(f"{url}/file", files=files, data=fields)
