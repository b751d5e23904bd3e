//! Files in folders with hostile neighbours: no file of the user is overwritten, read by others or lost to a
//! second import.
#![cfg(unix)]

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

const ONE_REJECTED: &str = "2 leads: 1 done, 1 rejected, 0 not sent, 0 unknown\n";

fn begun(test: &str) -> (Folder, String) {
    let folder = Folder::new(test);
    let input = folder.write("leads.csv", "name\nJim\n \n");
    (folder, input)
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_planted_link_nor_a_users_own_file_is_written_through_or_over() {
    let (folder, input) = begun("planted");
    let sandbox = sandbox().await;
    let (rejects, report) = (folder.path("rejects.csv"), folder.path("report.json"));
    let target = folder.write("target", "mine");
    for name in ["rejects.csv.new", "report.json.new"] {
        symlink(&target, folder.path(name)).expect("a link");
    }
    folder.write("rejects.csv.unknown.new", "mine");
    let args = [&input, "--rejects", &rejects, "--report", &report];
    // The second start keeps the rows of the first, and so writes the file anew.
    let journal = folder.path("rejects.csv.journal");
    let args = [&args[..], &["--journal", &journal]].concat();
    for _ in 0..2 {
        load(&sandbox, &args).await.ended(1, ONE_REJECTED);
    }
    assert_eq!(folder.read("target"), "mine");
    assert_eq!(folder.read("rejects.csv.unknown.new"), "mine");
    assert_eq!(records(&folder.read("rejects.csv")).len(), 2);
    let names = fs::read_dir(folder.path("")).expect("the folder");
    assert_eq!(names.count(), 8, "no file under another name is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_file_of_its_own_is_refused_before_anything_is_sent() {
    let (folder, input) = begun("no_file");
    let sandbox = sandbox().await;
    let path = |name: &str| folder.path(name);
    let target = folder.write("target", "");
    for name in ["link.csv", "link.json", "linked.csv.unknown"] {
        symlink(&target, path(name)).expect("a link");
    }
    for name in ["pipe.csv", "pipe.json"] {
        let made = Command::new("mkfifo").arg(path(name)).status();
        assert!(made.expect("mkfifo runs").success());
    }
    fs::create_dir(path("folder.csv")).expect("a folder");
    for (option, name, told) in [
        (
            "--rejects",
            "link.csv",
            "link.csv can't be written: it is a link",
        ),
        (
            "--rejects",
            "linked.csv",
            "linked.csv.unknown can't be written: it is a link",
        ),
        (
            "--report",
            "link.json",
            "link.json can't be written: it is a link",
        ),
        (
            "--rejects",
            "pipe.csv",
            "pipe.csv can't be written: it is no regular file",
        ),
        (
            "--report",
            "pipe.json",
            "pipe.json can't be written: it is no regular file",
        ),
        (
            "--journal",
            "pipe.json",
            "pipe.json can't be written: it is no regular file",
        ),
        (
            "--rejects",
            "folder.csv",
            "folder.csv can't be written: it is a folder",
        ),
    ] {
        let ran = load(&sandbox, &[&input, option, &path(name)]).await;
        ran.ended(2, "");
        ran.told(told);
    }
    assert!(sent(&sandbox).is_empty());
    assert_eq!(folder.read("target"), "");
}

/// The command is refused with these options, each with its file in the folder: two of its files are the same.
async fn is_refused(mut command: Command, folder: &Folder, options: [&str; 4]) {
    for pair in options.chunks(2).filter(|pair| !pair[0].is_empty()) {
        command.arg(pair[0]).arg(folder.path(pair[1]));
    }
    let ran = tokio::task::spawn_blocking(move || run(&mut command)).await;
    let ran = ran.expect("it runs");
    ran.ended(2, "");
    ran.told("another name");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_files_of_one_command_differ_however_they_are_spelled() {
    let (folder, input) = begun("distinct");
    let sandbox = sandbox().await;
    let path = |name: &str| folder.path(name);
    fs::create_dir(path("sub")).expect("a folder");
    symlink(path(""), path("same")).expect("a link");
    fs::hard_link(&input, path("hard.csv")).expect("a link");
    folder.write("r.csv", "name,index,outcome,reason\n");
    fs::hard_link(path("r.csv"), path("hard.json")).expect("a link");
    for args in [
        ["--rejects", "leads.csv", "", ""],
        ["--rejects", "./sub/../leads.csv", "", ""],
        ["--rejects", "same/leads.csv", "", ""],
        ["--rejects", "hard.csv", "", ""],
        ["--journal", "leads.csv", "", ""],
        ["--journal", "x.csv", "--rejects", "same/x.csv"],
        ["--journal", "x.csv.unknown", "--rejects", "x.csv"],
        ["--report", "sub/../x.csv.unknown", "--rejects", "x.csv"],
        ["--report", "hard.json", "--rejects", "r.csv"],
        ["--report", "j", "--journal", "same/j"],
    ] {
        is_refused(importer::to(&sandbox, &[&input]), &folder, args).await;
    }
    for args in [
        ["--plan", "same/leads.csv", "", ""],
        ["--plan", "sub/../j", "--journal", "j"],
        ["--report", "p.json", "--plan", "same/p.json"],
    ] {
        let mut command = importer::to(&sandbox, &[]);
        let environment: Vec<_> = command
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect();
        command = Command::new(env!("CARGO_BIN_EXE_copper"));
        command.args(["sync", "--live", "--key", "email", &input]);
        command.envs(environment);
        is_refused(command, &folder, args).await;
    }
    assert!(sent(&sandbox).is_empty());
    assert_eq!(folder.read("leads.csv"), "name\nJim\n \n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_import_with_the_same_rejects_is_refused_while_the_first_runs() {
    let folder = Folder::new("two_at_once");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", leads(20, &[3]));
    let rejects = folder.path("rejects.csv");
    sandbox.inject(Fault::StallAfter, When::always().containing("\"Lead 0\""));
    let mut running = Running::start(&sandbox, &[&input, "--rejects", &rejects]);
    running
        .until("it has sent", || !sandbox.leads().is_empty())
        .await;
    // The header alone holds no row, and could be replaced, were nobody writing it.
    let before = folder.read("rejects.csv");
    assert_eq!(before, "name,email,index,outcome,reason\n");
    let other = folder.write("other.csv", "name\n \n");
    for file in [&other, &input] {
        let ran = load(&sandbox, &[file, "--rejects", &rejects]).await;
        ran.ended(2, "");
        ran.told("rejects.csv can't be written: another import is writing it");
        ran.told("Nothing was sent.");
    }
    assert_eq!(folder.read("rejects.csv"), before);
    running.kill();
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_is_its_owners_alone() {
    let (folder, input) = begun("modes");
    let sandbox = sandbox().await;
    sandbox.inject(Fault::ErrorAfter(502), When::always().containing("Pam"));
    let input = folder.write(
        "leads.csv",
        format!("{}Pam\n", fs::read_to_string(input).expect("it")),
    );
    let path = |name: &str| folder.path(name);
    let (rejects, report) = (path("rejects.csv"), path("report.json"));
    let args = [
        &input,
        "--rejects",
        &rejects,
        "--report",
        &report,
        "--chunk-size",
        "1",
    ];
    load(&sandbox, &args)
        .await
        .ended(1, "3 leads: 1 done, 1 rejected, 0 not sent, 1 unknown\n");
    for name in ["rejects.csv", "rejects.csv.unknown", "report.json"] {
        let found = fs::metadata(path(name)).expect("it is there");
        assert_eq!(found.permissions().mode() & 0o777, 0o600, "{name}");
    }
}
