//! The entities: one file for each kind of records, with the rules that its schema doesn't state.
//! Everything else is the same for all and is done in [`record`]. To add an entity, write its constants
//! and add it to [`ENTITIES`].

pub(crate) mod activity;
pub(crate) mod company;
mod entity;
pub(crate) mod lead;
mod name_parts;
pub(crate) mod opportunity;
pub(crate) mod person;
pub(crate) mod record;

pub(crate) use entity::Entity;

/// All entities.
const ENTITIES: [&Entity; 6] = [
    &lead::LEAD,
    &lead::CONVERTED,
    &person::PERSON,
    &company::COMPANY,
    &opportunity::OPPORTUNITY,
    &activity::ACTIVITY,
];

/// The entity whose table has this name.
pub(crate) fn by_name(name: &str) -> Option<&'static Entity> {
    ENTITIES
        .into_iter()
        .find(|entity| entity.table.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Document;
    use copper_crm::schema::OPERATIONS;

    #[test]
    fn every_bulk_operation_of_the_schema_has_its_entity() {
        let keys = OPERATIONS
            .iter()
            .filter_map(|operation| Some(operation.bulk.as_ref()?.key));
        assert_eq!(
            keys.filter(|key| by_name(key).is_none())
                .collect::<Vec<_>>(),
            [""; 0]
        );
    }

    #[test]
    fn every_entity_has_its_schema() {
        let document = Document::built_in().expect("the schema");
        for entity in ENTITIES {
            let schema = document.named(entity.schema).expect(entity.schema);
            for field in entity.omitted {
                assert!(document.field(schema, field).is_some(), "{field}");
            }
        }
    }
}
