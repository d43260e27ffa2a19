"""The reverse proxies of docs/hosting.md, as it sets them up, in front of the server."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.shared.servers import FULL, free_port
from tests.transports.raw import is_open
from tests.transports.wire import ERAS, LEGACY, Http, key, listening, serving_http

DOCUMENT = (Path(__file__).parent.parent.parent / "docs" / "hosting.md").read_text()
SERVED, REPLICAS = re.findall(r"```nginx\n(.*?)```", DOCUMENT, re.DOTALL)
[CADDY] = re.findall(r"```caddy\n(.*?)```", DOCUMENT, re.DOTALL)
UPSTREAM = "127.0.0.1:8000"
# Around what stands in the document: nothing of this machine's own.
NGINX = """
daemon off;
pid {folder}/pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {snippets}
}}
"""
# Debian has it where only root looks.
PROGRAMS = {
    name: shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    for name in ("nginx", "caddy", "openssl")
}


def needs(*names: str) -> pytest.MarkDecorator:
    """Skip where a program is not installed, unless all tests are asked for."""
    missing = [name for name in names if not PROGRAMS[name]]
    return pytest.mark.skipif(bool(missing) and not FULL, reason=f"not installed: {missing}")


def nginx(folder: Path, *snippets: str) -> list[str]:
    """Write a configuration; gives the command that serves it."""
    file = folder / "nginx.conf"
    file.write_text(NGINX.format(folder=folder, snippets="\n".join(snippets)))
    return [PROGRAMS["nginx"] or "nginx", "-e", "stderr", "-p", str(folder), "-c", str(file)]


def nginx_at(folder: Path, port: int, upstream: str) -> list[str]:
    """Serve the document's site without TLS, which needs a certificate of its name."""
    site = re.sub(r"listen 443 ssl;|\bssl_certificate(_key)? .*;", "", SERVED)
    site = site.replace("server {", f"server {{\n    listen 127.0.0.1:{port};", 1)
    return nginx(folder, site.replace(UPSTREAM, upstream))


def caddy_at(folder: Path, port: int, upstream: str) -> list[str]:
    """Serve the document's site without TLS."""
    file = folder / "Caddyfile"
    site = CADDY.replace("mcp.example.org {", f"http://127.0.0.1:{port} {{", 1)
    file.write_text("{\n    admin off\n}\n" + site.replace(UPSTREAM, upstream))
    return [PROGRAMS["caddy"] or "caddy", "run", "--config", str(file), "--adapter", "caddyfile"]


PROXIES = {"nginx": nginx_at, "caddy": caddy_at}


@contextmanager
def running(command: list[str], folder: Path, url: str) -> Generator[None]:
    """Run a proxy for as long as the context lasts."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env=os.environ | {"HOME": str(folder)}
        )
    try:
        while not is_open(url):
            assert process.poll() is None, (folder / "log").read_text()
        yield
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module", params=[pytest.param(name, marks=needs(name)) for name in PROXIES])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """A server over the sandbox behind a proxy; the proxy's address."""
    folder, port = tmp_path_factory.mktemp("proxy"), free_port()
    with serving_http(HARMONICA_MAX_STREAMS_PER_KEY="2") as server:
        command = PROXIES[request.param](folder, port, server.removeprefix("http://"))
        with running(command, folder, address := f"http://127.0.0.1:{port}"):
            yield address


@pytest.mark.parametrize("era", ERAS)
def test_requests_pass(url: str, era: str) -> None:
    """A call at `/mcp` is answered, for the key of its request."""
    client = Http(url, era, key("a"))
    client.open()
    assert client.call("get_current_user")["structuredContent"]["plan"] == "PRO"


@pytest.mark.parametrize("era", ERAS)
def test_streams_pass(url: str, era: str) -> None:
    """What is told on a stream at `/sse` arrives while the stream is open."""
    with listening(url, era, key("a")) as client:
        client.open()
        assert client.call("get_current_user")["structuredContent"]["plan"] == "PRO"


def test_who_hangs_up_is_gone(url: str) -> None:
    """The server learns of it, and does not take for heard what goes nowhere."""
    for _ in range(2):
        with listening(url, LEGACY, key("b")):
            pass
    seen = time.monotonic() + 10
    while not _takes_a_stream(url, key("b")):
        assert time.monotonic() < seen


def _takes_a_stream(url: str, api_key: str) -> bool:
    headers = {"Authorization": f"Bearer {api_key}"}
    with httpx2.stream("GET", f"{url}/sse", headers=headers) as response:
        return response.status_code == 200


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics"])
def test_what_operators_ask_is_not_public(url: str, address: str) -> None:
    """What tells of the server itself stays behind the proxy, whose own the answer is."""
    refused = httpx2.get(url + address)
    assert refused.status_code == 404
    assert "error_description" not in refused.text


@needs("nginx", "openssl")
def test_nginx_takes_all_of_it(tmp_path: Path) -> None:
    """The site with its certificate, and the replicas that share it, are a configuration."""
    certificate, private = tmp_path / "site.pem", tmp_path / "site.key"
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=mcp.example.org"]
    files = ["-out", str(certificate), "-keyout", str(private)]
    subprocess.run([PROGRAMS["openssl"] or "", *made, *files], check=True, capture_output=True)
    site = SERVED.replace("/etc/ssl/mcp.example.org.pem", str(certificate))
    site = site.replace("/etc/ssl/mcp.example.org.key", str(private))
    site = site.replace(f"http://{UPSTREAM}", "http://harmonica_mcp")
    site = site.replace("443", str(free_port()))
    checked = subprocess.run(
        [*nginx(tmp_path, REPLICAS, site), "-t"], capture_output=True, text=True, check=False
    )
    assert "test is successful" in checked.stderr
    assert "[warn]" not in checked.stderr
    assert "[emerg]" not in checked.stderr
