"""What `install` and `uninstall` do, step by step."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import click

from harmonica_mcp.cli.install.difference import difference
from harmonica_mcp.cli.install.document import Document, read
from harmonica_mcp.cli.install.entry import KEY, Entry, key_in, remove, started_by
from harmonica_mcp.cli.install.file import ConfigFile
from harmonica_mcp.cli.install.hosts import HOSTS, Host
from harmonica_mcp.cli.install.owner import owner_of
from harmonica_mcp.cli.install.places import Machine, place
from harmonica_mcp.cli.install.refused import Refused
from harmonica_mcp.cli.serve import fail, settings
from harmonica_mcp.client import ApiKey
from harmonica_mcp.client.errors import InvalidKey
from harmonica_mcp.client.key import DEFAULT_URL, WHERE_KEYS_COME_FROM
from harmonica_mcp.settings import Settings
from harmonica_mcp.transports.redaction import redacted

_LISTS = ("toolsets", "tools", "exclude_tools")
_CHOICES = ("compat", "privacy")
_SWITCHES = ("read_only", "lockdown")
_PLACEHOLDER = "hm_live_…"


def install(
    name: str,
    *,
    file: Path | None,
    sandbox: bool,
    check: bool,
    only_print: bool,
    yes: bool,
    **chosen: object,
) -> None:
    """Put this server into a host's file; ends with 1 where nothing could be written."""
    told, host = settings(**chosen), HOSTS[name]
    with _refusing():
        entry = _entry(told, sandbox=sandbox, **chosen)
        path = file or place(name, Machine.this())
        if only_print:
            _print(host, path, entry if sandbox else _with_key(entry, _PLACEHOLDER))
            return
        config, document = _open(path, host)
        if not sandbox:
            key = _key(told, _usable(key_in(document, host)), yes=yes)
            if check:
                click.echo(f"The key belongs to {owner_of(key, told.api_url)}.")
            entry = _with_key(entry, key.get_secret_value())
        with _left_alone(config.path):
            entry.put(document, host)
        if _written(config, document, yes=yes):
            click.echo(host.restart)
            if not sandbox and config.others_can_read:
                click.echo(f"Other users of this machine can read {config.path}, and the key.")


def uninstall(name: str, *, file: Path | None, yes: bool) -> None:
    """Take this server out of a host's file; ends with 1 where nothing could be written."""
    host = HOSTS[name]
    with _refusing():
        config, document = _open(file or place(name, Machine.this()), host)
        if not remove(document, host):
            click.echo(f"No change: {config.path} does not name this server.")
        else:
            _written(config, document, yes=yes)
            if redacted(config.text) != config.text:
                click.echo("The backup still holds what was there, the key included.")
            click.echo(host.restart)


@contextmanager
def _refusing() -> Generator[None]:
    try:
        yield
    except Refused as refused:
        click.echo(f"harmonica-mcp: {refused}", err=True)
        sys.exit(1)


@contextmanager
def _left_alone(path: Path) -> Generator[None]:
    """Name the file that a document's fault is about."""
    try:
        yield
    except Refused as refused:
        raise Refused(f"{path} is left alone: {refused}.") from None


def _entry(told: Settings, *, sandbox: bool, **chosen: object) -> Entry:
    """How the host shall start this server, save the key."""
    flags = ["--sandbox"] if sandbox else []
    for name in _LISTS:
        if names := cast("tuple[str, ...]", chosen[name]):
            flags += [f"--{name.replace('_', '-')}", ",".join(names)]
    for name in _CHOICES:
        flags += [f"--{name}", str(chosen[name])] if chosen[name] else []
    flags += [f"--{name.replace('_', '-')}" for name in _SWITCHES if chosen[name]]
    started = started_by()
    own_url = {} if told.api_url == DEFAULT_URL else {"HARMONICA_API_URL": told.api_url}
    arguments = (*started.arguments, *(["serve", *flags] if flags else []))
    return replace(started, arguments=arguments, environment=own_url)


def _with_key(entry: Entry, key: str) -> Entry:
    return replace(entry, environment={KEY: key, **entry.environment})


def _open(path: Path, host: Host) -> tuple[ConfigFile, Document]:
    config = ConfigFile.read(path)
    with _left_alone(config.path):
        return config, read(config.text, host.syntax)


def _print(host: Host, path: Path, entry: Entry) -> None:
    document = read("", host.syntax)
    entry.put(document, host)
    click.echo(f"For {path}:", err=True)
    click.echo(document.text, nl=False)


def _usable(text: str | None) -> ApiKey | None:
    try:
        return ApiKey(text or "")
    except InvalidKey:
        return None


def _key(told: Settings, there: ApiKey | None, *, yes: bool) -> ApiKey:
    """The key from the environment, from the person, or the one in the file."""
    known = told.api_key or (there if yes else None)
    if known is not None:
        return known
    if yes:
        fail(f"{KEY} is not set, and with --yes nobody is asked: {WHERE_KEYS_COME_FROM}.")
    click.echo(f"Your Harmonica key ({KEY} is not set): {WHERE_KEYS_COME_FROM}.")
    kept = "; Enter keeps the one in the file" if there else ""
    while True:
        text = click.prompt(
            f"Key (hidden{kept})",
            hide_input=True,
            default=there.get_secret_value() if there else None,
            show_default=False,
        )
        if key := _usable(text):
            return key
        click.echo("That is not a Harmonica key: keys begin with hm_live_.")


def _written(config: ConfigFile, document: Document, *, yes: bool) -> bool:
    """Show the change, ask, write; False where there is none."""
    if document.text == config.text:
        click.echo(f"No change: {config.path} says so already.")
        return False
    click.echo(f"{config.path}:")
    for line in list(difference(config.text, document.text)) or ["Only the key differs."]:
        click.echo(line)
    if not yes:
        click.confirm("Write this?", abort=True)
    backup = config.write(document.text)
    click.echo(f"Written. As it was before: {backup}" if backup else "Written, a new file.")
    return True
