//! Blocking calls: the same as the async ones, without a runtime, inside one, and from many threads.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    thread,
};

use copper_crm::{NewLead, Outcome, Patch, blocking::Copper, types::*};
use copper_crm_sandbox::{Fault, Sandbox, When};
use tokio::runtime::Runtime;

/// A sandbox with short windows, with its own runtime, and a blocking client for it.
struct Desk {
    sandbox: Sandbox,
    copper: Copper,
    /// It serves the sandbox.
    _runtime: Runtime,
}

impl Desk {
    fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let sandbox = runtime.block_on(Sandbox::builder().scale(0.01).start());
        let sandbox = sandbox.expect("a sandbox");
        let copper = sandbox.copper().build().expect("a client");
        Self {
            copper: copper.blocking().expect("a thread"),
            sandbox,
            _runtime: runtime,
        }
    }
}

fn leads(count: usize) -> impl Iterator<Item = NewLead> + Send + 'static {
    (0..count).map(|n| NewLead::named(format!("Lead {n}")))
}

#[test]
fn single_calls_need_no_runtime() {
    let desk = Desk::new();
    let jim = desk.copper.create_lead(&NewLead::named("Jim Halpert"));
    let id = jim.expect("it is created").id;
    let update = LeadUpdate::default().title("Manager").details(Patch::Clear);
    let updated = desk.copper.update_lead(id, &update).expect("it is changed");
    assert_eq!(updated.title.as_deref(), Some("Manager"));
    let read = desk.copper.get_lead(id).expect("it is there");
    assert_eq!(read.title.as_deref(), Some("Manager"));
    desk.copper.delete_lead(id).expect("it is deleted");
    let error = desk.copper.get_lead(id).expect_err("it is gone");
    assert!(error.is_not_found(), "{error}");
    let statuses = desk.copper.list_lead_statuses().expect("the statuses");
    assert!(!statuses.is_empty());
}

#[test]
fn a_run_is_an_iterator_with_one_outcome_for_each_record_in_order() {
    let desk = Desk::new();
    let mut run = desk.copper.bulk_create_leads(leads(105));
    let mut indexes = Vec::new();
    for item in run.by_ref() {
        assert!(matches!(item.outcome, Outcome::Done(_)));
        indexes.push(item.index);
    }
    assert_eq!(indexes, (0..105).collect::<Vec<_>>());
    assert_eq!(run.summary().done, 105);
    assert_eq!(desk.sandbox.leads().len(), 105);
    let found = desk.copper.search_leads(LeadSearch::default());
    assert_eq!(found.filter(Result::is_ok).count(), 105);
}

#[test]
fn within_a_runtime_nothing_panics_or_hangs() {
    let desk = Desk::new();
    for runtime in [
        tokio::runtime::Builder::new_current_thread(),
        tokio::runtime::Builder::new_multi_thread(),
    ]
    .iter_mut()
    {
        let runtime = runtime.build().expect("a runtime");
        let copper = desk.copper.clone();
        // More steps than a task of tokio may do before it yields.
        let task = async move { copper.bulk_create_leads(leads(500)).count() };
        let counted = runtime.block_on(async { tokio::spawn(task).await });
        assert_eq!(counted.expect("no panic"), 500);
        let made = runtime.block_on(async { desk.copper.create_lead(&NewLead::named("One")) });
        assert!(made.is_ok());
    }
}

#[test]
fn threads_share_one_handle() {
    let desk = Desk::new();
    let count = |n: usize| {
        let copper = desk.copper.clone();
        move || copper.bulk_create_leads(leads(n)).count()
    };
    let counts: Vec<_> = (1..=4).map(|n| thread::spawn(count(n * 10))).collect();
    let counts: Vec<_> = counts.into_iter().map(thread::JoinHandle::join).collect();
    let counts: Vec<_> = counts.into_iter().map(|it| it.expect("no panic")).collect();
    assert_eq!(counts, [10, 20, 30, 40]);
    assert_eq!(desk.sandbox.leads().len(), 100);
}

#[test]
fn a_run_that_is_dropped_or_stopped_leaves_the_handle_usable() {
    let desk = Desk::new();
    let mut dropped = desk.copper.bulk_create_leads(leads(10_000));
    assert!(dropped.next().is_some());
    drop(dropped);
    let mut stopped = desk.copper.bulk_create_leads(leads(1_000));
    assert!(stopped.next().is_some());
    stopped.stop();
    assert_eq!(stopped.by_ref().count(), 999);
    assert!(stopped.summary().not_sent > 0);
    let made = desk.copper.create_lead(&NewLead::named("After"));
    assert!(made.is_ok());
}

#[test]
fn an_answer_that_is_lost_is_in_doubt_here_too() {
    let desk = Desk::new();
    desk.sandbox
        .inject(Fault::ResetAfter, When::nth(1).of("create_lead"));
    let error = desk.copper.create_lead(&NewLead::named("Jim"));
    assert!(error.expect_err("it is lost").may_have_taken_effect());
}

/// The names of the public functions in these sources that take `&self`.
fn methods(files: &[PathBuf]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).expect("a source");
        // Other types than the handle have their `impl` elsewhere in the file.
        let handle = text
            .split("\nimpl ")
            .filter(|part| part.starts_with("Copper {"));
        let functions = handle.flat_map(|part| part.split("    pub ").skip(1));
        let functions = functions.filter_map(|rest| {
            let rest = rest.strip_prefix("async ").unwrap_or(rest);
            let (name, rest) = rest.strip_prefix("fn ")?.split_once(['(', '<'])?;
            let arguments = rest.split(')').next()?;
            arguments.contains("&self").then(|| name.to_owned())
        });
        names.extend(functions);
    }
    names
}

#[test]
fn every_call_of_the_async_handle_has_its_blocking_one() {
    let blocking = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/blocking/mod.rs");
    let blocking = fs::read_to_string(blocking).expect("the source");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let entries = fs::read_dir(root.join("calls")).expect("the calls");
    let mut files: Vec<_> = entries.map(|it| it.expect("a file").path()).collect();
    files.extend(["search/calls.rs", "upsert.rs"].map(|name| root.join(name)));
    let calls = methods(&files);
    assert!(calls.len() > 15, "{calls:?}");
    for call in calls {
        assert!(blocking.contains(&format!("{call}(")), "{call}");
    }
}
