//! Rejects a search that Copper can't understand, before it is sent.

use super::criteria::Search;
use crate::{generated::search::LARGEST_PAGE, types::CustomFieldFilter};

/// Returns an error if Copper can't understand this search.
pub(super) fn check(search: &impl Search) -> Result<(), String> {
    let pages = 1..=LARGEST_PAGE;
    let (number, size) = search.page();
    if size.is_some_and(|size| !pages.contains(&size)) {
        return Err(format!("page_size must be from 1 to {}", pages.end()));
    }
    if number.is_some_and(|number| number < 1) {
        return Err("page_number must be 1 or more".to_owned());
    }
    if search
        .followed()
        .is_some_and(|followed| !(1..=2).contains(&followed))
    {
        return Err("followed must be 1 (followed) or 2 (not followed)".to_owned());
    }
    search
        .custom_fields()
        .iter()
        .try_for_each(check_custom_field)
}

fn check_custom_field(filter: &CustomFieldFilter) -> Result<(), String> {
    let field = filter.custom_field_definition_id;
    let range = filter.minimum_value.is_some() || filter.maximum_value.is_some();
    let ways = [range, filter.value.is_some(), filter.allow_empty.is_some()];
    match ways.into_iter().filter(|way| *way).count() {
        1 if filter.option.is_some() && filter.value.is_none() => Err(format!(
            "custom field {field}: an option needs the values that it is about"
        )),
        1 => Ok(()),
        0 => Err(format!(
            "custom field {field}: give a value, a range, or allow_empty"
        )),
        _ => Err(format!(
            "custom field {field}: a value, a range and allow_empty exclude each other"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{LeadSearch, PersonSearch};

    #[test]
    fn what_no_search_can_express_is_refused() {
        let good = LeadSearch {
            page_size: Some(200),
            page_number: Some(1),
            ..LeadSearch::default()
        };
        assert_eq!(check(&good), Ok(()));
        for bad in [
            LeadSearch {
                page_size: Some(201),
                ..LeadSearch::default()
            },
            LeadSearch {
                page_size: Some(0),
                ..LeadSearch::default()
            },
            LeadSearch {
                page_number: Some(0),
                ..LeadSearch::default()
            },
            LeadSearch {
                followed: Some(3),
                ..LeadSearch::default()
            },
        ] {
            assert!(check(&bad).is_err(), "{bad:?}");
        }
        assert!(check(&PersonSearch::default().page_size(201)).is_err());
        let filter =
            |json: &str| check_custom_field(&serde_json::from_str(json).expect("a filter"));
        for good in [
            r#"{"custom_field_definition_id":6,"minimum_value":1515744000,"maximum_value":1515745000}"#,
            r#"{"custom_field_definition_id":12,"value":[8],"option":"ANY"}"#,
            r#"{"custom_field_definition_id":12,"allow_empty":true}"#,
        ] {
            assert_eq!(filter(good), Ok(()), "{good}");
        }
        for bad in [
            r#"{"custom_field_definition_id":6}"#,
            r#"{"custom_field_definition_id":6,"value":true,"allow_empty":true}"#,
            r#"{"custom_field_definition_id":6,"value":7,"minimum_value":1}"#,
            r#"{"custom_field_definition_id":6,"minimum_value":1,"option":"ANY"}"#,
        ] {
            assert!(filter(bad).is_err(), "{bad}");
        }
    }
}
