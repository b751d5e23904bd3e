//! The directory of an account, with the kinds of names that a file needs.

use copper_crm::{
    Copper, Error,
    directory::{Directory, DirectoryKind},
};

use crate::fields::field::Names;

/// The kinds of names that a file needs.
#[derive(Debug, Default)]
pub struct Needs {
    pub names: Vec<Names>,
    pub custom_fields: bool,
}

/// Reads the names that are needed, and no others. If the custom fields can't be read, the form of their
/// values decides, and `note` gets the error.
pub async fn read(
    copper: &Copper,
    needs: &Needs,
    note: impl FnOnce(&Error),
) -> Result<Directory, Error> {
    let kinds = needs.names.iter().map(|names| match names {
        Names::Status => DirectoryKind::Status,
        Names::Source => DirectoryKind::Source,
        Names::Owner => DirectoryKind::User,
        Names::ContactType => DirectoryKind::ContactType,
        Names::Pipeline => DirectoryKind::Pipeline,
        Names::Stage => DirectoryKind::Stage,
        Names::LossReason => DirectoryKind::LossReason,
    });
    let directory = copper.directory().only(kinds).await?;
    if !needs.custom_fields {
        return Ok(directory);
    }
    match copper.directory().only([DirectoryKind::CustomField]).await {
        Ok(fields) => Ok(directory.with_fields(fields.fields().iter().cloned())),
        Err(error) => {
            note(&error);
            Ok(directory)
        }
    }
}
