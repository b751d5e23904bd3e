//! Sorts the records that a search found. Those without a value come last in both directions, and those with
//! equal values in the order of their creation, so that pages never overlap.

use std::cmp::{Ordering, Reverse};

use serde_json::{Map, Value};

use super::pointer;

/// The value that a lead is sorted by.
#[derive(Debug, PartialEq)]
enum Key {
    Number(f64),
    Text(String),
}

/// Sorts records that are in the order of their creation.
pub(crate) fn sort(
    leads: &mut [&Map<String, Value>],
    search: &Map<String, Value>,
    by_default: &str,
) {
    let by = search.get("sort_by").and_then(Value::as_str);
    let by = by.unwrap_or(by_default);
    let falling = search
        .get("sort_direction")
        .is_some_and(|direction| direction == "desc");
    leads.sort_by_cached_key(|lead| match key(by, lead) {
        Some(key) if falling => Place::Falling(Reverse(key)),
        Some(key) => Place::Rising(key),
        None => Place::Last,
    });
}

/// The position of a lead. In one search, all rise or all fall.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Rising(Key),
    Falling(Reverse<Key>),
    Last,
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.total_cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            // One field never has both, but an order must be total.
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

/// The sort key of a lead.
fn key(by: &str, lead: &Map<String, Value>) -> Option<Key> {
    let path = match by {
        "value" => "/monetary_value",
        "email" if lead.contains_key("emails") => return first(lead, "emails", "email"),
        "email" => "/email/email",
        "city" => "/address/city",
        "state" => "/address/state",
        "country" => "/address/country",
        "zip" => "/address/postal_code",
        "phone" => return first(lead, "phone_numbers", "number"),
        "socials" => return first(lead, "socials", "url"),
        "inactive_days" => return days_from_now(lead),
        field => return of(lead.get(field)?),
    };
    of(pointer(lead, path)?)
}

fn of(value: &Value) -> Option<Key> {
    match value {
        Value::Number(number) => number.as_f64().map(Key::Number),
        Value::String(text) if !text.is_empty() => Some(Key::Text(text.to_lowercase())),
        _ => None,
    }
}

fn first(lead: &Map<String, Value>, list: &str, field: &str) -> Option<Key> {
    of(lead.get(list)?.as_array()?.first()?.get(field)?)
}

/// The fewest inactive days are the newest date.
fn days_from_now(lead: &Map<String, Value>) -> Option<Key> {
    let date = |field: &str| lead.get(field).and_then(Value::as_f64);
    let last = date("date_last_contacted").or_else(|| date("date_modified"))?;
    Some(Key::Number(-last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sorted(by: &str, direction: &str) -> Vec<i64> {
        let leads = json!([
            { "id": 1, "name": "b", "monetary_value": 10, "phone_numbers": [], "date_modified": 5 },
            { "id": 2, "name": "A", "monetary_value": null, "phone_numbers": [{ "number": "2" }], "date_modified": 9 },
            { "id": 3, "name": "c", "monetary_value": 9.5, "phone_numbers": [{ "number": "1" }], "date_modified": 7 },
            { "id": 4, "name": "b", "monetary_value": 10, "phone_numbers": [], "date_modified": 1, "date_last_contacted": 8 },
        ]);
        let search = json!({ "sort_by": by, "sort_direction": direction });
        let leads = leads.as_array().expect("leads");
        let mut leads: Vec<_> = leads.iter().filter_map(Value::as_object).collect();
        sort(&mut leads, search.as_object().expect("a search"), "name");
        leads
            .iter()
            .filter_map(|lead| lead.get("id")?.as_i64())
            .collect()
    }

    #[test]
    fn leads_rise_or_fall_and_those_without_a_value_come_last() {
        assert_eq!(sorted("name", "asc"), [2, 1, 4, 3]);
        assert_eq!(sorted("name", "desc"), [3, 1, 4, 2]);
        assert_eq!(sorted("value", "asc"), [3, 1, 4, 2]);
        assert_eq!(sorted("value", "desc"), [1, 4, 3, 2]);
        assert_eq!(sorted("phone", "asc"), [3, 2, 1, 4]);
        assert_eq!(sorted("date_modified", "asc"), [4, 1, 3, 2]);
        assert_eq!(sorted("inactive_days", "asc"), [2, 4, 3, 1]);
    }
}
