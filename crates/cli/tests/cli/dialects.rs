//! Encodings and dialects that real programs write.

use super::*;

const TABLE: &str =
    "name;email;tags\r\nZoë;zoe@example.com;a\r\n \t;李雪@example.com;\"b;\r\nc\"\r\n";

fn utf_16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let text = format!("\u{feff}{text}");
    text.encode_utf16().flat_map(order).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn utf_16_is_read_and_its_rejects_open_in_the_same_program() {
    let folder = Folder::new("utf_16");
    for (name, order) in [
        ("little", u16::to_le_bytes as fn(u16) -> [u8; 2]),
        ("big", u16::to_be_bytes),
    ] {
        let sandbox = sandbox().await;
        let input = folder.write(&format!("{name}.csv"), utf_16(TABLE, order));
        let rejects = format!("rejects_{name}.csv");
        let ran = load(&sandbox, &[&input, "--rejects", &folder.path(&rejects)]).await;
        ran.ended(1, "2 leads: 1 done, 1 rejected, 0 not sent, 0 unknown\n");
        ran.told("(line 3)");
        assert_eq!(held(&sandbox), ["Zoë"]);
        let written = folder.read(&rejects);
        let rows = "\u{feff}name;email;tags;index;outcome;reason\n \t;李雪@example.com;";
        assert!(written.starts_with(rows), "{written}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_separator_that_the_first_line_names_is_taken_and_lines_still_count() {
    let folder = Folder::new("sep");
    let sandbox = sandbox().await;
    for (file, separator) in [
        (format!("sep=;\r\n{TABLE}"), ';'),
        (format!("\u{feff}sep=;\n{TABLE}"), ';'),
        (
            "sep=,\nname,title;email\nJim,\n \t,\n".replace("title;email", "title"),
            ',',
        ),
    ] {
        let rejects = folder.path("rejects.csv");
        let _ = fs::remove_file(&rejects);
        let input = folder.write("leads.csv", file);
        let ran = load(&sandbox, &[&input, "--rejects", &rejects]).await;
        ran.ended(1, "2 leads: 1 done, 1 rejected, 0 not sent, 0 unknown\n");
        ran.told("(line 4)");
        let written = folder.read("rejects.csv");
        assert!(
            written.contains(&format!("index{separator}outcome")),
            "{written}"
        );
        let ran = load(&sandbox, &[&rejects]).await;
        ran.ended(1, "1 leads: 0 done, 1 rejected, 0 not sent, 0 unknown\n");
    }
    let input = folder.write("leads.csv", "sep=#\nname#email\n");
    let ran = load(&sandbox, &[&input]).await;
    ran.ended(2, "");
    ran.told("line 1: sep= must be followed by");
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_without_a_name_are_taken_as_long_as_nothing_is_in_them() {
    let folder = Folder::new("nameless");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", "\u{a0}name | |title|\nJim||Sales|\nPam| ||\n");
    load(&sandbox, &[&input])
        .await
        .ended(0, "2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown\n");
    let input = folder.write("filled.csv", "name,\nJim,\nPam,x\n");
    let ran = load(&sandbox, &[&input]).await;
    ran.ended(2, "");
    ran.told("line 3: has something in a column without a name");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_table_is_refused_in_words_and_nothing_is_sent() {
    let folder = Folder::new("no_table");
    let sandbox = sandbox().await;
    for (content, told) in [
        (
            &b""[..],
            "line 1: there are no column names; known are name,",
        ),
        (b"\xef\xbb\xbf", "line 1: there are no column names"),
        (b"sep=;\r\n", "there are no column names"),
        (b"name\nJ\0im\n", "line 2: has a NUL byte"),
        (
            b"\xff\xfen\0\xff",
            "line 1: is no UTF-16LE at the byte 0xFF",
        ),
        (
            "name\nZoë\nJosé\nÅsa\nRen\u{e9}"
                .as_bytes()
                .strip_suffix(b"\xa9")
                .expect("half a character"),
            "line 5: its byte 4 is 0xC3, which is no UTF-8",
        ),
        (b"name,Name\nJim,Jim\n", "`Name` is a column twice"),
        (b"name,email,Email\nJim,,\n", "`Email` is a column twice"),
        (
            b"name,company,company_name\nJim,,\n",
            "`company_name` is a second column `company`",
        ),
        (b",;,\n", "unknown columns: `;`"),
        (b", ,\n", "there is no column `name`"),
    ] {
        let input = folder.write("leads.csv", content);
        let ran = load(&sandbox, &[&input]).await;
        ran.ended(2, "");
        ran.told(told);
    }
    assert!(sent(&sandbox).is_empty());
}
