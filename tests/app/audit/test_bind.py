"""The bind of events."""

from __future__ import annotations

import pytest

from yourapplication.errors import Refused

from ..conftest import PASSWORD


def test_each_bind_may_have_a_database_of_its_own(flask, uri, sql, project, tmp_path):
    audit = f"sqlite:///{tmp_path}/other folder/audit #1 100%.sqlite"
    environment = {"FLASK_SQLALCHEMY_BINDS__audit": audit}
    assert flask("init-db", env=environment).returncode == 0
    assert flask("user", "add", "ada", input=PASSWORD, env=environment).returncode == 0
    assert "user added as author\tada" in flask("audit", env=environment).stdout
    assert (tmp_path / "other folder" / "audit #1 100%.sqlite").exists()
    assert flask("backup", "copy", env=environment).stdout == f"{project}/copy holds default, audit\n"


def test_a_bind_that_is_no_url_is_refused(make, instance):
    instance(SQLALCHEMY_BINDS={"audit": 7})
    with pytest.raises(Refused, match=r"SQLALCHEMY_BINDS\[audit\] is not a database URL"):
        make("testing")
