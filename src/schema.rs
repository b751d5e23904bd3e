//! The document that this crate was built from, and everything in it beyond types: operations, headers, rate
//! limits, the sizes of bulk requests and pages.
//!
//! Read limits here instead of repeating them. If you build against your own copy of the document
//! (`COPPER_CRM_SCHEMA`, see [`regenerating`](crate::guide::regenerating)), they change everywhere. The
//! sandbox reads them here as well.
//!
//! ```
//! use copper_crm::schema;
//!
//! let create = schema::operation("bulk_create_leads").ok_or("no such operation")?;
//! assert_eq!((create.method, create.path), ("POST", "/leads/bulk_create"));
//! assert_eq!(create.bulk.as_ref().map(|bulk| bulk.max_items), Some(10));
//! assert!(!create.idempotency.may_repeat());
//!
//! assert_eq!(schema::RATE_LIMITS[0].requests, 180);
//! assert_eq!(schema::search::LARGEST_PAGE, 200);
//! assert!(schema::DOCUMENT.contains("openapi"));
//! # Ok::<(), &str>(())
//! ```

pub use crate::generated::{
    BASE_URL, NONE_ID, OPERATIONS, RATE_LIMITS, SIZE_LIMIT_MESSAGE, header, search,
};
pub use crate::operation::{Bulk, Idempotency, Operation};

/// The OpenAPI document, as text.
pub const DOCUMENT: &str = include_str!(concat!(env!("OUT_DIR"), "/copper.json"));

/// Returns the operation with this `operationId`.
pub fn operation(id: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.id == id)
}
