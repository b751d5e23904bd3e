//! The importer as its users meet it: a program with arguments, a file, two output streams, an exit
//! status and a rejects file.
//!
//! It runs as a child process. Where a test asks what arrived, or wants something to go wrong, the
//! child is told by its environment to send to a sandbox of the test's own.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use copper_crm::sandbox::{Fault, Sandbox, When};
use serde_json::{Value, json};

/// The importer's unit tests: `cargo test` would run those of an example only instead of building it.
#[path = "../examples/import/main.rs"]
#[allow(dead_code)]
mod parts;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data");

/// `cargo test` builds the examples beside the tests; `cargo test --test import` does not.
fn importer() -> Command {
    let tests = env::current_exe().expect("the path of this test");
    let target = tests.ancestors().nth(2).expect("a target directory");
    let program = target.join(format!("examples/import{}", env::consts::EXE_SUFFIX));
    let changed = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
    let sources = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/import"));
    let newest = sources
        .expect("the sources")
        .filter_map(|file| changed(&file.ok()?.path()));
    assert!(
        changed(&program) > newest.max(),
        "it is not built, or old: run `cargo build --example import` first"
    );
    let mut command = Command::new(program);
    for name in ["ACCESS_TOKEN", "USER_EMAIL", "BASE_URL"] {
        command.env_remove(format!("COPPER_{name}"));
    }
    command
}

/// What a run of the importer left behind.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    #[track_caller]
    fn ended(&self, code: i32, stdout: &str) {
        let ended = (self.code, self.stdout.as_str());
        assert_eq!(ended, (Some(code), stdout), "{}", self.stderr);
    }

    #[track_caller]
    fn told(&self, words: &str) {
        assert!(
            self.stderr.contains(words),
            "{words:?} is not in:\n{}",
            self.stderr
        );
    }
}

fn run(command: &mut Command) -> Ran {
    Ran::of(command.output().expect("the importer runs"))
}

/// A folder of one test's own, empty at its start.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("import")
            .join(test);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        let path = self.0.join(name).into_os_string();
        path.into_string().expect("a path in UTF-8")
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, content).expect("a file");
        path
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file")
    }
}

async fn sandbox() -> Sandbox {
    let builder = Sandbox::builder().scale(0.01);
    builder.start().await.expect("a sandbox")
}

/// Runs the importer against a sandbox of the test's.
async fn load(sandbox: &Sandbox, args: &[&str]) -> Ran {
    let mut command = importer();
    command
        .arg("--live")
        .args(args)
        .env("COPPER_ACCESS_TOKEN", sandbox.token())
        .env("COPPER_USER_EMAIL", sandbox.email())
        .env("COPPER_BASE_URL", sandbox.base_url());
    tokio::task::spawn_blocking(move || run(&mut command))
        .await
        .expect("the importer runs")
}

/// What of a lead the input decides.
fn content(lead: &Value) -> Value {
    let mut content = serde_json::Map::new();
    for field in [
        "name",
        "email",
        "phone_numbers",
        "company_name",
        "title",
        "details",
        "address",
        "tags",
        "custom_fields",
    ] {
        content.insert(
            field.to_owned(),
            lead.get(field).cloned().unwrap_or_default(),
        );
    }
    content.into()
}

fn contents(sandbox: &Sandbox) -> Vec<Value> {
    sandbox.leads().iter().map(content).collect()
}

fn records(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let records = reader.records().map(|record| record.expect("a record"));
    records
        .map(|record| record.iter().map(str::to_owned).collect())
        .collect()
}

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
fn what_is_rejected_can_be_corrected_and_fed_in_again() {
    let folder = Folder::new("round_trip");
    let (rejects, again) = (folder.path("rejects.csv"), folder.path("again.csv"));
    let sample = format!("{DATA}/leads-with-mistakes.csv");

    let ran = run(importer().arg(&sample).arg("--rejects").arg(&rejects));

    ran.ended(1, "20 leads: 15 done, 5 rejected, 0 not sent, 0 unknown\n");
    ran.told("rejected: name: invalid (lines 4, 9, 12, 16, 20)");
    assert!(!ran.stderr.contains('@'), "nobody's data: {}", ran.stderr);
    let input = records(&fs::read_to_string(&sample).expect("the sample"));
    let written = records(&folder.read("rejects.csv"));
    let mut expected = vec![
        [
            &input[0][..],
            &["index", "outcome", "reason"].map(str::to_owned),
        ]
        .concat(),
    ];
    for index in [2, 5, 8, 12, 16] {
        let why = [index.to_string(), "rejected".into(), "name: invalid".into()];
        expected.push([&input[index + 1][..], &why].concat());
    }
    assert_eq!(written, expected);
    assert!(!Path::new(&folder.path("rejects.csv.unknown")).exists());

    let mut corrected = csv::Writer::from_path(&rejects).expect("the rejects");
    for (n, mut record) in written.into_iter().enumerate() {
        if n > 0 {
            record[0] = format!("Lead {n}");
        }
        corrected.write_record(record).expect("written");
    }
    drop(corrected);
    let ran = run(importer().arg(&rejects).arg("--rejects").arg(&again));

    ran.ended(0, "5 leads: 5 done, 0 rejected, 0 not sent, 0 unknown\n");
    assert_eq!(records(&folder.read("again.csv")), [expected[0].clone()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_dialect_and_format_makes_the_same_leads() {
    let folder = Folder::new("dialects");
    let csv = "name,email,phone,company,details,street,postal_code,tags,cf_7,cf_8\n\
        Zoë,zoe@example.com,555-0100,\"A, B & C\",\"one\n\"\"two\"\"; three\",1 Elm St,01970,a; b c ;,007,42\n\
        李雪,,,,,,,,,\"[1, 2]\"\n";
    let other = |separator: &str| {
        let text = csv
            .replace(',', separator)
            .replace(&format!("A{separator} B"), "A, B");
        text.replace(&format!("1{separator} 2"), "1, 2")
            .replace("a; b c ;", "\"a; b c ;\"")
    };
    let zoe = json!({
        "name": "Zoë", "email": {"email": "zoe@example.com", "category": "work"},
        "phone_numbers": [{"number": "555-0100", "category": "work"}],
        "company_name": "A, B & C", "details": "one\n\"two\"; three",
        "address": {"street": "1 Elm St", "postal_code": "01970"}, "tags": ["a", "b c"],
        "custom_fields": [
            {"custom_field_definition_id": 7, "value": "007"},
            {"custom_field_definition_id": 8, "value": 42},
        ],
    });
    let xue = json!({"name": "李雪", "custom_fields": [{"custom_field_definition_id": 8, "value": [1, 2]}]});
    let flat = json!([
        {
            "name": "Zoë", "email": "zoe@example.com", "phone": "555-0100", "company": "A, B & C",
            "details": "one\n\"two\"; three", "street": "1 Elm St", "postal_code": "01970",
            "tags": ["a", "b c"], "cf_7": "007", "cf_8": 42,
        },
        {"name": "李雪", "email": null, "cf_8": [1, 2]},
    ]);
    let files = [
        folder.write("plain.csv", csv),
        folder.write("bom.csv", format!("\u{feff}{csv}")),
        folder.write("blank_lines.csv", csv.replace("李", "\n\n李") + "\n\n"),
        folder.write("semicolons.csv", other(";")),
        folder.write("tabs.CSV", other("\t")),
        folder.write("flat.json", flat.to_string()),
        folder.write(
            "nested.json",
            serde_json::to_string_pretty(&json!([zoe, xue])).expect("JSON"),
        ),
        folder.write("nested.jsonl", format!("{zoe}\r\n\r\n{xue}\r\n")),
    ];
    let mut expected = None;
    for file in files {
        let sandbox = sandbox().await;
        let ran = load(&sandbox, &[&file]).await;
        ran.ended(0, "2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown\n");
        let loaded = contents(&sandbox);
        for field in [
            "name",
            "email",
            "phone_numbers",
            "details",
            "tags",
            "custom_fields",
        ] {
            assert_eq!(loaded[0][field], zoe[field], "{file}");
        }
        let expected = expected.get_or_insert_with(|| loaded.clone());
        assert_eq!(&loaded, expected, "{file}");
    }
    let windows = folder.write("crlf.csv", csv.replace('\n', "\r\n"));
    let sandbox = sandbox().await;
    load(&sandbox, &[&windows])
        .await
        .ended(0, "2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown\n");
    assert_eq!(
        contents(&sandbox)[0]["details"],
        "one\r\n\"two\"; three",
        "line ends in quotes are data"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_with_the_input_is_told_at_once_by_line_and_nothing_is_sent() {
    let folder = Folder::new("problems");
    let sandbox = sandbox().await;
    let rejects = folder.path("rejects.csv");
    for (file, told) in [
        (
            folder.write("rows.csv", "name,email\r\nSecret\r\nJim,\r\nSecret,b,c\r\n"),
            &["line 2: has 1 cells for 2 columns", "line 4: has 3 cells"][..],
        ),
        (
            folder.write("columns.csv", "name,Mobil,cf_abc\nSecret,1,2\nSecret,1\n"),
            &[
                "unknown columns: `Mobil`",
                "`cf_abc` must be",
                "line 3: has 2 cells",
            ],
        ),
        (
            folder.write(
                "lines.jsonl",
                "{\"name\": Secret}\n[]\n{\"name\": [\"Secret\"]}",
            ),
            &[
                "line 1: is not JSON",
                "line 2: must be",
                "line 3: `name` must be text",
            ],
        ),
        (
            folder.write(
                "array.json",
                "[{\"name\": \"Jim\"},\n{\"name\": \"Secret\", \"email\": 5}]",
            ),
            &["line 2: `email` must be text"],
        ),
        (
            folder.write("latin1.csv", b"name\nRen\xe9e Secret\n"),
            &["line 2 has a character in another encoding", "iconv"],
        ),
        (
            folder.write("leads.xlsx", "PK"),
            &["must be named .csv, .json or .jsonl"],
        ),
    ] {
        let ran = load(&sandbox, &[&file, "--rejects", &rejects]).await;
        ran.ended(2, "");
        ran.told(&file);
        ran.told("Nothing was sent.");
        told.iter().for_each(|words| ran.told(words));
        assert!(!ran.stderr.contains("Secret"), "{}", ran.stderr);
        assert!(!Path::new(&rejects).exists());
    }
    assert!(sandbox.arrivals().is_empty());
}

#[test]
fn a_long_list_of_problems_is_cut_short() {
    let folder = Folder::new("many_problems");
    let file = folder.write(
        "leads.csv",
        format!("name,email\n{}", "Jim\n".repeat(1_000)),
    );
    let ran = run(importer().arg(file));
    ran.ended(2, "");
    ran.told("line 51: has 1 cells");
    ran.told("and 950 more");
    assert!(ran.stderr.lines().count() < 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn unusable_arguments_end_with_2_and_nothing_is_sent() {
    let folder = Folder::new("arguments");
    let sandbox = sandbox().await;
    let leads = folder.write("leads.csv", "name\nJim\n");
    let missing = folder.path("missing.csv");
    let nowhere = folder.path("nowhere/rejects.csv");
    let notes = folder.write(
        "notes.csv",
        "name,index,outcome,reason\nJim,0,rejected,name: invalid\n",
    );
    for (args, told) in [
        (&[][..], "no FILE is given"),
        (&[missing.as_str()], "can't be read"),
        (&[&leads, &leads], "more than one FILE"),
        (&[&leads, "--frobnicate"], "--frobnicate"),
        (&[&leads, "--chunk-size", "0"], "whole number from 1"),
        (&[&leads, "--rejects", "rejects.json"], "must end in .csv"),
        (&[&leads, "--rejects", &leads], "is the input"),
        (&[&leads, "--rejects", &notes], "is there already"),
        (&[&leads, "--rejects", &nowhere], "can't be written"),
    ] {
        let ran = load(&sandbox, args).await;
        ran.ended(2, "");
        ran.told(told);
        ran.told("Nothing was sent.");
    }
    assert!(sandbox.arrivals().is_empty());
    assert!(folder.read("notes.csv").contains("Jim"));

    let ran = run(importer().args([&leads, "--live"]));
    ran.ended(2, "");
    ran.told("COPPER_ACCESS_TOKEN");
}

#[test]
fn help_is_on_standard_output_and_names_every_option() {
    let ran = run(importer().arg("--help"));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    for option in [
        "--live",
        "--rejects",
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

#[tokio::test(flavor = "multi_thread")]
async fn leads_in_doubt_go_to_a_file_of_their_own_which_is_not_loaded_without_a_word() {
    let folder = Folder::new("unknown");
    let first = sandbox().await;
    first.inject(Fault::ErrorAfter(502), When::always().containing("Michael"));
    let input = folder.write("leads.csv", "name\nJim\nPam\n \nMichael\nDwight\n");
    let rejects = folder.path("rejects.csv");

    let ran = load(
        &first,
        &[&input, "--rejects", &rejects, "--chunk-size", "2"],
    )
    .await;

    ran.ended(1, "5 leads: 3 done, 0 rejected, 0 not sent, 2 unknown\n");
    ran.told("(lines 4-5)");
    ran.told("rejects.csv.unknown: look it up");
    assert_eq!(folder.read("rejects.csv"), "name,index,outcome,reason\n");
    let unknown = records(&folder.read("rejects.csv.unknown"));
    let kept: Vec<_> = unknown.iter().map(|record| record[..3].join("|")).collect();
    assert_eq!(
        kept,
        ["name|index|outcome", " |2|unknown", "Michael|3|unknown"]
    );

    let second = sandbox().await;
    let unknown = folder.path("rejects.csv.unknown");
    let renamed = folder.write("renamed.csv", folder.read("rejects.csv.unknown"));
    for file in [&unknown, &renamed] {
        let ran = load(&second, &[file]).await;
        ran.ended(2, "");
        ran.told("leads (lines 2-3) of which it is unknown");
        ran.told("--accept-duplicates");
    }
    assert!(second.arrivals().is_empty());
    let ran = load(&second, &[&unknown, "--accept-duplicates"]).await;
    ran.ended(1, "2 leads: 1 done, 1 rejected, 0 not sent, 0 unknown\n");

    let ran = load(&second, &[&input, "--rejects", &rejects]).await;
    ran.ended(2, "");
    ran.told("rejects.csv.unknown is there already");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_ends_early_says_why_and_what_to_do() {
    let folder = Folder::new("stopped");
    let sandbox = sandbox().await;
    sandbox.inject(Fault::Refusal(401), When::always());
    let input = folder.write("leads.csv", "name;tags\nJim;a\nPam;\"b;c\"\nOscar;\n");
    let rejects = folder.path("rejects.csv");

    let ran = load(&sandbox, &[&input, "--rejects", &rejects, "--chunk-size=1"]).await;

    ran.ended(1, "3 leads: 0 done, 0 rejected, 3 not sent, 0 unknown\n");
    ran.told("It ended early:");
    ran.told("check the token");
    let written = folder.read("rejects.csv");
    assert!(
        written.starts_with("name;tags;index;outcome;reason\nJim;a;0;not sent;"),
        "{written}"
    );

    sandbox.clear_faults();
    let again = folder.path("again.csv");
    let ran = load(&sandbox, &[&rejects, "--rejects", &again]).await;
    ran.ended(0, "3 leads: 3 done, 0 rejected, 0 not sent, 0 unknown\n");
    assert_eq!(contents(&sandbox)[1]["tags"], json!(["b", "c"]));
    assert_eq!(folder.read("again.csv"), "name;tags;index;outcome;reason\n");

    let ran = load(&sandbox, &[&rejects, "--rejects", &again]).await;
    ran.ended(0, "3 leads: 3 done, 0 rejected, 0 not sent, 0 unknown\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_json_lead_is_lost_in_its_row_of_the_rejects() {
    let folder = Folder::new("json_rejects");
    let lead = json!({
        "address": {"city": "Graz", "country": "AT"}, "assignee_id": 7, "monetary_value": 12.5,
        "customer_source_id": 331240, "cf_1": "42", "cf_2": [8, 9], "cf_3": false, "cf_4": "",
        "custom_fields": [{"custom_field_definition_id": 5, "value": {"a": null}}],
        "details": "{\"no\": json}", "email": {"email": "a@example.com", "category": "other"},
        "name": "Zoë", "phone_numbers": [{"number": "1"}, {"number": "2", "category": "home"}],
        "socials": [{"url": "http://example.com/zoe", "category": "linkedin"}],
        "tags": ["a;b", "[c]"], "title": "\"Dr\", PhD", "websites": [{"url": "http://example.org"}],
    });
    let direct = sandbox().await;
    load(
        &direct,
        &[&folder.write("direct.json", json!([lead]).to_string())],
    )
    .await
    .ended(0, "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n");

    let refused = sandbox().await;
    refused.inject(Fault::Refusal(403), When::nth(1));
    let rejects = folder.path("rejects.csv");
    let input = folder.write("refused.jsonl", format!("{{\"name\": \"Jim\"}}\n{lead}\n"));
    let ran = load(&refused, &[&input, "--rejects", &rejects]).await;
    ran.ended(1, "2 leads: 0 done, 0 rejected, 2 not sent, 0 unknown\n");
    load(&refused, &[&rejects])
        .await
        .ended(0, "2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown\n");

    let (mut direct, mut refused) = (direct.leads().remove(0), refused.leads().remove(1));
    for lead in [&mut direct, &mut refused] {
        for own in ["id", "date_created", "date_modified"] {
            lead.as_object_mut().expect("a lead").remove(own);
        }
    }
    assert_eq!(direct, refused);
    assert_eq!(direct["assignee_id"], 7);
}

/// A disk that is full after the first few bytes.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn leads_that_can_not_be_written_down_are_named_and_no_more_are_sent() {
    let folder = Folder::new("full_disk");
    let sandbox = sandbox().await;
    let names = [&" \n".repeat(100), &"Jim\n".repeat(100)]
        .map(String::as_str)
        .concat();
    let input = folder.write("leads.csv", format!("name\n{names}"));
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\""])
        .arg(importer().get_program())
        .args([&input, "--live", "--rejects", &folder.path("rejects.csv")])
        .env("COPPER_ACCESS_TOKEN", sandbox.token())
        .env("COPPER_USER_EMAIL", sandbox.email())
        .env("COPPER_BASE_URL", sandbox.base_url());

    let ran = tokio::task::spawn_blocking(move || run(&mut command))
        .await
        .expect("it runs");

    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stdout.starts_with("200 leads: "), "{}", ran.stdout);
    ran.told("rejects.csv can't be written: ");
    ran.told("-201 of the input");
    assert!(sandbox.leads().len() < 100, "it goes on sending");
}
