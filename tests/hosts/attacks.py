"""What whoever has taken a site over tries on its host: as its user, he puts something else in the place of files."""

from __future__ import annotations

import shlex

from .sites import Site

KEPT = "/var/lib/kept"  # root's own: a file that nobody else may read, a folder
WORD = "for root's eyes"  # what stands in the file
NAMES = (  # that root or a server makes, opens or removes somewhere, beside those that are there already
    *(
        "access.log",
        "error.log",
        "requests.log",
        "requests.log.1",
        "application.log",
        "more.log",
        "nginx.pid",
        "uploads",
    ),
    *("notify", "tmp", "current", "told", "secrets.json", "token", ".backup-1", "x.new", "__pycache__"),
)
KINDS = {  # what a name becomes; $name, in the folder that he is in
    "link": f'ln -s {KEPT}/file "$name" || ln -sfn {KEPT} "$name"',
    "link-to-a-folder": f'ln -s {KEPT}/folder "$name" || ln -sfn {KEPT}/folder "$name"',
    "pipe": 'mkfifo "$name"',
    "folder": 'mkdir -p "$name/requests.log"',
    "deep-folder": 'python3 -c \'import os, sys\nfor _ in range(3000): os.mkdir("x"); os.chdir("x")\' || true',
    "second-name": f'ln {KEPT}/file "$name" || ln {{secrets}} "$name"',
    "device": 'ln -s /dev/zero "$name"',
}
PLANT = """
for folder in $(find {root} -type d -writable 2>/dev/null); do
    cd "$folder" || continue
    for name in {names} $(ls -A); do rm -rf "$name"; {kind}; done
done 2>/dev/null
find {root} -type d -writable 2>/dev/null | wc -l
"""


def keep(site: Site) -> None:
    """Put there what must stay as it is."""
    site.host.run(f"install -d {KEPT}/folder; umask 077; echo {shlex.quote(WORD)} > {KEPT}/file")


def kept(site: Site) -> str:
    """Its state."""
    state = f"find {KEPT} -printf '%p %y %m %U %G %s %T@ %C@ %n\\n' | sort; cat {KEPT}/file"
    return site.host.run(state).stdout


def plant(site: Site, kind: str, user: str = "") -> int:
    """Put things of a kind in every folder of the site that its user can write; how many folders those are."""
    words = KINDS[kind].format(secrets=f"{site.root}/shared/secrets.json")
    script = PLANT.format(root=site.root, names=" ".join(NAMES), kind=words)
    said = site.host.run(f"runuser -u {user or site.name} -- sh -c {shlex.quote(script)}").stdout
    return int(said.split()[-1])


def clear(site: Site, *folders: str) -> None:
    """Take away what he has put into these folders of the site, by default all that he can write in."""
    for folder in folders or ("shared/data", "shared/logs/application"):
        site.host.run(f"find {site.root}/{folder} -mindepth 1 -delete")
