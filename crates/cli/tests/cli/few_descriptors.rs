//! A program that may open hardly any file: it says so before anything is sent, or loads the file; it never panics.
#![cfg(unix)]

use super::*;

/// The importer with so many descriptors.
fn with(descriptors: usize, sandbox: &Sandbox, args: &[&str]) -> Command {
    let whole = importer::to(sandbox, args);
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -n \"$0\" && exec \"$@\""])
        .arg(descriptors.to_string())
        .arg(whole.get_program())
        .args(whole.get_args());
    for (name, value) in whole.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn with_few_descriptors_a_file_is_loaded_whole_or_a_sentence_says_why_not() {
    let folder = Folder::new("few_descriptors");
    let input = folder.write("leads.csv", leads(12, &[]));
    let mut ended = Vec::new();
    for descriptors in 4..=32 {
        let sandbox = sandbox().await;
        let path = |name: &str| folder.path(&format!("{descriptors}-{name}"));
        let (rejects, journal) = (path("rejects.csv"), path("journal"));
        let args = [&input, "--rejects", &rejects, "--journal", &journal];
        let mut command = with(descriptors, &sandbox, &args);
        let ran = tokio::task::spawn_blocking(move || run(&mut command)).await;
        let ran = ran.expect("it runs");
        ran.did_not_tell("panicked");
        let there = held(&sandbox).len();
        match ran.code {
            Some(0) => {
                ran.ended(0, "12 leads: 12 done, 0 rejected, 0 not sent, 0 unknown\n");
                assert_eq!(there, 12, "{descriptors}");
            }
            // Nothing but what it could not do has been left undone.
            Some(1) => assert!(
                ran.stdout.contains(&format!("{there} done")) && ran.stdout.contains(" 0 unknown"),
                "{descriptors}: {ran:?}"
            ),
            Some(2) => {
                ran.told("Too many open files");
                ran.told("Nothing was sent.");
                assert_eq!(there, 0, "{descriptors}");
            }
            // The system itself could not start it.
            Some(126 | 127) => {}
            other => panic!("{descriptors}: {other:?} {ran:?}"),
        }
        ended.push(ran.code);
    }
    assert!(ended.contains(&Some(2)), "{ended:?}");
    assert_eq!(ended.last(), Some(&Some(0)), "{ended:?}");
}
