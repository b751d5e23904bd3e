//! A journal that stops taking lines in the middle of a run, as on a full disk: nothing more is sent,
//! what is known is told, and the next start goes on.

use std::{fs, process::Command};

use copper_crm_sandbox::Sandbox;

use super::{Desk, child, leads};

/// So many that their requests' lines fill the disk by themselves.
const LEADS: usize = 600;

/// The same child in a shell that lets no file grow beyond so many blocks, and has writes fail there.
fn confined(child: &Command, blocks: usize) -> Command {
    let mut shell = Command::new("sh");
    let confine = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    shell.arg("-c").arg(confine).arg(child.get_program());
    shell.args(child.get_args());
    for (name, value) in child.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    shell
}

#[tokio::test]
async fn on_a_full_disk_nothing_more_is_sent_and_a_later_start_goes_on() {
    for blocks in 1..=3 {
        let mut desk = Desk::new().await;
        let sandbox = Sandbox::builder().limits([]).start().await;
        desk.sandbox = sandbox.expect("a sandbox");
        desk.copper = desk.sandbox.copper().limits([]).build().expect("a client");
        // Through a pipe, for a file would be confined as well.
        let report = "/dev/stderr".as_ref();
        let child = child::command(&desk.sandbox, &desk.journal, report, LEADS, 10);
        let mut confined = confined(&child, blocks);
        let output = tokio::task::spawn_blocking(move || confined.output());
        let output = output.await.expect("it is waited for").expect("a child");
        let report = String::from_utf8(output.stderr).expect("text");
        let lines: Vec<&str> = report.lines().collect();
        assert_eq!(lines.len(), LEADS + 1, "{report}");
        let fault = "the journal can't be used: it can't be read or written (File too large (os error 27)); without it nothing is sent";
        assert!(lines[LEADS].ends_with(fault), "{report}");

        let held = desk.held();
        let written = fs::metadata(desk.journal.path())
            .expect("the journal")
            .len();
        assert!(written <= blocks as u64 * 1024, "{written}");
        let mut told = Vec::new();
        for (n, line) in lines.iter().enumerate().take(LEADS) {
            let outcome = line.strip_prefix(&format!("{n} ")).expect("its outcome");
            let id = held.get(&child::name(n));
            match outcome {
                "not-sent" | "rejected status_id" => assert_eq!(id, None, "#{n}"),
                "unknown" => panic!("#{n}: every answer came"),
                done => assert_eq!(id.map(|id| format!("done {id}")).as_deref(), Some(done)),
            }
            told.push(outcome);
        }
        assert!(told.contains(&"not-sent"));

        let arrived = desk.sandbox.arrivals().len();
        let ended = desk.start(leads(LEADS)).await;
        assert!(ended.stopped_by.is_none());
        for (n, word) in ended.words().iter().enumerate() {
            let sent_before = told[n] != "not-sent";
            // An answer that could not be written down is in doubt for who was not told.
            let fits = word == told[n] || (word == "unknown") == sent_before;
            assert!(fits, "#{n}: {}, then {word}", told[n]);
        }
        let sent: usize = desk.sandbox.arrivals()[arrived..]
            .iter()
            .map(|a| a.items)
            .sum();
        assert_eq!(
            sent,
            told.iter().filter(|word| **word == "not-sent").count()
        );
    }
}
