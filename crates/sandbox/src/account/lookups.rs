//! The lookups of an account: users, custom field definitions, statuses and other lists of ids and names.
//! By default those of Copper's documented examples, and some more of each.

use serde_json::{Value, json};

/// The user who owns the credentials.
pub(crate) const OWNER: i64 = 137_658;

/// The lists, each in the form of Copper's response.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lookups {
    pub(crate) leads_disabled: bool,
    pub(crate) users: Vec<Value>,
    pub(crate) custom_fields: Vec<Value>,
    pub(crate) statuses: Vec<Value>,
    pub(crate) sources: Vec<Value>,
    pub(crate) contact_types: Vec<Value>,
    pub(crate) pipelines: Vec<Value>,
    pub(crate) loss_reasons: Vec<Value>,
    pub(crate) activity_types: Vec<Value>,
}

impl Lookups {
    /// The default lookups.
    pub(crate) fn examples() -> Self {
        let mut lookups = Self::default();
        lookups.add_user(159_258, "Demo User", "demouser@example.com");
        lookups.add_user(159_259, "Ann Example", "ann@example.com");
        for (id, name) in [
            (208_231, "New"),
            (208_232, "Open"),
            (208_233, "Unqualified"),
            (208_234, "Junk"),
            (208_235, "Contacted"),
        ] {
            lookups.add_status(id, name);
        }
        for (id, name) in [
            (331_240, "Email"),
            (331_241, "Cold Call"),
            (331_242, "Advertising"),
        ] {
            lookups.sources.push(named(id, name));
        }
        for (id, name) in [
            (451_490, "Potential Customer"),
            (451_491, "Current Customer"),
        ] {
            lookups.contact_types.push(named(id, name));
        }
        for (id, name) in [(308_806, "Price"), (308_807, "Features")] {
            lookups.loss_reasons.push(named(id, name));
        }
        let sales = [(987_790, "Qualified", 5), (987_791, "Proposal", 40)];
        lookups.add_pipeline(213_214, "Sales", sales);
        let partners = [(987_792, "Qualified", 10), (987_793, "Signed", 90)];
        lookups.add_pipeline(213_215, "Partners", partners);
        for (id, name) in [(0, "Note"), (190_711, "Phone Call"), (190_712, "Meeting")] {
            lookups.add_activity_type("user", id, name);
        }
        for (id, name) in [(1, "Property Changed"), (3, "Pipeline Stage Changed")] {
            lookups.add_activity_type("system", id, name);
        }
        lookups.custom_fields = custom_fields();
        lookups
    }

    pub(crate) fn add_user(&mut self, id: i64, name: &str, email: &str) {
        let groups = json!([{ "id": 1, "name": "Sales" }]);
        let user = json!({ "id": id, "name": name, "email": email, "groups": groups });
        self.users.push(user);
    }

    /// Adds a lead status. The first one is the default.
    pub(crate) fn add_status(&mut self, id: i64, name: &str) {
        let order = self.statuses.len() + 1;
        let status = json!({ "id": id, "name": name, "order": order, "is_default": order == 1 });
        self.statuses.push(status);
    }

    pub(crate) fn add_pipeline<Name: Into<String>>(
        &mut self,
        id: i64,
        name: &str,
        stages: impl IntoIterator<Item = (i64, Name, i64)>,
    ) {
        let stages = stages.into_iter().map(
            |(id, name, probability)| json!({ "id": id, "name": name.into(), "win_probability": probability }),
        );
        let stages: Value = stages.collect();
        let pipeline = json!({ "id": id, "name": name, "type": "opportunity", "is_revenue": true, "stages": stages });
        self.pipelines.push(pipeline);
    }

    pub(crate) fn add_activity_type(&mut self, category: &str, id: i64, name: &str) {
        let interaction = category == "user" && id != 0;
        let of = json!({ "id": id, "category": category, "name": name, "is_disabled": false, "count_as_interaction": interaction });
        self.activity_types.push(of);
    }

    /// The status with this id, or the default one.
    pub(crate) fn status(&self, id: Option<i64>) -> Option<&Value> {
        match id {
            Some(id) => by_id(&self.statuses, id),
            None => self.statuses.first(),
        }
    }

    /// The pipeline with this id, or the first one.
    pub(crate) fn pipeline(&self, id: Option<i64>) -> Option<&Value> {
        match id {
            Some(id) => by_id(&self.pipelines, id),
            None => self.pipelines.first(),
        }
    }

    /// The stages of a pipeline, each with the pipeline's id.
    pub(crate) fn stages(pipeline: &Value) -> impl Iterator<Item = Value> {
        let stages = pipeline.get("stages").and_then(Value::as_array);
        stages.into_iter().flatten().cloned().map(|mut stage| {
            if let Some(stage) = stage.as_object_mut() {
                stage.insert("pipeline_id".to_owned(), id_of(pipeline));
            }
            stage
        })
    }

    /// The definitions of the custom fields that records of this type have.
    pub(crate) fn custom_fields_on(&self, record_type: &str) -> impl Iterator<Item = &Value> {
        self.custom_fields.iter().filter(move |field| {
            let available_on = field.get("available_on").and_then(Value::as_array);
            available_on.is_some_and(|on| on.iter().any(|on| on == record_type))
        })
    }
}

/// An entry of an id and a name.
pub(crate) fn named(id: i64, name: &str) -> Value {
    json!({ "id": id, "name": name })
}

/// The entry with this id.
pub(crate) fn by_id(list: &[Value], id: i64) -> Option<&Value> {
    list.iter().find(|entry| id_of(entry) == id)
}

fn id_of(entry: &Value) -> Value {
    entry.get("id").cloned().unwrap_or_default()
}

/// The value of a custom field that is not set, by the field's definition.
pub(crate) fn unset(definition: &Value) -> Value {
    match definition.get("data_type").and_then(Value::as_str) {
        Some("MultiSelect" | "Connect") => json!([]),
        Some("Checkbox") => json!(false),
        _ => Value::Null,
    }
}

/// One custom field of each type, available on every kind of record.
fn custom_fields() -> Vec<Value> {
    let field = |id: i64, name: &str, data_type: &str| {
        let on = [
            "lead",
            "person",
            "opportunity",
            "company",
            "project",
            "task",
        ];
        json!({ "id": id, "name": name, "data_type": data_type, "available_on": on, "is_filterable": true })
    };
    let with = |mut field: Value, key: &str, value: Value| {
        if let Some(field) = field.as_object_mut() {
            field.insert(key.to_owned(), value);
        }
        field
    };
    let options = |first: i64, names: &[&str]| -> Value {
        let options = names.iter().zip(0i64..);
        options
            .map(|(name, n)| json!({ "id": first + n, "name": name, "rank": n }))
            .collect()
    };
    let sizes = options(167_776, &["Small", "Medium", "Large", "Very Large"]);
    let interests = options(167_786, &["Paper", "Printers", "Service"]);
    vec![
        field(100_764, "Reference", "String"),
        with(field(126_240, "Size", "Dropdown"), "options", sizes),
        with(
            field(126_241, "Interests", "MultiSelect"),
            "options",
            interests,
        ),
        field(126_242, "Contract End", "Date"),
        field(126_243, "Newsletter", "Checkbox"),
        field(126_244, "Rating", "Float"),
        field(126_245, "Profile", "URL"),
        field(126_246, "Discount", "Percentage"),
        with(
            field(126_247, "Budget", "Currency"),
            "currency",
            json!("USD"),
        ),
        field(126_248, "Notes", "Text"),
        with(
            field(126_249, "Parent Account", "Connect"),
            "connected_id",
            json!(126_250),
        ),
        with(
            field(126_250, "Child Accounts", "Connect"),
            "connected_id",
            json!(126_249),
        ),
    ]
}
