//! Companies. They may have the same name.

use super::{Kind, PLAIN};

pub(crate) const COMPANY: Kind = Kind {
    name: "companies",
    schema: "Company",
    ..PLAIN
};
