//! Formula guard: a cell that a spreadsheet would run as a formula is written with a `'` before it.
//!
//! People open a rejects file in a spreadsheet, and its cells come from anybody. Excel and similar programs
//! run a cell that begins with `=`, `+`, `-`, `@`, a tab or a line end. The guard is reversible: the importer
//! removes it when it reads a rejects file.

use std::borrow::Cow;

pub const GUARD: char = '\'';

/// Returns true for cells that need a guard. A cell that begins with `'` needs one, so that it does not look
/// guarded. A blank cell is no formula.
fn is_guarded(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', GUARD]) && !cell.trim().is_empty()
}

/// Returns the cell in the form in which a rejects file holds it.
pub fn guard(cell: &str) -> Cow<'_, str> {
    match is_guarded(cell) {
        true => Cow::Owned(format!("{GUARD}{cell}")),
        false => Cow::Borrowed(cell),
    }
}

/// Returns the cell as it was before the guard was added.
pub fn unguard(cell: &str) -> &str {
    match cell.strip_prefix(GUARD) {
        Some(rest) if is_guarded(rest) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_each_is_read_as_it_was() {
        for cell in [
            "", "a", "=1+1", "+49 30 1", "-1", "@a", "\tx", "\r\nx", "'", "'=x", "''", "'tis",
            "''=x", " =1", "a=b",
        ] {
            let written = guard(cell);
            assert!(
                !written.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']),
                "{cell:?}"
            );
            assert_eq!(unguard(&written), cell);
        }
        for typed in ["'tis", "plain", "+49 30 1"] {
            assert_eq!(unguard(typed), typed, "typed by hand");
        }
    }
}
