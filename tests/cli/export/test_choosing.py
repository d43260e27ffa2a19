"""Which sessions are exported."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.export.conftest import Harmonica


@pytest.mark.parametrize(
    "name",
    ["{id}", " {id} ", "https://app.harmonica.chat/chat?s={id}", "Spring Repair", "repair day"],
)
def test_sessions_by_id_link_or_topic(harmonica: Harmonica, name: str) -> None:
    """A session is named as people name it, and exported once however often it is named."""
    harmonica.good(name.format(id=harmonica.done.id), harmonica.done.id)
    assert list(harmonica.manifest["sessions"]) == [harmonica.done.id]


def test_ids_of_unknown_forms_are_tried(harmonica: Harmonica) -> None:
    """A text that fits no topic but could be an id is taken for one."""
    told = harmonica.export("no-such-session")
    assert told.exit_code == 1
    assert "no-such-session: There is no such thing here" in told.stderr


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Fennmill", "Fennmill: Several sessions fit: "),
        ("no topic, no id", "no topic, no id: No session fits: give its id, its link or"),
        (" ", "A session's name is empty"),
    ],
)
def test_names_that_fit_none_or_several_hold_up_no_other(
    harmonica: Harmonica, name: str, why: str
) -> None:
    """Each name that is not clear is told with what to do, and the other sessions are exported."""
    harmonica.session("tool library").topic = "A tool library for Fennmill"
    told = harmonica.export(name, harmonica.done.id)
    assert told.exit_code == 1
    assert why in told.stderr
    assert told.stdout.endswith("2 files written, 0 unchanged, 1 failed\n")


def test_many_that_fit_are_not_all_listed(harmonica: Harmonica) -> None:
    """Where very many sessions fit, some are shown."""
    for number in range(6):
        copy = f"hst_copy{number}"
        harmonica.tenant.sessions[copy] = type(harmonica.done)(
            copy, f"Copy {number}", "Goal", datetime.now(UTC), datetime.now(UTC)
        )
    told = harmonica.export("Copy")
    assert " and more. Give one id." in told.stderr


def test_all_sessions_of_a_project(harmonica: Harmonica) -> None:
    """`--project` exports the sessions of a project."""
    project = next(each for each in harmonica.tenant.projects.values() if each.session_ids)
    harmonica.good("--project", project.id)
    assert list(harmonica.manifest["sessions"]) == project.session_ids


def test_a_project_that_cannot_be_read_is_told(harmonica: Harmonica) -> None:
    """Without its list of sessions a project is one failure."""
    told = harmonica.export("--project", "nowhere", harmonica.done.id)
    assert told.exit_code == 1
    assert "harmonica-mcp: project nowhere: " in told.stderr
    assert harmonica.file("summary.md").exists()


def test_everything_over_any_number_of_pages(harmonica: Harmonica) -> None:
    """`--all` exports every session of the key, over all pages of the list."""
    now = datetime.now(UTC)
    for number in range(120):
        identity = f"hst_{number}"
        harmonica.tenant.sessions[identity] = type(harmonica.done)(
            identity, f"Copy {number}", "Goal", now, now, summary="Done."
        )
    harmonica.good("--all")
    assert harmonica.sent.count("GET /sessions") == 2
    assert len(harmonica.manifest["sessions"]) == 124


def test_a_list_that_cannot_be_read_is_told(harmonica: Harmonica) -> None:
    """When Harmonica does not list the sessions, that is a failure and not an empty export."""
    harmonica.sandbox.faults.add("GET /sessions", status=401)
    told = harmonica.export("--all")
    assert told.exit_code == 1
    assert "the list of sessions: Harmonica did not accept the key just now" in told.stderr


def test_only_sessions_since(harmonica: Harmonica) -> None:
    """`--since` leaves out what was neither created nor updated since, listed or named."""
    told = harmonica.good("--since", "7d")
    assert sorted(harmonica.manifest["sessions"]) == sorted(
        each.id for each in harmonica.tenant.sessions.values() if each is not harmonica.done
    )
    assert harmonica.sent.count("GET /sessions/{id}") == 3
    told = harmonica.good(harmonica.done.id, "--since", "2w")
    assert told.stdout.endswith("0 unchanged, 1 left out as older\n")
    since = f"{harmonica.done.updated_at - timedelta(hours=1):%Y-%m-%dT%H:%M:%S}"
    harmonica.good(harmonica.done.id, "--since", since)
    assert harmonica.done.id in harmonica.manifest["sessions"]


@pytest.mark.parametrize("when", ["yesterday", "7", "0001-01-01T00:00:00+14:00", "7m"])
def test_times_that_are_none_are_refused(harmonica: Harmonica, when: str) -> None:
    """`--since` takes a time or so many hours, days or weeks."""
    told = harmonica.export("--since", when)
    assert told.exit_code == 2
    assert "--since must be a time like" in told.stderr
    assert not harmonica.sent


def test_times_may_have_a_zone(harmonica: Harmonica) -> None:
    """A time with a zone is that moment."""
    harmonica.good("--since", "2020-01-01T00:00:00+02:00")
    assert len(harmonica.manifest["sessions"]) == 4


def test_nothing_chosen_is_refused(harmonica: Harmonica) -> None:
    """Nobody exports everything by leaving something out."""
    told = harmonica.export()
    assert told.exit_code == 2
    assert "--all" in told.stderr
    assert not harmonica.folder.exists()
