//! Answers to a bulk request of ten leads, as Copper writes them.

use serde_json::{Value, json};

/// An answer with this many leads, and then this many failures.
pub fn answer(leads: usize, failures: usize) -> String {
    let leads = (0..leads).map(|n| lead(n).to_string());
    let items = leads.chain((0..failures).map(|n| failure(n).to_owned()));
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

/// A failure as in the documentation, or with two fields.
fn failure(n: usize) -> &'static str {
    match n % 2 {
        0 => r#"{"success":false,"message":{"name":[{"error":"invalid"}]}}"#,
        _ => {
            r#"{"success":false,"message":{"email":[{"error":"invalid"}],"name":[{"error":"can't be blank"}]}}"#
        }
    }
}

/// A lead with the fields of the documentation's example.
fn lead(n: usize) -> Value {
    json!({
        "id": 8_894_157 + n,
        "name": "My Lead",
        "prefix": null,
        "first_name": "My",
        "middle_name": null,
        "last_name": "Lead",
        "suffix": null,
        "address": {
            "street": "123 Main Street",
            "city": "Savannah",
            "state": "Georgia",
            "postal_code": "31410",
            "country": "United States"
        },
        "assignee_id": 137_658,
        "company_name": "Noemail",
        "customer_source_id": 331_242,
        "details": "This is a demo description",
        "email": {"email": format!("mylead{n}@noemail.com"), "category": "work"},
        "interaction_count": 0,
        "monetary_unit": "USD",
        "monetary_value": 100,
        "socials": [{"url": "facebook.com/noemail", "category": "facebook"}],
        "status": "New",
        "status_id": 208_231,
        "tags": ["tag 1", "tag 2"],
        "title": "Title",
        "websites": [{"url": "noemail.com", "category": "work"}],
        "phone_numbers": [{"number": "415-123-45678", "category": "mobile"}],
        "custom_fields": [
            {"custom_field_definition_id": 100_764, "value": "Text fields are 255 chars or less!"},
            {"custom_field_definition_id": 103_481, "value": "Text area fields can have long text content"}
        ],
        "date_created": 1_502_158_444,
        "date_modified": 1_502_158_444,
        "date_last_contacted": null
    })
}
