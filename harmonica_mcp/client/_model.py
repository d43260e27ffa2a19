"""What all of the API's models share: they forgive what the API may add, leave out or misspell."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar, cast

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

# What is read here can be a session of 40,000 messages: all of it is pydantic's own work. With a
# function of ours in between, the body would become Python objects first and take three times
# as long.

T = TypeVar("T")

_NEVER = core_schema.str_schema(strict=True)


def _null_too(schema: core_schema.WithDefaultSchema) -> core_schema.WithDefaultSchema:
    # Null is led to what never takes it, and so to the default.
    default, both = schema.copy(), schema.copy()
    default["schema"], default["on_error"] = _NEVER, "default"
    null = core_schema.chain_schema([core_schema.none_schema(), default])
    both["schema"] = core_schema.union_schema([schema["schema"], null], mode="left_to_right")
    return both


@dataclass(frozen=True, slots=True)
class NullIs:
    """Annotation: what a null stands for."""

    value: object

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """What the type takes, and null."""
        return _null_too(core_schema.with_default_schema(handler(source), default=self.value))


class Model(BaseModel):
    """A thing of the API: unknown fields are dropped, a null counts as absent.

    Documented enumerations are plain strings here, since the API treats them as open sets.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        coerce_numbers_to_str=True,
        populate_by_name=True,
        # Most processes never see most of these: what is not asked for is not made either.
        defer_build=True,
    )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """What the fields take, and null for each that has a default."""
        schema = handler(source)
        model = cast("core_schema.ModelSchema", handler.resolve_ref_schema(schema))
        for field in cast("core_schema.ModelFieldsSchema", model["schema"])["fields"].values():
            if field["schema"]["type"] == "default":
                field["schema"] = _null_too(cast("core_schema.WithDefaultSchema", field["schema"]))
        return schema


class _InUtc:
    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        as_sent = core_schema.datetime_schema(tz_constraint=0)
        moved = core_schema.no_info_after_validator_function(_utc, core_schema.datetime_schema())
        either = core_schema.union_schema([as_sent, moved], mode="left_to_right")
        return core_schema.with_default_schema(either, default=None, on_error="default")


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError from error


Moment = Annotated[datetime | None, _InUtc]
"""A time of the API, in UTC; None where it is absent or cannot be read."""


class Pagination(Model):
    """Where a page stands in its list."""

    total: int = 0
    limit: int = 20
    offset: int = 0


class Page(Model, Generic[T]):
    """A page of a list that the API pages by `limit` and `offset`.

    The API's order has no tie-breaker and moves while sessions change: the same item may come
    twice across pages.
    """

    data: list[T]
    pagination: Pagination = Pagination()

    @property
    def next_offset(self) -> int | None:
        """The offset of the following page, None on the last one."""
        after = self.pagination.offset + len(self.data)
        return after if self.data and after < self.pagination.total else None
