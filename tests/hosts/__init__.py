"""Real Debian hosts, booted by systemd-nspawn; these tests need root."""
