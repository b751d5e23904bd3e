//! The columns of leads.

use super::{
    cell,
    entity::{Entity, Kind, NAMED},
    field::{ADDRESS, Field, HOME_ADDRESS, NAME_PARTS, REACHES},
};

pub static LEADS: Entity = Entity {
    kind: Kind::Leads,
    one: "lead",
    many: "leads",
    fields: &[
        &[
            Field::NAME,
            Field::key(&["email"], cell::email),
            Field::PHONE,
            Field::COMPANY,
            Field::TITLE,
            Field::DETAILS,
        ],
        ADDRESS,
        &[
            Field::TAGS,
            Field::id(&["assignee_id"]),
            Field::CUSTOM_FIELDS,
            Field::id(&["customer_source_id"]),
            Field::MONETARY_VALUE,
            Field::PHONES,
            Field::SOCIALS,
            Field::id(&["status_id"]),
            Field::WEBSITES,
            Field::STATUS,
            Field::SOURCE,
            Field::OWNER,
        ],
        NAME_PARTS,
        REACHES,
        HOME_ADDRESS,
    ],
    required: &[NAMED],
};
