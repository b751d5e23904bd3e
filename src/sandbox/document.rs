//! What may be written, as the schema document says: the sandbox reads it there, so that it can't
//! know other fields than the client, and a user's own copy of the schema changes both.

use serde_json::{Map, Value};

/// The schema document.
#[derive(Debug)]
pub(super) struct Document(Value);

/// One thing that is wrong with a record.
#[derive(Debug, PartialEq)]
pub(super) enum Problem {
    /// A field that is needed is absent, `null` or blank.
    Missing(String),
    /// A field has a value of the wrong kind.
    Invalid(String),
    /// A field should hold an id and holds this.
    NotAnId(String, Value),
    /// Fields that there are not.
    Unrecognized(Vec<String>),
}

impl Document {
    /// The document that this crate was built from.
    pub(super) fn built_in() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/copper.json"))).map(Self)
    }

    /// The schema of an operation's request body.
    pub(super) fn request(&self, operation: &str) -> Option<&Value> {
        let paths = self.0.get("paths")?.as_object()?;
        let mut operations = paths
            .values()
            .filter_map(Value::as_object)
            .flat_map(Map::values);
        let found = operations
            .find(|found| found.get("operationId").and_then(Value::as_str) == Some(operation))?;
        Some(self.resolve(found.pointer("/requestBody/content/application~1json/schema")?))
    }

    /// The schema of one record of a bulk operation's request body.
    pub(super) fn bulk_item(&self, operation: &str, key: &str) -> Option<&Value> {
        let list = self.request(operation)?.get("properties")?.get(key)?;
        Some(self.resolve(self.resolve(list).get("items")?))
    }

    /// All that is wrong with a record, by its schema. `null` is taken as absent.
    pub(super) fn problems(&self, schema: &Value, record: &Map<String, Value>) -> Vec<Problem> {
        let fields = schema.get("properties").and_then(Value::as_object);
        let unknown: Vec<_> = record
            .keys()
            .filter(|name| fields.is_none_or(|fields| !fields.contains_key(*name)))
            .cloned()
            .collect();
        let mut problems = if unknown.is_empty() {
            Vec::new()
        } else {
            vec![Problem::Unrecognized(unknown)]
        };
        let needed = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        problems.extend(
            needed
                .filter(|name| is_blank(record.get(*name)))
                .map(|name| Problem::Missing(name.to_owned())),
        );
        for (name, value) in record {
            let Some(field) = fields.and_then(|fields| fields.get(name)) else {
                continue;
            };
            if value.is_null() || self.fits(field, value) {
                continue;
            }
            let is_id = name.ends_with("_id")
                && self.resolve(field).get("type").and_then(Value::as_str) == Some("integer");
            problems.push(if is_id {
                Problem::NotAnId(name.clone(), value.clone())
            } else {
                Problem::Invalid(name.clone())
            });
        }
        problems
    }

    /// Whether a value is of the kind that a schema asks for. What the schema leaves open, fits.
    fn fits(&self, schema: &Value, value: &Value) -> bool {
        let schema = self.resolve(schema);
        let nested = |value: &Value| {
            value.is_null()
                || schema
                    .get("items")
                    .is_none_or(|items| self.fits(items, value))
        };
        match schema.get("type").and_then(Value::as_str) {
            Some("string") => value.is_string(),
            Some("boolean") => value.is_boolean(),
            Some("number") => value.is_number(),
            // Every integer that a request can hold is an id or a time.
            Some("integer") => value.as_i64().is_some_and(|number| number > 0),
            Some("array") => value
                .as_array()
                .is_some_and(|items| items.iter().all(nested)),
            Some("object") => value.as_object().is_some_and(|object| {
                let fields = schema.get("properties").and_then(Value::as_object);
                object.iter().all(|(name, value)| {
                    value.is_null()
                        || fields
                            .and_then(|fields| fields.get(name))
                            .is_none_or(|field| self.fits(field, value))
                })
            }),
            _ => true,
        }
    }

    /// Follows references, also those that are wrapped in an `allOf` to carry a description.
    fn resolve<'a>(&'a self, mut schema: &'a Value) -> &'a Value {
        // A document whose references go round in circles must not hang the sandbox.
        for _ in 0..16 {
            let target = schema
                .get("$ref")
                .or_else(|| schema.pointer("/allOf/0/$ref"));
            let Some(pointer) = target
                .and_then(Value::as_str)
                .and_then(|text| text.strip_prefix('#'))
            else {
                break;
            };
            let Some(next) = self.0.pointer(pointer) else {
                break;
            };
            schema = next;
        }
        schema
    }
}

fn is_blank(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(_) => false,
    }
}

impl Problem {
    /// The sentence of a single call's 422. The recorded ones are given word for word.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Missing(field) => format!("{}: can't be blank", titled(field)),
            Self::Invalid(field) => format!("{}: is invalid", titled(field)),
            Self::NotAnId(field, value) => {
                let (field, value) = (
                    titled(field),
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned),
                );
                format!(
                    "{field}: Invalid value for {field}: IDs must be positive integers: {value}"
                )
            }
            Self::Unrecognized(fields) => format!("Base: {}", unrecognized(fields)),
        }
    }

    /// The field and the text of a bulk answer's failure item, of which one example is documented.
    pub(super) fn entry(&self) -> (&str, String) {
        match self {
            Self::Missing(field) | Self::Invalid(field) | Self::NotAnId(field, _) => {
                (field, "invalid".to_owned())
            }
            Self::Unrecognized(fields) => ("base", unrecognized(fields)),
        }
    }
}

fn unrecognized(fields: &[String]) -> String {
    format!("Unrecognized attributes specified: {}", fields.join(", "))
}

/// `company_id` as Copper writes it in messages: `Company Id`.
fn titled(field: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(letters).collect()
        })
    };
    field.split('_').map(capital).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sentences(record: Value) -> Vec<String> {
        let document = Document::built_in().expect("the schema");
        let schema = document.request("create_lead").expect("a request");
        document
            .problems(schema, record.as_object().expect("a record"))
            .iter()
            .map(Problem::sentence)
            .collect()
    }

    #[test]
    fn a_lead_with_all_kinds_of_fields_is_sound() {
        let lead = json!({
            "name": "Ada", "email": { "email": "a@b.c", "category": null }, "tags": ["x"], "monetary_value": 1.5,
            "assignee_id": 7, "details": null, "phone_numbers": [{ "number": "1" }], "address": { "city": "London", "planet": 3 },
            "custom_fields": [{ "custom_field_definition_id": 1, "value": [1, 2] }, { "custom_field_definition_id": 2, "value": true }]
        });
        assert_eq!(sentences(lead), [""; 0]);
    }

    #[test]
    fn every_problem_is_named_as_copper_names_it() {
        let lead = json!({ "name": " ", "assignee_id": "test", "customer_source_id": -2, "tags": "x", "pageSize": 1, "url": "u" });
        assert_eq!(
            sentences(lead),
            [
                "Base: Unrecognized attributes specified: pageSize, url",
                "Name: can't be blank",
                "Assignee Id: Invalid value for Assignee Id: IDs must be positive integers: test",
                "Customer Source Id: Invalid value for Customer Source Id: IDs must be positive integers: -2",
                "Tags: is invalid",
            ]
        );
    }

    #[test]
    fn wrong_kinds_are_found_inside_lists_and_objects() {
        let lead = json!({ "name": 3, "email": "a@b.c", "tags": [1], "phone_numbers": [{ "number": 1 }], "address": { "city": [] } });
        assert_eq!(sentences(lead).len(), 5);
    }
}
