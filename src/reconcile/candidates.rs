//! Candidates: the found leads that may be wanted ones. A search is read no further than its first ambiguity, and a
//! limited number of candidates is kept, whatever a server finds.

use std::collections::{BTreeMap, btree_map::Entry};

use serde::Serialize;

use super::Likeness;
use crate::{Copper, Error, item::Record, search::Search};

/// The most candidates that are kept. An account gets far fewer leads while Copper works on a request. If a server
/// finds more, none can be told apart.
const MAX_LEADS: usize = 10_000;
/// The largest size of these as JSON: some 6 kB each.
const MAX_BYTES: usize = 64 << 20;

/// Reads searches for `wanted` leads, and returns the candidates. `likeness` is the relation of a found lead to the
/// wanted one at a position. A search for `one` lead ends when that one is ambiguous; any other when all are.
///
/// None if there are more candidates than are kept.
pub(crate) async fn candidates<S: Search>(
    copper: &Copper,
    searches: impl IntoIterator<Item = S>,
    one: bool,
    wanted: usize,
    likeness: impl Fn(usize, &S::Found) -> Likeness,
) -> Result<Option<Vec<S::Found>>, Error> {
    let mut kept = Kept::default();
    for search in searches {
        // One that can't be read may be the wanted one.
        let mut found = copper.search_strictly(search);
        // For each wanted lead, the number of found leads that are the same.
        let mut same = vec![0_usize; wanted];
        while let Some(lead) = found.next().await {
            let lead = lead?;
            // Pages may overlap, and so may searches.
            let is_new = !kept.leads.contains_key(&lead.id());
            let mut may_be_it = false;
            for (place, same) in same.iter_mut().enumerate() {
                let likeness = likeness(place, &lead);
                may_be_it |= likeness != Likeness::Other;
                *same += usize::from(is_new && likeness == Likeness::Same);
            }
            // A window of time may contain thousands of other leads.
            if may_be_it && !kept.keep(lead) {
                return Ok(None);
            }
            // No further page can settle an ambiguous lead.
            let ambiguous = |same: &usize| *same > 1;
            if same.iter().any(ambiguous) && (one || same.iter().all(ambiguous)) {
                break;
            }
        }
    }
    Ok(Some(kept.leads.into_values().collect()))
}

struct Kept<T> {
    leads: BTreeMap<i64, T>,
    /// Their size as JSON.
    bytes: usize,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self {
            leads: BTreeMap::new(),
            bytes: 0,
        }
    }
}

impl<T: Record + Serialize> Kept<T> {
    /// Keeps a lead. False if there are more than can be kept.
    fn keep(&mut self, lead: T) -> bool {
        if let Entry::Vacant(place) = self.leads.entry(lead.id()) {
            // It was read from JSON, so it can be written as JSON.
            let json = serde_json::to_vec(&lead).unwrap_or_default();
            self.bytes = self.bytes.saturating_add(json.len());
            place.insert(lead);
        }
        self.leads.len() <= MAX_LEADS && self.bytes <= MAX_BYTES
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::types::Lead;

    fn lead(id: usize, details: &str) -> Lead {
        serde_json::from_value(json!({ "id": id, "details": details })).expect("a lead")
    }

    #[test]
    fn so_many_leads_are_kept_and_so_many_bytes() {
        let mut kept = Kept::default();
        let few = (1..=MAX_LEADS).all(|id| kept.keep(lead(id, "")));
        assert!(few);
        assert!(kept.keep(lead(1, "")), "it is there already");
        assert!(!kept.keep(lead(MAX_LEADS + 1, "")));

        let mut kept = Kept::default();
        let large = "x".repeat(1 << 20);
        let fits = (1..100).take_while(|id| kept.keep(lead(*id, &large)));
        assert_eq!(fits.count(), 63);
    }
}
