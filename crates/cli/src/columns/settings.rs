//! The choices of the user about columns and values.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// The treatment of columns that are not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownColumns {
    /// Nothing is loaded.
    #[default]
    Refuse,
    /// They are left out.
    Drop,
    /// They are appended to the record's details, as "Column: value".
    Details,
}

/// The treatment of names that the account does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownValues {
    /// Their rows are rejected before they are sent.
    #[default]
    Reject,
    /// They are left out.
    Drop,
    /// They are appended to the record's details, as "Column: value".
    Details,
}

/// The order of day, month and year in a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// 31/12/2026
    Dmy,
    /// 12/31/2026
    Mdy,
    /// 2026/12/31
    Ymd,
}

/// All choices about columns and values.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    pub unknown_columns: UnknownColumns,
    pub unknown_values: UnknownValues,
    pub date_order: Option<DateOrder>,
    /// True to reject rows that can't be right.
    pub check: bool,
    /// True to remove harmless wrappings.
    pub fix: bool,
    /// True if nothing is sent: a value that can't be sent is reported, and refuses nothing.
    pub is_preview: bool,
    /// True if the account is the user's, and so are its names.
    pub is_live: bool,
}
