//! The columns of people.

use super::{
    cell,
    entity::{Entity, Kind, NAMED},
    field::{ADDRESS, CONTACT, Field, HOME_ADDRESS, NAME_PARTS, REACHES},
};

pub static PEOPLE: Entity = Entity {
    kind: Kind::People,
    one: "person",
    many: "people",
    fields: &[
        &[
            Field::NAME,
            Field::key(&["emails", "email"], cell::emails),
            Field::PHONE,
            Field::id(&["company_id"]),
            Field::COMPANY,
            Field::TITLE,
            Field::DETAILS,
        ],
        ADDRESS,
        CONTACT,
        NAME_PARTS,
        REACHES,
        HOME_ADDRESS,
    ],
    required: &[NAMED],
};
