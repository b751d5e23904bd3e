//! The settings of the library's sync, from the options.

use copper_crm::sync::Sync as Settings;

use super::{kind::Kind, policies};
use crate::{
    args::sync::SyncArgs,
    columns::key_column::KeyColumn,
    display::escape,
    load::{destination::Destination, directory},
    records::input::Input,
    term::Term,
};

pub async fn of<K: Kind>(
    args: &SyncArgs,
    input: &Input,
    destination: &Destination,
) -> Result<Settings<K>, String> {
    let cannot = |name: &str| {
        let many = args.import.entity.many;
        format!("--key: {name:?} can't be the key of a sync of {many}.")
    };
    let mut settings = match &args.import.key {
        KeyColumn::Email => K::by_email().ok_or_else(|| cannot("email"))?,
        KeyColumn::Custom(id) => Settings::by_custom_field(*id),
        KeyColumn::Named(name) => match input.header().custom_id(name) {
            Some(id) => Settings::by_custom_field(id),
            None => {
                return Err(format!(
                    "--key: {name:?} is no custom field of the account."
                ));
            }
        },
        KeyColumn::Field(name) => K::by_field(name).ok_or_else(|| cannot(name))?,
    };
    settings = settings.policies(policies::of(args, input, &[]));
    if args.create_only {
        settings = settings.create_only();
    }
    if args.update_only {
        settings = settings.update_only();
    }
    if let Some(after) = args.absent_after {
        settings = settings.absent_after(after);
    }
    if args.send_again {
        settings = settings.send_again();
    }
    let kinds = args.terms.iter().filter_map(Term::needs);
    let directory = directory::only(destination.copper(), kinds).await?;
    let mut within = K::Search::default();
    for term in &args.terms {
        let added = term.add(&mut within, &directory);
        added.map_err(|error| format!("--where: {}.", escape::escaped(error)))?;
    }
    Ok(settings.within(within))
}
