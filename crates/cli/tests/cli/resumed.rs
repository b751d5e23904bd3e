//! The rejects files over several starts of one import: they lose nothing, contain nothing twice, and are
//! never out of date.

use super::*;

/// An import that a refusal ended, with leads of every kind.
struct Begun {
    folder: Folder,
    sandbox: Sandbox,
    input: String,
    journal: String,
    rejects: String,
}

impl Begun {
    async fn new(test: &str) -> Self {
        let (folder, sandbox) = (Folder::new(test), sandbox().await);
        let begun = Self {
            input: folder.write("leads.csv", leads(30, &[3, 25])),
            journal: folder.path("journal"),
            rejects: folder.path("rejects.csv"),
            folder,
            sandbox,
        };
        let after = Fault::ErrorAfter(502);
        let sandbox = &begun.sandbox;
        sandbox.inject(after, When::always().containing("\"Lead 11\""));
        sandbox.inject(
            Fault::Refusal(401),
            When::always().containing("\"Lead 21\""),
        );
        let ran = begun.start().await;
        sandbox.clear_faults();
        ran.ended(1, "30 leads: 9 done, 1 rejected, 10 not sent, 10 unknown\n");
        ran.told("Once that is put right, run the same command again");
        ran.told(&format!("Don't load {} before", begun.rejects));
        ran.told(&format!("--journal {}", begun.journal));
        assert_eq!(begun.outcomes("rejects.csv").len(), 11);
        begun
    }

    async fn start(&self) -> ran::Ran {
        let Self {
            input,
            journal,
            rejects,
            ..
        } = self;
        load(
            &self.sandbox,
            &[input, "--journal", journal, "--rejects", rejects],
        )
        .await
    }

    /// Index, outcome and reason of each row.
    fn outcomes(&self, file: &str) -> Vec<String> {
        let rows = records(&self.folder.read(file));
        rows.iter().skip(1).map(|row| row[2..].join("|")).collect()
    }
}

const LAST_LINE: &str = "30 leads: 18 done, 2 rejected, 0 not sent, 10 unknown\n";

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_is_kept_with_its_reason_and_what_is_sent_now_goes_away() {
    let begun = Begun::new("resumed").await;
    let unknown = begun.folder.read("rejects.csv.unknown");
    assert!(unknown.contains("502"), "{unknown}");
    for _ in 0..2 {
        let ran = begun.start().await;
        ran.ended(1, LAST_LINE);
        ran.told("rejected: name: invalid (lines 5, 27)");
        ran.told("rejects.csv: correct them there, and load that file");
        ran.did_not_tell("run the same command again");
        assert_eq!(
            begun.outcomes("rejects.csv"),
            ["3|rejected|name: invalid", "25|rejected|name: invalid"]
        );
        assert_eq!(begun.folder.read("rejects.csv.unknown"), unknown);
    }
    assert_eq!(held(&begun.sandbox).len(), 28);
    assert!(!begun.folder.has("rejects.csv.new"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_files_lack_comes_from_the_journal() {
    let begun = Begun::new("lacking").await;
    fs::remove_file(begun.folder.path("rejects.csv.unknown")).expect("it is there");
    let text = begun.folder.read("rejects.csv");
    let (cut, _) = text.split_once("name: invalid").expect("a reason");
    begun.folder.write("rejects.csv", cut);

    begun.start().await.ended(1, LAST_LINE);

    let refused = "3|rejected|name: refused in an earlier start";
    assert_eq!(
        begun.outcomes("rejects.csv"),
        [refused, "25|rejected|name: invalid"]
    );
    assert_eq!(begun.outcomes("rejects.csv.unknown").len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_someone_has_changed_is_not_overwritten() {
    let begun = Begun::new("corrected").await;
    let corrected = begun
        .folder
        .read("rejects.csv")
        .replace("\n ,3@", "\nJim,3@");
    begun.folder.write("rejects.csv", &corrected);
    let before = sent(&begun.sandbox).len();

    let ran = begun.start().await;

    ran.ended(2, "");
    ran.told("rejects.csv is not as an earlier start with this journal left it");
    assert_eq!(begun.folder.read("rejects.csv"), corrected);
    assert_eq!(sent(&begun.sandbox).len(), before);

    fs::rename(&begun.rejects, begun.folder.path("mine.csv")).expect("renamed");
    begun.start().await.ended(1, LAST_LINE);
    assert_eq!(begun.outcomes("rejects.csv").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_an_import_that_the_journal_is_not_of_are_not_overwritten() {
    let begun = Begun::new("no_journal").await;
    fs::remove_file(&begun.journal).expect("it is there");
    let rejects = begun.folder.read("rejects.csv");
    let before = sent(&begun.sandbox).len();
    for _ in 0..2 {
        let ran = begun.start().await;
        ran.ended(2, "");
        ran.told("rejects.csv is there already");
        assert!(!begun.folder.has("journal"), "none is begun");
    }
    assert_eq!(begun.folder.read("rejects.csv"), rejects);
    assert_eq!(sent(&begun.sandbox).len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_is_not_taken_for_a_rejects_file() {
    let begun = Begun::new("same_file").await;
    let input = folder_input(&begun.folder);
    let both = begun.folder.path("both.csv");
    let args = [&input, "--journal", &both, "--rejects", &both];
    for _ in 0..2 {
        let ran = load(&begun.sandbox, &args).await;
        ran.ended(2, "");
        ran.told("both.csv");
    }
    assert_eq!(held(&begun.sandbox).len(), 19);
}

fn folder_input(folder: &Folder) -> String {
    folder.write("other.csv", "name\nOther\n")
}
