//! Notes about an input: suspect values, parts that are not sent, and rows with the same key.

use std::fmt::Write;

use crate::{
    args::import::Args,
    columns::convert::LeftOut,
    display::escape::escaped,
    records::{findings::Found, input::Input, keys::Duplicates},
};

/// The longest cell that is shown, in characters.
const SHOWN: usize = 60;

/// The parts of rows that are not sent; empty if all are.
pub fn left_out(input: &Input) -> String {
    let mut told = String::new();
    for (left_out, lines) in &input.findings.left_out {
        let count = lines.count;
        let _ = match left_out {
            LeftOut::FurtherAddress => writeln!(
                told,
                "    {count} further e-mail addresses are not sent: a record has one ({lines})"
            ),
            LeftOut::HomeAddress => writeln!(
                told,
                "    {count} home addresses are not sent: their rows have another one ({lines})"
            ),
            LeftOut::NotChecked(column) => writeln!(
                told,
                "    {count} values of `{}` are not checked, and left out: needs --live ({lines})",
                escaped(column)
            ),
            LeftOut::UnknownValue(column) => writeln!(
                told,
                "    {count} values of `{}` are left out: the account has no such name ({lines})",
                escaped(column)
            ),
        };
    }
    told
}

/// Values that are probably a mistake; empty if there are none.
pub fn suspects(input: &Input, args: &Args) -> String {
    let mut told = String::new();
    for ((suspect, column), found) in &input.findings.suspects {
        let fate = match suspect.is_fixed() && args.fix {
            true => ", and is mended",
            false => "",
        };
        let Found { lines, .. } = found;
        let (count, column) = (lines.count, escaped(column));
        let _ = writeln!(told, "    {count} `{column}` {suspect}{fate} ({lines})");
        if let Some(mended) = &found.mended
            && !fate.is_empty()
        {
            let (before, after) = (cut(&found.first), cut(mended));
            let _ = writeln!(told, "        such as: {before} becomes {after}");
        }
    }
    for (what, lines) in &input.findings.unfit {
        let _ = writeln!(told, "    {} {} ({lines})", lines.count, escaped(what));
    }
    told
}

/// The rows with the key of an earlier row, and what an import does with them; empty if there are none.
pub fn alike(input: &Input, args: &Args) -> String {
    let mut told = String::new();
    let alike = &input.findings.shared.later;
    if alike.count > 0 {
        let fate = match (args.duplicates, args.doubt.upserted()) {
            (_, Some(key)) => format!("overwrite what an earlier row with the same {key} sends"),
            (Duplicates::Send, _) => {
                "have the key of an earlier row, and are sent nevertheless".to_owned()
            }
            (Duplicates::First, _) => "have the key of an earlier row, and are rejected".to_owned(),
            (Duplicates::Last, _) => "have the key of an earlier row, which is rejected".to_owned(),
            (Duplicates::Reject, _) => {
                "have the key of an earlier row, and all are rejected".to_owned()
            }
        };
        let _ = writeln!(told, "    {} rows {fate} ({alike})", alike.count);
    }
    told
}

/// The values that `--fix` has mended; empty if there are none.
pub fn mended(input: &Input, args: &Args) -> String {
    let mut told = String::new();
    let suspects = input.findings.suspects.iter();
    for ((suspect, column), found) in suspects.filter(|((s, _), _)| args.fix && s.is_fixed()) {
        let lines = &found.lines;
        let (count, column) = (lines.count, escaped(column));
        let _ = writeln!(
            told,
            "    {count} `{column}` {suspect}, and is mended ({lines})"
        );
    }
    told
}

/// As much of a cell as shows its wrapping, on one line.
fn cut(text: &str) -> String {
    let text = escaped(text).to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Returns true if `--check` would reject a row for a suspect value.
pub fn has_malformed(input: &Input, args: &Args) -> bool {
    let mut suspects = input.findings.suspects.keys();
    let is_unfit = !input.findings.unfit.is_empty();
    is_unfit
        || suspects.any(|(suspect, _)| suspect.is_malformed() && !(args.fix && suspect.is_fixed()))
}
