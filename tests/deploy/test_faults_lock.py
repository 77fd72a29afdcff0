"""The lock: never two at once, however its owners come, go and die."""

import json
import subprocess
import sys
import threading

import pytest

from deploy.errors import Locked
from deploy.site import lock
from deploy.site.release import Root

from .conftest import PROJECT

TAKE = """
import sys
from pathlib import Path
from deploy.errors import Locked
from deploy.site.release import Root
from deploy.site import lock
print("ready", flush=True)
sys.stdin.readline()
try:
    lock.take(Root(Path(sys.argv[1])))
    print("taken", flush=True)
except Locked as error:
    print(error, flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def root(tmp_path):
    return Root(tmp_path)


def left_by_somebody_dead(root):
    root.lock.mkdir()
    (root.lock / lock.OWNER).write_text(json.dumps({"pid": 1, "user": "ada", "since": "2026-01-01 00:00:00 UTC"}))


def test_what_a_dead_owner_left_is_taken_over_by_one_of_many(root):
    """Its process id is in use again, as after a reboot: that does not matter."""
    left_by_somebody_dead(root)
    assert lock.holder(root) == lock.Holder(1, "ada", "2026-01-01 00:00:00 UTC", alive=False)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    several = [subprocess.Popen([sys.executable, "-c", TAKE, str(root.path)], cwd=PROJECT, **pipes) for _ in range(6)]
    for each in several:
        assert each.stdout.readline() == "ready\n"
    for each in several:
        each.stdin.write("\n")
        each.stdin.flush()
    said = sorted(each.stdout.readline() for each in several)
    refused = f"{root.path} is being deployed by ada, process 1, since 2026-01-01 00:00:00 UTC: wait for it to end\n"
    assert said == [*[refused] * 5, "taken\n"]
    for each in several:
        each.communicate("\n")


def test_while_owners_come_and_go_there_are_never_two(root):
    inside, most, taken = [], [], []

    def deploy():
        while len(taken) < 200:
            try:
                ctx = Held(root)
            except Locked:
                continue
            inside.append(ctx)
            most.append(len(inside))
            taken.append(ctx)
            inside.remove(ctx)
            lock.leave(root, ctx.lock)

    threads = [threading.Thread(target=deploy) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert not root.lock.exists()


class Held:
    """As much of a deployment as `leave` needs."""

    def __init__(self, root):
        self.root, self.lock = root, lock.take(root)
