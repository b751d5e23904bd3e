//! The kinds of records that can be loaded.

use super::{
    activity::ACTIVITIES, company::COMPANIES, entity::Entity, lead::LEADS,
    opportunity::OPPORTUNITIES, person::PEOPLE,
};

pub static ENTITIES: [&Entity; 5] = [&LEADS, &PEOPLE, &COMPANIES, &OPPORTUNITIES, &ACTIVITIES];

const KINDS: &str = "--entity takes leads, people, companies, opportunities or activities";

/// Parses the value of `--entity`.
pub fn parse(name: &str) -> Result<&'static Entity, &'static str> {
    named(name).ok_or(KINDS)
}

/// Finds a kind by its name in the plural, as `--entity` takes it.
pub fn named(name: &str) -> Option<&'static Entity> {
    ENTITIES.into_iter().find(|entity| entity.many == name)
}
