//! The files of leads that are not in Copper, or may be in Copper: they lose nothing, and can be loaded
//! again.

use super::*;

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
    assert!(sent(&second).is_empty());
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
    refused.inject(Fault::Refusal(403), When::nth(1).of("bulk_create_leads"));
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

/// A disk that is full after the first bytes.
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
        .args([
            "import",
            &input,
            "--live",
            "--rejects",
            &folder.path("rejects.csv"),
        ])
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

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_which_nothing_is_done_may_be_loaded_again() {
    let folder = Folder::new("none_done");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", "name\n \n \n");
    let ran = load(&sandbox, &[&input]).await;
    ran.ended(1, "2 leads: 0 done, 2 rejected, 0 not sent, 0 unknown\n");
    ran.did_not_tell("created twice");
    let input = folder.write("one.csv", "name\nJim\n \n");
    let ran = load(&sandbox, &[&input]).await;
    ran.told("Don't load");
    ran.told("or the records that are done are created twice");
}
