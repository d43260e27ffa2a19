"""Settings: which are set, where each comes from, and whether they can be used."""

import logging
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from pydantic import Secret, SecretBytes, SecretStr

from harmonica_mcp.cli.doctor.report import Check
from harmonica_mcp.client.key import unset
from harmonica_mcp.settings import Settings, SettingsError, load_settings, loading

_PREFIX = "HARMONICA_"


def examine(environment: Mapping[str, str] = os.environ) -> tuple[Check, Settings | None]:
    """Read the settings as every command does; None where they cannot be used."""
    with _warnings() as warnings:
        try:
            told = load_settings()
            told.check()
        except SettingsError as error:
            return _broken(error, environment, warnings), None
    shown = [_shown(name, told, environment) for name in Settings.model_fields]
    details = [f"{row['name']} = {row['value']}" for row in shown if row["from"] == "environment"]
    details += [f"{row['name']} is {row['from']}" for row in shown if "empty" in row["from"]]
    details += warnings
    count = sum(row["from"] == "environment" for row in shown)
    text = f"{count} set in the environment, all others have their defaults"
    facts = {"settings": shown, "warnings": warnings}
    return Check("settings", "note" if warnings else "ok", text, details, facts), told


def _broken(error: SettingsError, environment: Mapping[str, str], warnings: list[str]) -> Check:
    given = sorted(name for name in environment if name.startswith(_PREFIX))
    shown = [
        {"name": name, "value": "(not shown)", "from": "environment"}
        for name in given
        if name.removeprefix(_PREFIX).lower() in Settings.model_fields
    ]
    return Check(
        "settings", "failed", str(error), warnings, {"settings": shown, "warnings": warnings}
    )


def _shown(field: str, told: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    name = _PREFIX + field.upper()
    # Variables are found whatever their case.
    given = {key.upper(): value for key, value in environment.items()}.get(name)
    origin = "environment"
    if given is None:
        origin = "default"
    elif unset(given):
        origin = "empty or a placeholder, which counts as not set"
    return {"name": name, "value": _value(getattr(told, field)), "from": origin}


def _value(value: object) -> str:
    match value:
        case Secret() | SecretStr() | SecretBytes():
            return "(set, not shown)"
        case Path():
            return tilde(value)
        case tuple():
            return ", ".join(map(_value, cast("tuple[object, ...]", value)))
        case None:
            return ""
        case _:
            return str(value)


def tilde(path: Path) -> str:
    """A path without the name of the user."""
    try:
        return str("~" / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)


@contextmanager
def _warnings() -> Generator[list[str]]:
    """What is logged about settings goes into the report instead."""
    told: list[str] = []

    def take(record: logging.LogRecord) -> bool:
        told.append(record.getMessage())
        return False

    loading.log.addFilter(take)
    try:
        yield told
    finally:
        loading.log.removeFilter(take)
