//! The columns of companies.

use super::{
    cell,
    entity::{Entity, Kind, NAMED},
    field::{ADDRESS, CONTACT, Field, HOME_ADDRESS, REACHES},
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
        REACHES,
        HOME_ADDRESS,
    ],
    required: &[NAMED],
};
