//! The columns that the importer knows, by name.
//!
//! Two families: flat ones for people who fill in tables, and those of Copper's API, whose cells hold
//! JSON. A row of the one can be written as a row of the other, so nothing of a JSON input is lost in
//! a CSV of rejects.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Name,
    Email,
    Phone,
    Company,
    Title,
    Details,
    Street,
    City,
    State,
    PostalCode,
    Country,
    Tags,
    /// `cf_<id>`, the id being that of the field's definition.
    Custom(i64),
    Address,
    AssigneeId,
    CustomFields,
    CustomerSourceId,
    MonetaryValue,
    PhoneNumbers,
    Socials,
    StatusId,
    Websites,
    /// `index` and `reason` of a rejects file: what an earlier import had to say.
    Remark,
    /// `outcome` of a rejects file: not sent either, but it can tell that a lead is in doubt.
    Outcome,
}

/// The names, those for tables first.
const NAMED: [(&str, Column); 25] = [
    ("name", Column::Name),
    ("email", Column::Email),
    ("phone", Column::Phone),
    ("company", Column::Company),
    ("title", Column::Title),
    ("details", Column::Details),
    ("street", Column::Street),
    ("city", Column::City),
    ("state", Column::State),
    ("postal_code", Column::PostalCode),
    ("country", Column::Country),
    ("tags", Column::Tags),
    ("address", Column::Address),
    ("assignee_id", Column::AssigneeId),
    ("company_name", Column::Company),
    ("custom_fields", Column::CustomFields),
    ("customer_source_id", Column::CustomerSourceId),
    ("monetary_value", Column::MonetaryValue),
    ("phone_numbers", Column::PhoneNumbers),
    ("socials", Column::Socials),
    ("status_id", Column::StatusId),
    ("websites", Column::Websites),
    ("index", Column::Remark),
    ("reason", Column::Remark),
    ("outcome", Column::Outcome),
];

const CUSTOM: &str = "cf_";

/// Why a column can't be used.
#[derive(Debug, PartialEq, Eq)]
pub enum Unusable {
    Unknown,
    CustomId,
}

impl Column {
    /// Case and the spaces around a name don't matter: tables are typed by hand.
    pub fn named(name: &str) -> Result<Self, Unusable> {
        let name = name.trim().to_lowercase();
        if let Some(id) = name.strip_prefix(CUSTOM) {
            return match id.parse() {
                Ok(id) if id > 0 => Ok(Self::Custom(id)),
                _ => Err(Unusable::CustomId),
            };
        }
        NAMED
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, column)| *column)
            .ok_or(Unusable::Unknown)
    }

    /// Whether it is about the lead, and not about an earlier import of it.
    pub fn is_sent(self) -> bool {
        !matches!(self, Self::Remark | Self::Outcome)
    }
}

/// All that can be sent, for the user to choose from.
pub fn known() -> String {
    let sent = NAMED.iter().filter(|(_, column)| column.is_sent());
    let names: Vec<&str> = sent.map(|(name, _)| *name).collect();
    format!("{} and cf_<id>", names.join(", "))
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Custom(id) = self {
            return write!(f, "{CUSTOM}{id}");
        }
        let named = NAMED.iter().find(|(_, column)| column == self);
        f.write_str(named.map_or("", |(name, _)| *name))
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => write!(f, "is no column that is known here; known are {}", known()),
            Self::CustomId => f.write_str(
                "must be cf_ and the number of the custom field's definition, such as cf_100764",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_spaces_of_a_name_do_not_matter() {
        assert_eq!(Column::named(" E-Mail"), Err(Unusable::Unknown));
        assert_eq!(Column::named(" EMAIL "), Ok(Column::Email));
        assert_eq!(Column::named("CF_7"), Ok(Column::Custom(7)));
    }

    #[test]
    fn a_custom_field_needs_the_id_of_its_definition() {
        for name in [
            "cf_",
            "cf_abc",
            "cf_-1",
            "cf_0",
            "cf_1.5",
            "cf_99999999999999999999",
        ] {
            assert_eq!(Column::named(name), Err(Unusable::CustomId), "{name}");
        }
    }
}
