"""What is sent is what the published document of the API asks for."""

import os
from pathlib import Path
from typing import cast

import jsonschema
import pytest
import yaml

from harmonica_mcp.server.method_spec import parse
from tests.server.method_spec.specs import CHAIN, changed

_BESIDE = Path(__file__).parents[4] / "shared/reference/openapi.yaml"
DOCUMENT = Path(os.environ.get("HARMONICA_OPENAPI") or _BESIDE)


@pytest.fixture(scope="module")
def schema() -> dict[str, object]:
    """What the API says about creating templates, or a skip that says where it was looked for."""
    if not DOCUMENT.is_file():
        pytest.skip(f"the OpenAPI document is not at {DOCUMENT}; HARMONICA_OPENAPI may name it")
    document = cast("dict[str, object]", yaml.safe_load(DOCUMENT.read_text()))
    return {
        "components": document["components"],
        "$ref": "#/components/schemas/CreateTemplateRequest",
    }


@pytest.mark.parametrize("text", [CHAIN, changed("status: draft", "output_artifact: wardley")])
def test_what_is_sent_is_what_the_api_asks_for(text: str, schema: dict[str, object]) -> None:
    """The body of a chain keeps to the published document, its configuration above all."""
    body = dict(parse(text).template)
    jsonschema.validate(body, schema)
    config = {**schema, "$ref": "#/components/schemas/ChainConfig"}
    jsonschema.validate(body["chain_config"], config)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"steps": []}, config)
