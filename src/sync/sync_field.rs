//! The fields of a record that a sync can change.

use std::{error::Error as StdError, fmt, str::FromStr};

use serde::{Serialize, Serializer};

use crate::types::CustomFieldDefinitionId;

/// Lists each field once, with its variant and its name in Copper.
macro_rules! sync_fields {
    ($($variant:ident $name:literal)*) => {
        /// A field of a record that a sync can change.
        ///
        /// Its `Display` and its JSON are the name of the field in Copper, such as `title`. For a custom field they are
        /// `cf_` and the id of its definition, such as `cf_100764`.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum SyncField {
            $(#[doc = concat!("The field `", $name, "`.")] $variant,)*
            /// A custom field, by the id of its definition.
            Custom(CustomFieldDefinitionId),
            /// A field that the schema does not name, by its name.
            Extra(String),
        }

        impl fmt::Display for SyncField {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant => f.write_str($name),)*
                    Self::Custom(id) => write!(f, "{CUSTOM}{id}"),
                    Self::Extra(name) => f.write_str(name),
                }
            }
        }

        impl FromStr for SyncField {
            type Err = UnknownField;

            fn from_str(name: &str) -> Result<Self, UnknownField> {
                match name {
                    $($name => Ok(Self::$variant),)*
                    _ => match name.strip_prefix(CUSTOM).map(str::parse::<i64>) {
                        Some(Ok(id)) => Ok(Self::Custom(CustomFieldDefinitionId(id))),
                        _ => Err(UnknownField(name.to_owned())),
                    },
                }
            }
        }
    };
}

/// The prefix of a custom field's name, before its id.
const CUSTOM: &str = "cf_";

sync_fields! {
    Name "name"
    Email "email"
    Emails "emails"
    EmailDomain "email_domain"
    PhoneNumbers "phone_numbers"
    Address "address"
    AssigneeId "assignee_id"
    CompanyId "company_id"
    CompanyName "company_name"
    ContactTypeId "contact_type_id"
    CustomerSourceId "customer_source_id"
    Details "details"
    MonetaryValue "monetary_value"
    Socials "socials"
    StatusId "status_id"
    Tags "tags"
    Title "title"
    Websites "websites"
}

impl SyncField {
    /// The field with this name in an answer of Copper. A name that the schema does not have becomes
    /// [`Extra`](Self::Extra).
    pub(super) fn of_wire(name: &str) -> Self {
        name.parse()
            .unwrap_or_else(|_| Self::Extra(name.to_owned()))
    }
}

impl From<CustomFieldDefinitionId> for SyncField {
    fn from(id: CustomFieldDefinitionId) -> Self {
        Self::Custom(id)
    }
}

impl Serialize for SyncField {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The error for a name that is not one of the fields that a sync can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownField(String);

impl fmt::Display for UnknownField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(name) = self;
        write!(
            f,
            "a sync can change no field called {name:?}; a custom field is cf_ and its id"
        )
    }
}

impl StdError for UnknownField {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_reads_back_from_its_name() {
        for name in ["name", "status_id", "websites", "cf_100764"] {
            let field: SyncField = name.parse().expect("a field");
            assert_eq!(field.to_string(), name);
            assert_eq!(serde_json::json!(field), name);
        }
        for name in ["Title", "id", "cf_", "cf_x", ""] {
            let error = name.parse::<SyncField>().expect_err("no field");
            assert!(error.to_string().contains(&format!("{name:?}")), "{error}");
            assert_eq!(SyncField::of_wire(name), SyncField::Extra(name.to_owned()));
        }
    }
}
