"""tap-copper: a Singer tap, which discovers the streams and reads them all."""

import contextlib
import io
import json
import logging
import urllib.request

import guard
from guard import equal, own_bug, step

from tap_copper.client import Client
from tap_copper.discover import discover
from tap_copper.streams import STREAMS
from tap_copper.sync import sync

logging.disable(logging.CRITICAL)
# Its discovery takes the host from here, its client from nowhere.
CONFIG = {
    "api_key": guard.TOKEN,
    "user_email": guard.EMAIL,
    "start_date": "2020-01-01T00:00:00Z",
    "base_url": guard.BASE_URL,
}
# The sandbox has no search for these.
ABSENT = {"pipeline_stages", "projects", "tasks", "people", "companies", "opportunities", "activities_search"}


def lead(n):
    request = urllib.request.Request(
        f"{guard.BASE_URL}/leads",
        json.dumps({"name": f"Lead {n:03}", "tags": ["tap"]}).encode(),
        {"Authorization": f"Bearer {guard.TOKEN}", "Content-Type": "application/json"},
    )
    urllib.request.urlopen(request).read()


def read(stream):
    """The records that the tap writes for one stream."""
    catalog = discover(CONFIG)
    catalog.streams = [entry for entry in catalog.streams if entry.tap_stream_id == stream]
    for entry in catalog.streams:
        for part in entry.metadata:
            part["metadata"]["selected"] = True
    client = Client(CONFIG)
    client.base_url = guard.BASE_URL
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        sync(client, CONFIG, catalog, {})
    messages = map(json.loads, output.getvalue().splitlines())
    return [message["record"] for message in messages if message["type"] == "RECORD"]


for n in range(30):
    lead(n)
step("connection test (discovery)", lambda: equal(len(discover(CONFIG).streams), len(STREAMS)))
for stream in STREAMS:
    if stream not in ABSENT:
        step(f"read {stream}", lambda: read(stream)[0])
own_bug("read pipeline_stages", "it asks for /pipeline_stages/search, which no page names", lambda: read("pipeline_stages"))
step("read leads: all of one page", lambda: equal(len(read("leads")), 30))
