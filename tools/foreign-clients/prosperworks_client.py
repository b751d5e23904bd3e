"""prosperworks: models with the operations as methods."""

import sys

import guard
from guard import equal, own_bug, step

# Written for Python 2, where this is a relative import.
import prosperworks.exceptions

sys.modules["exceptions"] = prosperworks.exceptions

from prosperworks import api, constants, models

constants.BASE_URL = guard.BASE_URL.rsplit("/", 1)[0] + "/{version}/"
api.configure(guard.TOKEN, guard.EMAIL)

step("connection test (account)", lambda: equal(models.Account.get_account().name, "Dev API Sandbox"))


def create():
    lead = models.Lead.create(
        name="Ada Lovelace",
        email={"email": "ada@example.com", "category": "work"},
        phone_numbers=[{"number": "415-555-1234", "category": "mobile"}],
        address={"city": "London", "country": "GB"},
        tags=["first"],
        monetary_value=100,
    )
    assert lead.id
    return lead.id


def change(id):
    api.requests.put(f"leads/{id}", json={"details": "changed"})
    equal(models.Lead(id).details, "changed")


def search():
    for n in range(25):
        models.Lead.create(name=f"Lead {n:02}")
    pages = [models.Lead.search(page_size=10, page_number=n) for n in (1, 2, 3)]
    equal([len(list(page)) for page in pages], [10, 10, 6])



id = step("create a lead", create)
step("read a lead", lambda: equal(models.Lead(id).name, "Ada Lovelace"))
step("change a lead", lambda: change(id))
step("search over pages", search)
step("convert a lead", lambda: equal(models.Lead(models.Lead.create(name="Bob").id).convert().person.name, "Bob"))
step("delete a lead", lambda: equal(models.Lead(id).delete().is_deleted, True))
own_bug("read a deleted lead", "its exceptions use `message`, which Python 3 has not", lambda: models.Lead(id))
for name in ("CustomField", "CustomerSource", "LossReason", "PipelineStage", "Pipeline", "ContactType"):
    step(f"list {name}", lambda: list(getattr(models, name).list())[0].name)
step("list users", lambda: equal(len(list(models.User.list())), 3))
