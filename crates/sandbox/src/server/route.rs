//! Finds the operation of a request by the methods and paths of the schema.

use copper_crm::schema::{OPERATIONS, Operation};

/// An operation and the `{id}` of its path.
pub(crate) struct Route<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) id: Option<&'a str>,
}

/// Returns the operation of a method and a path, without the base URL's path. A slash at the path's end makes
/// no difference.
pub(crate) fn route<'a>(method: &str, path: &'a str) -> Option<Route<'a>> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let fitting = OPERATIONS
        .iter()
        .filter(|operation| operation.method == method);
    let routes = fitting.filter_map(|operation| {
        Some(Route {
            operation,
            id: fit(operation.path, path)?,
        })
    });
    // `/leads/bulk_create` is an operation, not a lead with that id.
    routes.min_by_key(|route| route.id.is_some())
}

/// Returns true for an operation that the bulk limit counts.
pub(crate) fn is_bulk(operation: &str) -> bool {
    OPERATIONS
        .iter()
        .any(|known| known.id == operation && known.bulk.is_some())
}

/// Returns the parameter's value if a path matches a template.
fn fit<'a>(template: &str, path: &'a str) -> Option<Option<&'a str>> {
    let (mut wanted, mut found) = (template.split('/'), path.split('/'));
    let mut id = None;
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return Some(id),
            (Some(wanted), Some(found)) if wanted.starts_with('{') && !found.is_empty() => {
                id = Some(found)
            }
            (Some(wanted), Some(found)) if wanted == found => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_goes_to_the_operation_of_its_method_and_path() {
        let found = |method, path| route(method, path).map(|route| (route.operation.id, route.id));
        assert_eq!(found("POST", "/leads"), Some(("create_lead", None)));
        assert_eq!(found("GET", "/leads/7"), Some(("get_lead", Some("7"))));
        assert_eq!(found("GET", "/leads/7/"), Some(("get_lead", Some("7"))));
        assert_eq!(found("POST", "/leads/"), Some(("create_lead", None)));
        assert_eq!(
            found("POST", "/leads/bulk_create"),
            Some(("bulk_create_leads", None))
        );
        for (method, path) in [
            ("GET", "/leads"),
            ("GET", "/leads/"),
            ("POST", "/leads//"),
            ("GET", "/leads/7/x"),
            ("DELETE", "/leads"),
            ("GET", ""),
        ] {
            assert_eq!(found(method, path), None, "{method} {path}");
        }
    }
}
