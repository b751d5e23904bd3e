//! An answer to a bulk request. Its first byte may say what of, in a letter.

use serde_json::value::RawValue;

use super::{
    super::{Outcome, Record, Settled},
    wire::{Said, assert_quotes_nothing, assert_silent, lead},
};
use crate::{
    chunk::outcome,
    item::Item,
    journal::RecordedOutcome,
    types::{Activity, Company, Lead, Opportunity, Person},
};

pub fn bulk_answer(bytes: &[u8]) {
    match bytes {
        [b'p', body @ ..] => check::<Person>(body),
        [b'c', body @ ..] => check::<Company>(body),
        [b'o', body @ ..] => check::<Opportunity>(body),
        [b'a', body @ ..] => check::<Activity>(body),
        body => check::<Lead>(body),
    }
}

fn check<T: Record + std::fmt::Debug>(body: &[u8]) {
    let raws: Result<Vec<&RawValue>, _> = serde_json::from_slice(body);
    let items: Result<Vec<Item<T>>, _> = serde_json::from_slice(body);
    let (raws, items) = match (raws, items) {
        (Ok(raws), Ok(items)) => (raws, items),
        (Err(_), Err(_)) => return,
        (raws, items) => panic!("an array of anything is read: {raws:?}, {items:?}"),
    };
    assert_eq!(raws.len(), items.len());
    for (raw, item) in raws.into_iter().zip(items) {
        check_item(raw.get(), item);
    }
}

fn check_item<T: Record>(json: &str, item: Item<T>) {
    let said = Said::by(json);
    let failed = said.as_ref().is_some_and(|said| said.failed);
    let id = said.and_then(|said| said.id);
    match &item {
        Item::Done(record) => {
            assert!(!failed, "a failure is never done: {json}");
            assert_eq!(Some(record.id()), id, "{json}");
        }
        Item::Failed(_) => assert!(failed, "{json}"),
        Item::Unreadable { raw, .. } => {
            assert_eq!(raw.as_str(), json);
            assert!(!failed, "it says that it failed: {json}");
            assert_eq!(id, None, "it exists: {json}");
        }
    }
    let settled = Settled {
        index: 0,
        input: lead(),
        outcome: outcome(item),
        from_journal: false,
        key: (),
    };
    if let Outcome::Unknown(why) = &settled.outcome {
        assert_quotes_nothing(&format!("{why} {why:?}"));
    }
    let word = RecordedOutcome::of(&settled).to_string();
    assert!(
        !word.is_empty() && !word.contains(char::is_whitespace),
        "{word}"
    );
    assert_silent(&word);
}
