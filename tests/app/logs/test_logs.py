"""One JSON line for each request and each error, whatever a client sends."""

from __future__ import annotations

import json
import re

import pytest

from yourapplication import errors
from yourapplication.data.database import db

from ..conftest import PASSWORD, sign_in

FIELDS = {"time", "level", "request_id", "method", "path", "client", "adapter", "release"}


@pytest.fixture
def lines(app, tmp_path, make, instance):
    """The lines that the application of the fixture `logged` has written so far."""
    path = tmp_path / "requests.log"
    instance(LOG_FILE=str(path), ADAPTER="tornado", RELEASE="20261121-1")

    def read():
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    return read


@pytest.fixture
def logged(lines, make):
    """The application with a log file."""
    app = make("testing")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app.test_client()


def get(client, path, **options):
    with client.get(path, buffered=True, **options) as response:
        return response


def test_each_request_is_a_line(logged, lines):
    response = get(
        logged, "/?q=pass-word", base_url="http://localhost/prefix", environ_base={"REMOTE_ADDR": "192.0.2.7"}
    )
    get(logged, "/n%C3%B6")
    first, second = lines()
    assert first.keys() - {"route"} == second.keys() == FIELDS | {"status", "duration"}
    assert first["route"] == "/"
    assert (first["method"], first["path"], first["status"]) == ("GET", "/prefix/", 200)
    assert (first["client"], first["adapter"], first["release"]) == ("192.0.2.7", "tornado", "20261121-1")
    assert first["request_id"] == response.headers["X-Request-ID"]
    assert 0 < first["duration"] < 60
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", first["time"])
    assert (second["path"], second["status"]) == ("/nö", 404)
    assert first["request_id"] != second["request_id"]


def test_an_error_is_a_line_with_the_request_that_it_belongs_to(logged, lines, sql):
    sql("ALTER TABLE entry RENAME TO thing")
    response = get(logged, "/")
    assert response.status_code == 500
    error, request = lines()
    assert error.keys() >= FIELDS
    assert error["level"] == "error"
    assert "Traceback" in error["traceback"]
    assert error["request_id"] == request["request_id"] == response.headers["X-Request-ID"]
    assert request["status"] == 500


def test_the_front_ends_name_for_a_request_is_kept(logged, lines):
    response = get(logged, "/healthz", headers={"X-Request-ID": "0123456789abcdef"})
    assert response.headers["X-Request-ID"] == lines()[0]["request_id"] == "0123456789abcdef"


@pytest.mark.parametrize("forged", ["short", "x" * 129, 'a"b,c{d}e f', "0123456789\u2028abcdef", "abcdefgh\\n12345678"])
def test_nobody_can_forge_a_line(logged, lines, forged):
    headers = {"X-Request-ID": forged.encode().decode("latin-1"), "User-Agent": '"}\u00e9{'}
    path = "/x%0A%7B%22status%22:200%7D%E2%80%A8y\u2029"
    get(logged, path, headers=headers, environ_base={"REMOTE_ADDR": 'x"\n{}'})
    (line,) = lines()
    assert line["path"] == '/x\n{"status":200}\u2028y\u2029'
    assert re.fullmatch("[0-9a-f]{32}", line["request_id"])


def test_no_secrets_in_logs(logged, lines, tmp_path, sql):
    sign_in(logged)
    sign_in(logged, password="a wrong secret")
    get(
        logged,
        "/?token=query-secret",
        headers={"Authorization": "Basic header-secret", "Cookie": "session=cookie-secret"},
    )
    sql("ALTER TABLE entry RENAME TO thing")
    logged.post("/api/entries", json={"title": "body-secret", "body": "body-secret"}, auth=("ada", PASSWORD))
    text = (tmp_path / "requests.log").read_text()
    assert "Traceback" in text
    for secret in (
        PASSWORD,
        "a wrong secret",
        "query-secret",
        "header-secret",
        "cookie-secret",
        "body-secret",
        "argon2id$",
    ):
        assert secret not in text
    assert lines()


def test_a_file_that_was_rotated_is_made_anew(logged, lines, tmp_path):
    get(logged, "/healthz")
    (tmp_path / "requests.log").rename(tmp_path / "requests.log.1")
    get(logged, "/readyz")
    assert [line["path"] for line in lines()] == ["/readyz"]


def test_without_a_file_it_is_standard_error(run, flask):
    result = run("-c", "from yourapplication import app; app.test_client().get('/healthz', buffered=True)")
    assert json.loads(result.stderr)["path"] == "/healthz"
    assert result.stdout == ""


def test_a_log_file_that_cannot_be_written_is_refused(make, instance, tmp_path):
    instance(LOG_FILE=f"{tmp_path}/no/such.log")
    with pytest.raises(errors.Refused, match=r"LOG_FILE is .*no/such\.log, which cannot be written: No such file"):
        make("testing")


def test_a_response_that_breaks_off_is_a_line_too(app, logged, lines):
    logged.application.add_url_rule("/stream", view_func=lambda: (str(1 // left) for left in (1, 0)))
    with pytest.raises(ZeroDivisionError):
        get(logged, "/stream")
    assert [line["path"] for line in lines()] == ["/stream"]
    assert db
