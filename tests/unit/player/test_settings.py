"""What the player takes from the environment, and what it refuses."""

from __future__ import annotations

import pytest

from services.player.settings import InvalidSetting, Settings, origin_of


def test_without_an_environment_the_defaults_hold() -> None:
    assert Settings.read({}) == Settings("http://127.0.0.1:8081", (), "127.0.0.1", 8080)


def test_every_setting_is_read() -> None:
    settings = Settings.read(
        {
            "CINELOOM_STREAMING_PUBLIC_URL": "https://films.test/streaming/",
            "CINELOOM_PLAYER_CONNECT_ORIGINS": "https://node-1.films.test/x, https://node-2.films.test:8443",
            "CINELOOM_PLAYER_HOST": "0.0.0.0",
            "CINELOOM_PLAYER_PORT": "9000",
        }
    )
    assert settings.streaming_url == "https://films.test/streaming"
    assert settings.connect_origins == ("https://node-1.films.test", "https://node-2.films.test:8443")
    assert (settings.host, settings.port) == ("0.0.0.0", 9000)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CINELOOM_STREAMING_PUBLIC_URL", "films.test"),
        ("CINELOOM_STREAMING_PUBLIC_URL", "javascript:alert(1)"),
        ("CINELOOM_STREAMING_PUBLIC_URL", "http://user:secret@films.test"),
        ("CINELOOM_STREAMING_PUBLIC_URL", "http://films.test; script-src *"),
        ("CINELOOM_PLAYER_CONNECT_ORIGINS", "https://good.test, *"),
        ("CINELOOM_PLAYER_PORT", "http"),
        ("CINELOOM_PLAYER_PORT", "65536"),
        ("CINELOOM_PLAYER_PORT", "-1"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(InvalidSetting, match=name) as refusal:
        Settings.read({name: value})
    assert refusal.value.name == name


def test_an_origin_has_no_path() -> None:
    assert origin_of("https://films.test:8443/streaming?x=1") == "https://films.test:8443"
