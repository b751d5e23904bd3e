//! The columns of opportunities.

use super::{
    cell,
    entity::{Entity, Kind, NAMED, Required},
    field::Field,
};

pub static OPPORTUNITIES: Entity = Entity {
    kind: Kind::Opportunities,
    one: "opportunity",
    many: "opportunities",
    fields: &[&[
        Field::NAME,
        Field::id(&["primary_contact_id"]),
        Field::MONETARY_VALUE,
        Field::key(&["close_date"], cell::word),
        Field::DETAILS,
        Field::id(&["pipeline_id"]),
        Field::id(&["pipeline_stage_id"]),
        Field::key(&["priority"], cell::word),
        Field::TAGS,
        Field::id(&["assignee_id"]),
        Field::id(&["company_id"]),
        Field::CUSTOM_FIELDS,
        Field::id(&["customer_source_id"]),
        Field::id(&["loss_reason_id"]),
        Field::key(&["status"], cell::word),
    ]],
    required: &[
        NAMED,
        Required {
            columns: &["primary_contact_id"],
            pointer: "/primary_contact_id",
        },
    ],
};
