//! Files from other programs: workbooks, encodings, the JSON of other systems, notes before the header. Files
//! that can't be read are each named as what they are.

use super::*;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");

fn fixture(name: &str) -> String {
    format!("{FIXTURES}/{name}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbook_is_read_as_it_types_its_cells_and_its_rejects_load_again() {
    let folder = Folder::new("workbooks");
    for name in ["leads.xlsx", "leads.xls", "leads.ods"] {
        let sandbox = sandbox().await;
        let rejects = folder.path(&format!("{name}.csv"));
        let ran = load(&sandbox, &[&fixture(name), "--rejects", &rejects]).await;
        ran.ended(1, "2 leads: 1 done, 1 rejected, 0 not sent, 0 unknown\n");
        ran.told("its sheet `Leads` is read, and not `");
        ran.told("`Old`; --sheet names another.");
        ran.told("its columns are named in line 3, and the line before it is left out");
        ran.told("(line 5)");
        let lead = &sandbox.leads()[0];
        assert_eq!(lead["name"], "Zoë", "{name}");
        assert_eq!(
            lead["phone_numbers"][0]["number"], "4917612345678",
            "{name}"
        );
        assert_eq!(lead["address"]["postal_code"], "01970", "{name}");
        assert_eq!(lead["details"], "one\ntwo", "{name}");
        let fields = content(lead)["custom_fields"].take();
        let custom = |place: usize| &fields[place]["value"];
        assert_eq!(custom(0), "2026-12-31", "{name}");
        assert_eq!(custom(1), true, "{name}");

        let written = folder.read(&format!("{name}.csv"));
        let rows = records(&written);
        assert_eq!(rows[1][2..4], ["'+49 30 123", "01970"], "{name}");
        assert_eq!(rows[1][5], "0.3", "{name}");
        let blank = format!("\n{},xue", rows[1][0]);
        let corrected = written.replace(&blank, "\n李雪,xue");
        let corrected = folder.write("corrected.csv", corrected);
        let ran = load(&sandbox, &[&corrected]).await;
        ran.ended(0, "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n");
        let lead = &sandbox.leads()[1];
        assert_eq!(lead["phone_numbers"][0]["number"], "+49 30 123", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbook_keeps_the_zeros_that_it_shows_and_what_nobody_sees_in_it_is_told() {
    for name in ["marks.xlsx", "marks.xls", "marks.ods"] {
        let sandbox = sandbox().await;
        let ran = load(&sandbox, &[&fixture(name)]).await;
        ran.ended(0, "2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown\n");
        ran.told(
            "1 rows are hidden, for example by a filter, and are loaded like the others (line 3)",
        );
        ran.told(
            "1 rows belong to a merged cell, which counts only for the first of its rows (line 3)",
        );
        ran.told(
            "1 rows have a number of more than 15 digits, and a workbook does not keep the others",
        );
        // odfpy writes no errors, and xlwt writes an empty result.
        if name != "marks.ods" {
            ran.told("1 rows have an error such as #N/A in the place of a value, and it is loaded as it stands (line 2)");
        }
        if name != "marks.xls" {
            ran.told(
                "1 rows have a formula without a result, which is taken as empty; open the file",
            );
        }
        let leads = sandbox.leads();
        let phone = |lead: usize| &leads[lead]["phone_numbers"][0]["number"];
        assert_eq!(phone(0), "+4930123456", "{name}");
        assert_eq!(phone(1), "4917612345678901", "{name}");
        let code = |lead: usize| &leads[lead]["address"]["postal_code"];
        assert_eq!(
            (code(0), code(1)),
            (&json!("01970"), &json!("1970")),
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_is_read_by_its_name_and_one_that_is_not_there_is_told_with_those_that_are() {
    let sandbox = sandbox().await;
    for name in ["leads.xlsx", "leads.xls", "leads.ods"] {
        let ran = load(&sandbox, &[&fixture(name), "--sheet", "old"]).await;
        ran.ended(0, "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n");
        let ran = load(&sandbox, &[&fixture(name), "--sheet", "New"]).await;
        ran.ended(2, "");
        ran.told("has no sheet `New`, as --sheet says; it has ");
        ran.told("`Leads`, `Old`");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_holds_for_the_same_records_whatever_their_file_is_called_or_converted_to() {
    let folder = Folder::new("converted");
    let sandbox = sandbox().await;
    let journal = folder.path("journal");
    let csv = "name,email,tags\nZoë,zoe@example.com,a;b\nRenée,,\nJosé,jose@example.com,\n";
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(csv);
    let utf_16: Vec<u8> = csv.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let json = json!([
        {"name": "Zoë", "email": "zoe@example.com", "tags": ["a", "b"]},
        {"name": "Renée"},
        {"name": "José", "email": "jose@example.com", "tags": null},
    ]);
    let lines: Vec<String> = json
        .as_array()
        .expect("a list")
        .iter()
        .map(Value::to_string)
        .collect();
    for file in [
        folder.write("leads.csv", csv),
        folder.write("again", csv.replace('\n', "\r\n")),
        folder.write("leads.tsv", csv.replace(',', "\t")),
        folder.write("latin.csv", latin),
        folder.write("utf_16.txt", utf_16),
        folder.write("leads.json", json.to_string()),
        folder.write("leads.ndjson", lines.join("\n")),
        folder.write(
            "wrapped.json",
            json!({"records": json, "done": true}).to_string(),
        ),
    ] {
        let ran = load(&sandbox, &[&file, "--journal", &journal]).await;
        ran.ended(0, "3 leads: 3 done, 0 rejected, 0 not sent, 0 unknown\n");
        assert_eq!(held(&sandbox), ["José", "Renée", "Zoë"], "{file}");
    }
    assert_eq!(sent(&sandbox).len(), 1);

    let (sandbox, journal) = (super::sandbox().await, folder.path("journal_of_workbooks"));
    for name in ["leads.xlsx", "leads.xls", "leads.ods"] {
        let ran = load(&sandbox, &[&fixture(name), "--journal", &journal]).await;
        assert_eq!(ran.code, Some(1), "{name}: {}", ran.stderr);
        assert_eq!(held(&sandbox), ["Zoë"], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encoding_that_is_guessed_is_said_and_another_can_be_named() {
    let folder = Folder::new("encodings");
    let sandbox = sandbox().await;
    let latin = folder.write("latin.csv", b"name;tags\nRen\xe9e Lef\xe8vre;caf\xe9\n");
    let ran = load(&sandbox, &[&latin]).await;
    ran.ended(0, "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n");
    ran.told("it is read as windows-1252, a guess from its letters; --encoding names another");
    let mac = folder.write("mac.csv", b"name\nRen\x8ee Dor\x8e\n");
    let ran = load(&sandbox, &[&latin, "--dry-run"]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for words in [
        "read as   a CSV with semicolons, windows-1252, a guess from its letters",
        "letters   such as those of `name` in line 2: Renée Lefèvre",
    ] {
        assert!(ran.stdout.contains(words), "{words:?} in {}", ran.stdout);
    }
    let dos = folder.write("dos.csv", b"name\nK\x94ln J\x81rgen\n");
    for encoding in [&["--dry-run"][..], &["--encoding", "windows-1252"]] {
        let ran = load(&sandbox, &[&[dos.as_str()], encoding].concat()).await;
        ran.ended(2, "");
        ran.told("line 2: has the byte 0x81, which is no letter in windows-1252; --encoding names");
        ran.told("iconv -f CP850");
    }
    let ran = load(&sandbox, &[&mac, "--encoding", "macintosh"]).await;
    ran.ended(0, "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n");
    ran.did_not_tell("guess");
    assert_eq!(held(&sandbox), ["Renée Doré", "Renée Lefèvre"]);
    let ran = load(&sandbox, &[&latin, "--encoding", "utf-8"]).await;
    ran.ended(2, "");
    ran.told("line 2: its byte 4 is 0xE9, which is no UTF-8");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answers_of_other_systems_are_taken_apart_one_level_deep() {
    let folder = Folder::new("answers");
    let sandbox = sandbox().await;
    for (name, text) in [
        (
            "crm",
            r#"{"results": [{"id": "1", "properties": {"name": "Jim", "email": "jim@example.com"}}],
                "paging": {"next": {"after": "2"}}}"#,
        ),
        (
            "force.json",
            r#"{"totalSize": 1, "done": true, "records": [{"id": "1", "properties.name": "Pam"}]}"#,
        ),
        (
            "lines.ndjson",
            r#"{"id": 7, "properties": {"name": "Oscar"}}"#,
        ),
        (
            "odata.json",
            r#"{"@odata.context": "x", "value": [{"id": 7, "attributes": {"name": "Ann"}}]}"#,
        ),
    ] {
        let file = folder.write(name, text);
        let ran = load(&sandbox, &[&file, "--map", "id="]).await;
        ran.ended(0, "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n");
        if name == "crm" {
            ran.told("its records are those of `results`");
            ran.told("it says that there are more records than it has: get the other pages");
        }
    }
    assert_eq!(held(&sandbox), ["Ann", "Jim", "Oscar", "Pam"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_before_the_header_are_left_out_and_a_line_can_be_named() {
    let folder = Folder::new("notes");
    let sandbox = sandbox().await;
    let notes = "Notes:\n\"Some addresses, \"\"private\"\" ones, are missing\"\n\n";
    let file = folder.write("leads.csv", format!("{notes}name,email,title\nJim,,\n"));
    let ran = load(&sandbox, &[&file]).await;
    ran.ended(0, "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n");
    ran.told("its columns are named in line 4, and the 2 lines before it are left out");
    let file = folder.write("one.csv", "Our leads\nname\nPam\n");
    load(&sandbox, &[&file]).await.ended(2, "");
    let ran = load(&sandbox, &[&file, "--header-line", "2"]).await;
    ran.ended(0, "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n");
    let ran = load(&sandbox, &[&file, "--header-line", "9"]).await;
    ran.ended(2, "");
    ran.told("--header-line 9 is after its beginning");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_a_header_has_numbered_columns_and_so_have_its_rejects() {
    let folder = Folder::new("no_header");
    let sandbox = sandbox().await;
    let file = folder.write("leads.csv", "Jim;jim@example.com;x\n ;pam@example.com;y\n");
    let (rejects, maps) = (
        folder.path("rejects.csv"),
        ["--map", "#1=name", "--map", "#2=email", "--map", "#3="],
    );
    let args = [
        &[file.as_str(), "--no-header", "--rejects", &rejects][..],
        &maps,
    ]
    .concat();
    let ran = load(&sandbox, &args).await;
    ran.ended(1, "2 leads: 1 done, 1 rejected, 0 not sent, 0 unknown\n");
    ran.told("(line 2)");
    let corrected = folder.read("rejects.csv").replace("\n ;", "\nPam;");
    let corrected = folder.write("corrected.csv", corrected);
    let ran = load(&sandbox, &[&[corrected.as_str()][..], &maps].concat()).await;
    ran.ended(0, "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n");
    assert_eq!(held(&sandbox), ["Jim", "Pam"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_another_length_are_padded_cut_or_told_by_line() {
    let folder = Folder::new("ragged");
    let sandbox = sandbox().await;
    let file = folder.write("leads.csv", "name,email,title\nJim\nPam,,,,\nOscar,,x,,y\n");
    let ran = load(&sandbox, &[&file]).await;
    ran.ended(2, "");
    ran.told("1 rows lack cells at their end, which are taken as empty (line 2)");
    ran.told("1 rows have empty cells beyond the last column, which are ignored (line 3)");
    ran.told("line 4: has 5 cells for 3 columns");
    let file = folder.write(
        "escaped.csv",
        "name,details\nJim,\"5\\\" pipe\"\nPam,a\\nb\n",
    );
    let ran = load(&sandbox, &[&file]).await;
    ran.ended(2, "");
    ran.told("line 2: has a quote after a backslash within a quoted cell");
    ran.told("1 rows have a backslash before n, t or N, which is taken as it stands");
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_input_is_read_like_a_file() {
    let sandbox = sandbox().await;
    for (text, args) in [
        ("name;email\nJim;\n", &[][..]),
        ("{\"name\": \"Pam\"}\n{\"name\": \"Ann\"}\n", &[]),
        ("name,x\nOscar,\n", &["--format", "csv", "--map", "x="]),
    ] {
        let mut command = importer::to(&sandbox, &[&["-"], args].concat());
        command.stdin(std::process::Stdio::piped());
        let ran = tokio::task::spawn_blocking(move || {
            command
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped());
            let mut child = command.spawn().expect("the importer runs");
            let mut stdin = child.stdin.take().expect("its input");
            std::io::Write::write_all(&mut stdin, text.as_bytes()).expect("it is taken");
            drop(stdin);
            ran::Ran::of(child.wait_with_output().expect("it ends"))
        });
        let ran = ran.await.expect("it ends");
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    assert_eq!(held(&sandbox), ["Ann", "Jim", "Oscar", "Pam"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changes_while_it_is_sent_ends_the_import_before_the_changed_rows() {
    let folder = Folder::new("changed");
    let sandbox = sandbox().await;
    let padding = "x".repeat(8000);
    let rows: String = (0..240)
        .map(|n| format!("Lead {n:04},{padding}\n"))
        .collect();
    let file = folder.write("leads.csv", format!("name,details\n{rows}"));
    let mut running = Running::start(&sandbox, &[&file]);
    running.until_told("Sending 240 leads").await;
    let text = folder.read("leads.csv").replace("Lead 0230", "Lead XXXX");
    // In place, as an editor or a program that goes on writing does.
    let mut same = fs::OpenOptions::new()
        .write(true)
        .open(&file)
        .expect("the file");
    std::io::Write::write_all(&mut same, text.as_bytes()).expect("it is changed");
    let ran = running.end().await;
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    ran.told("leads.csv has changed since it was checked, so nothing more was sent");
    let held = held(&sandbox);
    assert!(held.len() < 230, "{}", held.len());
    assert!(!held.contains(&"Lead XXXX".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_read_is_named_as_what_it_is() {
    let folder = Folder::new("unreadable");
    let sandbox = sandbox().await;
    let utf_32: Vec<u8> = "name\nJim\n"
        .chars()
        .flat_map(|c| u32::from(c).to_le_bytes())
        .collect();
    for (file, told) in [
        (
            folder.write("a.csv", b"PAR1\x15\x04\x15"),
            "is a Parquet file; save it as CSV",
        ),
        (folder.write("b.csv", "%PDF-1.7\n"), "is a PDF"),
        (
            folder.write("c.xls", "<html><body><table><tr><td>name</td></tr></table>"),
            "is a web page (HTML), whatever its name; open it in Excel or LibreOffice",
        ),
        (
            folder.write("d.vcf", "BEGIN:VCARD\nFN:Jim\nEND:VCARD\n"),
            "is a file of contacts (vCard)",
        ),
        (
            fixture("encrypted.xlsx"),
            "is a workbook with a password; open it, and save it without one",
        ),
        (
            folder.write("e.csv", utf_32),
            "is UTF-32, which few programs read",
        ),
        (
            folder.write("f.csv", b"PK\x03\x04rest leads.csv"),
            "is a zip file; unpack it",
        ),
        (
            folder.write("g.xlsx", b"PK\x03\x04xl/worksheets/"),
            "is a workbook (.xlsx), and can't be read",
        ),
        (
            folder.write("h.csv", b"\x1f\x8b\x08\0"),
            "is compressed (gzip)",
        ),
        (folder.path("none.csv"), "can't be read: No such file"),
        (folder.path(""), "is a folder, and no file"),
    ] {
        let ran = load(&sandbox, &[&file]).await;
        ran.ended(2, "");
        ran.told(told);
        ran.told("Nothing was sent.");
    }
    assert!(sent(&sandbox).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_option_that_a_file_has_nothing_for_is_refused_and_nothing_is_sent() {
    let folder = Folder::new("unfit");
    let sandbox = sandbox().await;
    let csv = folder.write("leads.csv", "name\nJim\n");
    let json = folder.write("leads.json", "[{\"name\": \"Jim\"}]");
    let book = fixture("leads.xlsx");
    for (args, told) in [
        (
            [csv.as_str(), "--sheet=Leads"],
            "is a CSV, and --sheet is only for workbooks",
        ),
        (
            [&book, "--encoding=utf-8"],
            "is a workbook (.xlsx), and --encoding is only for texts",
        ),
        (
            [&book, "--no-header"],
            "--header-line and --no-header are only for texts",
        ),
        (
            [&json, "--header-line=1"],
            "its columns are the keys of its objects",
        ),
        (
            [&book, "--format=csv"],
            "is a workbook (.xlsx), and not a CSV, as --format says",
        ),
        (
            [&csv, "--format=ods"],
            "is not a workbook (.ods), as --format says",
        ),
    ] {
        let ran = load(&sandbox, &args).await;
        ran.ended(2, "");
        ran.told(told);
    }
    assert!(sent(&sandbox).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_told_by_outcome_with_rate_and_time_left_where_no_terminal_is() {
    let folder = Folder::new("progress");
    let sandbox = sandbox().await;
    let file = folder.write("leads.csv", leads(240, &[3]));
    let ran = load(&sandbox, &[&file]).await;
    ran.ended(
        1,
        "240 leads: 239 done, 1 rejected, 0 not sent, 0 unknown\n",
    );
    let mut lines = ran.stderr.lines();
    let progress = lines.find(|line| line.contains(" of 240 leads: "));
    let progress = progress.expect("a line every few seconds");
    for words in [" done, 1 rejected; ", " a second, ", " left"] {
        assert!(progress.contains(words), "{words:?} is not in {progress}");
    }
}

/// In 2 GB of memory, of which the stacks of the threads are a part.
#[cfg(target_os = "linux")]
#[test]
fn a_damaged_workbook_of_a_few_kilobytes_takes_little_memory_and_is_told() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    let loaded = |name: &str| {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "ulimit -v 2000000 && exec \"$0\" import \"$1\""])
            .arg(importer().get_program())
            .arg(format!("{data}/{name}"));
        run(&mut shell)
    };
    let ran = loaded("far_apart.xls");
    ran.ended(2, "");
    ran.told("whose cells lie so far apart that it takes 98304 MiB of memory to read it, or it is damaged");
    ran.told("delete the empty rows and columns around the table, and save it as .xlsx");
    // It declares 2^32 rows of 2^16 columns, and has two.
    loaded("declared.xls").ended(0, "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n");
    // `calamine` would read it for ever.
    let ran = loaded("no_end.ods");
    ran.ended(2, "");
    ran.told("is a workbook (.ods), and can't be read, as it is damaged");
    // Cells that are repeated, 4 GB of blanks, and 5,000 cells that share a text of a megabyte.
    for name in ["repeated.ods", "blanks.ods", "one_long_text.xlsx"] {
        let ran = loaded(name);
        ran.ended(2, "");
        ran.told("of more than 256 MiB unpacked, far more than its size, so it is damaged or made to do harm");
    }
    // `calamine` panics at it.
    let ran = loaded("short_record.xls");
    ran.ended(2, "");
    ran.told("is a workbook (.xls), and can't be read, as it is damaged");
    ran.did_not_tell("panicked");
}
