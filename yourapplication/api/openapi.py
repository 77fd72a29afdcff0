"""The OpenAPI document, made of the models and of a table of what can be done."""

from __future__ import annotations

import functools
from http import HTTPStatus
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from werkzeug.urls import iri_to_uri

from ..blog.models import LARGEST
from .models import Entry, EntryIn, Page, Problem, Query

TEMPLATE = "#/components/schemas/{model}"
MODELS: list[tuple[type[BaseModel], JsonSchemaMode]] = [
    (EntryIn, "validation"),
    (Entry, "serialization"),
    (Page, "serialization"),
    (Problem, "validation"),
]


class Operation(NamedTuple):
    """What one method of one path does."""

    name: str
    summary: str
    status: int
    answer: type[BaseModel] | None
    refusals: tuple[int, ...]
    listed: bool = False  # takes the list's parameters
    content: bool = False  # takes an entry


ALWAYS = (400, 500, 503)
WRITING = (*ALWAYS, 401, 429)
TAKING = (413, 415, 422)
PATHS = {
    "/api/entries": {
        "get": Operation("list", "Entries, newest first", 200, Page, ALWAYS, listed=True),
        "post": Operation("add", "Add an entry", 201, Entry, (*WRITING, *TAKING), content=True),
    },
    "/api/entries/{number}": {
        "get": Operation("show", "An entry", 200, Entry, (*ALWAYS, 404)),
        "put": Operation("edit", "Change an entry", 200, Entry, (*WRITING, 403, 404, *TAKING), content=True),
        "delete": Operation("delete", "Remove an entry", 204, None, (*WRITING, 403, 404)),
    },
}
NUMBER = {"name": "number", "in": "path", "required": True, "description": "an entry's id",
          "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST}}  # fmt: skip
LOGGED = "X-Request-ID"  # there is one where there are logs
HEADERS = {
    LOGGED: "what the log calls the request",
    "WWW-Authenticate": "HTTP Basic (RFC 7617)",
    "Retry-After": "seconds to wait",
    "Location": "the new entry",
}
SPECIAL = {201: ["Location"], 401: ["WWW-Authenticate"], 429: ["Retry-After"], 503: ["Retry-After"]}


def document(mount: str) -> dict[str, Any]:
    """The document of an application that is found at `mount`, which is empty for the root."""
    return {**_document(), "servers": [{"url": iri_to_uri(mount) or "/"}]}


@functools.cache
def _document() -> dict[str, Any]:
    statuses = sorted({status for path in PATHS.values() for each in path.values() for status in each.refusals})
    components = {
        "schemas": models_json_schema(MODELS, ref_template=TEMPLATE)[1]["$defs"],
        "responses": {_name(status): _response(status, Problem) for status in statuses},
        "headers": {name: {"description": text, "required": name != LOGGED, "schema": {"type": "string"}}
                    for name, text in HEADERS.items()},
        "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
    }  # fmt: skip
    paths = {path: {method: _operation(path, each) for method, each in methods.items()}
             for path, methods in PATHS.items()}  # fmt: skip
    info = {"title": "Entries of a blog", "version": "1", "description": "Texts are in UTF-8, times in UTC."}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": components}


def _operation(path: str, each: Operation) -> dict[str, Any]:
    responses = {str(each.status): _response(each.status, each.answer)}
    responses |= {str(s): {"$ref": f"#/components/responses/{_name(s)}"} for s in sorted(each.refusals)}
    found: dict[str, Any] = {"operationId": each.name, "summary": each.summary, "responses": responses}
    if each.listed:
        schema = Query.model_json_schema()["properties"]
        found["parameters"] = [{"name": name, "in": "query", "schema": of} for name, of in schema.items()]
    if "{" in path:
        found["parameters"] = [NUMBER]
    if each.content:
        found["requestBody"] = {"required": True, "content": _content("application/json", EntryIn)}
    if 401 in each.refusals:
        found["security"] = [{"basic": []}]
    return found


def _response(status: int, model: type[BaseModel] | None) -> dict[str, Any]:
    names = [LOGGED, *SPECIAL.get(status, [])]
    kind = "application/problem+json" if model is Problem else "application/json"
    return {
        "description": HTTPStatus(status).phrase,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        **({"content": _content(kind, model)} if model else {}),
    }


def _content(kind: str, model: type[BaseModel]) -> dict[str, Any]:
    return {kind: {"schema": {"$ref": TEMPLATE.format(model=model.__name__)}}}


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.replace(" ", "")
