"""prospyr: an object-relational style, strict about what it reads."""

import collections
import collections.abc

import guard
from guard import equal, own_bug, step

# Written for Python 2 and 3.9, which have these names here.
for name in collections.abc.__all__:
    setattr(collections, name, getattr(collections.abc, name))

from prospyr import connect, resources

connect(email=guard.EMAIL, token=guard.TOKEN, url=guard.BASE_URL.rsplit("/", 1)[0] + "/")

step("connection test (account)", lambda: equal(resources.Account.objects.get().name, "Dev API Sandbox"))


def create():
    lead = resources.Lead(
        name="Ada Lovelace",
        phone_numbers=[{"number": "415-555-1234", "category": "mobile"}],
        address={"city": "London", "country": "GB"},
        tags=["first"],
        monetary_value=100,
    )
    equal(lead.create(), True)
    return lead.id


def change(lead):
    # It sends back the whole lead, with what only Copper can write.
    lead.details = "changed"
    equal(lead.update(), True)


def search():
    for n in range(105):
        resources.Lead(name=f"Lead {n:03}").create()
    names = [lead.name for lead in resources.Lead.objects.filter(sort_by="name")]
    equal((len(names), names[0], names[-1]), (106, "Ada Lovelace", "Lead 104"))


id = step("create a lead", create)
lead = step("read a lead", lambda: resources.Lead.objects.get(id=id))
equal((lead.name, lead.address["city"]), ("Ada Lovelace", "London"))
step("change a lead", lambda: change(lead))
step("search over pages", search)
step("delete a lead", lambda: equal(lead.delete(), True))
email = {"email": "bob@example.com", "category": "work"}
own_bug(
    "create a lead with an e-mail",
    "its field for addresses writes null for each",
    lambda: resources.Lead(name="Bob", email=email).create(),
)
step("list CustomerSource", lambda: equal(list(resources.CustomerSource.objects.all())[0].name, "Email"))
step("list LossReason", lambda: equal(list(resources.LossReason.objects.all())[0].name, "Price"))
step("list Pipeline", lambda: equal(list(resources.Pipeline.objects.all())[0].name, "Sales"))
step("list PipelineStage", lambda: equal(list(resources.PipelineStage.objects.all())[0].name, "Qualified"))
step("list ActivityType", lambda: equal(list(resources.ActivityType.objects.all())[0].name, "Note"))
own_bug("list users", "it asks for GET /users, which Copper does not document", lambda: list(resources.User.objects.all()))
