//! A journal: its records of sent requests are followed, a file that is not one is left unchanged, everything
//! that is written is read, and a journal that is cut off says less, but nothing else.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use super::wire::assert_short;
use crate::{
    item::Parts,
    journal::{Entry, Journal, JournalError, MatchKind, RecordedOutcome, RecoveredState},
    outcome::{Outcome, Rejection, Settled, Unknown},
    types::{Lead, Timestamp},
};

const HEADER: &str = "copper-crm journal 2 bulk_create_leads 00112233445566778899aabbccddeeff\n";

/// A journal, or the lines after its first one.
pub fn journal(bytes: &[u8]) {
    let desk = Desk::new();
    let whole: Vec<u8> = match bytes.starts_with(b"copper-crm") {
        true => bytes.to_vec(),
        false => [HEADER.as_bytes(), bytes].concat(),
    };
    fs::write(&desk.file, &whole).expect("a file");
    match desk.open() {
        Err(fault) => {
            assert_short(&fault.to_string());
            assert_eq!(
                fs::read(&desk.file).expect("the file"),
                whole,
                "it is left as it is"
            );
            return;
        }
        Ok((journal, recovered)) => desk.check(&whole, &journal, recovered),
    }
    let left = desk.opened();
    let kept = fs::read(&desk.file).expect("the file");
    // What has not even a first line says nothing of anything sent.
    let is_new = !whole.contains(&b'\n');
    assert!(is_new || whole.starts_with(&kept), "it only loses its end");
    assert_eq!(desk.opened(), left, "it says the same again");

    desk.write_more(bytes);
    let more = fs::read(&desk.file).expect("the file");
    assert!(more.starts_with(&kept), "it is only appended to");
    let (journal, recovered) = desk.open().expect("what was written is read");
    desk.check(&more, &journal, recovered);
    drop(journal);

    let last = bytes.last().copied().unwrap_or_default();
    let cut = more.len() * usize::from(last) / 256;
    let cut = &more[..cut];
    fs::write(&desk.file, cut).expect("a file");
    let (journal, recovered) = desk.open().expect("a journal that was cut off is one");
    desk.check(cut, &journal, recovered);
}

struct Desk {
    runtime: Runtime,
    file: PathBuf,
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

impl Desk {
    fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self {
            runtime: Builder::new_current_thread()
                .enable_time()
                .build()
                .expect("a runtime"),
            file: env::temp_dir().join(format!("copper-crm-hostile-{}-{number}", process::id())),
        }
    }

    fn open(&self) -> Result<(Journal, RecoveredState), JournalError> {
        let path: &Path = &self.file;
        self.runtime.block_on(Journal::open(
            path.into(),
            "bulk_create_leads",
            "https://example.com",
        ))
    }

    fn opened(&self) -> RecoveredState {
        self.open().expect("it could be opened before").1
    }

    /// Compares the state recovered from a journal with its lines.
    fn check(&self, text: &[u8], journal: &Journal, mut recovered: RecoveredState) {
        let in_flight = in_flight(text);
        let (mut end, known) = (0, recovered.end());
        let mut covered = BTreeSet::new();
        while let Some(entry) = recovered.pop() {
            assert_eq!(entry.first, end, "no gap");
            end += entry.count;
            self.check_entry(&entry, journal);
            covered.extend(
                entry
                    .requests
                    .iter()
                    .flat_map(|it| it.first..it.first + it.count),
            );
        }
        assert_eq!(end, known);
        for sent in in_flight {
            assert!(covered.contains(&sent), "{sent:?} was sent");
        }
    }

    fn check_entry(&self, entry: &Entry, journal: &Journal) {
        let mut requests = entry.requests.clone();
        requests.sort_by_key(|request| request.first);
        let mut end = entry.first;
        for request in requests {
            assert!(request.first >= end, "no record is in two requests");
            end = request.first + request.count;
            let states = self
                .runtime
                .block_on(journal.states(request))
                .expect("it can be read");
            assert_eq!(states.len() as u64, request.count);
            for state in states {
                assert!(
                    !matches!(state, RecordedOutcome::Done(..=0)),
                    "no id is that"
                );
            }
        }
        assert!(end <= entry.first + entry.count);
    }

    /// Continues it, as a run would.
    fn write_more(&self, bytes: &[u8]) {
        let (journal, recovered) = self.open().expect("it could be opened before");
        let first = recovered.end();
        if first.checked_add(8).is_none() {
            return;
        }
        let names = bytes.split(|byte| *byte == b' ');
        let names: Vec<String> = names
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        let id = i64::try_from(bytes.len()).unwrap_or(i64::MAX).max(1);
        let written = self.runtime.block_on(async {
            let taken = |first, count| journal.taken(first, &vec![first; count]).map(Some);
            let keys = |count| Some((MatchKind::Email, vec![None; count]));
            let now = Timestamp::now();
            journal
                .sending(taken(first, 3)?, keys(3), first, 3, now)
                .await?;
            let message: serde_json::Map<_, _> = names
                .iter()
                .map(|name| (name.clone(), "odd".into()))
                .collect();
            let failure = json!({"success": false, "message": message});
            let done: Lead = Lead::of_id(id).expect("a record");
            let outcomes = [
                Outcome::Done(Box::new(done)),
                Outcome::Rejected(Rejection::item(
                    serde_json::from_value(failure).expect("a failure"),
                )),
                Outcome::Unknown(Unknown::journalled()),
            ];
            let settled = outcomes.map(|outcome| Settled {
                index: first,
                input: (),
                outcome,
                from_journal: false,
                key: (),
            });
            journal.answered(first, &settled).await?;
            journal.looked_up(&[(first + 2, id)], &[]).await?;
            journal
                .sending(taken(first + 3, 5)?, None, first + 3, 5, now)
                .await?;
            journal.refused(first + 3, 5).await?;
            journal.sending(None, None, first + 3, 2, now).await?;
            journal.looked_up(&[], &[first + 4]).await?;
            journal.sending(None, None, first + 5, 2, now).await
        });
        written.expect("it is written");
    }
}

/// The records that were sent according to a journal, and neither refused nor absent.
fn in_flight(text: &[u8]) -> BTreeSet<u64> {
    let mut sent = BTreeSet::new();
    for line in text.split_inclusive(|byte| *byte == b'\n').skip(1) {
        let Some(line) = line.strip_suffix(b"\n") else {
            break;
        };
        let line = std::str::from_utf8(line).expect("what is no text is refused");
        let words: Vec<&str> = line.split(' ').collect();
        if let [verb @ ("sending" | "refused" | "absent"), first, count, ..] = words[..] {
            let number = |word: &str| word.parse::<u64>().expect("what is no number is refused");
            let records = number(first)..number(first) + number(count);
            match verb {
                "sending" => sent.extend(records),
                _ => sent.retain(|record| !records.contains(record)),
            }
        }
    }
    sent
}
