//! The options of `copper fields`.

use clap::Args;

use super::connection::Connection;
use crate::fields::{entities, entity::Entity};

/// Prints the names of the account, with their types and ids.
///
/// These are the custom fields with their options, the statuses, sources, users, contact types, pipelines with
/// their stages, loss reasons and activity types: the names that import, sync and --where accept, and the ids
/// that Copper wants. In a file, the column of a custom field has its name, or cf_<id>. This command always asks
/// Copper, with COPPER_ACCESS_TOKEN and COPPER_USER_EMAIL (and COPPER_BASE_URL, if set, which can be that of a
/// sandbox).
#[derive(Debug, Args)]
pub struct Options {
    /// Prints them as JSON, for programs.
    ///
    /// It is one object with the keys fields, statuses, sources, users, contact_types, pipelines, stages,
    /// loss_reasons and activity_types. Each is a list of objects with id, name, and the keys of its kind:
    /// type, available_on, options, email, pipeline, category.
    #[arg(long)]
    pub json: bool,

    /// Only the names for records of this kind: leads, people, companies, opportunities or activities.
    #[arg(long, value_name = "KIND", value_parser = entities::parse)]
    pub entity: Option<&'static Entity>,

    #[command(flatten)]
    pub connection: Connection,
}

#[cfg(test)]
mod tests {
    use crate::args::{Command, parse};

    #[test]
    fn a_kind_is_one_that_the_importer_knows() {
        let read = |args: &[&str]| {
            let args = [&["copper", "fields"], args].concat();
            let cli = parse(args.into_iter().map(Into::into)).map_err(|error| error.to_string())?;
            match cli.command {
                Command::Fields(options) => Ok(options.entity.map(|entity| entity.many)),
                _ => Err("another command".to_owned()),
            }
        };
        assert_eq!(read(&["--json"]), Ok(None));
        assert_eq!(read(&["--entity", "people"]), Ok(Some("people")));
        let refusal = read(&["--entity", "persons"]).expect_err("no kind");
        assert!(
            refusal.contains("--entity takes leads, people"),
            "{refusal}"
        );
    }
}
