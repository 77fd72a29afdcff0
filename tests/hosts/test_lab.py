"""The hosts that other tests build on do what their interface says."""

import subprocess

import pytest

from .image import OPERATOR


def test_a_host_is_a_debian_with_systemd_and_sudo(host):
    assert host.run("cat /proc/1/comm").stdout == "systemd\n"
    assert host.run("sudo id -u", user=OPERATOR).stdout == "0\n"
    assert host.run("systemctl is-system-running", check=False).stdout == "running\n"


def test_the_cable_is_cut_and_mended(host):
    host.cut()
    with pytest.raises(subprocess.TimeoutExpired):
        host.run("true", timeout=1)
    host.mend()
    assert host.run("echo back").stdout == "back\n"


def test_files_outlive_a_reboot_and_a_power_cut(host):
    host.run("echo kept > /srv/kept; touch /run/gone; sync")
    host.reboot()
    assert host.run("cat /srv/kept; ls /run/gone", check=False).stdout == "kept\n"
    host.run("touch /run/gone")
    host.kill()
    host.boot()
    assert host.run("cat /srv/kept; ls /run/gone", check=False).stdout == "kept\n"
