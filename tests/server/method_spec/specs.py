"""Two method specs, and what tests do with them."""

import pytest

from harmonica_mcp.server.method_spec import MethodSpec, SpecError, parse

CHAIN = """\
---
id: orchard-plan
title: Plan an orchard
version: 1.2.0
status: draft
summary: Neighbours agree on which trees to plant.
attribution: Thought up for these tests.
runtime:
  reference: harmonica
  artifact: chain
lenses: [soil, shade]
roles:
  - { slug: gardener, label: Gardener, weight: lead }
  - { slug: neighbour, label: Neighbour }
stages:
  - id: walk
    title: Walk the ground
    roles: [gardener, neighbour]
    assignment_strategy: all_participants
    context_mode: none
    completion: all_submitted
  - id: choose
    roles: [gardener]
    context_mode: all_summaries
    completion: { type: quorum, count: 3 }
---

# Plan an orchard

Why one would do this.

## Stage: walk
**Goal:** see what grows.

Ask what stands where.

## Stage: choose
Ask for three trees.
"""

SINGLE = """\
---
id: tea-break
title: Tea break
version: 0.3.1
runtime: { reference: harmonica, artifact: single }
lenses: [warmth]
stages:
  - { id: pour, title: Pour }
  - { id: sip, title: Sip slowly }
---
## Stage: sip
Ask how it tastes.

## Stage: pour
Ask who wants a cup.
"""


def changed(old: str, new: str, spec: str = CHAIN) -> str:
    """Replace a passage that stands in the spec once."""
    assert spec.count(old) == 1
    return spec.replace(old, new)


def steps(spec: MethodSpec) -> list[dict[str, object]]:
    """The steps of a chain's configuration."""
    return spec.template.get("chain_config", {})["steps"]


def refusal(text: str) -> str:
    """What the error says."""
    with pytest.raises(SpecError) as caught:
        parse(text)
    message = str(caught.value)
    assert message.startswith(f"line {caught.value.line}: ")
    return message
