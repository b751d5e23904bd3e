//! Fields that the schema does not name are compared as JSON.

use serde_json::{Map, Value};

use super::super::{Policies, SyncField};

/// The fields to send. Fields that only the record in Copper has are left alone.
pub(super) fn patch(
    there: &Map<String, Value>,
    wanted: &Map<String, Value>,
    policies: &Policies,
) -> Map<String, Value> {
    let differs = |name: &str, wanted: &Value| {
        let there = there.get(name).filter(|there| !is_empty(there));
        if is_empty(wanted) {
            policies.clears() && there.is_some()
        } else {
            there.is_none_or(|there| !same(there, wanted))
        }
    };
    let mut changes = wanted.clone();
    changes.retain(|name, wanted| {
        policies.may_change(&SyncField::of_wire(name)) && differs(name, wanted)
    });
    changes
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// Equality in which numbers are compared by value.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let in_b = |(name, a)| b.get(name).is_some_and(|b| same(a, b));
            a.len() == b.len() && a.iter().all(in_b)
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sync::Empties;

    fn object(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).expect("an object")
    }

    #[test]
    fn only_what_is_named_and_differs_is_sent() {
        let there =
            object(json!({"mood": "good", "level": 3, "kept": true, "list": [1, {"a": 1}]}));
        let wanted = object(
            json!({"mood": "bad", "level": 3.0, "list": [1.0, {"a": 1}], "new": 1, "none": null}),
        );
        let policies = Policies::default();
        assert_eq!(
            patch(&there, &wanted, &policies),
            object(json!({"mood": "bad", "new": 1}))
        );
        let empty = object(json!({"mood": "", "level": null, "none": null}));
        assert!(patch(&there, &empty, &policies).is_empty());
        let clear = Policies::default().empties(Empties::Clear);
        assert_eq!(
            patch(&there, &empty, &clear),
            object(json!({"mood": "", "level": null}))
        );
        let never = policies.never([SyncField::Extra("mood".to_owned())]);
        assert_eq!(patch(&there, &wanted, &never), object(json!({"new": 1})));
    }
}
