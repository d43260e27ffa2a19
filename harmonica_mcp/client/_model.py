"""What all of the API's models share: they forgive what the API may add, leave out or misspell."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, WrapValidator, model_validator

T = TypeVar("T")


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

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, value: Any) -> Any:
        if isinstance(value, dict) and None in value.values():  # pyright: ignore[reportUnknownMemberType]
            return {k: v for k, v in value.items() if v is not None}  # pyright: ignore[reportUnknownVariableType]
        return value  # pyright: ignore[reportUnknownVariableType]


def _moment(value: Any, parse: Callable[[Any], datetime | None]) -> datetime | None:
    try:
        moment = parse(value)
        if moment and moment.tzinfo:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment and moment.replace(tzinfo=UTC)


Moment = Annotated[datetime | None, WrapValidator(_moment)]
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
