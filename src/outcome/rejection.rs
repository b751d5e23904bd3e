//! The reason why a record was refused, and by whom.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde_json::Value;

use crate::{
    Advice, Error, ErrorKind, Invalid,
    error::{LONGEST_MESSAGE, texts},
    escape::escaped,
    generated::INVALID_HINTS,
    redactor::Redactor,
    types::BulkFailure,
};

/// The reason why a record was refused, by Copper or before it was sent. As text, it shows at most 500
/// characters.
#[derive(Clone, Debug)]
pub struct Rejection(Why);

#[derive(Clone, Debug)]
enum Why {
    Item(BulkFailure),
    Request(Arc<Error>),
    Unsent {
        field: String,
        why: String,
    },
    Several {
        field: &'static str,
        noun: &'static str,
        ids: Vec<i64>,
    },
    SameKey {
        field: &'static str,
        /// The record in Copper that both match, if their keys differ.
        found: Option<String>,
        /// The place of the other record in the input.
        other: u64,
    },
    Journal(Vec<String>),
    Checked(Invalid),
}

/// A journal keeps the names of the invalid fields. It does not keep Copper's words about them, which may
/// quote them.
const EARLIER: &str = "refused in an earlier start";

impl Rejection {
    pub(crate) fn item(failure: BulkFailure) -> Self {
        Self(Why::Item(failure))
    }

    pub(crate) fn request(error: Arc<Error>) -> Self {
        Self(Why::Request(error))
    }

    /// A record that is not sent because of this field.
    pub(crate) fn unsent(field: impl Into<String>, why: String) -> Self {
        let field = field.into();
        Self(Why::Unsent { field, why })
    }

    /// A record that is not sent, because several records in Copper have its key.
    pub(crate) fn several(field: &'static str, noun: &'static str, ids: Vec<i64>) -> Self {
        Self(Why::Several { field, noun, ids })
    }

    /// A record that is not sent, because another record of the input has its key, or matches the same record in Copper.
    pub(crate) fn same_key(field: &'static str, found: Option<String>, other: u64) -> Self {
        Self(Why::SameKey {
            field,
            found,
            other,
        })
    }

    pub(crate) fn journalled(fields: Vec<String>) -> Self {
        Self(Why::Journal(fields))
    }

    /// Found invalid before it was sent.
    pub(crate) fn checked(invalid: Invalid) -> Self {
        Self(Why::Checked(invalid))
    }

    /// Returns the problems that [`Run::checked`](crate::bulk::Run::checked) found before the record was
    /// sent; None if it found none. Such a record never reaches Copper.
    pub fn invalid(&self) -> Option<&Invalid> {
        match &self.0 {
            Why::Checked(invalid) => Some(invalid),
            _ => None,
        }
    }

    /// Returns the messages by field, escaped. Messages about no field are under `""`.
    pub fn fields(&self) -> BTreeMap<String, Vec<String>> {
        let mut fields = BTreeMap::new();
        let mut add = |field: &str, said: Value| {
            let said = texts(said).into_iter();
            let said = said.map(|text| escaped(&text).into_owned()).collect();
            fields.insert(escaped(field).into_owned(), said);
        };
        match &self.0 {
            Why::Item(failure) => match failure.message.clone() {
                None | Some(Value::Null) => {}
                Some(Value::Object(said)) => {
                    for (field, said) in said {
                        add(&field, said);
                    }
                }
                Some(said) => add("", said),
            },
            Why::Request(error) if !error.fields().is_empty() => return error.fields().clone(),
            Why::Request(error) => add("", error.message().into()),
            Why::Unsent { field, why } => add(field, why.as_str().into()),
            Why::Several { field, noun, ids } => {
                let ids: Vec<_> = ids.iter().map(i64::to_string).collect();
                let said = format!("{} {noun} have it: {}", ids.len(), ids.join(", "));
                add(field, said.into());
            }
            Why::Journal(fields) => fields.iter().for_each(|field| add(field, EARLIER.into())),
            Why::Checked(invalid) => {
                for (field, rule) in invalid.fields() {
                    add(field, rule.into());
                }
            }
            Why::SameKey {
                field,
                found,
                other,
            } => {
                let other = format!("record {other} of the input, counted from 0");
                let said = match found {
                    Some(found) => format!("{found} has it, and also that of {other}"),
                    None => format!("{other}, has it as well"),
                };
                add(field, said.into());
            }
        }
        fields
    }

    /// Returns the error of the whole request, if Copper did not answer for this record by itself.
    pub fn error(&self) -> Option<&Error> {
        match &self.0 {
            Why::Request(error) => Some(error),
            Why::Item(_)
            | Why::Unsent { .. }
            | Why::Several { .. }
            | Why::SameKey { .. }
            | Why::Journal(_)
            | Why::Checked(_) => None,
        }
    }

    /// Returns the place of another record of the input, from 0, if a sync sent neither of them: it has the same key, or
    /// matches the same record in Copper.
    pub fn other_record(&self) -> Option<u64> {
        match &self.0 {
            Why::SameKey { other, .. } => Some(*other),
            _ => None,
        }
    }

    /// Returns the ids of the records that match an upsert or have the key of a sync, if there are several. For
    /// an upsert they are there only if Copper names them; see [`Error::matching_ids`].
    pub fn matching_ids(&self) -> Vec<i64> {
        match &self.0 {
            Why::Several { ids, .. } => ids.clone(),
            _ => self.error().map(Error::matching_ids).unwrap_or_default(),
        }
    }

    /// Returns the kind of the [error](Self::error) if the whole request was refused, and
    /// [`ErrorKind::Unsendable`] if the record was refused before it was sent; otherwise
    /// [`ErrorKind::Invalid`].
    pub fn kind(&self) -> ErrorKind {
        match &self.0 {
            Why::Request(error) => error.kind(),
            Why::Item(_) | Why::Journal(_) => ErrorKind::Invalid,
            Why::Unsent { .. } | Why::Several { .. } | Why::SameKey { .. } | Why::Checked(_) => {
                ErrorKind::Unsendable
            }
        }
    }

    /// Returns the operation, if it was refused as a whole.
    pub fn operation(&self) -> Option<&'static str> {
        self.error().and_then(Error::operation)
    }

    /// Returns the advice what to do next: correct the record and send it again, unless the
    /// [error](Self::error) has other advice.
    pub fn advice(&self) -> Advice {
        self.error().map_or(Advice::Correct, Error::advice)
    }

    /// Copper's words for this record, unchanged.
    pub fn raw(&self) -> Option<&BulkFailure> {
        match &self.0 {
            Why::Item(failure) => Some(failure),
            Why::Request(_)
            | Why::Unsent { .. }
            | Why::Several { .. }
            | Why::SameKey { .. }
            | Why::Journal(_)
            | Why::Checked(_) => None,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.fields();
        if matches!(&self.0, Why::Journal(fields) if fields.is_empty()) {
            return write!(f, "Copper refused it in an earlier start");
        }
        let fields = fields.iter().map(|(field, errors)| {
            let mut errors = errors.join(", ");
            if let (Why::Item(_), Some(hint)) = (&self.0, hint(field, &errors)) {
                errors = format!("{errors} ({hint})");
            }
            match field.as_str() {
                "" => errors,
                field => format!("{field}: {errors}"),
            }
        });
        let words = fields.collect::<Vec<_>>().join("; ");
        if words.is_empty() {
            return f.write_str("Copper refused it without a reason");
        }
        f.write_str(&Redactor::default().redact(&words, LONGEST_MESSAGE))
    }
}

/// The schema's rules for a field, which Copper only calls invalid.
fn hint(field: &str, errors: &str) -> Option<&'static str> {
    let mut hints = INVALID_HINTS.iter().filter(|_| errors == "invalid");
    hints.find(|(of, _)| *of == field).map(|(_, hint)| *hint)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rejection(message: Value) -> Rejection {
        let failure = json!({"success": false, "message": message});
        Rejection::item(serde_json::from_value(failure).expect("a failure"))
    }

    #[test]
    fn a_rejection_names_its_fields_in_any_form_that_a_message_takes() {
        for (message, shown) in [
            (json!({"name": [{"error": "invalid"}]}), "name: invalid"),
            (
                json!({"email": [{"error": "taken"}, "odd"], "name": "blank"}),
                "email: taken, odd; name: blank",
            ),
            (json!("no"), "no"),
            (json!(["a", {"error": "b"}]), "a, b"),
            (
                json!({"name": [{"error": "invalid", "code": 7}]}),
                r#"name: {"code":7,"error":"invalid"}"#,
            ),
            (json!(null), "Copper refused it without a reason"),
            (json!([]), "Copper refused it without a reason"),
            (json!("x".repeat(501)), &("x".repeat(500) + "…")),
            (json!({}), "Copper refused it without a reason"),
            (
                json!({"emails": [{"error": "invalid"}]}),
                "emails: invalid (another person may have one of these addresses)",
            ),
            (
                json!({"na\u{1b}me": "no\r\n1 done"}),
                r"na\u{1b}me: no\r\n1 done",
            ),
        ] {
            assert_eq!(rejection(message.clone()).to_string(), shown, "{message}");
        }
    }

    #[test]
    fn a_rejection_has_what_it_comes_from() {
        let item = rejection(json!("no"));
        assert!(item.raw().is_some() && item.error().is_none());
        assert!(item.invalid().is_none(), "Copper said it, and no check");
        let odd = Arc::new(Error::config("odd".to_owned()));
        let request = Rejection::request(odd);
        assert!(request.raw().is_none() && request.error().is_some());
        assert_eq!(request.to_string(), "odd");
        let journal = Rejection::journalled(vec!["name".to_owned()]);
        assert!(journal.raw().is_none() && journal.error().is_none());
        assert_eq!(journal.to_string(), "name: refused in an earlier start");
        let journal = Rejection::journalled(Vec::new());
        assert_eq!(journal.to_string(), "Copper refused it in an earlier start");
    }
}
