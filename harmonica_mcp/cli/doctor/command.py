"""The command: all checks in order, none of which changes anything."""

import json
import sys

import anyio
import click

from harmonica_mcp.cli.doctor import harmonica, hosts, origins, versions, wire
from harmonica_mcp.cli.doctor.report import Check, Report
from harmonica_mcp.cli.install.places import Machine
from harmonica_mcp.cli.install.refused import Refused
from harmonica_mcp.client import Pool
from harmonica_mcp.settings import Settings


def run_doctor(*, as_json: bool, transport: str) -> None:
    """Check everything, print the report, and end with its exit code."""
    report = examine(transport)
    click.echo(json.dumps(report.to_json(), indent=2) if as_json else report.to_text())
    sys.exit(report.exit_code)


def examine(transport: str) -> Report:
    """Make the report."""
    settings, told = origins.examine()
    checks = [versions.examine(), settings]
    if told is None:
        why = "not tried: the settings cannot be used"
        checks += [Check(name, "skipped", why) for name in ("key", "api", "edition", "round_trip")]
    else:
        checks += [*anyio.run(_ask, told, transport), wire.examine(transport)]
    return Report([*checks, _hosts()])


def _hosts() -> Check:
    try:
        machine = Machine.this()
    except Refused:
        return Check("hosts", "skipped", "not looked for: this user has no home folder")
    return hosts.examine(machine)


async def _ask(told: Settings, transport: str) -> list[Check]:
    pool = Pool(
        told.api_url,
        requests_per_minute=told.requests_per_minute,
        max_seconds=harmonica.PATIENCE,
    )
    async with pool:
        return await harmonica.examine(told, pool, transport)
