"""Arguments that creating and changing a session share."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from harmonica_mcp.client.sessions import NewQuestion, Visibility


class QuestionToAsk(BaseModel):
    """A question that participants answer before they begin."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(description="The question")
    type: Literal["Short field", "Email", "Options"] | None = Field(
        default=None, description="How it is answered"
    )
    required: bool | None = Field(default=None, description="Must be answered")
    options: list[str] | None = Field(default=None, description="For type Options")

    def to_api(self) -> NewQuestion:
        """Leave out what was not given."""
        return NewQuestion(**self.model_dump(exclude_none=True))


Background = Annotated[str | None, Field(description="Background for the facilitator")]
Critical = Annotated[str | None, Field(description="Key question or constraint")]
Results = Annotated[Visibility | None, Field(description="Who sees what was said; default host")]
CrossPollination = Annotated[
    bool | None, Field(description="Share ideas between talks (3+ people)")
]
Widgets = Annotated[bool | None, Field(description="Polls and ratings")]
Questions = Annotated[list[QuestionToAsk] | None, Field(description="Asked before talking")]
Groups = Annotated[
    list[str] | None, Field(description="Announce in these groups (id or exact name)")
]


def announced_in(groups: Sequence[str] | None) -> list[dict[str, str]] | None:
    """Telegram groups, by their ids, as the API takes them."""
    if groups is None:
        return None
    return [{"channel": "telegram", "group_id": group} for group in groups]
