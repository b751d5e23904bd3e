//! Texts that could control a terminal, a log or a spreadsheet.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use copper_crm_sandbox::Odd;

use super::*;

#[track_caller]
fn shows_nothing_active(ran: &ran::Ran) {
    let active = |c: &char| {
        c.is_control() && *c != '\n'
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
    };
    for text in [&ran.stdout, &ran.stderr] {
        assert_eq!(text.chars().find(active), None, "{text:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_columns_keys_and_files_are_shown_escaped() {
    let folder = Folder::new("active_names");
    let sandbox = sandbox().await;
    let forged = "\u{1b}[2J\u{202e}x\u{85}";
    let lines = "a\nINFO: 1 leads: 1 done";
    let csv = folder.write(
        "columns.csv",
        format!("name,{forged},\"{lines}\"\nJim,1,2\n"),
    );
    let key = json!({ "name": "Jim", format!("{forged}{lines}"): 1 });
    let jsonl = folder.write("keys.jsonl", key.to_string());
    let nested = json!({ "name": "Jim", "address": { format!("{forged}{lines}"): 1 } });
    let nested = folder.write("nested.jsonl", nested.to_string());
    let named = folder.write("a\n1 leads: 1 done\u{1b}[31m.csv", "nme\nJim\n");
    for file in [&csv, &jsonl, &nested, &named] {
        let ran = load(&sandbox, &[file]).await;
        ran.ended(2, "");
        shows_nothing_active(&ran);
        ran.told("\\u{1b}");
        ran.told("\\n");
        assert!(!ran.stderr.contains("\nINFO"), "{}", ran.stderr);
    }
    let good = folder.write("b\n\u{1b}[31m.csv", "name\nJim\n \n");
    for more in [&["--dry-run"][..], &[]] {
        shows_nothing_active(&load(&sandbox, &[&[good.as_str()], more].concat()).await);
    }
}

/// Answers every request with this text.
fn answering(status: &str, body: &str) -> (String, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
        Connection: close\r\n\r\n{body}",
        body.len()
    );
    let answers = thread::spawn(move || {
        let Ok((mut stream, _)) = listener.accept() else {
            return;
        };
        let mut request = [0; 4096];
        let mut read = String::new();
        while !read.contains("\"leads\"") {
            let count = stream.read(&mut request).expect("a request");
            read += &String::from_utf8_lossy(&request[..count]);
        }
        stream.write_all(answer.as_bytes()).expect("an answer");
    });
    (url, answers)
}

const FORGED: &str = "\u{1b}[2K\r\n1 leads: 1 done\u{9b}31m\u{202e}\n";

#[track_caller]
fn forges_nothing(ran: &ran::Ran, rejects: &str) {
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    shows_nothing_active(ran);
    assert!(!ran.stderr.contains("\n1 leads: 1 done"), "{}", ran.stderr);
    let is_active = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!rejects.contains(is_active), "{rejects:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_servers_message_forges_no_line_and_no_cell() {
    let folder = Folder::new("active_messages");
    let input = folder.write("leads.csv", "name\nJim\n");
    let rejects = folder.path("rejects.csv");

    let failure = json!({ "success": false, "message": { FORGED: [{ "error": FORGED }] } });
    let sandbox = sandbox().await;
    let odd = Fault::OddItem {
        at: 0,
        odd: Odd::Item(failure),
    };
    sandbox.inject(odd, When::nth(1));
    let ran = load(&sandbox, &[&input, "--rejects", &rejects]).await;
    forges_nothing(&ran, &folder.read("rejects.csv"));

    for status in ["401 Unauthorized", "422 Unprocessable"] {
        let body = json!({ "success": false, "status": 401, "message": FORGED }).to_string();
        let (url, answers) = answering(status, &body);
        let rejects = format!("{}.csv", &status[..3]);
        let mut command = importer();
        command
            .args([&input, "--live", "--rejects", &folder.path(&rejects)])
            .env("COPPER_BASE_URL", url)
            .env("COPPER_ACCESS_TOKEN", "token")
            .env("COPPER_USER_EMAIL", "a@example.com");
        let ran = tokio::task::spawn_blocking(move || run(&mut command)).await;
        forges_nothing(&ran.expect("it runs"), &folder.read(&rejects));
        answers.join().expect("it has answered");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_hold_no_formula_and_are_read_as_they_were() {
    let folder = Folder::new("formulas");
    let sandbox = sandbox().await;
    let refused = When::nth(1).of("bulk_create_leads");
    sandbox.inject(Fault::Refusal(401), refused);
    let table = "name,phone,details,title,=note\n\
        =1+1,+49 30 1,-1,@a,\"\tx\"\n\
        '=1+1,'+49,'quoted',''twice,\"\r\ny\"\n";
    let input = folder.write("leads.csv", table);
    let rejects = folder.path("rejects.csv");
    let map = ["--map", "=note=cf_1"];
    let args = [&map[..], &[&input, "--rejects", &rejects]].concat();
    let ran = load(&sandbox, &args).await;
    ran.ended(1, "2 leads: 0 done, 0 rejected, 2 not sent, 0 unknown\n");
    let refused = String::from_utf8(sent(&sandbox)[0].body.to_vec()).expect("text");
    let written = records(&folder.read("rejects.csv"));
    for cell in written.iter().flatten() {
        assert!(
            !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']),
            "{cell:?}"
        );
    }
    let ran = load(&sandbox, &[&map[..], &[&rejects]].concat()).await;
    ran.ended(0, "2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown\n");
    let sent = String::from_utf8(sent(&sandbox)[1].body.to_vec()).expect("text");
    assert_eq!(sent, refused, "all is as it was");
}
