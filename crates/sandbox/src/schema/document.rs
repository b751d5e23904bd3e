//! Lookups in the schema document: request bodies, named schemas, fields, references.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

/// The schema document.
#[derive(Debug)]
pub(crate) struct Document(Value);

impl Document {
    /// The document that `copper-crm` was built from. It is read once: each test starts a sandbox of its own.
    pub(crate) fn built_in() -> Result<&'static Self, String> {
        static BUILT_IN: LazyLock<Result<Document, serde_json::Error>> = LazyLock::new(|| {
            serde_json::from_str(copper_crm::schema::DOCUMENT)
                .map(|document| Document(plain(document)))
        });
        BUILT_IN.as_ref().map_err(ToString::to_string)
    }

    /// The schema of an operation's request body.
    pub(crate) fn request(&self, operation: &str) -> Option<&Value> {
        let paths = self.0.get("paths")?.as_object()?;
        let mut operations = paths
            .values()
            .filter_map(Value::as_object)
            .flat_map(Map::values);
        let found = operations
            .find(|found| found.get("operationId").and_then(Value::as_str) == Some(operation))?;
        Some(self.resolve(found.pointer("/requestBody/content/application~1json/schema")?))
    }

    /// The schema of one record in a bulk operation's request body.
    pub(crate) fn bulk_item(&self, operation: &str, key: &str) -> Option<&Value> {
        let list = self.field(self.request(operation)?, key)?;
        Some(self.resolve(self.resolve(list).get("items")?))
    }

    /// The schema with this name.
    pub(crate) fn named(&self, name: &str) -> Option<&Value> {
        self.0.get("components")?.get("schemas")?.get(name)
    }

    /// The schema of a field.
    pub(crate) fn field<'a>(&'a self, schema: &'a Value, name: &str) -> Option<&'a Value> {
        self.fields(schema)
            .into_iter()
            .find_map(|(known, field)| (known == name).then_some(field))
    }

    /// All fields of an object, including those of the schemas that it combines with `allOf`.
    pub(crate) fn fields<'a>(&'a self, schema: &'a Value) -> Vec<(&'a String, &'a Value)> {
        self.parts(schema)
            .filter_map(|part| part.get("properties")?.as_object())
            .flatten()
            .map(|(name, field)| (name, self.resolve(field)))
            .collect()
    }

    /// The names of an object's required fields.
    pub(crate) fn required<'a>(&'a self, schema: &'a Value) -> impl Iterator<Item = &'a str> {
        self.parts(schema)
            .filter_map(|part| part.get("required")?.as_array())
            .flatten()
            .filter_map(Value::as_str)
    }

    /// An object's schema, and the schemas that it combines with `allOf`.
    fn parts<'a>(&'a self, schema: &'a Value) -> impl Iterator<Item = &'a Value> {
        let schema = self.resolve(schema);
        let parts = schema.get("allOf").and_then(Value::as_array);
        std::iter::once(schema).chain(parts.into_iter().flatten().map(|part| self.resolve(part)))
    }

    /// Follows references, including those in an `allOf` of one, which carries a description.
    pub(crate) fn resolve<'a>(&'a self, mut schema: &'a Value) -> &'a Value {
        // Circular references must not hang the sandbox.
        for _ in 0..16 {
            let wrapped = match schema
                .get("allOf")
                .and_then(Value::as_array)
                .map(Vec::as_slice)
            {
                Some([only]) => only,
                _ => schema,
            };
            let Some(pointer) = wrapped
                .get("$ref")
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

/// The document with a plain reference where it has `oneOf` of a reference and `null`. The sandbox takes
/// `null` for every field.
fn plain(document: Value) -> Value {
    match document {
        Value::Object(mut schema) => {
            let forms = schema.get("oneOf").and_then(Value::as_array);
            if let Some([reference, null]) = forms.map(Vec::as_slice)
                && null
                    .get("enum")
                    .is_some_and(|only| *only == json!([Value::Null]))
            {
                let reference = reference.clone();
                schema.remove("oneOf");
                schema.insert("allOf".to_owned(), Value::Array(vec![reference]));
            }
            let fields = schema.into_iter();
            Value::Object(fields.map(|(name, inner)| (name, plain(inner))).collect())
        }
        Value::Array(items) => items.into_iter().map(plain).collect(),
        other => other,
    }
}

/// The JSON type of a schema.
pub(crate) fn json_type(schema: &Value) -> Option<&str> {
    schema.get("type").and_then(Value::as_str)
}
