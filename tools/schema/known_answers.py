"""The statuses that the sandbox may answer with, each with its reason. Any other fails the run."""

import schemathesis

KNOWN = {
    200: "documented",
    400: "the body is not JSON; the status is documented, its body is not",
    401: "the credentials are wrong; the status is documented, its body is not",
    404: "there is no such record, or no such path: both bodies were recorded live",
    422: "the record or the search is not valid, or a bulk request too large: both bodies were recorded live",
    429: "a rate limit is used up; the status is documented, its body is not",
}


def asks_for_empty_texts(case):
    """A search for the leads without a value of a text field ended in a 500, as was recorded live."""
    return case.operation.path == "/leads/search" and "allow_empty" in str(case.body)


@schemathesis.check
def known_answer(ctx, response, case):
    known = response.status_code in KNOWN
    assert known or (response.status_code == 500 and asks_for_empty_texts(case)), (
        f"the status {response.status_code} is not on the list of tools/schema/known_answers.py"
    )
