//! Columns with other names, which `--map` maps to the known ones.

use super::*;

const TABLE: &str = "Full Name,E-Mail,Internal No,Title\n\
    Jim,jim@example.com,1,Sales\n ,pam@example.com,2,Reception\n";

const MAPS: [&str; 8] = [
    "--map",
    "Full Name=name",
    "--map",
    "e-mail = EMAIL",
    "--map",
    "Internal No=",
    "--map",
    "Title=cf_7",
];

/// The first lead as it arrived.
fn first(sandbox: &Sandbox) -> Value {
    let arrival = sent(sandbox).remove(0);
    let sent: Value = serde_json::from_slice(&arrival.body).expect("JSON");
    sent["leads"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn mapped_columns_are_sent_by_their_new_names_and_no_others() {
    let folder = Folder::new("mapped");
    let objects = json!([
        { "Full Name": "Jim", "E-Mail": "jim@example.com", "Internal No": 1, "Title": "Sales" },
        { "Full Name": " ", "Internal No": [2] },
    ]);
    for file in [
        folder.write("leads.csv", TABLE),
        folder.write("leads.json", objects.to_string()),
    ] {
        let sandbox = sandbox().await;
        let ran = load(&sandbox, &[&MAPS[..], &[&file]].concat()).await;
        ran.ended(1, "2 leads: 1 done, 1 rejected, 0 not sent, 0 unknown\n");
        let sent = json!({
            "name": "Jim", "email": { "email": "jim@example.com", "category": "work" },
            "custom_fields": [{ "custom_field_definition_id": 7, "value": "Sales" }],
        });
        assert_eq!(first(&sandbox), sent, "{file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_keep_the_columns_of_the_file_and_are_loaded_with_the_options_that_are_told() {
    let folder = Folder::new("mapped_rejects");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", TABLE);
    let rejects = folder.path("rejects.csv");

    let ran = load(
        &sandbox,
        &[&MAPS[..], &[&input, "--rejects", &rejects]].concat(),
    )
    .await;

    ran.ended(1, "2 leads: 1 done, 1 rejected, 0 not sent, 0 unknown\n");
    let told = "load that file, as here, by --map 'Full Name=name' --map 'e-mail = EMAIL' \
        --map 'Internal No=' --map Title=cf_7.";
    ran.told(told);
    let rows = folder.read("rejects.csv");
    assert_eq!(
        rows,
        "Full Name,E-Mail,Internal No,Title,index,outcome,reason\n\
        \" \",pam@example.com,2,Reception,1,rejected,name: invalid\n"
            .replace("\" \"", " "),
    );
    let corrected = folder.write("corrected.csv", rows.replace("\n ,", "\nPam,"));
    let ran = load(&sandbox, &[&MAPS[..], &[&corrected]].concat()).await;
    ran.ended(0, "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n");
    assert_eq!(held(&sandbox), ["Jim", "Pam"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_records_can_be_mapped() {
    let folder = Folder::new("mapped_people");
    let sandbox = sandbox().await;
    let input = folder.write(
        "people.csv",
        "Wer,Mail\nPam,pam@example.com;p@example.com\n",
    );
    let args = [
        "--entity=people",
        "--map=Mail=emails",
        "--map=Wer=name",
        &input,
    ];
    load(&sandbox, &args)
        .await
        .ended(0, "1 people: 1 done, 0 rejected, 0 not sent, 0 unknown\n");
    assert_eq!(
        sandbox.records("people")[0]["emails"][1]["email"],
        "p@example.com"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_that_does_not_fit_the_file_is_told_and_nothing_is_sent() {
    let folder = Folder::new("mapping_refused");
    let sandbox = sandbox().await;
    let table = folder.write("table.csv", "Wer,name,phone\nJim,Jim,1\n");
    let objects = folder.write("objects.jsonl", "{\"Wer\": \"Jim\", \"name\": \"Jim\"}\n");
    for (file, map, told) in [
        (
            &table,
            "Who=name",
            "line 1: there is no column `Who`, as --map has it",
        ),
        (
            &objects,
            "Who=title",
            "line 1: there is no column `Who`, as --map has it",
        ),
        (&table, "Wer=name", "line 1: `name` is a column twice"),
        (&objects, "Wer=name", "line 1: `name` is there twice"),
        (&table, "phone=cf_1", "unknown columns: `Wer`"),
        (
            &table,
            "Wer=surname",
            "--map: `surname` is no column that is known here",
        ),
        (&table, "Wer", "--map takes \"COLUMN=name\""),
    ] {
        let ran = load(&sandbox, &[file, "--map", map]).await;
        ran.ended(2, "");
        ran.told(told);
        ran.told("Nothing was sent.");
    }
    assert!(sent(&sandbox).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_column_is_told_with_a_way_to_go_on() {
    let folder = Folder::new("mapping_hint");
    let sandbox = sandbox().await;
    for file in [
        folder.write("table.csv", "name,Shoes\nJim,1\n"),
        folder.write("objects.jsonl", "{\"name\": \"Jim\", \"Shoes\": 1}\n"),
    ] {
        let ran = load(&sandbox, &[&file]).await;
        ran.ended(2, "");
        ran.told("`Shoes`");
        ran.told("--map gives a column another name, or leaves it out");
        let ran = load(&sandbox, &[&file, "--map", "Shoes="]).await;
        ran.ended(0, "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_own_column_is_never_taken_for_one_of_a_rejects_file() {
    let folder = Folder::new("own_columns");
    let sandbox = sandbox().await;
    let table = "name,Index,Outcome,Reason\nJim,1,Unknown,late\n";
    for (name, content) in [
        ("table.csv", table),
        ("two.csv", "name,index,outcome\nJim,1,unknown\n"),
        (
            "order.csv",
            "name,reason,outcome,index\nJim,late,unknown,1\n",
        ),
        (
            "objects.jsonl",
            "{\"name\": \"Jim\", \"outcome\": \"unknown\"}\n",
        ),
    ] {
        let ran = load(&sandbox, &[&folder.write(name, content)]).await;
        ran.ended(2, "");
        ran.told("utcome`");
        ran.did_not_tell("of which it is unknown");
    }
    let input = folder.write("table.csv", table);
    let maps = [
        "--map",
        "Index=cf_1",
        "--map",
        "Outcome=details",
        "--map",
        "Reason=title",
    ];
    let ran = load(&sandbox, &[&maps[..], &[&input]].concat()).await;
    ran.ended(0, "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n");
    let sent = first(&sandbox);
    assert_eq!(
        (&sent["details"], &sent["title"]),
        (&json!("Unknown"), &json!("late"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapped_column_that_is_there_is_never_told_to_be_absent() {
    let folder = Folder::new("mapped_twice");
    let sandbox = sandbox().await;
    let input = folder.write(
        "leads.csv",
        "name,email,E-Mail\nJim,a@example.com,b@example.com\n",
    );
    let ran = load(&sandbox, &[&input, "--map", "E-Mail=email"]).await;
    ran.ended(2, "");
    ran.told("`email` is a column twice");
    ran.did_not_tell("there is no column");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_number_of_a_json_is_text_where_text_is_wanted() {
    let folder = Folder::new("numbers");
    let sandbox = sandbox().await;
    let object = json!({ "name": "Jim", "phone": 5550100, "postal_code": 18503 });
    let input = folder.write("leads.jsonl", object.to_string());
    load(&sandbox, &[&input])
        .await
        .ended(0, "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n");
    let sent = first(&sandbox);
    assert_eq!(sent["phone_numbers"][0]["number"], "5550100");
    assert_eq!(sent["address"]["postal_code"], "18503");
    let input = folder.write(
        "floats.jsonl",
        "{\"name\": \"Jim\", \"phone\": 4.91765E+11}",
    );
    load(&sandbox, &[&input])
        .await
        .told("`phone` must be text, in quotes");
}
