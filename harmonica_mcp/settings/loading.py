"""Reading the settings, and saying what is wrong with them."""

import difflib
import logging
import os
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from harmonica_mcp.settings.told import PREFIX, Settings, SettingsError
from harmonica_mcp.settings.values import given

log = logging.getLogger(__name__)

# What pydantic says of a value is for programmers.
_PLAIN = {
    "bool_parsing": "give 1 or 0",
    "int_parsing": "give a whole number",
    "float_parsing": "give a number",
    "greater_than_equal": "give {ge:.0f} or more",
    "less_than_equal": "give {le:.0f} or less",
    "literal_error": "give {expected}",
}


def load_settings(**flags: object) -> Settings:
    """Read the settings; a flag that is given wins over the environment.

    Raises:
        SettingsError: A value cannot be used.
    """
    _warn_about_unknown(os.environ)
    try:
        settings = Settings(**given(flags))
    except ValidationError as error:
        raise SettingsError("; ".join(map(_told, error.errors(include_url=False)))) from None
    if settings.api_key is not None and not settings.api_key.is_usual:
        log.warning(
            "%sAPI_KEY: Harmonica keys usually end in 32 lowercase hex digits; trying it.", PREFIX
        )
    return settings


def _told(error: Mapping[str, Any]) -> str:
    name = str(error["loc"][0]).upper()
    plain = _PLAIN.get(error["type"])
    told = plain.format(**error.get("ctx", {})) if plain else str(error["msg"])
    return f"{PREFIX}{name}: {told.removeprefix('Value error, ')}"


def _warn_about_unknown(environment: Mapping[str, str]) -> None:
    known = [name.upper() for name in Settings.model_fields]
    named = (name.removeprefix(PREFIX) for name in environment if name.startswith(PREFIX))
    for name in sorted(set(named).difference(known)):
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {PREFIX}{near[0]}?" if near else ""
        log.warning("%s%s is no setting of harmonica-mcp and is ignored%s", PREFIX, name, hint)
