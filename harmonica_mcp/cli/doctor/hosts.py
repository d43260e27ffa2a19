"""Hosts on this machine, and whether their configuration starts this server."""

import shutil
from pathlib import Path
from typing import Any

from harmonica_mcp.cli.doctor.origins import tilde
from harmonica_mcp.cli.doctor.report import Check
from harmonica_mcp.cli.install.document import Document, read
from harmonica_mcp.cli.install.entry import ADDRESSES, NAME, key_in
from harmonica_mcp.cli.install.hosts import HOSTS, Host
from harmonica_mcp.cli.install.places import Machine, place
from harmonica_mcp.cli.install.refused import Refused
from harmonica_mcp.client import ApiKey
from harmonica_mcp.client.errors import InvalidKey
from harmonica_mcp.client.key import unset


class _Wrong(Exception):
    """What somebody should look at."""


def examine(machine: Machine) -> Check:
    """Look into every host's file that is there; none is changed."""
    found = [each for host in HOSTS.values() if (each := _host(host, machine))]
    details = [f"{each['title']}: {each['state']}" for each in found]
    ready = sum(each["starts"] or each["over_http"] for each in found)
    text = f"{ready} of {len(found)} found here start this server or use one over HTTP"
    if not ready:
        text += "; `harmonica-mcp install HOST` sets one up"
    wrong = any(each["wrong"] for each in found)
    return Check("hosts", "note" if wrong else "ok", text, details, {"hosts": found})


def _host(host: Host, machine: Machine) -> dict[str, Any] | None:
    told: dict[str, Any] = {"host": host.name, "title": host.title}
    told |= {"starts": False, "over_http": False, "wrong": False}
    try:
        path = place(host.name, machine)
        told["file"] = tilde(path)
        document = read(path.read_text(encoding="utf-8-sig"), host.syntax)
        if any(document.get((host.servers, NAME, each)) is not None for each in ADDRESSES):
            return told | {"over_http": True, "state": "uses a server over HTTP, not asked here"}
        starts = _starts(document, host)
    except FileNotFoundError:
        return None
    except (Refused, _Wrong, OSError, UnicodeDecodeError) as error:
        why = str(error) if isinstance(error, Refused | _Wrong) else "its file cannot be read"
        return told | {"wrong": True, "state": why}
    return told | {"starts": bool(starts), "state": starts or "has no entry for this server"}


def _starts(document: Document, host: Host) -> str | None:
    """How it starts this server, None where it does not."""
    if document.get((host.servers, NAME)) is None:
        return None
    command = document.get((host.servers, NAME, "command"))
    if not isinstance(command, str):
        raise _Wrong(f"its entry `{NAME}` starts no command")
    shown = tilde(Path(command))
    if shutil.which(command) is None:
        raise _Wrong(f"there is no {shown} to start: run `harmonica-mcp install {host.name}`")
    arguments = document.get((host.servers, NAME, "args"))
    if isinstance(arguments, list) and "--sandbox" in arguments:
        return f"starts {shown}, on the sandbox, which needs no key"
    return f"starts {shown}, {_key(key_in(document, host))}"


def _key(key: str | None) -> str:
    if key is None or unset(key):
        return "with a key from elsewhere, or without one"
    try:
        ApiKey(key)
    except InvalidKey:
        raise _Wrong("its HARMONICA_API_KEY is no Harmonica key") from None
    return "with a key"
