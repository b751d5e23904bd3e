"""Reads answers of a bulk update with the client that openapi-python-client made of the schema."""

import sys

sys.path.insert(0, sys.argv[1])

import httpx
from copper_client import Client
from copper_client.api.leads import bulk_update_leads, get_lead
from copper_client.models import BulkFailure, BulkUpdateLeads, ErrorBody, Lead

ITEMS = [
    {"id": 1, "name": "Ada", "tags": [], "assignee_id": None, "email": None},
    {"success": False, "id": 2, "message": {"name": [{"error": "invalid"}]}},
]


def answer(request):
    if request.url.path.endswith("/bulk_update"):
        return httpx.Response(200, json=ITEMS)
    return httpx.Response(404, json={"success": False, "status": 404, "message": "Resource not found"})


client = Client("http://localhost", httpx_args={"transport": httpx.MockTransport(answer)})
items = bulk_update_leads.sync(client=client, body=BulkUpdateLeads(leads=[]))
kinds = [type(item) for item in items]
assert kinds == [Lead, BulkFailure], f"the items are read as {kinds}"
assert items[0].assignee_id is None and items[0].email is None
assert items[1].id == 2
error = get_lead.sync(client=client, id=7)
assert isinstance(error, ErrorBody) and error.message == "Resource not found", error
print("a failed item of a bulk update is read as a failure, and an error as an error")
