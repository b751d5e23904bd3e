//! The reasons why a name or a value can't be used, each with what would be valid instead.

use std::{error::Error as StdError, fmt};

use super::DirectoryKind;
use crate::types::CustomFieldType;

/// A name that the account does not have, or a value that a custom field can't hold. Nothing was sent.
///
/// Its text lists the valid names and the most similar one. It quotes the name that was asked for and names
/// of the account, so show it only to people who may see these.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DirectoryError {
    /// The directory was loaded without this kind of name; see
    /// [`DirectoryRequest::only`](super::DirectoryRequest::only).
    NotLoaded {
        /// The kind of name that was asked for.
        kind: DirectoryKind,
    },
    /// No entry has this name.
    Missing {
        /// The kind of name that was asked for.
        kind: DirectoryKind,
        /// The name that was asked for.
        asked: String,
        /// The most similar valid name, if there is a similar one.
        nearest: Option<String>,
        /// All valid names, in the order of the account.
        names: Vec<String>,
    },
    /// Several entries have this name.
    Ambiguous {
        /// The kind of name that was asked for.
        kind: DirectoryKind,
        /// The name that was asked for.
        asked: String,
        /// All entries with this name, each with its id.
        candidates: Vec<String>,
    },
    /// The custom field can't hold this value.
    Unfit {
        /// The name of the custom field.
        field: String,
        /// The type of the custom field.
        field_type: CustomFieldType,
        /// The value, as it was given.
        value: String,
        /// The rule that the value breaks.
        rule: &'static str,
    },
    /// The custom field has no option of this name.
    Option {
        /// The name of the custom field.
        field: String,
        /// The reason: it is [`Missing`](Self::Missing) or [`Ambiguous`](Self::Ambiguous).
        reason: Box<DirectoryError>,
    },
}

impl DirectoryError {
    /// Returns the valid name that is most similar to the wanted one, if there is a similar one.
    pub fn nearest(&self) -> Option<&str> {
        match self {
            Self::Missing { nearest, .. } => nearest.as_deref(),
            Self::Option { reason, .. } => reason.nearest(),
            _ => None,
        }
    }

    /// Returns the valid names, if the wanted one is missing.
    pub fn names(&self) -> &[String] {
        match self {
            Self::Missing { names, .. } => names,
            Self::Option { reason, .. } => reason.names(),
            _ => &[],
        }
    }
}

/// A list of names, each in quotes.
struct Quoted<'a>(&'a [String]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, name) in self.0.iter().enumerate() {
            write!(f, "{}{name:?}", if n == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl fmt::Display for DirectoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoaded { kind } => write!(
                f,
                "the directory was loaded without the account's {}: load them as well",
                kind.plural()
            ),
            Self::Missing {
                kind,
                asked,
                nearest,
                names,
            } => {
                write!(f, "no {kind} is called {asked:?}")?;
                if let Some(nearest) = nearest {
                    write!(f, "; did you mean {nearest:?}?")?;
                }
                let join = if nearest.is_some() { " " } else { "; " };
                if names.is_empty() {
                    write!(f, "{join}the account has none")
                } else {
                    write!(f, "{join}valid names: {}", Quoted(names))
                }
            }
            Self::Ambiguous {
                kind,
                asked,
                candidates,
            } => write!(
                f,
                "{} {} are called {asked:?}: {}; use the id instead",
                candidates.len(),
                kind.plural(),
                Quoted(candidates)
            ),
            Self::Unfit {
                field,
                field_type,
                value,
                rule,
            } => write!(
                f,
                "the custom field {field:?} of type {field_type} can't hold {value:?}: {rule}"
            ),
            Self::Option { field, reason } => write!(f, "custom field {field:?}: {reason}"),
        }
    }
}

impl StdError for DirectoryError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Option { reason, .. } => Some(reason),
            _ => None,
        }
    }
}
