"""list_templates, list_telegram_groups."""

from dataclasses import replace

from tests.server.host import call
from tests.server.wire import Json, Stage

CHAIN = "delphi-panel-chain"


async def test_templates(stage: Stage) -> None:
    """Each template stands in both forms with what a choice needs: type, steps and roles."""
    called = await call(stage, "list_templates")
    single, chain = called.data["templates"]
    assert (single["id"], single["title"], single["type"]) == (
        "retrospective",
        "Retrospective",
        "single",
    )
    assert chain["roles"] == [{"step": 0, "role": "expert"}, {"step": 0, "role": "visitor"}]
    assert (chain["steps"], called.data["left"]) == (2, 0)
    assert called.text.splitlines() == [
        "2 templates:",
        f'- retrospective "Retrospective" (single): "{single["description"]}"',
        (
            f'- {CHAIN} "Two-round estimate" (chain, 2 steps): "{chain["description"]}" '
            "(roles: step 0 expert; step 0 visitor)"
        ),
    ]


async def test_templates_leave_prompts_out(stage: Stage) -> None:
    """The prompts, which fill dozens of kilobytes, are not in a list."""
    stage.tenant.templates["retrospective"].texts["facilitation_prompt"] = "Ask first. " * 9_999
    called = await call(stage, "list_templates")
    assert len(called.text) < 1_000
    assert "Ask first." not in str(called.raw)


async def test_a_long_description(stage: Stage) -> None:
    """A long description is cut, and the mark tells its real length."""
    stage.tenant.templates[CHAIN].texts["description"] = "x" * 500
    called = await call(stage, "list_templates", query="estimate")
    told = "x" * 160 + "… (cut, 500 characters)"
    assert called.data["templates"][0]["description"] == told
    assert f'"{told}"' in called.text


async def test_a_chain_of_one_step(stage: Stage) -> None:
    """A chain of a single step is told as that."""
    stage.tenant.templates[CHAIN].chain_config = {"steps": [{"id": "estimate"}]}
    called = await call(stage, "list_templates", query="estimate")
    assert '"Two-round estimate" (chain, 1 step): ' in called.text


async def test_a_bare_template(stage: Stage) -> None:
    """A template without a description is listed by its title."""
    stage.tenant.templates["retrospective"].texts.clear()
    called = await call(stage, "list_templates", query="retro")
    assert "description" not in called.data["templates"][0]
    assert called.text == '1 template:\n- retrospective "Retrospective" (single)'


async def test_templates_by_words(stage: Stage) -> None:
    """A piece of title or description, in any case, narrows the list."""
    found = await call(stage, "list_templates", query="EXPERTS estimate")
    nothing = await call(stage, "list_templates", query="submarine")
    assert [each["id"] for each in found.data["templates"]] == [CHAIN]
    assert nothing.data == {"templates": [], "left": 0}
    assert nothing.text == "No template fits."


async def test_templates_page_by_page(stage: Stage) -> None:
    """Pages say what is left and how to get it; joined they hold each template once."""
    one = stage.tenant.templates["retrospective"]
    for number in range(110):
        stage.tenant.templates[f"t{number}"] = replace(one, id=f"t{number}", title=f"T {number}")
    seen: list[str] = []
    cursor = None
    for left in (62, 12, 0):
        called = await call(stage, "list_templates", cursor=cursor)
        seen += [each["id"] for each in called.data["templates"]]
        cursor = called.data.get("next_cursor")
        assert called.data["left"] == left
        assert (f"{left} more: call again with cursor {cursor}." in called.text) is bool(left)
    assert cursor is None
    assert sorted(seen) == sorted(stage.tenant.templates)


async def test_a_template_twice(stage: Stage) -> None:
    """A template that the API lists twice, as public and as own, is shown once."""
    shown = stage.tenant.templates["retrospective"].json()
    stage.sandbox.faults.add("GET /templates", body={"data": [shown, shown]})
    called = await call(stage, "list_templates")
    assert [each["id"] for each in called.data["templates"]] == ["retrospective"]


async def test_groups(stage: Stage) -> None:
    """Groups stand in both forms with id, name and topic."""
    stage.tenant.groups["-5"] = replace(
        next(iter(stage.tenant.groups.values())), group_id="-5", group_name=None, topic_id=None
    )
    called = await call(stage, "list_telegram_groups")
    assert called.data["groups"] == [
        {"group_id": "-1004200000001", "name": "Fennmill repair café", "topic_id": 7},
        {"group_id": "-5"},
    ]
    assert called.text == (
        '2 Telegram groups:\n- -1004200000001 "Fennmill repair café" (topic 7)\n- -5 ""'
    )


async def test_no_group(stage: Stage) -> None:
    """Where there is no group, it says how one is registered."""
    stage.tenant.groups.clear()
    called = await call(stage, "list_telegram_groups")
    assert called.data == {"groups": [], "left": 0}
    assert "the Harmonica bot's /setup in a group does it" in called.text


async def test_groups_page_by_page(stage: Stage) -> None:
    """Pages say what is left and how to get it; a group's topics are apart, each shown once."""
    rows = [{"group_id": f"-{n // 2}", "topic_id": n % 2, "group_name": "G"} for n in range(60)]
    pages: list[Json] = []
    for left in (10, 0):
        stage.sandbox.faults.add("GET /integrations/telegram/groups", body={"data": rows + rows})
        cursor = pages[-1]["next_cursor"] if pages else None
        called = await call(stage, "list_telegram_groups", cursor=cursor)
        pages.append(called.data)
        assert called.data["left"] == left
        more = f"{left} more: call again with cursor {called.data.get('next_cursor')}."
        assert (more in called.text) is bool(left)
    seen = [(row["group_id"], row["topic_id"]) for page in pages for row in page["groups"]]
    assert seen == [(row["group_id"], row["topic_id"]) for row in rows]
