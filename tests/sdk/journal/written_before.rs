//! Journals that were written before the code was laid out anew, by version 0.1.0 at commit ca8e8bf: what they
//! know is still known. The files are of that code, byte for byte; their client was at a sandbox that is gone.

use std::fs;

use copper_crm::{
    Copper, NewLead, Outcome,
    bulk::{Endpoint, MatchBy, Reconcile, Record, Run, Update},
    types::{LeadId, LeadUpdate},
};

use crate::support::folder::Folder;

/// Where they were sent. Nothing listens there now: what would be sent again comes back as not sent.
const BASE_URL: &str = "http://127.0.0.1:43117/developer_api/v1";

fn copper() -> Copper {
    let builder = Copper::builder("a token", "owner@example.com");
    builder.base_url(BASE_URL).build().expect("a client")
}

fn leads(count: usize) -> impl Iterator<Item = NewLead> + Send {
    (0..count).map(|n| {
        let name = match n % 10 {
            3 => " ".to_owned(),
            _ => format!("Lead {n}"),
        };
        NewLead::named(name).email(format!("{n}@example.com"))
    })
}

/// The outcomes of a run with the journal of this name, as words; all of them are of the journal. The file is
/// left as it is.
async fn known<E: Endpoint>(name: &str, run: Run<'_, E>) -> Vec<String> {
    let written = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/sdk/journal/written_before/"
    );
    let text = fs::read_to_string(format!("{written}{name}")).expect("a fixture");
    let folder = Folder::new();
    let journal = folder.file("journal");
    fs::write(&journal, &text).expect("a copy");
    let mut run = run.journal(&journal);
    let mut words = Vec::new();
    while let Some(item) = run.next().await {
        assert!(item.from_journal, "#{}", item.index);
        words.push(match item.outcome {
            Outcome::Done(record) => record.id().to_string(),
            Outcome::Rejected(why) => {
                let fields: Vec<_> = why.fields().into_keys().collect();
                format!("rejected:{}", fields.join(","))
            }
            Outcome::NotSent(why) => format!("not sent: {why}"),
            Outcome::Unknown(_) => "unknown".to_owned(),
        });
    }
    assert!(run.stopped_by().is_none(), "{:?}", run.stopped_by());
    assert_eq!(fs::read_to_string(&journal).expect("a journal"), text);
    words
}

/// Ids that follow on each other, but for one lead of ten without a name, which was rejected.
fn ids(first: i64, count: usize) -> Vec<String> {
    let mut next = first;
    let word = |n: usize| match n % 10 {
        3 => "rejected:name".to_owned(),
        _ => {
            next += 1;
            (next - 1).to_string()
        }
    };
    (0..count).map(word).collect()
}

#[tokio::test]
async fn leads_that_were_created_rejected_or_left_in_doubt_are_still_known() {
    let run = copper().bulk_create_leads(leads(25));
    let mut expected = ids(13244480, 10);
    expected.extend(vec!["unknown".to_owned(); 10]);
    let sent_in_halves = [
        "13244498",
        "13244499",
        "13244500",
        "rejected:name",
        "13244501",
    ];
    expected.extend(sent_in_halves.map(str::to_owned));
    assert_eq!(known("created", run).await, expected);
}

#[tokio::test]
async fn what_was_in_flight_when_a_run_was_cut_off_is_still_in_doubt() {
    let run = copper().bulk_create_leads(leads(20));
    let mut expected = ids(13244480, 10);
    expected.extend(vec!["unknown".to_owned(); 10]);
    assert_eq!(known("cut_off", run).await, expected);
}

#[tokio::test]
async fn what_was_looked_up_and_sent_again_is_still_known() {
    let how = Reconcile::by_email();
    let run = copper().bulk_create_leads(leads(20)).reconcile(how);
    assert_eq!(known("reconciled", run).await, ids(13244480, 20));
}

#[tokio::test]
async fn upserts_and_updates_are_still_known() {
    let run = copper().upsert_leads(leads(5), MatchBy::Email);
    let words = known("upserted", run).await;
    let upserted = ["13244480", "13244481", "13244482", "rejected:", "13244483"];
    assert_eq!(words, upserted);
    let updates = (1..=3).map(|id| Update::new(LeadId(id), LeadUpdate::default().title("Manager")));
    let run = copper().bulk_update_leads(updates);
    assert_eq!(known("updated", run).await, vec!["rejected:id"; 3]);
}
