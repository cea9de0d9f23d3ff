"""The dashboard of the real service, looked at with a real browser."""

import contextlib
import json
import re
import sqlite3
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from browser import addresses_loaded_by, browse
from serving_tools import Running, as_columns, draw_events, put_release, serving, toy_files

from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.monitoring.power import UNDISTURBED
from showerforge.monitoring.residuals import HILLAS_RESIDUALS
from showerforge.serving.manifest import MANIFEST, POWER
from showerforge.serving.observation import Observation
from showerforge.serving.page_contents import (
    tabulate_power,
)
from showerforge.serving.page_plots import plot_latency
from showerforge.serving.pages import PAGES, REFRESH_SECONDS, read_static_files
from showerforge.serving.releases import CHALLENGER, OUTPUT

N_UNDISTURBED, N_DIM, N_BROKEN, N_BEYOND = 2000, 3000, 12, 5
# events of the longest window of the toy release
N_SHOWN = 1000
LENGTH, WIDTH, SIZE, ALPHA = map(HILLAS_PARAMETERS.index, ("fLength", "fWidth", "fSize", "fAlpha"))
WATCHED = [*HILLAS_PARAMETERS, *(residual.name for residual in HILLAS_RESIDUALS), OUTPUT]
SHARE_OF_LIGHT = 0.8
# bytes, without and with plotly.js
LARGEST_PAGE, LARGEST_WITH_FILES = 200_000, 2_000_000
HOSTILE = "<img src=x onerror=alert(1)>\"'</script><script>alert(2)</script>"


@dataclass
class Sent:
    """What a service was sent, and what it answered.

    Attributes
    ----------
    service : that runs.
    particles : of each event.
    sizes : fSize of each scored event, log10(photons).
    """

    service: Running
    particles: list[str | None]
    sizes: np.ndarray


def open_in_browser(address: str, folder: Path) -> tuple[str, list[str]]:
    """Open an address in a real browser that finds no other machine.

    Returns
    -------
    page : what the browser made of it.
    complaints : what it wrote to the console.
    """
    page, said = browse(address, folder, "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    return page, [line for line in said.splitlines() if "CONSOLE" in line]


class _Reader(HTMLParser):
    """Gathers the text of a page, or of the element with an id."""

    def __init__(self, element: str | None):
        super().__init__()
        self.text = ""
        self._element = element
        self._open: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "link"):
            self._open.append((tag, dict(attributes).get("id")))
        self._part(tag)

    def handle_endtag(self, tag):
        while self._open.pop()[0] != tag:
            pass
        self._part(tag)

    def _part(self, tag):
        if tag not in ("a", "b", "code", "span", "strong"):
            self.text += " "

    def handle_data(self, data):
        tags = [tag for tag, _ in self._open]
        is_wanted = self._element is None or self._element in [name for _, name in self._open]
        if is_wanted and not {"script", "style", "svg"} & set(tags):
            self.text += data


def text_of(page: str, element: str | None = None) -> str:
    """Text that a reader sees, of a page or of the element with an id, blanks joined."""
    reader = _Reader(element)
    reader.feed(page)
    return " ".join(reader.text.split())


def data_of_plots(page: str) -> list[dict]:
    scripts = re.findall(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    return [json.loads(script) for script in scripts]


def count_plots(page: str) -> int:
    """Count plots that were drawn, with a title at the axis and something in it."""
    plots = page.split('<figure class="plot"')[1:]
    return sum('class="xtitle"' in plot and 'class="trace ' in plot for plot in plots)


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """Start a service, send it events, and tell what was sent."""
    folder = tmp_path_factory.mktemp("service")
    put_release(folder / "releases")
    # scores alike
    put_release(folder / "releases", CHALLENGER, model="another stack")
    events = draw_events(3600, 2400, 7)[: N_UNDISTURBED + N_DIM]
    events[N_UNDISTURBED:, SIZE] += np.log10(SHARE_OF_LIGHT)
    broken, beyond = events[:N_BROKEN].copy(), events[:N_BEYOND].copy()
    broken[:, WIDTH] = broken[:, LENGTH] + 1.0
    beyond[:, ALPHA] = 100.0
    particles = []
    with serving(folder) as service:
        for part in (events[:N_UNDISTURBED], events[N_UNDISTURBED:], broken, beyond):
            answer = service.classify(as_columns(part)).raise_for_status()
            particles += answer.json()["columns"]["particle"]
        for condition in (HOSTILE, "rain"):
            assert service.classify(as_columns(beyond), condition=condition).status_code == 422
        lost = service.client.get(f"/{HOSTILE}", headers={"x-request-id": HOSTILE})
        assert lost.status_code == 404
        yield Sent(service, particles, events[:, SIZE])


def open_all(service: Running, folder: Path) -> dict[str, tuple[str, list[str]]]:
    """Open all pages: what the browser made of each, and its complaints."""
    return {
        name: open_in_browser(service.url + path, folder / f"browser-{name}")
        for path, (name, _) in PAGES.items()
    }


@pytest.fixture(scope="module")
def opened(sent, tmp_path_factory):
    return open_all(sent.service, tmp_path_factory.mktemp("browser"))


@pytest.mark.parametrize("name", ["overview", "drift", "model"])
def test_a_page_is_all_ours_and_the_browser_has_nothing_to_complain_of(opened, name):
    page, complaints = opened[name]
    assert complaints == []
    loaded = addresses_loaded_by(page)
    assert loaded
    assert all(address.startswith("/static/") for address in loaded)
    assert "TOY EVENTS" in text_of(page)


def test_the_overview_shows_what_was_sent(opened, sent):
    page, _ = opened["overview"]
    n_scored = N_UNDISTURBED + N_DIM
    assert text_of(page, "n-events") == f"{n_scored + N_BROKEN + N_BEYOND:,}"
    assert text_of(page, "n-gamma") == f"{sent.particles.count('gamma'):,}"
    assert text_of(page, "n-hadron") == f"{sent.particles.count('hadron'):,}"
    assert text_of(page, "n-refused") == f"{N_BROKEN + N_BEYOND}"
    text = text_of(page)
    assert f"width not above length {N_BROKEN} 0.239 %" in text
    assert f"fAlpha {N_BEYOND} 0.0997 %" in text
    assert "/v1/classify 200 4" in text
    assert "/v1/classify 422 2" in text
    assert "Of 6 answers of /v1/classify" in text
    assert text_of(page, "agreement") == f"100 % of {n_scored:,} events"
    assert text_of(page, "log") == "log.sqlite: written; 0 events lost to it."
    assert count_plots(page) == 2


def test_plots_are_drawn_for_each_column_of_what_was_served(opened, sent):
    page, _ = opened["drift"]
    plots = data_of_plots(page)
    assert count_plots(page) == len(plots)
    assert [plot["x_label"].partition(" [")[0] for plot in plots] == WATCHED
    for plot in plots:
        assert sum(plot["expected"]) == pytest.approx(100, abs=0.01)
        assert sum(plot["served"]) == pytest.approx(100, abs=0.01)
    size = next(plot for plot in plots if plot["x_label"] == "fSize [log10(photons)]")
    edges = np.array([-np.inf, *size["edges"][1:-1], np.inf])
    counted = 100 * np.histogram(sent.sizes[-N_SHOWN:], edges)[0] / N_SHOWN
    # quantiles of the reference are not the edges of the plot
    np.testing.assert_allclose(size["served"], counted, atol=1.0)
    for title in (size["x_label"], size["y_label"]):
        assert f">{title}</text>" in page


def test_drift_tells_the_fault_and_when(opened, sent):
    page, _ = opened["drift"]
    alarms = text_of(page, "alarms")
    told = re.search(
        r"fSize: median ([\d.]+) instead of ([\d.]+) log10\(photons\), D = 0\.\d+, "
        r"p = \de-\d+ in 1,000 events",
        alarms,
    )
    assert told is not None
    assert float(told[1]) - float(told[2]) == pytest.approx(np.log10(SHARE_OF_LIGHT), abs=0.05)
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, 1,000 events", alarms)
    row = re.search(r"fSize ([\d.]+) ([\d.]+) log10\(photons\) ", text_of(page))
    assert float(row[1]) == pytest.approx(np.median(sent.sizes[-N_SHOWN:]), abs=0.02)
    assert "Drift in the last 1,000 events judged" in text_of(page)
    assert "drift alarm" in text_of(opened["overview"][0])


def test_no_more_than_the_light_is_accused(opened):
    accused = set(re.findall(r"<li>([\w ]+): median", opened["drift"][0]))
    assert accused == {"fSize", "light for the shape"}


def test_the_power_table_has_the_undisturbed_streams_beside_the_faults(opened):
    text = text_of(opened["drift"][0])
    power = json.loads(toy_files()[POWER])
    assert UNDISTURBED in {row["fault"] for row in power}
    for row in power:
        name = "undisturbed: false alarms" if row["fault"] == UNDISTURBED else row["fault"]
        share = f"{100 * row['n_alarms'] / row['n_streams']:g} %"
        cell = f"{share} {row['n_alarms']} of {row['n_streams']}"
        assert f"{name} {row['because']} {cell}" in text


def test_a_fault_is_seen_from_where_nearly_all_streams_raise_an_alarm():
    found = {"none": (0, 1, 0), "dust": (95, 94, 96), "frost": (90, 95, 100), "dew": (0, 1, 94)}
    rows = [
        {
            "fault": fault,
            "because": "weather",
            "mixture": "sky",
            "gamma_share": 0.001,
            "n_events": n_events,
            "n_streams": 100,
            "n_alarms": n_alarms,
        }
        for fault, numbers in found.items()
        for n_events, n_alarms in zip((200, 500, 1000), numbers, strict=True)
    ]
    (table,) = tabulate_power(rows)
    assert table["lengths"] == [200, 500, 1000]
    seen_within = {row["fault"]: row["seen_within"] for row in table["rows"]}
    assert seen_within == {"none": None, "dust": 1000, "frost": 500, "dew": None}


def test_quantiles_of_the_latency_lie_in_their_bins():
    observation = Observation()
    assert plot_latency(observation) is None
    for seconds in [0.0007] * 90 + [0.0015] * 9 + [60.0]:
        observation.seconds.labels("/v1/classify").observe(seconds)
    observation.seconds.labels("/livez").observe(0.2)
    latency = plot_latency(observation)
    assert latency["n"] == 100
    # 90 in the bin from 0.5 to 1 ms: the 50th is 50 / 90 of the way, the 95th 5 / 9 of the next
    assert latency["quantiles"] == {"50 %": "0.778 ms", "95 %": "1.56 ms", "99 %": "2 ms"}
    assert dict(zip(latency["plot"]["labels"], latency["plot"]["values"], strict=True)) == {
        **dict.fromkeys(latency["plot"]["labels"], 0.0),
        "0.5–1": 90.0,
        "1–2": 9.0,
        "over 30000": 1.0,
    }
    for _ in range(10):
        observation.seconds.labels("/v1/classify").observe(60.0)
    assert plot_latency(observation)["quantiles"]["95 %"] == "more than 30,000 ms"


def test_a_log_that_cannot_be_written_is_told(tmp_path):
    put_release(tmp_path / "releases")
    with serving(tmp_path) as service, contextlib.closing(sqlite3.connect(service.log)) as other:
        other.execute("BEGIN EXCLUSIVE")
        answer = service.classify(as_columns(draw_events(2, 1, 0))).raise_for_status()
        assert answer.json()["logged"] is False
        page = service.client.get("/").text
    assert "Degraded: the prediction log cannot be written; 3 events are lost to it" in text_of(
        page
    )
    assert text_of(page, "log") == "log.sqlite: cannot be written; 3 events lost to it."


def test_the_model_card_says_what_the_release_says(opened):
    page, _ = opened["model"]
    text = text_of(page)
    manifest = json.loads(toy_files()[MANIFEST])
    assert manifest["training_data"] in text
    assert "roc auc 0.9000 0.8800 to 0.9200" in text
    assert "best Q (default) a toy 0.6000 70 % 5 %" in text
    for parameter in manifest["parameters"]:
        assert parameter["description"] in text
    assert "fWidth <= fLength" in text
    assert manifest["code"]["git_commit"] in text
    for file in manifest["files"].values():
        assert file["sha256"] in text
    assert "Golden events agree: 10 events, scored just now" in text_of(page, "golden")


def test_a_working_point_with_too_few_hadrons_says_so(tmp_path):
    points = json.loads(toy_files()[MANIFEST])["working_points"]
    points["loose"]["hadron_efficiency"] = None
    put_release(tmp_path / "releases", working_points=points)
    with serving(tmp_path) as service:
        page = service.client.get("/model")
    assert page.status_code == 200
    assert "too few to tell" in page.text


def test_before_any_event_pages_say_so(tmp_path):
    put_release(tmp_path / "releases")
    with serving(tmp_path) as service:
        pages = open_all(service, tmp_path)
    for page, complaints in pages.values():
        assert complaints == []
        assert count_plots(page) == 0
        assert "drift not judged yet" in text_of(page)
    assert "No event was served yet" in text_of(pages["overview"][0], "nothing-yet")
    assert "No event was served yet" in text_of(pages["drift"][0], "nothing-yet")


def test_hostile_text_stays_text(tmp_path):
    manifest = json.loads(toy_files()[MANIFEST])
    parameters, relations = manifest["parameters"], manifest["relations"]
    parameters[LENGTH] |= {"unit": HOSTILE, "description": HOSTILE}
    relations[0] |= {"name": HOSTILE, "because": HOSTILE}
    put_release(
        tmp_path / "releases",
        note=HOSTILE,
        model=HOSTILE,
        experiment=HOSTILE,
        parameters=parameters,
        relations=relations,
        packages={HOSTILE: HOSTILE},
    )
    events = draw_events(300, 200, 3)
    events[:3, WIDTH] = events[:3, LENGTH] + 1.0
    with serving(tmp_path) as service:
        service.classify(as_columns(events)).raise_for_status()
        pages = open_all(service, tmp_path)
    for page, complaints in pages.values():
        assert complaints == []
        assert "<img" not in page
        assert "<script>" not in page
        assert HOSTILE.upper() in text_of(page)
    assert f"{HOSTILE} 3 0.6 %" in text_of(pages["overview"][0])
    plots = data_of_plots(pages["drift"][0])
    assert plots[LENGTH]["x_label"] == f"fLength [{HOSTILE}]"


def test_pages_are_small_and_always_new_and_their_files_are_kept(sent):
    client = sent.service.client
    for path in PAGES:
        page = client.get(path).raise_for_status()
        assert page.headers["cache-control"] == "no-store"
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert len(page.content) < LARGEST_PAGE
        files = [client.get(a).raise_for_status() for a in addresses_loaded_by(page.text)]
        assert sum(len(answer.content) for answer in (page, *files)) < LARGEST_WITH_FILES
        for file in files:
            assert "immutable" in file.headers["cache-control"]


def test_a_page_is_loaded_anew_until_it_is_held(sent):
    client = sent.service.client
    refresh = f'<meta http-equiv="refresh" content="{REFRESH_SECONDS}">'
    for path in PAGES:
        assert refresh in client.get(path).text
        assert refresh not in client.get(path, params={"refresh": "off"}).text
        assert client.get(path, params={"refresh": HOSTILE}).status_code == 422


def test_a_static_file_has_the_address_of_its_content_only(sent):
    client = sent.service.client
    file = read_static_files()["plotly-basic.min.js"]
    plain = client.get(file.address, headers={"accept-encoding": "identity"})
    assert plain.content == file.content
    assert "content-encoding" not in plain.headers
    packed = client.get(file.address, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == file.content
    assert client.get(f"/static/{'0' * 16}/plotly-basic.min.js").status_code == 404
    assert client.get("/static/%2e%2e/pages.py").status_code == 404
