"""The types of what is sent and answered; the OpenAPI document is made of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from flask import url_for
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError
from werkzeug.urls import iri_to_uri

from ..auth.forms import CONTROL
from ..blog import models
from .patterns import PLACE, TEXT

LONGEST_PAGE = 100  # entries


def where(endpoint: str, **values: Any) -> str:
    """The URL reference (RFC 3986) of what a view answers; a mount may hold other characters than a URL."""
    return iri_to_uri(url_for(endpoint, **values))


def _text(value: str) -> str:
    """The rule of the pages' forms."""
    if not value.strip():
        raise PydanticCustomError("blank", "It may not be blank.")
    if CONTROL.search(value):
        raise PydanticCustomError("control", "It may hold no control characters.")
    return value


def _place(value: str) -> str:
    if not re.fullmatch(PLACE, value):
        raise PydanticCustomError("place", "It is not a place among the entries: follow next and previous.")
    return value


def _number(value: Any) -> Any:
    """Query parameters are texts."""
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value) else value


Text = Annotated[str, AfterValidator(_text)]
Place = Annotated[str, AfterValidator(_place), Field(json_schema_extra={"pattern": f"^({PLACE})$"})]


def _written(longest: int, example: str) -> Any:
    return Field(min_length=1, max_length=longest, examples=[example], json_schema_extra={"pattern": TEXT})


class Strict(BaseModel):
    """Nothing is guessed, and nothing unknown passed over."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Query(Strict):
    """Which entries are listed."""

    q: str = Field("", max_length=models.QUERY_LENGTH, description="words that all of the entries hold")
    before: Place = Field("", description="only older entries than this place")
    after: Place = Field("", description="only newer entries than this place; then `before` counts for nothing")
    limit: Annotated[int, BeforeValidator(_number)] = Field(models.PAGE, ge=1, le=LONGEST_PAGE, description="entries")


class EntryIn(Strict):
    """What an author writes."""

    title: Text = _written(models.TITLE_LENGTH, "A walk")
    body: Text = _written(models.BODY_LENGTH, "It *rained*.")


class Listed(Strict):
    """An entry, without its text."""

    id: int
    title: str
    summary: str = Field(description="the beginning as plain text")
    author: str
    created: datetime
    modified: datetime
    url: str = Field(json_schema_extra={"format": "uri-reference"}, description="the whole entry, here")
    page: str = Field(json_schema_extra={"format": "uri-reference"}, description="the same for people")

    @classmethod
    def of(cls, entry: models.Entry) -> Self:
        """As the database knows it, and where this request finds it."""
        modified = entry.modified or entry.created
        known: dict[str, Any] = {
            "author": entry.author.name,
            "created": entry.created.replace(tzinfo=UTC),
            "modified": modified.replace(tzinfo=UTC),
            "url": where("api.show", number=entry.id),
            "page": where("blog.show", number=entry.id),
        }
        others = {name: getattr(entry, name) for name in cls.model_fields.keys() - known.keys()}
        return cls(**known, **others)


class Entry(Listed):
    """An entry, whole."""

    body: str = Field(description="in Markdown (CommonMark)")


class Page(Strict):
    """Some entries, newest first, and where there are more."""

    entries: list[Listed]
    next: str | None = Field(json_schema_extra={"format": "uri-reference"}, description="older ones")
    previous: str | None = Field(json_schema_extra={"format": "uri-reference"}, description="newer ones")


class Fault(Strict):
    """What is wrong, and where."""

    detail: str
    pointer: str | None = Field(None, description="into the content (RFC 6901, as a URI's fragment)")
    parameter: str | None = Field(None, description="of the query")


class Problem(Strict):
    """Why there is no other answer (RFC 9457)."""

    type: str = Field(json_schema_extra={"format": "uri-reference"})
    title: str
    status: int
    detail: str
    request_id: str = Field(description="what the log calls the request")
    errors: list[Fault] = Field([], description="each of the faults of an invalid request")
