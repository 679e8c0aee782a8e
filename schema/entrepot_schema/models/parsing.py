"""From JSON documents to models. What the models refuse, the schema refuses, and its refusal is the one reported."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import Field, ValidationError

from entrepot_schema import catalog
from entrepot_schema.errors import Refused
from entrepot_schema.models.block import Block
from entrepot_schema.models.cluster import Cluster
from entrepot_schema.models.company import Company
from entrepot_schema.models.institution import Institution
from entrepot_schema.models.node import Node
from entrepot_schema.models.opportunity import Opportunity
from entrepot_schema.models.package_head import PackageHead
from entrepot_schema.models.relation import Relation
from entrepot_schema.schema_check import require_schema

Profile = Annotated[
    Cluster | Company | Institution | Relation | Opportunity | Node, Field(discriminator="type")
]
_Model = TypeVar("_Model", bound=Block)
_MODELS: dict[str, type[Profile]] = {
    "cluster": Cluster,
    "company": Company,
    "institution": Institution,
    "relation": Relation,
    "opportunity": Opportunity,
    "node": Node,
}


def parse_profile(document: dict[str, Any]) -> Profile:
    """Read a profile that passed layer J into the model of its type; raise a `schema.*` refusal if it does not fit."""
    kind = document.get("type")
    if not isinstance(kind, str) or kind not in _MODELS:
        hint = "One of: " + ", ".join(_MODELS)
        raise Refused(
            "schema.unknown-type", f"{str(kind)[:40]!r} is no type of profile", pointer="/type", hint=hint
        )
    return _parse(document, _MODELS[kind], kind, document)


def parse_package_head(document: dict[str, Any]) -> PackageHead:
    """Read a package that passed layer J without its records; raise a `schema.*` refusal if its head does not fit."""
    head = {name: value for name, value in document.items() if name != "records"}
    return _parse(head, PackageHead, "package", {**head, "records": []})


def _parse(members: dict[str, Any], model: type[_Model], schema: str, document: dict[str, Any]) -> _Model:
    try:
        return model.model_validate(members)
    except ValidationError:
        require_schema(document, catalog.validator(schema))
        raise  # the schema takes what the model refuses: a mistake of ours, not of the document
