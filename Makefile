# The face of the project. `make` alone says what there is. Settings are given as NAME=value: make deploy-fastcgi PORT=8080
SHELL := /bin/sh
PYTHON3 ?= python3
VENV := .venv
DEPLOY := $(VENV)/bin/python -m deploy
PYTEST := $(VENV)/bin/python -m pytest -n 4 --durations 20
ADAPTERS = $(shell sed -n 's/^    "\([a-z_]*\)": "deploy.*/\1/p' deploy/adapters/__init__.py)
# For what does not change with requirements: an environment that is there will do.
PRESENT = $(if $(wildcard $(VENV)/complete),,venv)
# What was given on the command line, each quoted for the shell; these few are make's own.
GIVEN = $(foreach name,$(filter-out CMD MESSAGE PYTHON3 UPGRADE VERSIONS,$(.VARIABLES)),$(if $(filter command,$(origin $(name))),'$(name)=$(subst ','\'',$(value $(name)))'))

# Installs what $< pins and makes $@. pip's lines become a count: one line, rewritten, on a terminal; else every tenth.
define INSTALL
{ $(VENV)/bin/pip install --no-input --disable-pip-version-check --progress-bar off -r $< && touch $@; } | \
{ of=$$(grep -c '^[a-z0-9]' $<); n=0; while read -r word name _; do case "$$word" in \
Collecting|Processing|Requirement) n=$$((n + 1)); if [ -t 1 ]; then printf '\r  %s of %s\033[K' "$$n" "$$of"; \
elif [ $$((n % 10)) = 0 ]; then echo "  $$n of $$of"; fi;; \
Installing) [ ! -t 1 ] || printf '\r\033[K'; echo "  $$n of $$of are here: installing them";; esac; done; }; [ -f $@ ]
endef

.DEFAULT_GOAL := help
.PHONY: help deploy doctor live venv run migration test test-all test-hosts test-debian13 test-python3.14 system status logs start stop rollback releases flask samples schema requirements upgrade-check bench bench-deploy matrix swaps lint
.SUFFIXES:

help:  ## this list
	@sed -n 's/^\([a-z%-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name what; do printf '  make %-15s %s\n' "$$name" "$$what"; done
	@echo 'adapters: $(ADAPTERS); settings and exit codes: $(DEPLOY) up --help'

deploy-%: venv  ## put the site live, here or on HOST=: make deploy-gunicorn FRONTEND=nginx HOST=ada@a.example,ada@b.example
	@$(DEPLOY) up '$*' $(GIVEN)

bundle-%: venv  ## what HOST= ships, as one file with a `deploy` inside that installs it where it is unpacked
	@$(DEPLOY) bundle '$*' $(GIVEN)

doctor-%: $(PRESENT)
	@$(DEPLOY) doctor '$*' $(GIVEN)

deploy:
	@echo 'choose an adapter, as in make deploy-gunicorn: $(ADAPTERS)' >&2; exit 2

status: live  ## what is live (like the next five, of the site in ROOT=, here or on HOST=)
logs: live  ## follow all its logs
rollback: live  ## go back to the release before, or to RELEASE=; DOWNGRADE=yes: its databases too
releases: live  ## what was deployed, by whom, and what is kept
doctor: live  ## look for what is wrong with it, each finding with its fix; doctor-gunicorn: what would hinder a deployment
start: live  ## start it again after a stop or a reboot, as it was
stop: live  ## end it; what is on disk stays
live: $(PRESENT)
	@$(DEPLOY) $(filter doctor status logs rollback releases start stop,$(MAKECMDGOALS)) $(GIVEN)

flask: $(PRESENT)  ## a Flask command with the live release's settings: make flask CMD="user add ada --role admin"
	@$(DEPLOY) flask $(GIVEN) -- $(CMD)

run: venv  ## the development server with its databases made, reloader and debugger, on this machine only; PORT=5000
	@$(VENV)/bin/flask --app yourapplication init-db
	@$(VENV)/bin/python runserver.py $(if $(PORT),--port '$(PORT)')

migration: venv  ## write a migration from what the models say: make migration MESSAGE="where it was"
	@$(if $(strip $(MESSAGE)),,echo 'say what it does: make migration MESSAGE="where it was"' >&2; exit 2)
	@$(VENV)/bin/flask --app yourapplication init-db
	@$(VENV)/bin/flask --app yourapplication db migrate -m '$(subst ','\'',$(MESSAGE))'

test: system $(VENV)/testing  ## 18 minutes on two cores: every law and every pair, on the real servers; installs what it needs
	@$(PYTEST)

test-all: system $(VENV)/testing  ## an hour: all of every product; writes docs/matrix.md, matrix.html, applications.md and swaps.md
	@$(PYTEST) -m '' && $(VENV)/bin/python -m tests.contract.matrix && $(VENV)/bin/python -m tests.contract.practice && $(VENV)/bin/python -m tests.release.report

test-hosts: system $(VENV)/testing  ## the tests that boot real Debian hosts, alone and all of them; as root
	@$(PYTEST) -m '' tests/hosts

test-debian13: system $(VENV)/testing  ## the contract on every target with the servers and the Python of Debian 13; writes docs/matrix-debian13.md
	@$(VENV)/bin/python -m tests.guest trixie -m '' tests/contract && $(VENV)/bin/python -m tests.contract.matrix debian13

test-python3.14: system $(VENV)/testing  ## the tests of adapters and application, and a deployment an adapter, with the next Debian's Python
	@$(VENV)/bin/python -m tests.guest sid -m '' tests/adapters tests/app tests/contract -k 'not contract or root and (none or fastcgi-nginx or cgi-nginx)'

system:  ## the system packages that the tests use: installed when root, else named
	@$(PYTHON3) tests/system.py requirements/debian.txt

lint: venv  ## style and types, mended where that is mechanical
	@$(VENV)/bin/ruff check --fix . && $(VENV)/bin/ruff format . && $(VENV)/bin/mypy

samples: venv  ## write deploy/samples/ anew from the templates
	@$(DEPLOY) samples

schema: venv  ## write config/schema.json anew from deploy/settings
	@$(DEPLOY) schema > config/schema.json

requirements: venv  ## pin requirements/ anew; UPGRADE=--upgrade for the newest versions
	@$(DEPLOY) pins $(UPGRADE)

matrix: system venv  ## of test-all, the contract alone, with its pages
	@$(PYTEST) -m '' tests/contract && $(VENV)/bin/python -m tests.contract.matrix && $(VENV)/bin/python -m tests.contract.practice

swaps: system $(VENV)/testing  ## of test-all, the swaps alone, with their page
	@$(PYTEST) -m '' tests/release && $(VENV)/bin/python -m tests.release.report

upgrade-check: system $(VENV)/testing  ## try the newest versions of what adapters need, or VERSIONS=tornado==6.7, and name what breaks
	@$(VENV)/bin/python -m tests.upgrade $(VERSIONS)

bench: system venv  ## each adapter beside its documented sample, and the ratio
	@$(VENV)/bin/python -m bench

bench-deploy: venv  ## what a deployment takes, step by step, and how it grows with kept releases
	@$(VENV)/bin/python -m bench.deploy

venv: $(VENV)/complete  ## the development environment in .venv

$(VENV)/testing: requirements/testing.txt $(VENV)/complete
	@echo 'adding to $(VENV) what tests need'
	@rm -f $@
	@$(INSTALL)

$(VENV)/complete: requirements/development.txt
	@[ ! -L $(VENV) ] || { echo '$(VENV) is a link to an environment of somebody else: remove it, or bring that one up to date' >&2; exit 2; }
	@echo 'making $(VENV) from requirements/development.txt'
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " + sys.version)'
	@$(PYTHON3) -m venv --clear $(VENV)
	@$(INSTALL)
