//! The columns of companies.

use super::{
    cell,
    entity::{Entity, Kind, NAMED},
    field::{ADDRESS, Field},
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
        &[
            Field::TAGS,
            Field::id(&["assignee_id"]),
            Field::id(&["contact_type_id"]),
            Field::CUSTOM_FIELDS,
            Field::PHONES,
            Field::SOCIALS,
            Field::WEBSITES,
        ],
    ],
    required: &[NAMED],
};
