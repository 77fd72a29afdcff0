"""make bench: it measures, names a wrong argument, and computes what it prints; no figure is tested."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import __main__ as command
from bench import figures, load, memory, run, samples, stream
from bench.cases import CASES, LOADS
from deploy import bundle
from deploy.errors import Failed
from deploy.settings import Settings

PROJECT = Path(__file__).parents[2]
SLOW = load.Measure(requests=100.0, p50=10.0, p99=30.0, errors=0, pss=20.0, cpu=2.0)
FAST = load.Measure(requests=300.0, p50=5.0, p99=15.0, errors=2, pss=25.0, cpu=1.0)


def bench(*words: str, path: str = os.environ["PATH"]) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "bench", *words]
    environ = {**os.environ, "PATH": path}
    return subprocess.run(argv, cwd=PROJECT, env=environ, text=True, capture_output=True, check=False)


def test_a_small_run_prints_its_tables():
    done = bench(
        "--adapter", "gunicorn", "--scenario", "hello", "--scenario", "stream", "--rounds", "1", "--seconds", "2"
    )
    assert done.returncode == 0, done.stderr
    machine, hello, grown, *failed = done.stdout.strip().split("\n\n")
    assert f"{os.cpu_count()} cores" in machine
    title, header, row = hello.splitlines()
    assert title == "hello: median of 1 rounds of 2 s"
    assert header.split() == " ".join(figures.HEADER).split()
    name, ours, sample, *others = row.split()
    assert name == "gunicorn"
    assert int(ours) > 0
    assert int(sample) > 0
    assert len(others) == 13 + ("no" in others)
    assert [line.split()[0] for line in grown.splitlines()[2:]] == ["gunicorn"]
    assert not failed, done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--adapter", "uwsgi"], "invalid choice: 'uwsgi'", id="unknown-adapter"),
        pytest.param(["--scenario", "fast"], "invalid choice: 'fast'", id="unknown-scenario"),
        pytest.param(["--application", "django"], "invalid choice: 'django'", id="unknown-application"),
        pytest.param(["--seconds", "0"], "--seconds: '0' is not a whole number from 1 to 1000", id="no-time"),
        pytest.param(["--rounds", "many"], "--rounds: 'many' is not a whole number", id="no-number"),
        pytest.param(["--connections", "1001"], "--connections: '1001' is not a whole number", id="too-many"),
        pytest.param(["--threads", "-1"], "--threads: '-1' is not a whole number", id="negative"),
        pytest.param(["--loud"], "unrecognized arguments: --loud", id="unknown-option"),
    ],
)
def test_a_wrong_argument_is_named(words, said):
    done = bench(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_a_missing_load_generator_is_named_with_its_package(tmp_path):
    done = bench(path=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr == "bench: wrk, which makes the load, is not on this machine: apt-get install wrk\n"


def test_a_ratio_is_the_median_of_the_rounds():
    found = figures.Comparison("hello", "gevent", 3, 5.0, [FAST, FAST, SLOW], [SLOW, FAST, SLOW])
    assert found.ratio("requests") == (1.0, 1.0, 3.0)
    assert found.ratio("p50") == (1.0, 0.5, 1.0)
    assert found.middle("requests") == (300.0, 100.0)
    assert found.errors() == (4, 2)


def test_a_row_says_when_a_goal_is_missed():
    found = figures.Comparison("hello", "gevent", 3, 5.0, [FAST], [SLOW])
    assert figures.row(found)[:5] == ("gevent", "300", "100", "3.00 (3.00-3.00)", "5 no")
    assert figures.row(found._replace(goal=3.0))[4] == "3"
    assert figures.row(found)[5:] == (
        "5.00",
        "10.00",
        "15.00",
        "30.00",
        "1.000",
        "2.000",
        "0.50",
        "25.0",
        "20.0",
        "1.25",
    )


def test_a_table_is_aligned():
    assert figures.table([("", "a", "b"), ("name", "10", "x"), ("n", "5", "")]) == "       a  b\nname  10  x\nn      5"


def test_text_and_json_hold_what_was_measured():
    given = command.parser().parse_args(["--rounds", "1", "--seconds", "5"])
    compared = [figures.Comparison("wait", "tornado", 5, 10.0, [FAST], [SLOW])]
    grown = {"tornado": stream.Growth(up=8.5, down=0.1), "cgi": stream.Growth(up=0.25, down=0.5)}
    text = command.as_text(given, compared, grown)
    assert "wait: median of 1 rounds of 5 s" in text
    assert "tornado  8.5   0.1         no" in text
    assert "cgi      0.2   0.5\n" in text
    assert text.endswith("tornado, wait: 2 of ours and 0 of the sample's requests failed")
    found = json.loads(command.as_json(given, compared, grown))
    assert found["compared"][0]["ours"] == [FAST._asdict()]
    assert found["compared"][0]["ratio"]["requests"]["median"] == 3.0
    assert found["growth"]["cgi"] == {"up": 0.25, "down": 0.5}


def test_the_generator_reports_in_its_last_line():
    output = 'Running 1s test\n\nRequests/sec: 9\n{"requests": 9.5, "count": 10, "p50": 1.0, "p99": 2.0, "errors": 0}\n'
    assert load.parse(output) == {"requests": 9.5, "count": 10, "p50": 1.0, "p99": 2.0, "errors": 0}


@pytest.mark.parametrize("output", ["", "unable to connect to 127.0.0.1:1 Connection refused\n"])
def test_a_generator_that_reports_nothing_is_a_failure(output):
    with pytest.raises(Failed, match="wrk has printed no result"):
        load.parse(output)


def test_memory_and_time_are_those_of_a_process_and_its_children():
    program = "import subprocess, sys; held = bytearray(b'x') * 2**25\n" \
              "subprocess.Popen(['sleep', '60']); print(flush=True); sys.stdin.read()"  # fmt: skip
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe) as parent:
        parent.stdout.readline()
        pids = memory.tree([parent.pid])
        try:
            assert len(pids) == 2
            assert memory.pss(pids) > memory.pss([pids[1]]) > 0
            assert memory.pss([parent.pid]) > 32
            resident = memory.resident(pids)
            assert resident[parent.pid] > 32
            assert memory.peak(pids)[parent.pid] >= resident[parent.pid]
            assert memory.processor(pids) > 0
        finally:
            subprocess.run(["kill", *map(str, reversed(pids))], check=True)
    assert memory.pss([parent.pid]) == 0
    assert memory.peak([parent.pid]) == {parent.pid: 0}


def test_every_adapter_has_a_sample_in_each_place_that_is_measured():
    places = {(bundle.target(case.adapter, Settings(frontend=case.frontend))) for case in CASES}
    assert {(target.adapter, target.protocol) for target in places} == set(samples.SAMPLES)
    assert {adapter for each in LOADS for adapter in each.goals} <= {case.adapter for case in CASES}


def test_servers_and_load_have_processors_of_their_own_where_there_are_two():
    servers, generator = run.cores()
    assert servers
    assert generator
    assert set(servers).isdisjoint(generator) or len(os.sched_getaffinity(0)) == 1


def test_the_start_of_the_application_is_measured():
    words = [sys.executable, "-m", "bench.start", "--rounds"]
    done = subprocess.run([*words, "1"], cwd=PROJECT, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    libraries, created, _, target = done.stdout.splitlines()
    assert libraries.split()[-1] == "1.00"
    assert float(created.split()[-1]) > 0
    assert target.startswith("target for create_app(): 1.3 or less")
    wrong = subprocess.run([*words, "0"], cwd=PROJECT, text=True, capture_output=True, check=False)
    assert (wrong.returncode, "0 is not a number of rounds" in wrong.stderr) == (2, True)
