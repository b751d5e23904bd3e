//! The columns of activities.

use super::{
    cell,
    entity::{Entity, Kind, Required},
    field::{Field, Place},
};

pub static ACTIVITIES: Entity = Entity {
    kind: Kind::Activities,
    one: "activity",
    many: "activities",
    fields: &[&[
        Field::new(
            &["parent_type"],
            Place::Within("parent", "type"),
            cell::word,
        ),
        Field::new(&["parent_id"], Place::Within("parent", "id"), cell::id),
        Field::new(&["type_id"], Place::Key("type"), cell::user_activity_type),
        Field::DETAILS,
        Field::key(&["activity_date"], cell::seconds),
        Field::key(&["parent"], cell::parent),
        Field::key(&["type"], cell::activity_type),
        Field::id(&["user_id"]),
    ]],
    required: &[
        Required {
            columns: &["parent_type", "parent"],
            pointer: "/parent/type",
        },
        Required {
            columns: &["parent_id", "parent"],
            pointer: "/parent/id",
        },
        Required {
            columns: &["type_id", "type"],
            pointer: "/type/id",
        },
        Required {
            columns: &["details"],
            pointer: "/details",
        },
    ],
};
