"""All settings, and which of them go together."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretBytes,
    SecretStr,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from harmonica_mcp.client._budget import PER_MINUTE
from harmonica_mcp.client.key import DEFAULT_URL, ApiKey
from harmonica_mcp.server.compat.names import Compat
from harmonica_mcp.server.options import (
    MAX_CALL_SECONDS,
    Confirm,
    Options,
    Privacy,
    valid_tools,
    valid_toolsets,
)
from harmonica_mcp.settings import values

Log = Literal["calls", "warnings"]

PREFIX = "HARMONICA_"
_Many = Annotated[int, Field(ge=1, le=100_000)]
_NARROWING = ("LOCKDOWN", "READ_ONLY", "EXCLUDE_TOOLS")


class SettingsError(ValueError):
    """A setting cannot be used; the text names it and not its value."""


class Settings(BaseSettings):
    """What the server was told; each field is the variable `HARMONICA_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        hide_input_in_errors=True,
        extra="forbid",
    )

    api_key: Annotated[ApiKey | None, NoDecode, BeforeValidator(values.key)] = Field(
        default=None, description="Your Harmonica key (stdio only; over HTTP each request has its)"
    )
    api_url: Annotated[str, BeforeValidator(values.url)] = Field(
        default=DEFAULT_URL, description="Harmonica's address, with or without `/api/v1`"
    )
    requests_per_minute: int = Field(
        default=PER_MINUTE, ge=1, le=1_000_000, description="Requests to Harmonica a minute and key"
    )

    compat: Compat | None = Field(
        default=None,
        description="`typescript`: the official server's tools by its names and arguments, instead "
        "of toolsets and single tools",
    )
    toolsets: Annotated[
        tuple[str, ...], NoDecode, BeforeValidator(values.names), AfterValidator(valid_toolsets)
    ] = Field(default=(), description="Sets of tools, `default` or `all`, separated by commas")
    read_only: bool = Field(
        default=False, description="Leave only tools that change nothing, whatever else is set"
    )
    lockdown: bool = Field(
        default=False, description="Show summaries and counts, never what single people said"
    )
    tools: Annotated[
        tuple[str, ...], NoDecode, BeforeValidator(values.names), AfterValidator(valid_tools)
    ] = Field(default=(), description="Single tools; only these where no toolset is named")
    exclude_tools: Annotated[
        tuple[str, ...], NoDecode, BeforeValidator(values.names), AfterValidator(values.excluded)
    ] = Field(default=(), description="Single tools to leave out")
    files_dir: Annotated[tuple[Path, ...], NoDecode, BeforeValidator(values.directories)] = Field(
        default=(),
        description="Directories whose files may be attached, over stdio; separated as in `PATH`",
    )

    max_call_seconds: float = Field(
        default=MAX_CALL_SECONDS,
        ge=1,
        le=3600,
        description="A call is answered after so long; most hosts give up after 60",
    )

    max_in_flight: _Many = Field(
        default=512,
        description="Calls under way at a time, over HTTP and in one process; beyond, callers are "
        "told to come again (503)",
    )
    max_in_flight_per_key: _Many = Field(default=32, description="The same for one key (429)")
    max_streams: _Many = Field(
        default=1_000,
        description="Streams open at `/sse`, and MCP sessions with `--sessions`, over HTTP and in "
        "one process (503)",
    )
    max_streams_per_key: _Many = Field(default=100, description="The same for one key (429)")
    grace_seconds: float = Field(
        default=25.0,
        ge=0,
        le=3600,
        description="Over HTTP, calls under way have so long after a signal; less than whatever "
        "kills the process waits",
    )

    confirm: Confirm = Field(
        default="ask",
        description="`host`: where a host cannot ask you about money and publishing, its own "
        "approval counts",
    )

    dry_run: bool = Field(
        default=False,
        description="Tools with an effect show the request that they would send; nothing changes",
    )

    privacy: Privacy = Field(
        default="off",
        description="`names`: participants under pseudonyms, addresses and numbers masked; "
        "`strict`: besides nothing of single ones ([privacy](privacy.md))",
    )
    apps: bool = Field(
        default=True,
        description="Offer the results view to hosts that show MCP Apps",
    )

    snapshot: Literal["on", "off"] = Field(
        default="on",
        description="`off`: keep no snapshot of the first answers in the cache folder (stdio; "
        "[what it is](troubleshooting.md#a-slow-start))",
    )

    secret: Annotated[tuple[SecretBytes, ...], NoDecode, BeforeValidator(values.secrets)] = Field(
        default=(),
        description="What replicas share, at least 32 characters; several with commas, newest "
        "first, while one is replaced by another",
    )

    log: Log | None = Field(
        default=None,
        description="On stderr: `calls`, a line for each call too (as over HTTP when not set), or "
        "`warnings` only (as over stdio)",
    )

    metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="Port on which Prometheus finds metrics, 0 for a free one (http; extra "
        "`metrics`)",
    )
    metrics_host: str = Field(default="127.0.0.1", description="Where that port listens")
    metrics_token: Annotated[SecretStr | None, BeforeValidator(values.token)] = Field(
        default=None,
        description="Bearer token, at least 32 characters, with which `/metrics` is served beside "
        "MCP (http; extra `metrics`)",
    )

    @property
    def wants_metrics(self) -> bool:
        """Whether metrics are to be served."""
        return self.metrics_port is not None or self.metrics_token is not None

    redis_url: Annotated[SecretStr | None, NoDecode, BeforeValidator(values.redis_url)] = Field(
        default=None,
        description="Redis, `redis://` or `rediss://`, through which several processes serve as "
        "one (extra `redis`; [replicas](replicas.md))",
    )
    workers: int = Field(
        default=1, ge=1, le=64, description="Processes that serve HTTP; more than one need Redis"
    )

    def check(self) -> None:
        """Refuse settings that do not go together.

        Raises:
            SettingsError: They do not.
        """
        _ = self.options
        if self.redis_url and not self.secret:
            raise SettingsError(
                f"{PREFIX}REDIS_URL needs {PREFIX}SECRET, the same for all processes: what is "
                "kept in Redis is sealed with it."
            )
        if self.workers > 1 and not self.redis_url:
            raise SettingsError(
                f"{PREFIX}WORKERS above 1 needs {PREFIX}REDIS_URL and {PREFIX}SECRET: without "
                "them the processes would not know what the others do."
            )

    @property
    def options(self) -> Options:
        """Which tools are served.

        Raises:
            SettingsError: None would be, or an official server's are and others are named.
        """
        if self.compat and (self.toolsets or self.tools):
            raise SettingsError(
                f"{PREFIX}COMPAT serves the official server's tools and no others: leave out "
                f"{PREFIX}TOOLSETS and {PREFIX}TOOLS."
            )
        options = Options(
            toolsets=self.toolsets,
            read_only=self.read_only,
            lockdown=self.lockdown,
            tools=self.tools,
            exclude_tools=self.exclude_tools,
            files_dirs=self.files_dir,
            max_call_seconds=self.max_call_seconds,
            confirm=self.confirm,
            dry_run=self.dry_run,
            privacy=self.privacy,
            apps=self.apps,
            secrets=tuple(secret.get_secret_value() for secret in self.secret),
            compat=self.compat,
        )
        if not options.names():
            narrowing = [f"{PREFIX}{n}" for n in _NARROWING if getattr(self, n.lower())]
            told = " with ".join(narrowing)
            raise SettingsError(f"{told} leaves no tool: leave it out, or choose other tools.")
        return options

    @model_validator(mode="before")
    @classmethod
    def _without_unset(cls, told: dict[str, Any]) -> dict[str, Any]:
        return values.given(told)
