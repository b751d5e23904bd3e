//! `copper fields`: prints the account's names with their types and ids, as a table or as JSON.

pub mod table;

use copper_crm::{
    directory::{Directory, DirectoryKind},
    types::RecordType,
};

use crate::{
    args::fields::Options,
    display::{
        escape::{self, escaped},
        print, say,
    },
    fields::entity::Entity,
    load::{directory, sharing},
};
use table::Table;

const ALL_PRINTED: u8 = 0;
const UNUSABLE: u8 = 2;

/// Runs the command and returns its exit status.
pub async fn run(options: Options) -> u8 {
    match printed(&options).await {
        Ok(text) => {
            print(text.trim_end());
            ALL_PRINTED
        }
        Err(why) => {
            say(why);
            UNUSABLE
        }
    }
}

async fn printed(options: &Options) -> Result<String, String> {
    let copper = sharing::copper(&options.connection)?;
    let kinds = match options.entity {
        Some(entity) => directory::kinds_of(entity),
        None => DirectoryKind::ALL.to_vec(),
    };
    let loaded = copper.directory().only(kinds.iter().copied()).await;
    let directory = loaded.map_err(|error| {
        let hint = match options.entity {
            Some(_) => "",
            None => " --entity KIND reads only what one kind of records has.",
        };
        let error = escaped(error);
        format!("The account's names can't be read: {error}.{hint}")
    })?;
    let directory = match options.entity {
        Some(entity) => of_entity(directory, entity),
        None => directory,
    };
    if !options.json {
        return Ok(Table::new(&directory, &kinds).to_string());
    }
    let text = serde_json::to_string_pretty(&directory).map_err(|error| error.to_string())?;
    Ok(escape::json(&text))
}

/// Removes the custom fields that records of this kind do not have.
fn of_entity(directory: Directory, entity: &Entity) -> Directory {
    let record = RecordType::from(entity.one);
    let fields = directory.fields().iter();
    let fields: Vec<_> = fields
        .filter(|field| field.is_on(&record))
        .cloned()
        .collect();
    directory.with_fields(fields)
}
