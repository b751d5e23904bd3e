//! Reads what Copper has into a comparison, in the way that takes fewer requests.

use super::{
    key::SyncKey,
    plan::{Comparison, UnreadableKey},
    reading::{PageRequest, ReadBy, Reader, Reading, Step},
};
use crate::{
    Copper, Error,
    generated::operation,
    schema::search::{LARGEST_PAGE, MOST_RECORDS},
    types::{Lead, LeadSearch, LeadSort, SortDirection},
};

/// The progress of the reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) requests: u64,
    pub(super) expected: Option<u64>,
}

/// Reads all leads that the comparison needs. `told` is told after each request.
pub(super) async fn read(
    copper: &Copper,
    comparison: &mut Comparison,
    key: &SyncKey,
    within: &LeadSearch,
    all: bool,
    mut told: impl FnMut(Read),
) -> Result<Reading, Error> {
    let searchable = key.is_searchable() && !all;
    let keys = comparison.keys();
    let mut done = Read::default();
    let mut count = |expected: Option<u64>| {
        done.requests += 1;
        done.expected = expected.map(|expected| expected.max(done.requests));
        told(done);
    };
    let nothing = Reading::choose(0, true, None);
    if keys == 0 && !all {
        return Ok(nothing);
    }
    let mut reading = Reading::choose(keys, searchable, None);
    if reading.by == ReadBy::Whole {
        let mut reader = Reader::new(within.minimum_created_date);
        let mut asked = reader.first();
        let mut first = true;
        loop {
            let search = page_search(within, asked);
            let page = copper.search_leads_page(&search).await?;
            if first {
                reading = Reading::choose(keys, searchable, page.total);
                first = false;
            }
            count(reading.whole);
            let dates: Vec<_> = page
                .records
                .iter()
                .map(|lead| (lead.id, lead.date_created))
                .collect();
            for lead in &page.records {
                meet(comparison, lead)?;
            }
            match reader.read(&dates, page.total) {
                Step::End => {
                    return Ok(Reading {
                        by: ReadBy::Whole,
                        ..reading
                    });
                }
                _ if reading.by == ReadBy::Key => break,
                Step::Ask(next) => asked = next,
                step => return Err(stop_reading(step)),
            }
        }
    }
    for place in 0..comparison.records.len() {
        let Some(search) = comparison
            .key_of(place)
            .and_then(|of_it| key.search(&of_it, within))
        else {
            continue;
        };
        let mut found = copper.search_leads(in_order(&search));
        while let Some(lead) = found.next().await {
            meet(comparison, &lead?)?;
        }
        count(reading.by_key);
    }
    Ok(reading)
}

/// The search for a page of all leads.
pub(super) fn page_search(within: &LeadSearch, asked: PageRequest) -> LeadSearch {
    LeadSearch {
        page_size: Some(LARGEST_PAGE),
        page_number: Some(asked.number),
        minimum_created_date: asked.from,
        ..in_order(within)
    }
}

/// The error with which reading ends before all leads were read.
pub(super) fn stop_reading(step: Step) -> Error {
    if step == Step::CutOff {
        return Error::cut_off(operation::SEARCH_LEADS, MOST_RECORDS);
    }
    let why = "the leads did not come in the order of their creation, so some may be missing";
    Error::unreadable(operation::SEARCH_LEADS, why.to_owned())
}

/// A search in the order of creation, from its first page.
pub(super) fn in_order(search: &LeadSearch) -> LeadSearch {
    LeadSearch {
        sort_by: Some(LeadSort::DateCreated),
        sort_direction: Some(SortDirection::Asc),
        page_size: None,
        page_number: None,
        ..search.clone()
    }
}

fn meet(comparison: &mut Comparison, lead: &Lead) -> Result<(), Error> {
    comparison.meet(lead).map_err(|UnreadableKey(id)| {
        let why = format!(
            "the key of lead {id} can't be read, so nobody can tell which record of the input is that lead"
        );
        Error::unreadable(operation::SEARCH_LEADS, why)
    })
}

/// The leads with these ids as they are now. One that is gone is missing.
pub(super) async fn read_again(
    copper: &Copper,
    ids: impl IntoIterator<Item = crate::types::LeadId>,
) -> Result<Vec<Lead>, Error> {
    let search = in_order(&LeadSearch::default().ids(ids));
    let mut found = copper.search_leads(search);
    let mut leads = Vec::new();
    while let Some(lead) = found.next().await {
        leads.push(lead?);
    }
    Ok(leads)
}
