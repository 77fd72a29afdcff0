"""make bench-deploy: it deploys and prints its table, and names a wrong argument; no figure is tested."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "bench.deploy", *words]
    return subprocess.run(argv, cwd=PROJECT, text=True, capture_output=True, check=False)


def test_it_prints_each_step_and_the_whole():
    done = bench("--rounds", "1", "--kept", "3", "--hosts", "0")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["seconds", "first", "3", "kept"]
    assert {"release", "install", "migrate", "start", "command"} <= {line.split()[0] for line in lines if line}


@pytest.mark.parametrize("words", [("--rounds", "0"), ("--kept", "1,0"), ("--kept", "many"), ("--hosts", "-1")])
def test_wrong_arguments_are_named(words):
    done = bench(*words)
    assert done.returncode == 2
    assert words[1] in done.stderr
