"""Environment and flags, read once into one frozen `Settings`."""

import difflib
import logging
import os
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from harmonica_mcp.client._budget import PER_MINUTE
from harmonica_mcp.client.key import DEFAULT_URL, ApiKey, api_root, unset

log = logging.getLogger(__name__)

_PREFIX = "HARMONICA_"


class SettingsError(ValueError):
    """A setting cannot be used; the text names it and not its value."""


def _key(value: Any) -> ApiKey | None:
    return ApiKey(value) if isinstance(value, str) else value


def _url(value: str) -> str:
    api_root(value)
    return value.strip()


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that were really given: an empty one or a placeholder counts as unset."""
    return {
        name: value
        for name, value in values.items()
        if value is not None and not (isinstance(value, str) and unset(value))
    }


class Settings(BaseSettings):
    """What the server was told; each field is the variable `HARMONICA_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        frozen=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,
        extra="forbid",
    )

    api_key: Annotated[ApiKey | None, NoDecode, BeforeValidator(_key)] = Field(
        default=None, description="Your Harmonica key (stdio only; over HTTP each request has its)"
    )
    api_url: Annotated[str, BeforeValidator(_url)] = Field(
        default=DEFAULT_URL, description="Harmonica's address, with or without `/api/v1`"
    )
    requests_per_minute: int = Field(
        default=PER_MINUTE, ge=1, le=10_000, description="Requests to Harmonica a minute and key"
    )

    @model_validator(mode="before")
    @classmethod
    def _without_unset(cls, values: dict[str, Any]) -> dict[str, Any]:
        return _given(values)


def load_settings(**flags: object) -> Settings:
    """Read the settings; a flag that is given wins over the environment.

    Raises:
        SettingsError: A value cannot be used.
    """
    _warn_about_unknown(os.environ)
    try:
        settings = Settings(**_given(flags))
    except ValidationError as error:
        raise SettingsError("; ".join(map(_told, error.errors(include_url=False)))) from None
    if settings.api_key is not None and not settings.api_key.is_usual:
        log.warning(
            "%sAPI_KEY: Harmonica keys usually end in 32 lowercase hex digits; trying it.", _PREFIX
        )
    return settings


def _told(error: Mapping[str, Any]) -> str:
    name = str(error["loc"][0]).upper()
    return f"{_PREFIX}{name}: {str(error['msg']).removeprefix('Value error, ')}"


def _warn_about_unknown(environment: Mapping[str, str]) -> None:
    known = [name.upper() for name in Settings.model_fields]
    given = (name.removeprefix(_PREFIX) for name in environment if name.startswith(_PREFIX))
    for name in sorted(set(given).difference(known)):
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {_PREFIX}{near[0]}?" if near else ""
        log.warning("%s%s is no setting of harmonica-mcp and is ignored%s", _PREFIX, name, hint)
