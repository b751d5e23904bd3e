//! Leads to create, with the fields of the documentation's example.

use copper_crm::{
    CustomValue, NewLead,
    types::{Address, CustomField, CustomFieldDefinitionId, CustomerSourceId, Email, PhoneNumber},
};

/// This many leads, each created when it is taken.
pub fn leads(count: u64) -> impl Iterator<Item = NewLead> + Send {
    (0..count).map(lead)
}

fn lead(n: u64) -> NewLead {
    let text = |text: &str| Some(text.to_owned());
    let field = |id, value: &str| CustomField {
        value: Some(CustomValue::from(value)),
        ..CustomField::new(CustomFieldDefinitionId(id))
    };
    NewLead {
        address: Some(Address {
            street: text("123 Main Street"),
            city: text("Savannah"),
            state: text("Georgia"),
            postal_code: text("31410"),
            country: text("United States"),
            ..Address::default()
        }),
        custom_fields: vec![
            field(100_764, "Text fields are 255 chars or less!"),
            field(103_481, "Text area fields can have long text content"),
        ],
        customer_source_id: Some(CustomerSourceId(331_242)),
        email: Some(Email::new(format!("lead{n}@noemail.com"))),
        phone_numbers: vec![PhoneNumber::new("415-123-45678")],
        ..NewLead::named(format!("Lead {n}"))
    }
}
