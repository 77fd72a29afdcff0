"""flask config shows no secret."""

from __future__ import annotations

import json


def test_no_secret_is_shown(flask, instance):
    instance(
        STRIPE_API_KEY="hidden-1",
        MAIL_PASSWD="hidden-2",
        SECRET_KEY_FALLBACKS=["hidden-3"],
        NESTED={"A_TOKEN": "hidden-4", "SERVERS": ["redis://:hidden-8@h/0", {"PASSWORD": "hidden-9"}]},
        DSN="host=h password='hidden-10 hidden-11' user=u",
        SQLALCHEMY_DATABASE_URI="postgresql://u:hidden-5@h/d?password=hidden-6&sslpassword=hidden-7",
    )
    result = flask("config")
    assert result.returncode == 0
    assert "hidden" not in result.stdout
    shown = json.loads(result.stdout)
    assert shown["WTF_CSRF_SECRET_KEY"] == "***"
    assert shown["NESTED"]["SERVERS"] == ["redis://:***@h/0", {"PASSWORD": "***"}]
    assert shown["DSN"] == "host=h password=*** user=u"
