//! The columns of opportunities.

use super::{
    cell,
    entity::{Entity, Kind, NAMED, Required},
    field::{Field, Names},
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
        Field::SOURCE,
        Field::OWNER,
        Field::named(Names::Pipeline, "pipeline_id"),
        Field::named(Names::Stage, "pipeline_stage_id"),
        Field::named(Names::LossReason, "loss_reason_id"),
    ]],
    required: &[
        NAMED,
        Required {
            columns: &["primary_contact_id"],
            pointer: "/primary_contact_id",
        },
    ],
};
