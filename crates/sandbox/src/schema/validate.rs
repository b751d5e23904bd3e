//! Validates requests against the schema document.

use serde_json::{Map, Number, Value};

use super::{
    document::{Document, json_type},
    problem::Problem,
};

/// The use of a value, which decides the values that are valid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Usage {
    /// A value to store. Integers, which are ids and times, are not negative. Only the id of an activity type
    /// can be zero. Open sets take any word.
    Write,
    /// A criterion of a search. Negative ids stand for "none", ranges may begin at zero, and only the
    /// known words of an open set have a meaning.
    Search,
}

impl Document {
    /// The unknown fields of an object and its missing required ones. `null` counts as absent.
    pub(crate) fn field_problems(
        &self,
        schema: &Value,
        object: &Map<String, Value>,
    ) -> Vec<Problem> {
        let fields = self.fields(schema);
        let unknown: Vec<_> = object
            .keys()
            .filter(|name| !fields.iter().any(|(known, _)| known == name))
            .cloned()
            .collect();
        let unknown = (!unknown.is_empty()).then_some(Problem::Unrecognized(unknown));
        let missing = self
            .required(schema)
            .filter(|name| is_blank(object.get(*name)))
            .map(Problem::missing);
        unknown.into_iter().chain(missing).collect()
    }

    /// All problems of an object by its schema. `null` counts as absent.
    pub(crate) fn problems(
        &self,
        schema: &Value,
        object: &Map<String, Value>,
        usage: Usage,
    ) -> Vec<Problem> {
        let mut problems = self.field_problems(schema, object);
        let fields = self.fields(schema);
        for (name, value) in object {
            let Some((_, field)) = fields.iter().find(|(known, _)| *known == name) else {
                continue;
            };
            let is_id = name == "id" || name.ends_with("_id");
            let is_zero = is_id && usage == Usage::Write && value.as_i64() == Some(0);
            if value.is_null() || self.fits(field, value, usage) && !is_zero {
                continue;
            }
            problems.push(if is_id && json_type(field) == Some("integer") {
                Problem::NotAnId(name.clone(), value.clone())
            } else {
                Problem::invalid(name)
            });
        }
        problems
    }

    /// Returns true if a value has the type of its schema. A schema without a type takes any value.
    fn fits(&self, schema: &Value, value: &Value, usage: Usage) -> bool {
        let schema = self.resolve(schema);
        if let Some(forms) = schema.get("oneOf").and_then(Value::as_array) {
            return forms.iter().any(|form| self.fits(form, value, usage));
        }
        let nested = |value: &Value| {
            value.is_null()
                || schema
                    .get("items")
                    .is_none_or(|items| self.fits(items, value, usage))
        };
        match json_type(schema) {
            Some("string") => value
                .as_str()
                .is_some_and(|text| usage == Usage::Write || is_member(schema, text)),
            Some("boolean") => value.is_boolean(),
            Some("number") => value.is_number(),
            Some("integer") => value
                .as_i64()
                .is_some_and(|number| number >= 0 || usage == Usage::Search),
            Some("array") => value
                .as_array()
                .is_some_and(|items| items.iter().all(nested)),
            Some("object") => value.as_object().is_some_and(|object| {
                let there = |name: &str| object.get(name).is_some_and(|value| !value.is_null());
                self.required(schema).all(there)
                    && self.fields(schema).iter().all(|(name, field)| {
                        object
                            .get(*name)
                            .is_none_or(|value| value.is_null() || self.fits(field, value, usage))
                    })
            }),
            _ => true,
        }
    }

    /// The same value, with strings that hold numbers turned into numbers where the schema has numbers.
    pub(crate) fn with_numbers(&self, schema: &Value, value: Value) -> Value {
        let schema = self.resolve(schema);
        match (json_type(schema), value) {
            (Some("integer" | "number"), Value::String(text)) => number(text),
            (_, Value::Array(items)) => {
                let inner = schema.get("items").unwrap_or(&Value::Null);
                let items = items.into_iter();
                items.map(|item| self.with_numbers(inner, item)).collect()
            }
            (_, Value::Object(fields)) => {
                let fields = fields.into_iter().map(|(name, value)| {
                    let field = self.field(schema, &name).unwrap_or(&Value::Null);
                    let value = self.with_numbers(field, value);
                    (name, value)
                });
                Value::Object(fields.collect())
            }
            (_, value) => value,
        }
    }
}

impl Document {
    /// The same value with all fields of its objects. Those that it lacks are `null`.
    pub(crate) fn with_all_parts(&self, schema: &Value, value: Value) -> Value {
        let schema = self.resolve(schema);
        match value {
            Value::Array(items) => {
                let inner = schema.get("items").unwrap_or(&Value::Null);
                let items = items.into_iter();
                items.map(|item| self.with_all_parts(inner, item)).collect()
            }
            Value::Object(mut fields) => {
                for (name, field) in self.fields(schema) {
                    let value = fields.remove(name).unwrap_or_default();
                    fields.insert(name.clone(), self.with_all_parts(field, value));
                }
                Value::Object(fields)
            }
            other => other,
        }
    }
}

/// Returns true if a word is a known member of an open set, or the schema has no set.
fn is_member(schema: &Value, text: &str) -> bool {
    schema
        .get("x-copper-open-set")
        .and_then(Value::as_array)
        .is_none_or(|members| members.iter().any(|member| member == text))
}

fn number(text: String) -> Value {
    let trimmed = text.trim();
    let integer = trimmed.parse::<i64>().ok().map(Number::from);
    integer
        .or_else(|| Number::from_f64(trimmed.parse().ok()?))
        .map_or(Value::String(text), Value::Number)
}

fn is_blank(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sentences(operation: &str, usage: Usage, body: Value) -> Vec<String> {
        let document = Document::built_in().expect("the schema");
        let schema = document.request(operation).expect("a request");
        let body = document.with_numbers(schema, body);
        let body = body.as_object().expect("an object");
        let problems = document.problems(schema, body, usage);
        problems.iter().map(Problem::sentence).collect()
    }

    fn of_lead(lead: Value) -> Vec<String> {
        sentences("create_lead", Usage::Write, lead)
    }

    #[test]
    fn a_lead_with_all_kinds_of_fields_is_sound() {
        let lead = json!({
            "name": "Ada", "email": { "email": "a@b.c", "category": null }, "tags": ["x"], "monetary_value": 1.5,
            "assignee_id": 7, "details": null, "phone_numbers": [{ "number": "1", "category": "ours" }],
            "address": { "city": "London", "planet": 3 },
            "custom_fields": [{ "custom_field_definition_id": 1, "value": [1, 2] }, { "custom_field_definition_id": 2, "value": true }]
        });
        assert_eq!(of_lead(lead), [""; 0]);
    }

    #[test]
    fn every_problem_is_named_as_copper_names_it() {
        let lead = json!({ "name": " ", "assignee_id": "test", "customer_source_id": -2, "tags": "x", "pageSize": 1, "url": "u" });
        assert_eq!(
            of_lead(lead),
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
        let lead = json!({
            "name": 3, "email": "a@b.c", "tags": [1], "phone_numbers": [{ "number": 1 }], "address": { "city": [] },
            "socials": [{ "category": "other" }]
        });
        assert_eq!(of_lead(lead).len(), 6);
    }

    #[test]
    fn an_update_of_several_parts_knows_the_fields_of_all() {
        let document = Document::built_in().expect("the schema");
        let schema = document
            .bulk_item("bulk_update_leads", "leads")
            .expect("an item");
        let problems = |update: Value| {
            let update = update.as_object().expect("an object");
            document.problems(schema, update, Usage::Write)
        };
        assert_eq!(
            problems(json!({ "id": 1, "name": "x", "details": null })),
            []
        );
        assert_eq!(problems(json!({ "name": "x" })), [Problem::missing("id")]);
    }

    #[test]
    fn a_search_may_send_numbers_as_texts_and_ids_of_nobody() {
        let search = json!({
            "page_number": "1", "minimum_created_date": "1754518014", "assignee_ids": [-2, "7"], "tags": [],
            "minimum_monetary_value": "0.5", "sort_by": "name", "name": "7", "phone_number": { "value": "555", "match": "partial" },
            "custom_fields": [{ "custom_field_definition_id": "12", "minimum_value": "0" }]
        });
        assert_eq!(sentences("search_leads", Usage::Search, search), [""; 0]);
        let search = json!({ "pageSize": 1, "sort_by": "mood", "page_number": "one", "tags": { "option": "MOST", "value": [] } });
        assert_eq!(sentences("search_leads", Usage::Search, search).len(), 4);
    }
}
