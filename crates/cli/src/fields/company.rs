//! The columns of companies.

use super::{
    cell,
    entity::{Entity, Kind, NAMED},
    field::{ADDRESS, CONTACT, Field},
};

pub static COMPANIES: Entity = Entity {
    kind: Kind::Companies,
    one: "company",
    many: "companies",
    fields: &[
        &[
            Field::NAME,
            Field::key(&["email_domain"], cell::word),
            Field::PHONE,
            Field::DETAILS,
        ],
        ADDRESS,
        CONTACT,
    ],
    required: &[NAMED],
};
