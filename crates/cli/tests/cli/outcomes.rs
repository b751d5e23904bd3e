//! `--outcomes`: what became of each record, as a line of JSON as soon as it is there.

use super::*;

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().expect("a JSON a line")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_outcome_is_a_line_with_the_callers_key_in_the_order_of_the_input() {
    let folder = Folder::new("outcomes");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", "name,Our No\nJim,A-1\n ,A-2\nPam,\n");
    let path = folder.path("outcomes.jsonl");
    let args = [&input, "--outcomes", &path, "--ref", "our no"];
    let ran = load(&sandbox, &args).await;
    ran.ended(1, "3 leads: 2 done, 1 rejected, 0 not sent, 0 unknown\n");
    let lines = lines(&folder.read("outcomes.jsonl"));
    let id = |name: &str| {
        let leads = sandbox.leads();
        let lead = leads.iter().find(|lead| lead["name"] == name);
        lead.expect("it is there")["id"].clone()
    };
    let expected = [
        json!({ "index": 0, "line": 2, "ref": "A-1", "outcome": "done", "id": id("Jim") }),
        json!({ "index": 1, "line": 3, "ref": "A-2", "outcome": "rejected", "reason": "name: invalid" }),
        json!({ "index": 2, "line": 4, "outcome": "done", "id": id("Pam") }),
    ];
    assert_eq!(lines, expected);

    let ran = load(&sandbox, &args).await;
    ran.ended(2, "");
    ran.told("outcomes.jsonl is there already");
    let ran = load(&sandbox, &[&input, "--outcomes", &input, "--ref", "Our No"]).await;
    ran.ended(2, "");
    ran.told("is the input; give --outcomes another name");
    let ran = load(&sandbox, &[&input, "--outcomes", "-", "--ref", "No"]).await;
    ran.ended(2, "");
    ran.told("there is no column `No`, as --ref has it");
    assert_eq!(sent(&sandbox).len(), 1, "nothing else was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_standard_output_there_are_outcomes_alone() {
    let folder = Folder::new("outcomes_streamed");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", "name,email\nJim,jim@example.com\nPam,\n");
    let ran = load(&sandbox, &[&input, "--outcomes", "-"]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(lines(&ran.stdout).len(), 2);
    ran.told("2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown");

    let mut command = Command::new(env!("CARGO_BIN_EXE_copper"));
    command
        .args([
            "sync",
            "--live",
            "--key",
            "email",
            &input,
            "--outcomes",
            "-",
            "--ref",
            "#1",
        ])
        .env("COPPER_ACCESS_TOKEN", sandbox.token())
        .env("COPPER_USER_EMAIL", sandbox.email())
        .env("COPPER_BASE_URL", sandbox.base_url());
    let ran = tokio::task::spawn_blocking(move || run(&mut command)).await;
    let ran = ran.expect("it runs");
    let lines = lines(&ran.stdout);
    assert_eq!(lines[0]["outcome"], "unchanged");
    assert_eq!(
        (&lines[0]["ref"], &lines[1]["ref"]),
        (&json!("Jim"), &json!("Pam"))
    );
    assert_eq!(lines[1]["outcome"], "rejected");
    ran.told("2 leads: 0 created, 0 updated, 1 unchanged, 1 rejected, 0 not sent, 0 unknown");
}
