//! The reading of the file: its format, separator, encoding and sheet, and the first cell with letters that
//! another encoding would show differently.

use std::fmt::Write;

use crate::{display::escape::escaped, records::input::Input};

/// The longest part of a cell that shows its letters, in characters.
const SHOWN: usize = 40;

pub fn told(input: &Input) -> String {
    let source = input.source();
    let mut told = format!("    read as   {}", source.format);
    if let Some(dialect) = source.dialect() {
        let _ = write!(told, " with {}", dialect.delimiter_name());
    }
    if let Some(sheet) = source.sheet() {
        let _ = write!(told, ", sheet `{}`", escaped(sheet));
    }
    if let Some(encoding) = source.encoding() {
        let _ = write!(told, ", {encoding}");
    }
    if let Some(letters) = &input.findings.letters {
        let name = source.header.get(letters.column);
        let name = name.map(|name| escaped(name).to_string());
        let cell: String = letters.text.chars().take(SHOWN).collect();
        let _ = write!(
            told,
            "\n    letters   such as those of `{}` in line {}: {}",
            name.unwrap_or_default(),
            letters.line,
            escaped(cell)
        );
    }
    told
}
