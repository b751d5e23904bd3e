//! Validation of a record before it is sent. It flags only values that Copper rejects, or obvious mistakes.
//! It is off by default, because Copper decides.

use std::{borrow::Cow, collections::BTreeMap, error::Error as StdError, fmt};

use crate::{
    Patch,
    types::{
        CompanyUpdate, Email, LeadUpdate, NewCompany, NewLead, NewOpportunity, NewPerson,
        PersonUpdate, UpsertLead,
    },
    value::Update,
};

/// A record that can be validated before it is sent: see [`Run::checked`](crate::bulk::Run::checked).
///
/// There are three rules: a name is not blank, an e-mail address has an `@`, and no tag is blank. Fields that
/// an update keeps or clears are not validated.
///
/// ```
/// use copper_crm::{Check, NewLead};
///
/// assert!(NewLead::named("Jim").email("jim@example.com").check().is_ok());
/// let invalid = NewLead::named(" ").email("jim at example.com").check().unwrap_err();
/// assert_eq!(invalid.to_string(), "email: it has no @; name: it is blank");
/// ```
pub trait Check {
    /// Validates the record.
    ///
    /// # Errors
    /// All invalid fields, with the rules that they break, but without their values.
    fn check(&self) -> Result<(), Invalid>;
}

/// The reason why a record was found invalid before it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invalid {
    /// Sorted by field.
    faults: BTreeMap<Cow<'static, str>, Cow<'static, str>>,
}

const BLANK: &str = "it is blank";
const NO_AT: &str = "it has no @";

impl Invalid {
    /// Names an invalid field and the rule that it breaks, for a check of your own. A field without a name
    /// means the whole record.
    pub fn new(field: impl Into<Cow<'static, str>>, rule: impl Into<Cow<'static, str>>) -> Self {
        Self {
            faults: BTreeMap::from([(field.into(), rule.into())]),
        }
    }

    /// Returns the invalid fields, by Copper's names, each with the problem.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.faults.iter().map(|(field, rule)| (&**field, &**rule))
    }

    fn blank<'a>(
        mut self,
        field: &'static str,
        texts: impl IntoIterator<Item = &'a String>,
    ) -> Self {
        if texts.into_iter().any(|text| text.trim().is_empty()) {
            self.faults.insert(field.into(), BLANK.into());
        }
        self
    }

    fn no_at<'a>(
        mut self,
        field: &'static str,
        emails: impl IntoIterator<Item = &'a Email>,
    ) -> Self {
        if emails.into_iter().any(|email| !email.email.contains('@')) {
            self.faults.insert(field.into(), NO_AT.into());
        }
        self
    }

    fn result(self) -> Result<(), Self> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(self)
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (field, rule)) in self.fields().enumerate() {
            f.write_str(if n == 0 { "" } else { "; " })?;
            match field {
                "" => f.write_str(rule)?,
                field => write!(f, "{field}: {rule}")?,
            }
        }
        Ok(())
    }
}

impl StdError for Invalid {}

/// For each rule, its fields and how to reach their values. The fields are named directly, so a change of the
/// schema breaks this at compile time.
macro_rules! check {
    ($($record:ident { $($rule:ident $field:ident $how:ident),* })*) => {$(
        impl Check for $record {
            fn check(&self) -> Result<(), Invalid> {
                Invalid::default()
                    $(.$rule(stringify!($field), $how(&self.$field)))*
                    .result()
            }
        }
    )*};
}

check! {
    NewLead { blank name it, no_at email each, blank tags each }
    NewPerson { blank name it, no_at emails each, blank tags each }
    NewCompany { blank name it, blank tags each }
    NewOpportunity { blank name it, blank tags each }
    LeadUpdate { blank name set, no_at email set, blank tags each_set }
    PersonUpdate { blank name set, no_at emails each_set, blank tags each_set }
    CompanyUpdate { blank name set, blank tags each_set }
}

fn it<T>(value: &T) -> Option<&T> {
    Some(value)
}

fn each<'a, T: 'a, L>(values: &'a L) -> impl Iterator<Item = &'a T>
where
    &'a L: IntoIterator<Item = &'a T>,
{
    values.into_iter()
}

fn set<T>(patch: &Patch<T>) -> Option<&T> {
    match patch {
        Patch::Set(value) => Some(value),
        Patch::Keep | Patch::Clear => None,
    }
}

fn each_set<T>(patch: &Patch<Vec<T>>) -> impl Iterator<Item = &T> {
    set(patch).into_iter().flatten()
}

impl<Id, Changes: Check> Check for Update<Id, Changes> {
    fn check(&self) -> Result<(), Invalid> {
        self.changes.check()
    }
}

impl Check for UpsertLead {
    fn check(&self) -> Result<(), Invalid> {
        self.properties.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::LeadId;

    #[test]
    fn each_rule_names_its_field_and_not_what_is_in_it() {
        let good = NewLead::named("Jim").email("jim@example.com").tag("new");
        assert_eq!(good.check(), Ok(()));
        for (lead, said) in [
            (
                NewLead {
                    name: " \t".into(),
                    ..good.clone()
                },
                "name: it is blank",
            ),
            (good.clone().email("jim.example.com"), "email: it has no @"),
            (good.clone().tag(""), "tags: it is blank"),
        ] {
            let invalid = lead.check().expect_err("it is invalid");
            assert_eq!(invalid.to_string(), said);
        }
    }

    #[test]
    fn what_an_update_does_not_set_is_not_looked_at() {
        let kept = LeadUpdate::default().name(Patch::Clear).email(Patch::Clear);
        assert_eq!(Update::new(LeadId(7), kept).check(), Ok(()));
        let set = LeadUpdate::default().name(" ").email("jim").tags(["a", ""]);
        let invalid = Update::new(LeadId(7), set)
            .check()
            .expect_err("it is invalid");
        assert_eq!(
            invalid.to_string(),
            "email: it has no @; name: it is blank; tags: it is blank"
        );
    }
}
