"""logs: one stream of all of them, through rotation; and only the lines of one request."""

import json
import os
import subprocess
import threading
import time

import pytest

from deploy.settings import Settings
from deploy.site import answers, follow, logs, traffic
from deploy.site.release import Release, Root, Target

from .conftest import PROJECT


@pytest.fixture
def root(tmp_path):
    found = Root(tmp_path)
    (found.logs / "application").mkdir(parents=True)
    (found.logs / "access.log").write_text("".join(f"line {number}\n" for number in range(30000)))
    (found.logs / "application" / "requests.log").write_text("one\ntwo\nnot whole")
    return found


def test_the_last_lines_of_each_log_headed_by_its_name(root):
    assert list(follow.follow(root, [], 2, "", once=True)) == [
        "access               | line 29998",
        "access               | line 29999",
        "application/requests | one",
        "application/requests | two",
    ]
    assert list(follow.follow(root, [], 0, "", once=True)) == []
    assert len(list(follow.follow(root, [], 40000, "", once=True))) == 30002


def test_a_log_tells_the_terminal_nothing(root):
    """Whoever gets a line logged could write the operator's clipboard, or what the terminal is to answer."""
    (root.logs / "access.log").write_text("\x1b[31mred\x1b[0m\ta\x1b]52;c;b3duZWQ=\x07 b\x9b6n\n")
    first = next(follow.follow(root, [], 1, "", once=True))
    assert first.endswith("| \x1b[31mred\x1b[0m\ta\\x1b]52;c;b3duZWQ=\\x07 b\\x9b6n")


def test_a_line_without_an_end_waits_for_it(tmp_path):
    path = tmp_path / "young.log"
    for long in ("", "x" * 200_000):  # in one block, and in several
        path.write_text(f"{long}half a")
        log = follow.LogFile(path, tmp_path)
        assert (log.last(9, ""), log.new()) == ([], [])
        with open(path, "a") as file:
            file.write(" line\nanother\n")
        assert log.new() == [f"{long}half a line", "another"]
        log.close()
        log = follow.LogFile(path, tmp_path)
        assert log.last(9, "") == [f"{long}half a line", "another"]
        log.close()


HARMS = {
    "link": lambda path, other: path.symlink_to(other),
    "link-to-a-folder": lambda path, other: path.symlink_to(other.parent),
    "link-to-nothing": lambda path, other: path.symlink_to("absent"),
    "device": lambda path, other: path.symlink_to("/dev/zero"),
    "pipe": lambda path, other: os.mkfifo(path),
    "folder": lambda path, other: path.mkdir(),
}


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
def test_what_somebody_puts_in_the_place_of_a_log_is_not_read(root, tmp_path_factory, harm):
    """A pipe would keep whoever reads it waiting, a link shows what he may not read."""
    other = tmp_path_factory.mktemp("other") / "file"
    other.write_text(json.dumps({"status": 500}) + "\n")
    root.requests.unlink()
    harm(root.requests, other)
    assert not [line for line in follow.follow(root, [], 9, "", once=True) if not line.startswith("access ")]
    log = follow.LogFile(root.requests, root.logs)  # it was a file when it was looked for
    assert (log.last(9, ""), log.new()) == ([], [])
    assert (answers.logged(root), answers.errors(release(root), 0)) == (0, "")
    assert traffic.last_minute(release(root), time.time()) is None
    assert logs.strange(root) == [root.requests]
    root.requests.rename(root.requests.with_name("kept"))
    root.requests.parent.rename(root.logs / "elsewhere")
    (root.logs / "application").symlink_to(root.logs / "elsewhere")
    assert log.new() == []


def release(root):
    none = Target("gunicorn", "none", "http")
    return Release("20260101-000000-000000", root, "production", Settings(), none, root.venvs / "x", "", "")


def test_lines_of_one_request_are_found_far_back(root):
    found = list(follow.follow(root, [], 50, "line 777", once=True))
    assert (found[0], len(found)) == ("access               | line 777", 11)


def test_what_appears_is_renamed_or_emptied_is_followed(root):
    seen, ended = [], threading.Event()

    def read():
        for line in follow.follow(root, [], 1, "", once=False):
            if line.endswith("| the end"):
                break
            seen.append(line)
        ended.set()

    def wait(*lines):
        deadline = time.monotonic() + 30
        while [line.split("| ")[1] for line in seen] != list(lines):
            assert time.monotonic() < deadline, seen
            time.sleep(0.02)

    threading.Thread(target=read, daemon=True).start()
    access = root.logs / "access.log"
    wait("line 29999", "two")
    with open(root.logs / "application" / "requests.log", "a") as file:
        file.write(" yet\n")
    wait("line 29999", "two", "not whole yet")
    with open(access, "a") as file:
        os.rename(access, root.logs / "access.log.1")
        file.write("to the old name\n")
    access.write_text("to the new name\n")
    wait("line 29999", "two", "not whole yet", "to the old name", "to the new name")
    access.write_text("")
    time.sleep(2 * follow.PAUSE)
    access.write_text("emptied\n")
    wait("line 29999", "two", "not whole yet", "to the old name", "to the new name", "emptied")
    (root.logs / "new.log").write_text("appeared\nthe end\n")
    assert ended.wait(30)
    assert seen[-1] == "new                  | appeared"


def test_a_request_is_found_in_the_logs_of_all_who_saw_it(operated):
    operated.get("/nowhere")
    line = (operated.root / "shared/logs/application/requests.log").read_text().splitlines()[-1]
    name = line.partition('"request_id": "')[2].partition('"')[0]
    assert name
    deadline = time.monotonic() + 30
    while len(shown := operated.run("logs", "--once", f"REQUEST={name}").stdout.splitlines()) < 2:
        assert time.monotonic() < deadline
    assert [each.split(" | ")[0].strip() for each in shown] == ["access", "application/requests"]
    assert all(name in each for each in shown)
    done = operated.run("logs", "--once", "LINES=-1")
    assert (done.returncode, done.stderr) == (2, "deploy: LINES is -1: it may be 0 or more\n")


@pytest.mark.parametrize("command", ["status", "logs"])
def test_what_only_looks_needs_no_new_environment(command):
    """make does not make .venv anew for these when the requirements have changed."""
    words = ["make", "-n", command, "JSON=1" if command == "status" else "ONCE=1"]
    newer = ["-W", "requirements/development.txt"]
    done = subprocess.run([*words, *newer], cwd=PROJECT, text=True, capture_output=True, check=True)
    assert "pip" not in done.stdout
    shown = subprocess.run(["make", "-n", "schema", *newer], cwd=PROJECT, text=True, capture_output=True, check=True)
    assert "pip" in shown.stdout
