//! Places where no journal can be kept, and files that are none: nothing is sent, it is said why, and a
//! file that is not ours is left byte for byte as it was.

use std::{env, fs, os::unix::fs::PermissionsExt, path::PathBuf, process::Command};

use super::{Desk, leads};
use crate::support::place::Place;

/// Nothing is sent when the journal is here. Gives the outcomes' letters, and what is wrong.
async fn refused(desk: &mut Desk, journal: impl Into<PathBuf>) -> (String, String) {
    desk.journal = Place::at(journal);
    let arrived = desk.sandbox.arrivals().len();
    let ended = desk.start(leads(7)).await;
    assert_eq!(desk.sandbox.arrivals().len(), arrived, "nothing is sent");
    assert_eq!(ended.items.len(), 7);
    (ended.letters(), ended.fault())
}

#[tokio::test]
async fn where_no_file_can_be_made_nothing_is_sent() {
    let mut desk = Desk::new().await;
    let (missing, folder) = (desk.folder.file("missing/journal"), desk.folder.file(""));
    for (path, why) in [
        (missing, "No such file or directory"),
        (folder, "Is a directory"),
        ("/proc/journal".into(), "No such file or directory"),
        ("".into(), "No such file or directory"),
    ] {
        let (letters, fault) = refused(&mut desk, &path).await;
        assert_eq!(letters, "NNNNNNN", "{path:?}");
        assert!(
            fault.starts_with(&format!("it can't be read or written ({path:?}: {why}")),
            "{path:?}: {fault}"
        );
        assert!(fault.ends_with("); without it nothing is sent"), "{fault}");
    }
}

#[tokio::test]
async fn in_a_read_only_folder_nothing_is_sent() {
    let mut desk = Desk::new().await;
    let folder = desk.folder.file("read-only");
    fs::create_dir(&folder).expect("a folder");
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o555)).expect("it is read-only");
    let journal = folder.join("journal");
    if fs::write(&journal, "").is_ok() {
        eprintln!("skipped: permissions don't bind this user; /proc/journal stands in for it");
        return;
    }
    let (letters, fault) = refused(&mut desk, journal).await;
    assert_eq!(letters, "NNNNNNN");
    assert!(fault.contains("Permission denied"), "{fault}");
}

#[tokio::test]
async fn a_journal_is_its_owners_alone_and_never_reached_through_a_link() {
    let desk = Desk::new().await;
    desk.start(leads(7)).await;
    let found = fs::metadata(desk.journal.path()).expect("it is there");
    // Whoever can't open it can't hold its lock either.
    assert_eq!(found.permissions().mode() & 0o777, 0o600);
    let mut desk = Desk::new().await;
    let (target, link) = (desk.folder.file("target"), desk.folder.file("link"));
    for content in [None, Some("")] {
        if let Some(content) = content {
            fs::write(&target, content).expect("a file");
        }
        std::os::unix::fs::symlink(&target, &link).expect("a link");
        let (letters, fault) = refused(&mut desk, &link).await;
        assert_eq!(letters, "NNNNNNN");
        assert!(
            fault.contains("it is a link, which is not followed"),
            "{fault}"
        );
        let left = fs::read_to_string(&target).ok();
        assert_eq!(left.as_deref(), content, "its target is as it was");
        fs::remove_file(&link).expect("the link is ours");
    }
}

#[tokio::test]
async fn a_file_that_is_no_journal_is_left_as_it_is() {
    let mut desk = Desk::new().await;
    let path = desk.folder.file("something");
    for content in [
        &b"name,email\nJim,jim@example.com\n"[..],
        b"\n",
        b" ",
        b"no line end",
        b"\xFF\xFE\x00binary",
        b"\x00\x00\x00\x00",
        b"copper-crm journals\n",
        b"copper-crm journal\n",
        b"copper-crm journal x bulk_create_leads\n",
        b"copper-crm journal 0 bulk_create_leads\n",
        b"copper-crm journal 1 bulk_create_leads 00112233445566778899aabbccddeeff\n",
        b"a copper-crm journal 1 bulk_create_leads\n",
    ] {
        fs::write(&path, content).expect("it is written");
        let (letters, fault) = refused(&mut desk, &path).await;
        assert_eq!(letters, "NNNNNNN");
        assert_eq!(
            fault,
            "it is not a journal; give another path, the file is left as it is"
        );
        assert_eq!(fs::read(&path).expect("it is there"), content);
    }
}

#[tokio::test]
async fn what_is_no_file_at_all_is_no_journal() {
    let mut desk = Desk::new().await;
    let pipe = desk.folder.file("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|status| status.success()), "a pipe");
    for path in [pipe, "/dev/null".into(), "/dev/full".into()] {
        let (letters, fault) = refused(&mut desk, &path).await;
        assert_eq!(letters, "NNNNNNN", "{path:?}");
        assert_eq!(
            fault, "it is not a journal; give another path, the file is left as it is",
            "{path:?}"
        );
    }
}

#[tokio::test]
async fn a_journal_of_a_later_version_is_left_to_it() {
    let mut desk = Desk::new().await;
    let path = desk.folder.file("later");
    for version in ["3", "99"] {
        let content =
            format!("copper-crm journal {version} bulk_create_leads and more\n\x01\x02\n");
        fs::write(&path, &content).expect("it is written");
        let (letters, fault) = refused(&mut desk, &path).await;
        assert_eq!(letters, "UUUUUUU", "what it knows, nobody here does");
        assert_eq!(
            fault,
            format!(
                "it has format version {version}, which only a later version of this crate can read"
            )
        );
        assert_eq!(desk.written(), content);
    }
}

#[tokio::test]
async fn a_journal_of_another_operation_is_left_to_it() {
    let mut desk = Desk::new().await;
    let path = desk.folder.file("other");
    let content = format!(
        "copper-crm journal 2 bulk_update_leads {}\n",
        "0".repeat(32)
    );
    fs::write(&path, &content).expect("it is written");
    let (letters, fault) = refused(&mut desk, &path).await;
    assert_eq!(letters, "NNNNNNN");
    assert_eq!(
        fault,
        "it is a journal of bulk_update_leads; give another path"
    );
    assert_eq!(desk.written(), content);
}

#[tokio::test]
async fn a_first_line_of_our_own_that_is_damaged_leaves_doubt() {
    let mut desk = Desk::new().await;
    desk.start(leads(7)).await;
    let journal = desk.written();
    for (from, to) in [
        ("bulk_create_leads ", "bulk_create_leads"),
        ("bulk_create_leads ", "bulk_create_leads\n"),
        ("bulk_create_leads ", "bulk_create_leads  "),
        ("bulk_create_leads ", "\n"),
        ("bulk_create_leads ", "bulk_create_leads x"),
    ] {
        let content = journal.replacen(from, to, 1);
        fs::write(desk.journal.path(), &content).expect("it is written");
        let path = desk.journal.path().to_owned();
        let (letters, fault) = refused(&mut desk, path).await;
        assert_eq!(letters, "UUUUUUU", "{to:?}: {fault}");
        assert_eq!(
            fault,
            "its line 1 is damaged; nothing is sent, because records that were sent may be missing in it"
        );
        assert_eq!(desk.written(), content);
    }
}

#[tokio::test]
async fn a_line_that_does_not_end_is_not_read_for_ever() {
    let mut desk = Desk::new().await;
    desk.start(leads(1)).await;
    let content = desk.written() + &"a".repeat(17 << 20);
    fs::write(desk.journal.path(), &content).expect("it is written");
    let journal = desk.journal.path().to_owned();
    let (letters, fault) = refused(&mut desk, &journal).await;
    assert_eq!(letters, "UUUUUUU");
    assert!(
        fault.contains("it has a line that is longer than any line of a journal"),
        "{fault}"
    );
    assert!(desk.written() == content, "it is left as it is");
}

#[tokio::test]
async fn an_empty_file_becomes_a_journal() {
    let desk = Desk::new().await;
    fs::write(desk.journal.path(), "").expect("it is written");
    assert_eq!(desk.start(leads(7)).await.letters(), "DDDRDDD");
    assert!(desk.has("copper-crm journal 2 bulk_create_leads "));
    assert_eq!(desk.start(leads(7)).await.letters(), "dddrddd");
}

#[tokio::test]
async fn a_file_with_something_in_it_that_can_not_be_opened_leaves_doubt() {
    let mut desk = Desk::new().await;
    // Nobody may write into a program that is running, not even root.
    let program = env::current_exe().expect("this program");
    let before = fs::metadata(&program).expect("it is there").len();
    let (letters, fault) = refused(&mut desk, &program).await;
    assert_eq!(letters, "UUUUUUU");
    assert!(
        fault.starts_with("it can't be read or written (") && fault.contains("Text file busy"),
        "{fault}"
    );
    assert_eq!(fs::metadata(&program).expect("it is there").len(), before);
}
