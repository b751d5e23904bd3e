//! Addresses are compared part by part, but sent whole. So it does not matter if Copper merges or replaces them.

use super::text;
use crate::{Patch, types::Address};

type Part = fn(&mut Address) -> &mut Option<String>;

const PARTS: [Part; 5] = [
    |address| &mut address.street,
    |address| &mut address.city,
    |address| &mut address.state,
    |address| &mut address.postal_code,
    |address| &mut address.country,
];

/// True if any part of an address has a value.
pub(super) fn is_set(address: &Address) -> bool {
    let Address {
        street,
        city,
        state,
        postal_code,
        country,
        ..
    } = address;
    [street, city, state, postal_code, country]
        .into_iter()
        .flatten()
        .any(|part| !text::is_blank(part))
}

pub(super) fn patch(there: Option<&Address>, wanted: &Address, clears: bool) -> Patch<Address> {
    let mut merged = there.cloned().unwrap_or_default();
    let mut wanted = wanted.clone();
    let mut differs = false;
    for part in PARTS {
        let there = part(&mut merged);
        let value = text::stored(there.as_deref().unwrap_or_default());
        let Some(wanted) = part(&mut wanted).take() else {
            continue;
        };
        let changes = if text::is_blank(&wanted) {
            clears && !value.is_empty()
        } else {
            text::stored(&wanted) != value
        };
        if changes {
            // If a part is left out, Copper might keep the old one. An empty text clears it.
            *there = Some(wanted.trim().to_owned());
            differs = true;
        }
    }
    for (name, value) in wanted.extra {
        if merged.extra.get(&name) != Some(&value) && !value.is_null() {
            merged.extra.insert(name, value);
            differs = true;
        }
    }
    match differs {
        false => Patch::Keep,
        true if is_set(&merged) || !merged.extra.is_empty() => Patch::Set(merged),
        true => Patch::Clear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_the_record_does_not_name_is_sent_as_it_is() {
        let there = Address::default()
            .street("1 Main St")
            .city("Scranton")
            .country("US");
        let wanted = Address::default().city("Utica").country(" US ");
        assert_eq!(
            patch(Some(&there), &wanted, false),
            Patch::Set(there.clone().city("Utica"))
        );
        assert_eq!(patch(Some(&there), &Address::default(), true), Patch::Keep);
    }

    #[test]
    fn an_empty_part_is_cleared_only_when_that_is_wanted() {
        let there = Address::default().street("1 Main St").city("Scranton");
        let wanted = Address::default().street("");
        assert_eq!(patch(Some(&there), &wanted, false), Patch::Keep);
        assert_eq!(
            patch(Some(&there), &wanted, true),
            Patch::Set(there.clone().street(""))
        );
        assert_eq!(patch(Some(&there), &wanted.city(" "), true), Patch::Clear);
    }
}
