"""dc-copper-cli: a command line program, run in this process."""

import json
import os
import sys
import tempfile
from pathlib import Path

import guard
from guard import equal, own_bug, step

# Its settings and its cache belong to nobody else.
os.environ["HOME"] = tempfile.mkdtemp()
os.environ["COPPER_API_KEY"], os.environ["COPPER_EMAIL"] = guard.TOKEN, guard.EMAIL

import dc_copper_cli
from click.testing import CliRunner

dc_copper_cli.API_BASE_URL = guard.BASE_URL


def copper(*args):
    result = CliRunner().invoke(dc_copper_cli.cli, ["--json", "--quiet", "--no-input", *map(str, args)])
    if result.exit_code:
        raise RuntimeError(f"exit code {result.exit_code}: {result.output} {result.exception!r}")
    return json.loads(result.stdout) if result.stdout.strip().startswith(("{", "[")) else result.stdout


def search():
    for n in range(25):
        copper("lead", "create", "--name", f"Lead {n:02}")
    equal(len(copper("lead", "list", "--limit", 10, "--all")), 26)
    equal(len(copper("lead", "list", "--limit", 10, "--page", 3)), 6)
    equal(copper("lead", "list", "--filter", "name=Lead 07")[0]["name"], "Lead 07")


step("connection test (auth)", lambda: copper("auth"))
id = step("create a lead", lambda: copper("lead", "create", "--name", "Ada", "--email", "ada@example.com")["id"])
step("read a lead", lambda: equal(copper("lead", "get", id)["email"]["email"], "ada@example.com"))
step("change a lead", lambda: equal(copper("lead", "update", id, "--name", "Ada King")["name"], "Ada King"))
step("search over pages", search)
step("delete a lead", lambda: copper("lead", "delete", id, "--force"))
step("list custom fields", lambda: equal(copper("field", "list")[0]["name"], "Reference"))
own_bug(
    "create a lead with a phone",
    "it sends `phone`, which no page names",
    lambda: copper("lead", "create", "--name", "Bob", "--phone", "415-555-1234"),
)
