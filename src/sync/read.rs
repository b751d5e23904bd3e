//! Reads the records of Copper into a comparison, by the method that takes fewer requests.

use super::{
    SyncRecord,
    comparison::{Comparison, UnreadableKey},
    key::SyncKey,
    page_reader::{PageReader, PageRequest, Step},
    read_method::{ReadBy, Reading},
};
use crate::{
    Copper, Error,
    item::Record,
    schema::search::{LARGEST_PAGE, MOST_RECORDS},
    search::Search,
    types::Timestamp,
};

/// The progress of the reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) requests: u64,
    pub(super) expected: Option<u64>,
}

/// Reads all records that the comparison needs. Calls `told` after each request.
pub(super) async fn read<R: SyncRecord>(
    copper: &Copper,
    comparison: &mut Comparison<R>,
    key: &SyncKey<R>,
    within: &R::Search,
    all: bool,
    mut told: impl FnMut(Read),
) -> Result<Reading, Error> {
    let searchable = key.is_searchable_within(within) && !all;
    let keys = comparison.keys();
    let mut done = Read::default();
    let mut count = |expected: Option<u64>| {
        done.requests += 1;
        done.expected = expected.map(|expected| expected.max(done.requests));
        told(done);
    };
    if keys == 0 && !all {
        return Ok(Reading::choose(0, true, None));
    }
    let mut reading = Reading::choose(keys, searchable, None);
    if reading.by == ReadBy::Whole {
        let mut reader = PageReader::new(within.created_from());
        let mut asked = reader.first();
        let mut first = true;
        loop {
            let search = page_search(within, asked);
            let page = copper.search_page_strictly(&search).await?;
            if first {
                reading = Reading::choose(keys, searchable, page.total);
                first = false;
            }
            count(reading.whole);
            for record in &page.records {
                meet(comparison, record)?;
            }
            match reader.read(&dates::<R::Search>(&page.records), page.total) {
                Step::End => {
                    return Ok(Reading {
                        by: ReadBy::Whole,
                        ..reading
                    });
                }
                _ if reading.by == ReadBy::Key => break,
                Step::Ask(next) => asked = next,
                step => return Err(stop_reading::<R::Search>(step)),
            }
        }
    }
    for place in 0..comparison.records.count() {
        // Also searches for keys that the first page had: other records may have the same key.
        for of_it in comparison.keys_of(place) {
            let Some(search) = key.search(&of_it, within) else {
                continue;
            };
            let mut found = copper.search_strictly(in_order(&search));
            while let Some(record) = found.next().await {
                meet(comparison, &record?)?;
            }
            count(reading.by_key);
        }
    }
    Ok(reading)
}

/// The search for one page of all records.
pub(super) fn page_search<S: Search>(within: &S, asked: PageRequest) -> S {
    in_order(within)
        .with_page(Some(asked.number), Some(asked.size))
        .with_created_from(asked.from)
}

/// The ids of the records of a page, with their dates of creation.
pub(super) fn dates<S: Search>(page: &[S::Found]) -> Vec<(i64, Option<Timestamp>)> {
    let dated = page.iter().map(|found| (found.id(), S::created(found)));
    dated.collect()
}

/// The error for a search that ended before all records were read.
pub(super) fn stop_reading<S: Search>(step: Step) -> Error {
    if step == Step::CutOff {
        return Error::cut_off(S::OPERATION, MOST_RECORDS);
    }
    let why = format!(
        "the {} did not come in the order of their creation, so some may be missing",
        S::OPERATION.records()
    );
    Error::unreadable(S::OPERATION, why)
}

/// The search from its first page, in the order of creation.
pub(super) fn in_order<S: Search>(search: &S) -> S {
    search.clone().oldest_first().with_page(None, None)
}

fn meet<R: SyncRecord>(comparison: &mut Comparison<R>, record: &R::Found) -> Result<(), Error> {
    comparison.meet(record).map_err(|UnreadableKey(id)| {
        let noun = R::NOUN;
        let why = format!(
            "the key of {noun} {id} can't be read, so nobody can tell which record of the input is that {noun}"
        );
        Error::unreadable(R::Search::OPERATION, why)
    })
}

/// Reads the current records with these ids. Deleted ones are missing, and those that the search no longer finds. One
/// request reads them, because there are no more ids than fit on a page.
pub(super) async fn read_again<R: SyncRecord>(
    copper: &Copper,
    within: &R::Search,
    ids: impl IntoIterator<Item = R::Id>,
) -> Result<Vec<R::Found>, Error> {
    let ids = ids.into_iter().map(Into::into);
    let search = in_order(within)
        .with_ids(ids)
        .with_page(Some(1), Some(LARGEST_PAGE));
    Ok(copper.search_page_strictly(&search).await?.records)
}
