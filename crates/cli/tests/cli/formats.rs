//! Every format that the importer reads, and every error in a file.

use super::*;

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

/// UTF-8 except for one character.
const DAMAGED: &[u8] = b"name\nZo\xc3\xab\n\xc3\x85sa Jos\xc3\xa9\nRen\xe9e Secret\n";

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_with_the_input_is_told_at_once_by_line_and_nothing_is_sent() {
    let folder = Folder::new("problems");
    let sandbox = sandbox().await;
    let rejects = folder.path("rejects.csv");
    for (file, told) in [
        (
            folder.write("rows.csv", "name,email\r\nSecret\r\nJim,\r\nSecret,b,c\r\n"),
            &["lack cells at their end", "(line 2)", "line 4: has 3 cells"][..],
        ),
        (
            folder.write(
                "quotes.csv",
                "name,details\n\"Secret \"The Man\" Jim\",x\nJim, \"a\"\nname,details\nPam,\n",
            ),
            &[
                "line 2: has text after the quote that ends a cell; in a CSV, a quote within",
                "1 rows have a quote after a blank at the beginning of a cell",
                "line 4: has the names of the columns again, as if several files were put together",
            ],
        ),
        (
            folder.write("header.csv", "name,\"E\" Mail\nSecret,x\n"),
            &["line 1: has text after the quote that ends a cell"],
        ),
        (
            folder.write("table.json", "name,email\nSecret,x\n"),
            &[
                "is named like JSON, and is another text; if it is a table, --format csv or tsv reads it",
            ],
        ),
        (
            folder.write(
                "list.json",
                r#"{"count": 1, "contacts": [{"name": "Secret"}]}"#,
            ),
            &[
                "it is one object, with a list of objects in `contacts`; if these are the records, put",
            ],
        ),
        (
            folder.write("pages.json", "{\"results\": []}\n{\"results\": []}"),
            &[
                "line 1: has something after the end of the records; if the file has several answers",
            ],
        ),
        (
            folder.write(
                "columns.csv",
                "name,Shoes,cf_abc\nSecret,1,2\nSecret,1,2,3\n",
            ),
            &[
                "unknown columns: `Shoes`",
                "`cf_abc` must be",
                "line 3: has 4 cells",
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
            folder.write("damaged.csv", DAMAGED),
            &[
                "line 4: its byte 4 is 0xE9, which is no UTF-8",
                "--encoding names another encoding",
            ],
        ),
        (
            folder.write("leads.xlsx", "PK"),
            &["is named like a workbook (.xlsx), and is a text or damaged"],
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
    assert!(sent(&sandbox).is_empty());
}

#[test]
fn a_long_list_of_problems_is_cut_short() {
    let folder = Folder::new("many_problems");
    let file = folder.write(
        "leads.csv",
        format!("name,email\n{}", "Jim,a,b\n".repeat(1_000)),
    );
    let ran = run(importer().arg(file));
    ran.ended(2, "");
    ran.told("line 51: has 3 cells");
    ran.told("and 950 more");
    assert!(ran.stderr.lines().count() < 60);
}
