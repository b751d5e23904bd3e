//! An input that is not the one the journal was written for: it is noticed before anything that comes
//! after the change is sent, and what may be there is never said not to be.

use copper_crm::{
    NewLead, Outcome,
    bulk::{StoppedBy, from_stream},
};
use futures_util::stream::{self, StreamExt};

use super::{Desk, Ended, child, leads};

const OTHER: &str = "of the input are not those that the journal was written for, or it was written for another base URL or match; give the input that it belongs to, unchanged";

/// Each way of changing 20 leads, what is then wrong, and how many come back as they are.
fn changed() -> Vec<(&'static str, Vec<NewLead>, String, usize)> {
    let input = || leads(20).collect::<Vec<_>>();
    let mut list = Vec::new();
    let mut change = |what, fault: String, first, change: &dyn Fn(&mut Vec<NewLead>)| {
        let mut changed = input();
        change(&mut changed);
        list.push((what, changed, fault, first));
    };
    let other = |first| format!("records {first} to {} {OTHER}", first + 4);
    let ended = |end| {
        format!(
            "the input ended after {end} records, but the journal has 20; give the input that it belongs to, unchanged"
        )
    };
    change("changed", other(10), 10, &|input| {
        input[12].title = Some("Dr".into())
    });
    change("inserted at the top", other(0), 0, &|input| {
        input.insert(0, NewLead::named("new"))
    });
    change("inserted at a seam", other(10), 10, &|input| {
        input.insert(10, NewLead::named("new"))
    });
    change("removed", other(5), 5, &|input| drop(input.remove(7)));
    change("swapped", other(15), 15, &|input| input.swap(16, 18));
    change("swapped over a seam", other(5), 5, &|input| {
        input.swap(9, 10)
    });
    change("shorter by one", ended(19), 15, &|input| input.truncate(19));
    change("shorter by a request", ended(15), 15, &|input| {
        input.truncate(15)
    });
    change("empty", ended(0), 0, &|input| input.clear());
    list
}

/// Nothing that is there is said not to be.
fn assert_no_lie(desk: &Desk, ended: &Ended, what: &str) {
    let held = desk.held();
    for (n, item) in ended.items.iter().enumerate() {
        assert_eq!(item.index, n as u64, "{what}");
        let id = held.get(&item.input.name).copied();
        match &item.outcome {
            Outcome::Done(lead) => assert_eq!(id, Some(*lead.id), "{what} #{n}"),
            Outcome::Rejected(why) => assert_eq!(id, None, "{what} #{n}: {why}"),
            Outcome::NotSent(why) => assert_eq!(id, None, "{what} #{n}: {why}"),
            Outcome::Unknown(_) => {}
        }
    }
}

#[tokio::test]
async fn a_changed_input_is_noticed_where_it_differs_and_nothing_is_sent() {
    let desk = Desk::new().await;
    desk.start(leads(20)).await;
    let (arrived, written) = (desk.sandbox.arrivals().len(), desk.written());
    for (what, input, fault, known) in changed() {
        let count = input.len();
        let ended = desk.start(input).await;
        assert_eq!(ended.fault(), fault, "{what}");
        assert_eq!(ended.items.len(), count, "{what}");
        let letters = ended.letters();
        assert!(!letters[..known].contains(['U', 'N']), "{what}: {letters}");
        assert!(
            letters[known..].starts_with('U') || known == count,
            "{what}: {letters}"
        );
        assert!(!letters.contains('N'), "{what}: {letters}");
    }
    assert_eq!(desk.sandbox.arrivals().len(), arrived);
    assert_eq!(desk.written(), written, "the journal is left as it is");
    assert_eq!(
        desk.start(leads(20)).await.letters(),
        "dddrddddddrddddddrdd"
    );
}

#[tokio::test]
async fn a_changed_input_of_a_run_that_is_stopped_first_is_no_lie_either() {
    let desk = Desk::new().await;
    desk.start(leads(20)).await;
    let arrived = desk.sandbox.arrivals().len();
    for (what, input, ..) in changed() {
        let mut run = desk.run(input);
        run.stop();
        let ended = Ended::of(&mut run, Vec::new()).await;
        assert_no_lie(&desk, &ended, what);
    }
    assert_eq!(desk.sandbox.arrivals().len(), arrived);
}

#[tokio::test]
async fn an_input_that_fails_where_it_did_not_before_is_no_lie_either() {
    let desk = Desk::new().await;
    desk.start(leads(20)).await;
    for good in [0, 7, 10] {
        let rows = leads(good).map(Ok).chain([Err("the disk is gone")]);
        let mut run = desk.run(copper_crm::bulk::from_try_stream(stream::iter(rows)));
        let ended = Ended::of(&mut run, Vec::new()).await;
        assert_eq!(ended.items.len(), good);
        assert_no_lie(&desk, &ended, "it fails");
        assert!(ended.stopped_by.is_some());
    }
    assert_eq!(desk.sizes(), [5; 4]);
}

#[tokio::test]
async fn a_slow_input_gets_what_is_known_of_it_also_when_the_run_is_stopped() {
    let desk = Desk::new().await;
    desk.start(leads(20)).await;
    for stopped_at in [0, 1, 7, 19] {
        let slow = stream::iter(leads(30)).then(async |lead| {
            tokio::task::yield_now().await;
            lead
        });
        let mut run = desk.run(from_stream(slow));
        let mut items = Vec::new();
        while items.len() < stopped_at {
            items.extend(run.next().await);
        }
        run.stop();
        let ended = Ended::of(&mut run, items).await;
        desk.check(&ended.items);
        assert_eq!(ended.letters()[..20], *"dddrddddddrddddddrdd");
        assert_eq!(ended.items.len(), 30);
        assert!(matches!(ended.stopped_by, Some(StoppedBy::Caller)));
    }
}

#[tokio::test]
async fn a_record_that_is_there_twice_is_created_twice_as_it_was_asked() {
    let desk = Desk::new().await;
    let twice = || [0, 1, 0, 1].into_iter().map(child::lead);
    let mut run = desk.run(twice());
    let ended = Ended::of(&mut run, Vec::new()).await;
    assert_eq!(ended.letters(), "DDDD");
    drop(run);
    let mut run = desk.run(twice());
    assert_eq!(Ended::of(&mut run, Vec::new()).await.words(), ended.words());
    assert_eq!(desk.sandbox.leads().len(), 4);
}

#[tokio::test]
async fn a_journal_of_another_base_url_sends_nothing_and_claims_nothing() {
    let there = Desk::new().await;
    there.start(leads(9)).await;
    let here = Desk::new().await;
    here.journal.write(&there.written());
    let ended = here.start(leads(9)).await;
    assert_eq!(ended.letters(), "UUUUUUUUU");
    assert!(
        ended
            .fault()
            .contains("it was written for another base URL")
    );
    assert!(here.sandbox.arrivals().is_empty());
}
