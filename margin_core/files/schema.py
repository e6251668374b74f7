"""The published JSON Schema of the portfolio file, from the models that read it."""

from __future__ import annotations

from typing import Any

from margin_core.files.limits import FORMAT
from margin_core.files.models import Document

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of ``margin-portfolio/1``.

    It states form and limits. What ties entries together (a position's underlying, agreeing
    marks, expiries after the valuation time) only ``read`` checks.
    """
    described: dict[str, Any] = _as_read(Document.model_json_schema())
    about = "One account's positions and collateral, and the market they are held in."
    return {"$schema": DIALECT, **described, "title": FORMAT, "description": about}


def _as_read(node: Any) -> Any:  # noqa: ANN401 (any JSON value)
    """Return a schema as strict as ``read``: no nulls, and no keys but expiries by expiry."""
    if isinstance(node, list):
        return [_as_read(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: _as_read(value)
        for key, value in node.items()
        if not (key == "default" and value is None)
    }
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    choices = [choice for choice in kept.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        del kept["anyOf"]
        return choices[0] | kept
    return kept | {"anyOf": choices} if choices else kept
