//! The sample files, and the first steps with the importer.

use super::*;

#[test]
fn the_sample_of_300_leads_is_loaded_whole() {
    let ran = run(importer().arg(format!("{DATA}/leads.csv")));
    ran.ended(
        0,
        "300 leads: 300 done, 0 rejected, 0 not sent, 0 unknown\n",
    );
    assert!(
        !ran.stderr.contains('\u{1b}'),
        "no terminal, no bar: {}",
        ran.stderr
    );
}

#[test]
fn the_sample_of_an_export_is_loaded_as_the_help_says() {
    let help = run(importer().arg("--help")).stdout;
    let (_, rest) = help
        .split_once("copper import examples/data/export.csv")
        .expect("it");
    let (options, _) = rest.split_once("\n    Load").expect("another example");
    let options = options.replace("\\\n", " ");
    let command = format!("exec \"$0\" import \"$1\" {options}");
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &command])
        .arg(importer().get_program())
        .arg(format!("{DATA}/export.csv"));
    let ran = run(&mut shell);
    ran.ended(0, "4 leads: 4 done, 0 rejected, 0 not sent, 0 unknown\n");
}

#[test]
fn help_is_on_standard_output_and_names_every_option() {
    let ran = run(importer().arg("--help"));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    for option in [
        "--map",
        "--live",
        "--reconcile",
        "--absent-after",
        "--send-again",
        "--upsert",
        "--check",
        "--dry-run",
        "--report",
        "--rejects",
        "--journal",
        "--chunk-size",
        "--accept-duplicates",
        "cf_<id>",
    ] {
        assert!(ran.stdout.contains(option), "{option}");
    }
}

#[test]
fn a_file_without_leads_is_done() {
    let folder = Folder::new("no_leads");
    for (name, content) in [
        ("none.csv", "name,email\n"),
        ("none.json", "[]"),
        ("none.jsonl", ""),
    ] {
        let ran = run(importer().arg(folder.write(name, content)));
        ran.ended(0, "0 leads: 0 done, 0 rejected, 0 not sent, 0 unknown\n");
    }
}
