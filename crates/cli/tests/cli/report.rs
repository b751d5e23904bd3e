//! `--report`: the report of an import for programs.

use super::*;

fn report(folder: &Folder) -> Value {
    serde_json::from_str(&folder.read("report.json")).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_has_counts_and_reasons_and_what_became_of_each_row() {
    let folder = Folder::new("report");
    let sandbox = sandbox().await;
    sandbox.inject(Fault::ErrorAfter(502), When::always().containing("Oscar"));
    let input = folder.write("leads.csv", "name\nJim\n\n \nOscar\n \n");
    let path = folder.path("report.json");

    let ran = load(&sandbox, &[&input, "--report", &path, "--chunk-size=2"]).await;

    ran.ended(1, "4 leads: 1 done, 1 rejected, 0 not sent, 2 unknown\n");
    let report = report(&folder);
    let keys: Vec<&String> = report.as_object().expect("an object").keys().collect();
    let documented = run(importer().arg("--help")).stdout;
    for key in keys {
        assert!(documented.contains(key.as_str()), "{key}");
    }
    assert_eq!(report["import_report"], 1);
    assert_eq!(report["file"], input);
    assert_eq!(report["entity"], "leads");
    assert_eq!(report["destination"], sandbox.base_url());
    assert_eq!(report["ended"], "complete");
    assert_eq!(report["stopped_by"], Value::Null);
    assert_eq!(
        report["counts"],
        json!({
            "records": 4, "done": 1, "rejected": 1, "not_sent": 0, "unknown": 2, "from_journal": 0,
        })
    );
    let leads = sandbox.leads();
    let jim = leads.iter().find(|lead| lead["name"] == "Jim");
    let id = &jim.expect("he is there")["id"];
    let rejected =
        json!({ "index": 1, "line": 4, "outcome": "rejected", "reason": "name: invalid" });
    assert_eq!(
        report["rows"][0],
        json!({ "index": 0, "line": 2, "outcome": "done", "id": id })
    );
    assert_eq!(report["rows"][1], rejected);
    for (row, line) in [(2, 5), (3, 6)] {
        assert_eq!(report["rows"][row]["line"], line);
        assert_eq!(report["rows"][row]["outcome"], "unknown");
        assert_eq!(
            report["rows"][row]["reason"],
            report["reasons"][1]["reason"]
        );
    }
    assert_eq!(
        report["reasons"][0],
        json!({ "outcome": "rejected", "reason": "name: invalid", "count": 1 })
    );
    assert_eq!(report["reasons"][1]["count"], 2);
    assert!(!folder.has("report.json.new"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_tells_what_ended_an_import_and_what_earlier_starts_had_settled() {
    let folder = Folder::new("report_early");
    let sandbox = sandbox().await;
    let refused = When::always().containing("\"Lead 11\"");
    sandbox.inject(Fault::Refusal(401), refused);
    let input = folder.write("leads.csv", leads(20, &[]));
    let (path, journal) = (folder.path("report.json"), folder.path("journal"));
    let args = [&input, "--report", &path, "--journal", &journal];

    load(&sandbox, &args).await;

    let early = report(&folder);
    assert_eq!(early["ended"], "early");
    assert_eq!(early["stopped_by"]["by"], "error");
    let message = early["stopped_by"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("401"), "{message}");
    assert_eq!(early["counts"]["not_sent"], 10);
    assert_eq!(early["rows"][19]["outcome"], "not_sent");

    sandbox.clear_faults();
    load(&sandbox, &args)
        .await
        .ended(0, "20 leads: 20 done, 0 rejected, 0 not sent, 0 unknown\n");
    let late = report(&folder);
    assert_eq!(late["ended"], "complete");
    assert_eq!(late["counts"]["from_journal"], 10);
    assert_eq!(late["rows"][0]["id"], early["rows"][0]["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_takes_the_place_of_an_older_one_and_of_no_other_file() {
    let folder = Folder::new("report_place");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", "name\nJim\n");
    let path = folder.path("report.json");
    for before in ["", "{\"import_report\": 1}"] {
        folder.write("report.json", before);
        let ran = load(&sandbox, &[&input, "--report", &path]).await;
        ran.ended(0, "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n");
        assert_eq!(report(&folder)["counts"]["done"], 1);
    }
    let before = sent(&sandbox).len();
    for foreign in ["my notes", "{}", "[{\"import_report\": 1}]"] {
        folder.write("report.json", foreign);
        let ran = load(&sandbox, &[&input, "--report", &path]).await;
        ran.ended(2, "");
        ran.told("is no report of an import; rename it");
        assert_eq!(folder.read("report.json"), foreign);
    }
    assert_eq!(sent(&sandbox).len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_can_not_be_written_is_told_before_anything_is_sent() {
    let folder = Folder::new("report_refused");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", "name\nJim\n");
    let path = |name| folder.path(name);
    let (both, nowhere) = (path("both.csv"), path("nowhere/report.json"));
    let (beside, unknown) = (path("report.json"), path("both.csv.unknown"));
    folder.write("report.json.new", "mine");
    for (args, told) in [
        (&["--report", nowhere.as_str()][..], "can't be written"),
        (&["--report", &input], "is the input"),
        (
            &["--report", &both, "--rejects", &both],
            "another file of this import",
        ),
        (
            &["--report", &unknown, "--rejects", &both],
            "another file of this import",
        ),
        (
            &["--report", &both, "--journal", &both],
            "another file of this import",
        ),
    ] {
        let ran = load(&sandbox, &[&[input.as_str()], args].concat()).await;
        ran.ended(2, "");
        ran.told(told);
    }
    assert!(sent(&sandbox).is_empty());
    let ran = load(&sandbox, &[&input, "--report", &beside]).await;
    ran.ended(0, "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n");
    assert_eq!(folder.read("report.json.new"), "mine");
}
