//! A normalized lead: its values in a form that Copper does not change. Only letters and digits, without
//! case, and lists in any order. Two leads with the same form can't be told apart.

use crate::types::{Address, Email, Lead, NewLead, PhoneNumber, Website};

/// The fields that are compared.
const FIELDS: [&str; 8] = [
    "name",
    "email",
    "company_name",
    "title",
    "details",
    "phone_numbers",
    "websites",
    "address",
];

/// The texts of a lead, one for each field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NormalizedLead([String; FIELDS.len()]);

impl NormalizedLead {
    /// The form of a lead that was handed in.
    pub(crate) fn of(lead: &NewLead) -> Self {
        Self([
            loose(&lead.name),
            email(lead.email.as_ref()),
            text(lead.company_name.as_ref()),
            text(lead.title.as_ref()),
            text(lead.details.as_ref()),
            phones(&lead.phone_numbers),
            websites(&lead.websites),
            address(lead.address.as_ref()),
        ])
    }

    /// The form of a lead that was found. None if one of its fields can't be read.
    pub(crate) fn of_found(lead: &Lead) -> Option<Self> {
        if FIELDS.iter().any(|field| lead.extra.contains_key(*field)) {
            return None;
        }
        Some(Self([
            loose(lead.name.as_deref()?),
            email(lead.email.as_ref()),
            text(lead.company_name.as_ref()),
            text(lead.title.as_ref()),
            text(lead.details.as_ref()),
            phones(lead.phone_numbers.as_deref().unwrap_or_default()),
            websites(lead.websites.as_deref().unwrap_or_default()),
            address(lead.address.as_ref()),
        ]))
    }

    /// True for two leads that can't be the same: their names differ, or their addresses do.
    pub(crate) fn are_of_another(&self, other: &Self) -> bool {
        let [name, email, ..] = &self.0;
        let [other_name, other_email, ..] = &other.0;
        let differ = |a: &str, b: &str| !a.is_empty() && !b.is_empty() && a != b;
        differ(name, other_name) || differ(email, other_email)
    }

    /// All fields as one text.
    pub(crate) fn text(&self) -> String {
        // No text contains a line end, because only letters and digits are kept.
        self.0.join("\n")
    }
}

/// The letters and digits of a text.
pub(crate) fn loose(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn text(text: Option<&String>) -> String {
    text.map(|text| loose(text)).unwrap_or_default()
}

fn email(email: Option<&Email>) -> String {
    email
        .map(|email| same_address(&email.email))
        .unwrap_or_default()
}

/// An e-mail address without differences that don't matter.
pub(crate) fn same_address(address: &str) -> String {
    address.trim().to_lowercase()
}

fn phones(phones: &[PhoneNumber]) -> String {
    list(phones.iter().map(|phone| loose(&phone.number)))
}

fn websites(websites: &[Website]) -> String {
    list(websites.iter().map(|website| loose(&website.url)))
}

fn list(texts: impl Iterator<Item = String>) -> String {
    let mut texts: Vec<_> = texts.collect();
    texts.sort_unstable();
    texts.join(" ")
}

fn address(address: Option<&Address>) -> String {
    address
        .map(|address| {
            [&address.street, &address.city, &address.postal_code]
                .map(|part| text(part.as_ref()))
                .join(" ")
        })
        // An address whose parts are all empty is no address.
        .filter(|address| address.chars().any(char::is_alphanumeric))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn traits(sent: Value, found: Value) -> (NormalizedLead, Option<NormalizedLead>) {
        let sent: NewLead = serde_json::from_value(sent).expect("a lead");
        let mut found = found;
        found["id"] = 7.into();
        let found: Lead = serde_json::from_value(found).expect("a lead");
        (NormalizedLead::of(&sent), NormalizedLead::of_found(&found))
    }

    #[test]
    fn what_copper_may_do_to_a_lead_changes_no_trait() {
        let (sent, found) = traits(
            json!({"name": "Jim  Halpert ", "email": {"email": "Jim@X.com "}, "phone_numbers": [{"number": "(415) 123"}, {"number": "1"}], "address": {"street": "301 Howard St."}}),
            json!({"name": "Jim Halpert", "email": {"email": "jim@x.com"}, "phone_numbers": [{"number": "1"}, {"number": "415-123"}], "address": {"street": "301 Howard St", "city": ""}, "title": "", "tags": ["a"]}),
        );
        assert_eq!(Some(&sent), found.as_ref());
        assert_eq!(Some(sent.text()), found.map(|found| found.text()));
    }

    #[test]
    fn a_text_more_or_less_is_another_trait_but_not_surely_another_lead() {
        for found in [
            json!({"name": "Jim", "title": "Manager"}),
            json!({"name": "Jim", "company_name": "DM"}),
            json!({"name": "Jim", "phone_numbers": [{"number": "1"}]}),
            json!({"name": "Jim", "websites": [{"url": "x.com"}]}),
            json!({"name": "Jim", "address": {"city": "Scranton"}}),
            json!({"name": "Jim", "email": {"email": "jim@x.com"}}),
        ] {
            let (sent, other) = traits(json!({"name": "Jim"}), found.clone());
            let other = other.expect("it is readable");
            assert_ne!(sent, other, "{found}");
            assert!(!sent.are_of_another(&other), "{found}");
        }
    }

    #[test]
    fn other_names_and_other_addresses_are_of_another_lead() {
        for (sent, found) in [
            (json!({"name": "Jim"}), json!({"name": "Pam"})),
            (
                json!({"name": "Jim", "email": {"email": "jim@x.com"}}),
                json!({"name": "Jim", "email": {"email": "jim@y.com"}}),
            ),
        ] {
            let (sent, other) = traits(sent, found);
            assert!(sent.are_of_another(&other.expect("it is readable")));
        }
    }

    #[test]
    fn what_cant_be_read_has_no_traits() {
        for field in FIELDS {
            let lead = Lead {
                extra: [(field.to_owned(), json!(7))].into_iter().collect(),
                ..serde_json::from_value(json!({"id": 7, "name": "Jim"})).expect("a lead")
            };
            assert_eq!(NormalizedLead::of_found(&lead), None, "{field}");
        }
        let nameless = serde_json::from_value(json!({"id": 7})).expect("a lead");
        assert_eq!(NormalizedLead::of_found(&nameless), None);
    }
}
