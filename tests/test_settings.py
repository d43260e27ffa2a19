"""Settings: where each comes from, what counts as unset, and how a bad one is told."""

import logging
import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from harmonica_mcp.settings import Settings, SettingsError, load_settings

KEY = "hm_live_" + "a" * 32
OTHER_KEY = "hm_live_" + "b" * 32


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start without any setting of the machine that runs the tests."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"HARMONICA_{name.upper()}", raising=False)
    monkeypatch.delenv("HARMONICA_OPENAPI", raising=False)


def test_without_anything_the_defaults_hold() -> None:
    """No key, the public address, a hundred requests a minute."""
    settings = load_settings()
    assert settings.api_key is None
    assert settings.api_url == "https://app.harmonica.chat"
    assert settings.requests_per_minute == 100


def test_the_environment_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each field is a variable of its name."""
    monkeypatch.setenv("HARMONICA_API_KEY", f" {KEY}\n")
    monkeypatch.setenv("HARMONICA_API_URL", " http://127.0.0.1:3000/api/v1 ")
    monkeypatch.setenv("HARMONICA_REQUESTS_PER_MINUTE", "30")
    settings = load_settings()
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == KEY
    assert settings.api_url == "http://127.0.0.1:3000/api/v1"
    assert settings.requests_per_minute == 30


def test_a_variable_is_found_whatever_its_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where all are the same."""
    monkeypatch.setenv("harmonica_Requests_Per_Minute", "30")
    assert load_settings().requests_per_minute == 30


def test_a_flag_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was typed counts more than what was exported; a flag not given counts nothing."""
    monkeypatch.setenv("HARMONICA_API_KEY", KEY)
    monkeypatch.setenv("HARMONICA_REQUESTS_PER_MINUTE", "30")
    settings = load_settings(api_key=OTHER_KEY, requests_per_minute=None)
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == OTHER_KEY
    assert settings.requests_per_minute == 30


@pytest.mark.parametrize("unset", ["", "  ", "${user_config.api_key}", " ${user_config.x} "])
def test_empty_values_and_placeholders_count_as_unset(
    unset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an installer passes on for a field left empty is no value, for any setting."""
    for name in ("API_KEY", "API_URL", "REQUESTS_PER_MINUTE"):
        monkeypatch.setenv(f"HARMONICA_{name}", unset)
    assert load_settings() == Settings()


@pytest.mark.parametrize("unset", ["", "${user_config.api_key}"])
def test_an_empty_flag_does_not_hide_the_environment(
    unset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flag that was given nothing leaves the variable its say."""
    monkeypatch.setenv("HARMONICA_API_KEY", KEY)
    settings = load_settings(api_key=unset)
    assert settings.api_key is not None


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("API_KEY", "sk_live_forbidden", "keys begin with hm_live_"),
        ("API_URL", "http://forbidden.example", "must be https"),
        ("API_URL", "forbidden", "must look like https://app.harmonica.chat"),
        ("REQUESTS_PER_MINUTE", "forbidden", "give a whole number"),
        ("REQUESTS_PER_MINUTE", "-77", "give 1 or more"),
        ("REQUESTS_PER_MINUTE", "7777777", "give 1000000 or less"),
        ("MAX_CALL_SECONDS", "forbidden", "give a number"),
        ("MAX_CALL_SECONDS", "-77", "give 1 or more"),
        ("READ_ONLY", "forbidden", "give 1 or 0"),
        ("SNAPSHOT", "forbidden", "give 'on' or 'off'"),
    ],
)
def test_a_bad_value_is_named_and_not_shown(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error tells which variable is wrong and why, never what it held."""
    monkeypatch.setenv(f"HARMONICA_{name}", value)
    with pytest.raises(SettingsError, match=f"HARMONICA_{name}: .*{says}") as caught:
        load_settings()
    assert value not in str(caught.value)
    assert caught.value.__suppress_context__


def test_all_bad_values_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to start the server once per mistake."""
    monkeypatch.setenv("HARMONICA_API_KEY", "secret")
    monkeypatch.setenv("HARMONICA_REQUESTS_PER_MINUTE", "0")
    with pytest.raises(SettingsError, match=r"HARMONICA_API_KEY: .*; HARMONICA_REQUESTS_PER_"):
        load_settings()


def test_an_unusual_key_is_tried_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A key of another form may be right, so it is a warning, and the key is not in it."""
    monkeypatch.setenv("HARMONICA_API_KEY", "hm_live_short")
    assert load_settings().api_key is not None
    assert "HARMONICA_API_KEY: Harmonica keys usually end in 32 lowercase" in caplog.text
    assert "hm_live_short" not in caplog.text


def test_a_usual_key_gives_no_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is said about what is as it should be."""
    monkeypatch.setenv("HARMONICA_API_KEY", KEY)
    load_settings()
    assert caplog.records == []


def test_a_misspelt_variable_is_told_with_its_nearest_name(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A variable that is no setting is named, with the one that was probably meant."""
    monkeypatch.setenv("HARMONICA_API_KEI", KEY)
    monkeypatch.setenv("HARMONICA_ZZZ", "1")
    monkeypatch.setenv("OTHER_API_KEY", "1")
    load_settings()
    told = [record.getMessage() for record in caplog.records]
    ignored = "is no setting of harmonica-mcp and is ignored"
    assert told == [
        f"HARMONICA_API_KEI {ignored}; did you mean HARMONICA_API_KEY?",
        f"HARMONICA_ZZZ {ignored}",
    ]
    assert all(record.levelno == logging.WARNING for record in caplog.records)


def test_settings_show_no_key_and_cannot_be_changed() -> None:
    """Settings can be logged as they are, and nobody changes them on the way."""
    settings = load_settings(api_key=KEY)
    assert (
        KEY not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    )
    with pytest.raises(ValidationError):
        settings.api_url = "https://elsewhere.example"


def test_an_unknown_flag_is_an_error() -> None:
    """A program that passes on a setting that does not exist learns it."""
    with pytest.raises(SettingsError, match="HARMONICA_COLOUR"):
        load_settings(colour="green")


def test_names_come_as_often_as_one_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commas and repeated flags mean the same; a flag not given leaves the variable its say."""
    monkeypatch.setenv("HARMONICA_TOOLSETS", " account, sessions,,")
    assert load_settings().toolsets == ("account", "sessions")
    assert load_settings(toolsets=()).toolsets == ("account", "sessions")
    assert load_settings(toolsets=("results,account", "helpers")).toolsets == (
        "results",
        "account",
        "helpers",
    )


@pytest.mark.parametrize("name", ["TOOLSETS", "TOOLS", "EXCLUDE_TOOLS"])
def test_an_unknown_name_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool or toolset that does not exist is an error of the variable that names it."""
    monkeypatch.setenv(f"HARMONICA_{name}", "telepathy")
    with pytest.raises(SettingsError, match=f"HARMONICA_{name}"):
        load_settings()


def test_what_is_served_follows_from_the_settings() -> None:
    """The options carry every choice on."""
    options = load_settings(
        toolsets="account,sessions", exclude_tools="list_sessions", read_only=True
    ).options
    assert options.toolsets == ("account", "sessions")
    assert options.read_only
    assert "list_sessions" not in options.names()
    assert "get_current_user" in options.names()


def test_lockdown_leaves_no_tool_that_shows_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lockdown wins over every choice of tools; where nothing is left it is named."""
    monkeypatch.setenv("HARMONICA_LOCKDOWN", "1")
    options = load_settings(toolsets="results", tools="send_chat_message").options
    assert options.lockdown
    assert options.names() == ["get_summary", "generate_summary"]
    with pytest.raises(SettingsError, match="HARMONICA_LOCKDOWN leaves no tool: leave it out"):
        _ = load_settings(tools="get_responses").options


def test_privacy_by_variable_and_by_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    """Privacy is off by itself; a value that is none is refused, and never counts as off."""
    assert load_settings().options.privacy == "off"
    assert load_settings(privacy="strict").options.privacy == "strict"
    monkeypatch.setenv("HARMONICA_PRIVACY", "names")
    assert load_settings().options.privacy == "names"
    with pytest.raises(SettingsError, match="HARMONICA_PRIVACY: give 'off', 'names'"):
        load_settings(privacy="on")


def test_dry_run_by_variable_and_by_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dry run is asked for by either; it is off by itself."""
    assert not load_settings().options.dry_run
    assert load_settings(dry_run=True).options.dry_run
    monkeypatch.setenv("HARMONICA_DRY_RUN", "1")
    assert load_settings().options.dry_run


def test_leaving_out_every_tool_is_an_error() -> None:
    """A server without a tool is a mistake, told at the start."""
    settings = load_settings(tools="get_current_user", exclude_tools="get_current_user")
    with pytest.raises(SettingsError, match="leaves no tool"):
        _ = settings.options


def test_directories_must_exist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Directories are separated as in `PATH`, `~` is the home, a missing one is an error."""
    (tmp_path / "files").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HARMONICA_FILES_DIR", f"~/files{os.pathsep}{tmp_path}")
    assert load_settings().files_dir == (tmp_path / "files", tmp_path)
    assert load_settings(files_dir=(tmp_path,)).files_dir == (tmp_path,)


@pytest.mark.parametrize("named", ["none", "~nobody_of_that_name/files", "too-long" * 100])
def test_a_directory_that_cannot_be_one(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is missing, is in nobody's home or cannot be looked for is an error in words."""
    monkeypatch.setenv("HARMONICA_FILES_DIR", named)
    with pytest.raises(SettingsError, match="HARMONICA_FILES_DIR: there is no such directory"):
        load_settings()


def test_redis_is_named_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address may hold a password: no repr and no error tells it; it needs the secret."""
    monkeypatch.setenv("HARMONICA_REDIS_URL", "rediss://:hush@redis.example:6380/1")
    with pytest.raises(SettingsError, match="HARMONICA_REDIS_URL needs HARMONICA_SECRET"):
        load_settings().check()
    monkeypatch.setenv("HARMONICA_SECRET", "n" * 32)
    settings = load_settings(workers=4)
    settings.check()
    assert settings.redis_url
    assert settings.redis_url.get_secret_value() == "rediss://:hush@redis.example:6380/1"
    assert load_settings(redis_url=settings.redis_url).redis_url == settings.redis_url
    assert "hush" not in repr(settings)
    monkeypatch.setenv("HARMONICA_REDIS_URL", "http://:hush@redis.example")
    with pytest.raises(SettingsError, match="HARMONICA_REDIS_URL: an address begins") as refused:
        load_settings()
    assert "hush" not in str(refused.value)


def test_several_processes_need_redis() -> None:
    """Processes that do not know of each other would do things twice."""
    with pytest.raises(SettingsError, match="HARMONICA_WORKERS above 1 needs HARMONICA_REDIS_URL"):
        load_settings(workers=2).check()
    with pytest.raises(SettingsError, match="HARMONICA_WORKERS"):
        load_settings(workers=65)


def test_secrets_are_long_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several stand while one is replaced; neither a repr nor an error tells one."""
    monkeypatch.setenv("HARMONICA_SECRET", f"{'n' * 32}, {'o' * 40}")
    settings = load_settings()
    assert settings.options.secrets == (b"n" * 32, b"o" * 40)
    assert "nnn" not in repr(settings) + repr(settings.options)
    monkeypatch.setenv("HARMONICA_SECRET", f"{'n' * 32},short-secret")
    with pytest.raises(SettingsError, match="at least 32 characters") as refused:
        load_settings()
    assert "short-secret" not in str(refused.value)


@pytest.mark.parametrize("token", ["short", "é" * 40])
def test_a_token_for_metrics_is_long(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that can be guessed, or not be sent, is refused without being shown."""
    monkeypatch.setenv("HARMONICA_METRICS_TOKEN", token)
    with pytest.raises(SettingsError, match="HARMONICA_METRICS_TOKEN: a token has at least") as no:
        load_settings()
    assert token not in str(no.value)
    monkeypatch.setenv("HARMONICA_METRICS_TOKEN", "t" * 32)
    settings = load_settings()
    assert settings.wants_metrics
    assert "ttt" not in repr(settings)


def test_metrics_are_served_when_asked_for() -> None:
    """Without a port or a token there are no metrics; port 0 is a port, too."""
    assert not load_settings().wants_metrics
    assert load_settings(metrics_port=0).wants_metrics
