"""A backup is made before databases are migrated."""

from __future__ import annotations

import stat
import tarfile

from ...migrations import OTHERS, backups


def test_init_db_backs_up_before_it_migrates(flask, used, migration, project, uri):
    migration("""
        op.execute("UPDATE entry SET title = 'changed'")
        with op.batch_alter_table("user") as batch:
            batch.add_column(sa.Column("place", sa.String(40)))
    """)
    result = flask("init-db")
    assert result.returncode == 0, result.stderr
    (backup,) = backups(project)
    said = f"the databases are at revision: default 0004 (was 0003){OTHERS}"
    assert result.stdout == f"backup: {backup}\n{said}\n"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with tarfile.open(backup) as archive:
        assert "contents.json" in archive.getnames()
    assert used("SELECT title, version_num FROM entry, alembic_version") == [("changed", "0004")]
    assert used('SELECT place FROM "user"') == [(None,)]
