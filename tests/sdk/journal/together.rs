//! Two runs with one journal at once: the second is refused, in the same process and in another.

use std::fs;

use copper_crm_sandbox::{Fault, When};

use super::{DOUBT, Desk, Ended, child, leads, until};

const IN_USE: &str = "another run has it open; wait until that one has ended";

#[tokio::test]
async fn a_second_run_in_the_same_process_is_refused() {
    let desk = Desk::new().await;
    desk.sandbox
        .inject(Fault::StallBefore, When::always().containing("\"Lead 0\""));
    let mut first = desk.run(leads(10));
    until(&mut first, || desk.has("sending 0 5")).await;
    let second = desk.start(leads(10)).await;
    assert_eq!(
        second.letters(),
        "UUUUUUUUUU",
        "the first may be sending them"
    );
    assert_eq!(second.fault(), IN_USE);
    drop(first);
    assert_eq!(desk.start(leads(10)).await.letters()[..5], *"uuuuu");
}

#[tokio::test]
async fn two_runs_that_start_together_send_each_lead_once() {
    let desk = Desk::new().await;
    let (mut one, mut other) = (desk.run(leads(60)), desk.run(leads(60)));
    let (one, other) = tokio::join!(
        Ended::of(&mut one, Vec::new()),
        Ended::of(&mut other, Vec::new())
    );
    let mut letters = [one.letters(), other.letters()];
    letters.sort();
    assert_eq!(letters[0], "DDDRDDD".repeat(9)[..60]);
    assert_eq!(letters[1], "U".repeat(60));
    desk.check(&one.items);
    desk.check(&other.items);
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let desk = Desk::new().await;
    desk.sandbox
        .inject(Fault::StallBefore, When::always().containing("\"Lead 0\""));
    let mut first = desk.run(leads(10));
    until(&mut first, || desk.has("sending 0 5")).await;
    let report = desk.folder.file("report");
    let mut second = child::command(&desk.sandbox, &desk.journal, &report, 10, 5)
        .spawn()
        .expect("a child");
    until(&mut first, || {
        second.try_wait().is_ok_and(|ended| ended.is_some())
    })
    .await;
    let report = fs::read_to_string(report).expect("the report");
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines.len(), 11, "{report}");
    for (n, line) in lines.iter().enumerate().take(10) {
        assert_eq!(*line, format!("{n} unknown"));
    }
    assert!(lines[10].ends_with(&format!("{IN_USE}{DOUBT}")), "{report}");
    let arrived: usize = desk.sizes().iter().sum();
    assert_eq!(arrived, 10, "all from the first");
}

#[tokio::test]
async fn a_killed_process_holds_nothing_up() {
    let desk = Desk::new().await;
    desk.sandbox
        .inject(Fault::StallAfter, When::always().containing("\"Lead 0\""));
    let report = desk.folder.file("report");
    let mut killed = child::command(&desk.sandbox, &desk.journal, &report, 10, 5)
        .spawn()
        .expect("a child");
    while !desk.has_arrived(0, 5) {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    killed
        .kill()
        .and_then(|()| killed.wait())
        .expect("it is killed");
    let ended = desk.start(leads(10)).await;
    assert_eq!(ended.letters()[..5], *"uuuuu");
    assert!(ended.stopped_by.is_none());
}
