//! Finds an entry by its name. Case and spaces make no difference, unless one entry has exactly this
//! spelling.

use super::{DirectoryError, DirectoryKind};

/// An entry with a name.
pub(super) trait Named {
    /// The name that people see.
    fn name(&self) -> &str;
    /// Another name of the same entry, such as a user's e-mail address.
    fn second_name(&self) -> Option<&str> {
        None
    }
    /// The name, with what distinguishes it from other entries of the same name.
    fn distinct(&self) -> String;
}

/// The lowest similarity, from 0 to 1, at which a name is suggested.
const SIMILAR: f64 = 0.6;

/// The form in which names are compared.
pub(crate) fn normalized(name: &str) -> String {
    name.split_whitespace()
        .flat_map(|word| word.chars().flat_map(char::to_lowercase))
        .collect()
}

/// Returns the one entry with this name.
pub(super) fn find<'a, T: Named>(
    kind: DirectoryKind,
    asked: &str,
    entries: impl IntoIterator<Item = &'a T>,
) -> Result<&'a T, DirectoryError> {
    let mut entries: Vec<&T> = entries.into_iter().collect();
    let named: Vec<&dyn Named> = entries.iter().map(|entry| *entry as &dyn Named).collect();
    let place = place(kind, asked, &named)?;
    Ok(entries.swap_remove(place))
}

/// The place of the entry with this name.
fn place(
    kind: DirectoryKind,
    asked: &str,
    entries: &[&dyn Named],
) -> Result<usize, DirectoryError> {
    let matches = |is: &dyn Fn(&str) -> bool| -> Vec<(usize, &dyn Named)> {
        let named = |entry: &dyn Named| is(entry.name()) || entry.second_name().is_some_and(is);
        let entries = entries.iter().copied().enumerate();
        entries.filter(|(_, entry)| named(*entry)).collect()
    };
    let exact = matches(&|name| name == asked);
    let wanted = normalized(asked);
    let found = if exact.is_empty() && !wanted.is_empty() {
        matches(&|name| normalized(name) == wanted)
    } else {
        exact
    };
    match found.as_slice() {
        [(place, _)] => Ok(*place),
        [] => Err(DirectoryError::Missing {
            kind,
            asked: asked.to_owned(),
            nearest: nearest(&wanted, entries),
            names: entries
                .iter()
                .map(|entry| entry.name().to_owned())
                .collect(),
        }),
        several => Err(DirectoryError::Ambiguous {
            kind,
            asked: asked.to_owned(),
            candidates: several.iter().map(|(_, entry)| entry.distinct()).collect(),
        }),
    }
}

/// Returns the most similar name, if any is similar.
fn nearest(wanted: &str, entries: &[&dyn Named]) -> Option<String> {
    let names = entries
        .iter()
        .flat_map(|entry| [Some(entry.name()), entry.second_name()])
        .flatten();
    let similar = names.map(|name| {
        let similarity = strsim::normalized_damerau_levenshtein(wanted, &normalized(name));
        // A part of a name is a frequent mistake: "Large" for "Large (50+)".
        let part = wanted.chars().count() > 2 && normalized(name).contains(wanted);
        (
            if part {
                similarity.max(SIMILAR)
            } else {
                similarity
            },
            name,
        )
    });
    similar
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name.to_owned())
}
