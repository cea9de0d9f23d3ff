import pytest

from showerforge.errors import InputError
from showerforge.serving.settings import KEYS, read_settings


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch):
    monkeypatch.delenv(KEYS, raising=False)


def write(folder, text):
    path = folder / "serving.toml"
    path.write_text(text)
    return path


def test_command_line_goes_before_the_file(tmp_path):
    path = write(tmp_path, 'port = 1234\nmost_events = 7\nhost = "::1"')
    settings = read_settings(path, port=4321, host=None)
    assert (settings.port, settings.most_events, settings.host) == (4321, 7, "::1")


def test_keys_come_from_the_environment(monkeypatch):
    monkeypatch.setenv(KEYS, " first, second,,")
    assert read_settings(None).api_keys == {"first", "second"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("port = 70000", "port"),
        ("most_event = 7", "most_event: there is no such"),
        ("requests_per_second = 0", "requests_per_second"),
        ("port = ", "cannot be read"),
    ],
)
def test_wrong_file_is_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_settings(write(tmp_path, text))


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_settings(tmp_path / "none.toml")


def test_nobody_is_let_in_from_elsewhere_without_a_key(monkeypatch):
    with pytest.raises(InputError, match=f"Set {KEYS}"):
        read_settings(None, host="0.0.0.0")
    monkeypatch.setenv(KEYS, "key")
    assert read_settings(None, host="0.0.0.0").host == "0.0.0.0"
