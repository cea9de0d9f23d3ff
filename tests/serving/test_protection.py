"""Keys and limits of a service that runs."""

import base64
import contextlib
import select
import socket

import pytest
from serving_tools import ADMIN, EVENT, PATIENCE, ask_all, put_release, serving

USER = {"X-API-Key": "of a user"}
BURST, MOST_AT_ONCE = 100, 8


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guarded")
    put_release(folder / "releases")
    admin = [ADMIN["X-API-Key"]]
    with serving(folder, keys="of a user, of another", admin_keys=admin) as running:
        yield running


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    folder = tmp_path_factory.mktemp("limited")
    put_release(folder / "releases")
    with serving(
        folder,
        keys=",".join(f"key {n}" for n in range(20)),
        requests_per_second=1.0,
        burst=BURST,
        most_at_once=MOST_AT_ONCE,
        body_seconds=PATIENCE,
        log=str(folder / "log.sqlite"),
    ) as running:
        yield running


def classify(service, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return service.client.post("/v1/classify", json={"event": EVENT}, headers=headers)


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


class TestKeys:
    @pytest.mark.parametrize(
        "headers",
        [
            USER,
            {"X-API-Key": "of another"},
            ADMIN,
            {"Authorization": "Bearer of a user"},
            {"Authorization": "bearer of a user"},
            {"Authorization": basic("anybody:of a user")},
        ],
    )
    def test_who_has_one_comes_in(self, guarded, headers):
        assert classify(guarded, **headers).status_code == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"X-API-Key": ""},
            {"X-API-Key": "of a use"},
            {"X-API-Key": "OF A USER"},
            {"X-API-Key": b"\xff\xfe"},
            {"Authorization": "Bearer"},
            {"Authorization": "Bearer wrong"},
            {"Authorization": "Basic"},
            {"Authorization": "Basic !!!"},
            {"Authorization": b"Basic \xe9\xe9"},
            {"Authorization": basic("of a user")},
            {"Authorization": basic("of a user:")},
            {"Authorization": "Digest of a user"},
        ],
    )
    def test_who_has_none_stays_outside(self, guarded, headers):
        answer = classify(guarded, **headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic")
        assert answer.json()["errors"][0]["message"].startswith("a key is needed")

    @pytest.mark.parametrize("path", ["/metrics", "/v1/models", "/openapi.json", "/nowhere"])
    def test_all_is_closed_but_the_probes(self, guarded, path):
        assert guarded.client.get(path).status_code == 401
        assert guarded.client.get(path, headers=USER).status_code in (200, 404)

    @pytest.mark.parametrize("path", ["/livez", "/readyz"])
    def test_probes_need_none(self, guarded, path):
        assert guarded.client.get(path).status_code == 200

    @pytest.mark.parametrize("path", ["reload", "promote?release=x"])
    def test_users_are_no_administrators(self, guarded, path):
        assert guarded.client.post(f"/v1/admin/{path}", headers=USER).status_code == 401
        assert guarded.client.post(f"/v1/admin/{path}", headers=ADMIN).status_code in (200, 409)

    def test_keys_are_not_in_the_log(self, guarded):
        classify(guarded, **USER)
        assert "of a user" not in guarded.said()


def test_rate_of_each_key(limited):
    """A thousand requests of five keys: each gets its burst, and what is refused is told when."""
    keys = [f"key {n % 5}" for n in range(1000)]
    answers = ask_all(limited, [{"x-api-key": key} for key in keys], at_once=MOST_AT_ONCE)
    assert {answer.status for answer in answers} == {200, 429}
    for key in set(keys):
        own = [a.status for a, of in zip(answers, keys, strict=True) if of == key]
        # with the tokens that came in while the answers were given
        assert BURST <= own.count(200) <= BURST + PATIENCE
    assert all(int(a.headers["retry-after"]) >= 1 for a in answers if a.status == 429)
    assert limited.client.get("/livez").status_code == 200
    assert classify(limited, x_api_key="key 9").status_code == 200


def test_requests_at_a_time(limited):
    """Slow clients take all places; whoever comes next is told, and probes are answered."""
    lines = (
        b"POST /v1/classify HTTP/1.1\r\nhost: x\r\nx-api-key: key 7\r\ncontent-length: 9\r\n\r\n"
    )
    with contextlib.ExitStack() as opened:
        slow = []
        for _ in range(MOST_AT_ONCE + 1):
            slow.append(opened.enter_context(socket.create_connection(limited.address, PATIENCE)))
            slow[-1].sendall(lines)
        # one of them finds no place, which tells that all are taken
        told, _, _ = select.select(slow, [], [], PATIENCE)
        assert len(told) == 1
        assert told[0].recv(100).startswith(b"HTTP/1.1 429 ")
        answer = classify(limited, x_api_key="key 8")
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        assert "at a time" in answer.json()["errors"][0]["message"]
        assert limited.client.get("/readyz").status_code == 200
    while (answer := classify(limited, x_api_key="key 8")).status_code == 429:
        pass
    assert answer.status_code == 200


def test_thousand_clients_at_once(guarded):
    answers = ask_all(guarded, [{"x-api-key": "of a user"}] * 1000, at_once=1000)
    assert {answer.status for answer in answers} == {200}
    assert len({answer.said["verdict"]["gammaness"] for answer in answers}) == 1
    assert all(answer.said["logged"] for answer in answers)
    assert len({answer.said["request_id"] for answer in answers}) == 1000
