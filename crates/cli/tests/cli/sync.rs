//! `copper sync` and `copper export`, as a user sees them.

#[cfg(target_os = "linux")]
use std::fs::File;
use std::{collections::BTreeMap, process::Command};

use copper_crm_sandbox::{Fault, Sandbox, When};
use serde_json::{Value, json};

use super::{Folder, folder, held, importer, ran::Ran, sandbox};

/// A command of the program, with a sandbox of the test.
fn program(sandbox: &Sandbox, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_copper"));
    command
        .args(args)
        .env("COPPER_ACCESS_TOKEN", sandbox.token())
        .env("COPPER_USER_EMAIL", sandbox.email())
        .env("COPPER_BASE_URL", sandbox.base_url());
    command
}

/// Runs a command of the program with a sandbox of the test.
async fn copper(sandbox: &Sandbox, args: &[&str]) -> Ran {
    let mut command = program(sandbox, args);
    tokio::task::spawn_blocking(move || importer::run(&mut command))
        .await
        .expect("the program runs")
}

async fn sync(sandbox: &Sandbox, args: &[&str]) -> Ran {
    copper(
        sandbox,
        &[&["sync", "--live", "--key", "email"], args].concat(),
    )
    .await
}

fn lead(sandbox: &Sandbox, name: &str) -> Value {
    let leads = sandbox.leads();
    let mut of_it = leads.into_iter().filter(|lead| lead["name"] == name);
    of_it.next().expect("it is there")
}

const FILE: &str = "name,email,title,tags,status\nJim,jim@example.com,Clerk,paper; sales,New\nPam,pam@example.com,,,\n";

#[tokio::test]
async fn a_sync_changes_only_what_differs_and_again_nothing() {
    let sandbox = sandbox().await;
    let folder = Folder::new("sync");
    let file = folder.write("leads.csv", FILE);
    let ran = sync(&sandbox, &[&file]).await;
    ran.ended(
        0,
        "2 leads: 2 created, 0 updated, 0 unchanged, 0 rejected, 0 not sent, 0 unknown\n",
    );
    let ran = sync(&sandbox, &[&file]).await;
    ran.ended(
        0,
        "2 leads: 0 created, 0 updated, 2 unchanged, 0 rejected, 0 not sent, 0 unknown\n",
    );
    let file = folder.write(
        "leads.csv",
        FILE.replace("Clerk", "Manager")
            .replace("Pam,", "Pam Beesly,"),
    );
    let (report, rejects) = (folder.path("report.json"), folder.path("rejects.csv"));
    let ran = sync(
        &sandbox,
        &[&file, "--report", &report, "--rejects", &rejects],
    )
    .await;
    ran.ended(
        0,
        "2 leads: 0 created, 2 updated, 0 unchanged, 0 rejected, 0 not sent, 0 unknown\n",
    );
    assert_eq!(lead(&sandbox, "Jim")["title"], "Manager");
    let report: Value = serde_json::from_str(&folder.read("report.json")).expect("JSON");
    assert_eq!(report["sync_report"], 1);
    assert_eq!(report["counts"]["updated"], 2);
    assert_eq!(
        report["rows"][0]["changes"],
        json!([{"field": "title", "old": "Clerk", "new": "Manager"}])
    );
}

#[tokio::test]
async fn a_dry_run_shows_the_plan_by_name_and_field_and_sends_nothing() {
    let sandbox = sandbox().await;
    let folder = Folder::new("sync_plan");
    sync(&sandbox, &[&folder.write("before.csv", FILE)])
        .await
        .ended(
            0,
            "2 leads: 2 created, 0 updated, 0 unchanged, 0 rejected, 0 not sent, 0 unknown\n",
        );
    let changed = FILE.replace("Clerk", "Manager").replace("New", "Contacted");
    let more = changed + "Ryan,ryan@example.com,,,\nNobody,,,,\n";
    let file = folder.write("after.csv", more);
    let plan = folder.path("plan.json");
    let before = sandbox.leads();
    let ran = sync(&sandbox, &[&file, "--plan", &plan]).await;
    ran.ended(
        1,
        "+ 1 new\n  Ryan\n~ 1 changed\n  Jim\n    status_id: New (208231) → Contacted (208235)\n    \
         title: \"Clerk\" → \"Manager\"\n= 1 unchanged\nx 1 rejected\n  Nobody: it has no email\n",
    );
    assert_eq!(sandbox.leads(), before);
    // As before an import, the table says what each column is taken for.
    ran.told("first value");
    let plan: Value = serde_json::from_str(&folder.read("plan.json")).expect("JSON");
    assert_eq!(plan["version"], 1);
    assert_eq!(
        plan["counts"],
        json!({"create": 1, "update": 1, "unchanged": 1, "ambiguous": 0, "rejected": 1, "left": 0})
    );
}

#[tokio::test]
async fn a_plan_whose_names_can_not_be_read_is_shown_with_ids() {
    let sandbox = sandbox().await;
    let folder = Folder::new("sync_plan_ids");
    let file = |status: &str| format!("name,email,status_id\nJim,jim@example.com,{status}\n");
    let before = folder.write("before.csv", file("208231"));
    sync(&sandbox, &[&before]).await;
    sandbox.inject(
        Fault::ErrorBefore(503),
        When::always().of("list_lead_statuses"),
    );
    let ran = sync(
        &sandbox,
        &[&folder.write("after.csv", file("208235")), "--dry-run"],
    )
    .await;
    ran.ended(
        0,
        "+ 0 new\n~ 1 changed\n  Jim\n    status_id: 208231 → 208235\n= 0 unchanged\n",
    );
    ran.told("The account's names can't be read");
}

#[tokio::test]
async fn empty_cells_and_lists_follow_the_options() {
    let sandbox = sandbox().await;
    let folder = Folder::new("sync_options");
    let with_address =
        "name,email,title,tags,street,city\nJim,jim@example.com,Clerk,paper,Main St,Scranton\n";
    sync(&sandbox, &[&folder.write("a.csv", with_address)]).await;
    let other = folder.write(
        "b.csv",
        "name,email,title,tags,street,city\nJim,jim@example.com,,sales,,Utica\n",
    );
    sync(&sandbox, &[&other, "--lists", "add"]).await;
    let jim = lead(&sandbox, "Jim");
    assert_eq!(
        (&jim["title"], &jim["tags"]),
        (&json!("Clerk"), &json!(["paper", "sales"]))
    );
    assert_eq!(
        (&jim["address"]["street"], &jim["address"]["city"]),
        (&json!("Main St"), &json!("Utica"))
    );
    sync(&sandbox, &[&other, "--empty", "clear"]).await;
    let jim = lead(&sandbox, "Jim");
    assert_eq!(
        (&jim["title"], &jim["tags"]),
        (&json!(null), &json!(["sales"]))
    );
    let street = &jim["address"]["street"];
    assert!(street.is_null() || street == "", "{street}");
    let ran = sync(&sandbox, &[&other, "--empty", "clear"]).await;
    ran.ended(
        0,
        "1 leads: 0 created, 0 updated, 1 unchanged, 0 rejected, 0 not sent, 0 unknown\n",
    );
}

#[tokio::test]
async fn a_column_for_one_kind_of_number_or_site_erases_no_other() {
    let sandbox = sandbox().await;
    let folder = Folder::new("sync_categories");
    let phones = json!([{"number": "1", "category": "work"}, {"number": "2", "category": "home"}]);
    let jim = json!({"name": "Jim", "email": {"email": "jim@example.com"}, "phone_numbers": phones,
        "socials": [{"url": "https://linkedin.com/in/jim", "category": "linkedin"}],
        "websites": [{"url": "https://example.com", "category": "other"}]});
    sandbox.put("leads", &jim).expect("it is put");
    let exported = folder.path("before.csv");
    copper(&sandbox, &["export", &exported]).await;
    let file = folder.write(
        "leads.csv",
        "name,email,phone,mobile_phone,website,twitter\n\
         Jim,jim@example.com,3,,https://example.org,https://twitter.com/jim\n",
    );
    sync(&sandbox, &[&file]).await.ended(
        0,
        "1 leads: 0 created, 1 updated, 0 unchanged, 0 rejected, 0 not sent, 0 unknown\n",
    );
    let after = lead(&sandbox, "Jim");
    let numbers = json!([{"number": "2", "category": "home"}, {"number": "3", "category": "work"}]);
    assert_eq!(after["phone_numbers"], numbers);
    assert_eq!(
        after["socials"].as_array().map(Vec::len),
        Some(2),
        "{after}"
    );
    assert_eq!(
        after["websites"].as_array().map(Vec::len),
        Some(2),
        "{after}"
    );
    // An empty cell of an export is no entry to remove, unless empty cells clear.
    let with_mobile = folder.write(
        "mobile.csv",
        "name,email,mobile_phone\nJim,jim@example.com,4\n",
    );
    sync(&sandbox, &[&with_mobile]).await;
    sync(&sandbox, &[&exported]).await;
    let numbers = |lead: &Value| lead["phone_numbers"].as_array().map(Vec::len);
    assert_eq!(numbers(&lead(&sandbox, "Jim")), Some(3));
    sync(&sandbox, &[&exported, "--empty", "clear"]).await;
    assert_eq!(lead(&sandbox, "Jim")["phone_numbers"], phones);
}

#[tokio::test]
async fn rows_that_share_a_key_and_bad_rows_are_told_and_written_down() {
    let sandbox = sandbox().await;
    let folder = Folder::new("sync_rejects");
    let file = folder.write(
        "leads.csv",
        "name,email,status\nJim,jim@example.com,New\nJames,JIM@example.com,New\nPam,pam@example.com,Nwe\nRyan,ryan@example.com,New\n",
    );
    let rejects = folder.path("rejects.csv");
    let ran = sync(&sandbox, &[&file, "--rejects", &rejects]).await;
    ran.ended(
        1,
        "4 leads: 1 created, 0 updated, 0 unchanged, 3 rejected, 0 not sent, 0 unknown\n",
    );
    assert_eq!(held(&sandbox), ["Ryan"]);
    let rows = folder.read("rejects.csv");
    assert_eq!(rows.lines().count(), 4, "{rows}");
    assert!(
        rows.contains("email: line 3 means the same record")
            && rows.contains("email: line 2 means the same record"),
        "{rows}"
    );
}

#[tokio::test]
async fn a_sync_with_a_journal_that_was_cut_off_creates_nothing_twice() {
    let sandbox = sandbox().await;
    let folder = Folder::new("sync_journal");
    let rows: String = (0..45)
        .map(|n| format!("Lead {n},lead{n}@example.com\n"))
        .collect();
    let file = folder.write("leads.csv", format!("name,email\n{rows}"));
    let journal = folder.path("sync.journal");
    sandbox.inject(Fault::Refusal(401), When::from(3).of("bulk_create_leads"));
    let ran = sync(&sandbox, &[&file, "--journal", &journal]).await;
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    sandbox.clear_faults();
    let ran = sync(&sandbox, &[&file, "--journal", &journal]).await;
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(held(&sandbox).len(), 45);
}

#[tokio::test]
async fn an_export_is_read_back_without_loss() {
    let first = sandbox().await;
    let folder = Folder::new("export");
    let leads = [
        json!({"name": "Jim", "email": {"email": "jim@example.com", "category": "work"}, "title": "Clerk",
            "phone_numbers": [{"number": "570 555 0110", "category": "work"}, {"number": "1", "category": "mobile"}],
            "tags": ["paper", "sales"], "status_id": 208_235, "assignee_id": 159_259, "customer_source_id": 331_240,
            "address": {"street": "1 Main St", "city": "Scranton", "state": "PA", "postal_code": "18503", "country": "US"},
            "custom_fields": [
                {"custom_field_definition_id": 126_240, "value": 167_778},
                {"custom_field_definition_id": 126_241, "value": [167_786, 167_788]},
                {"custom_field_definition_id": 126_242, "value": 1_518_595_200},
                {"custom_field_definition_id": 126_243, "value": true},
                {"custom_field_definition_id": 126_244, "value": 4.5},
                {"custom_field_definition_id": 100_764, "value": "007"}]}),
        json!({"name": "Pam \"P\" Beesly", "email": {"email": "pam@example.com", "category": "personal"},
            "details": "two\nlines, and a comma", "tags": ["a;b"], "monetary_value": 1200.5,
            "phone_numbers": [{"number": "1", "category": "work"}, {"number": "2", "category": "work"}],
            "websites": [{"url": "https://example.com", "category": "work"}, {"url": "https://example.org", "category": "other"}],
            "socials": [{"url": "https://linkedin.com/in/pam", "category": "linkedin"}]}),
    ];
    for lead in &leads {
        first.put("leads", lead).expect("it is put");
    }
    for format in ["csv", "jsonl", "xlsx"] {
        let file = folder.path(&format!("leads.{format}"));
        copper(&first, &["export", &file])
            .await
            .ended(0, "2 leads\n");
        let second = sandbox().await;
        let ran = copper(&second, &["import", "--live", &file]).await;
        ran.ended(0, "2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown\n");
        let again = folder.path(&format!("again.{format}"));
        copper(&second, &["export", &again])
            .await
            .ended(0, "2 leads\n");
        if format != "xlsx" {
            assert_eq!(
                folder.read(&format!("again.{format}")),
                folder.read(&format!("leads.{format}"))
            );
        }
        let ran = sync(&first, &[&file]).await;
        ran.ended(
            0,
            "2 leads: 0 created, 0 updated, 2 unchanged, 0 rejected, 0 not sent, 0 unknown\n",
        );
    }
}

/// The leads of a sandbox by their address, without what differs between two accounts.
fn by_address(sandbox: &Sandbox) -> BTreeMap<String, Value> {
    let leads = sandbox.leads().into_iter().map(|mut lead| {
        let fields = lead.as_object_mut().expect("an object");
        fields.retain(|name, _| name != "id" && !name.starts_with("date_"));
        (lead["email"]["email"].to_string(), lead)
    });
    leads.collect()
}

#[tokio::test]
async fn hostile_texts_are_exported_and_read_back_in_each_format() {
    let first = sandbox().await;
    let folder = Folder::new("export_hostile");
    let text = |value: &str| json!([{"custom_field_definition_id": 100_764, "value": value}]);
    let leads = [
        json!({"name": "=1+1", "title": "+49 170", "company_name": "@SUM(A1)", "details": "-5\n\"q\", x;y\ttab",
            "tags": ["enterprise, high-value"], "custom_fields": text("=cmd|x")}),
        json!({"name": "Zoë \"Q\" O'Neil, Jr.", "tags": ["007"], "custom_fields": text("0012"),
            "address": {"street": "1 \"A\", St\nFlat 2", "city": "Köln", "state": "=X", "postal_code": "00123", "country": "DE"}}),
        json!({"name": "[x]", "title": "{\"a\":1}", "details": "[1,2]", "company_name": "[]", "custom_fields": text("[x]"),
            "tags": ["[y]"]}),
        json!({"name": "null", "title": "NULL", "details": "12/31/2026", "company_name": "TRUE", "monetary_value": 1.234,
            "tags": ["a, b", "c"], "phone_numbers": [{"number": "'+49", "category": "mobile"}]}),
        json!({"name": "_x0041_ & <b>", "details": "a\u{1}b _x000D_ c\u{2028}d", "tags": ["x ::: y"],
            "websites": [{"url": "a ::: b", "category": "work"}]}),
        json!({"name": "日本語 😀", "title": "1.5e3", "details": "'quoted", "tags": ["{x}"]}),
    ];
    for (n, lead) in leads.into_iter().enumerate() {
        let mut lead = lead;
        lead["email"] = json!({"email": format!("{n}@example.com"), "category": "work"});
        first.put("leads", &lead).expect("it is put");
    }
    for format in ["csv", "jsonl", "xlsx"] {
        let file = folder.path(&format!("leads.{format}"));
        copper(&first, &["export", &file])
            .await
            .ended(0, "6 leads\n");
        sync(&first, &[&file]).await.ended(
            0,
            "6 leads: 0 created, 0 updated, 6 unchanged, 0 rejected, 0 not sent, 0 unknown\n",
        );
        let second = sandbox().await;
        let ran = copper(&second, &["import", "--live", &file]).await;
        ran.ended(0, "6 leads: 6 done, 0 rejected, 0 not sent, 0 unknown\n");
        assert_eq!(by_address(&second), by_address(&first), "{format}");
    }
}

#[tokio::test]
async fn a_value_that_is_left_out_clears_nothing_and_a_plan_replaces_no_file() {
    let sandbox = sandbox().await;
    let folder = Folder::new("sync_left_out");
    let jim = json!({"name": "Jim", "email": {"email": "jim@example.com"}, "customer_source_id": 331_240});
    sandbox.put("leads", &jim).expect("it is put");
    let file = folder.write(
        "leads.csv",
        "name,email,source\nJim,jim@example.com,Bogus\n",
    );
    let drop = [&file, "--unknown-values", "drop"];
    let ran = sync(&sandbox, &[&drop[..], &["--empty", "clear"]].concat()).await;
    ran.ended(2, "");
    ran.told("--empty clear would clear the fields of unknown values");
    sync(&sandbox, &drop).await.ended(
        0,
        "1 leads: 0 created, 0 updated, 1 unchanged, 0 rejected, 0 not sent, 0 unknown\n",
    );
    assert_eq!(lead(&sandbox, "Jim")["customer_source_id"], 331_240);
    // What is left out is told, and what the columns mean can be written down.
    let ran = sync(&sandbox, &[&drop[..], &["--dry-run"]].concat()).await;
    ran.told("source");
    ran.told("(line 2)");
    let mapping = folder.path("mapping.toml");
    let ran = sync(&sandbox, &[&file, "--write-mapping", &mapping]).await;
    ran.ended(0, "");
    assert!(folder.read("mapping.toml").contains("source"));
    let plan = folder.write("plan.json", "mine");
    let ran = sync(&sandbox, &[&file, "--plan", &plan]).await;
    ran.ended(2, "");
    ran.told("is there already, and is not replaced");
    assert_eq!(folder.read("plan.json"), "mine");
}

#[tokio::test]
async fn a_key_that_an_object_lacks_clears_nothing() {
    let sandbox = sandbox().await;
    let folder = Folder::new("sync_absent");
    for name in ["Jim", "Pam"] {
        let lead = json!({"name": name, "email": {"email": format!("{name}@example.com")}, "title": "Clerk",
            "tags": ["paper"], "customer_source_id": 331_240, "monetary_value": 5,
            "phone_numbers": [{"number": "1", "category": "mobile"}],
            "address": {"street": "1 Main St", "city": "Scranton"}});
        sandbox.put("leads", &lead).expect("it is put");
    }
    let file = folder.write(
        "leads.jsonl",
        "{\"name\":\"Jim\",\"email\":\"jim@example.com\"}\n\
         {\"name\":\"Pam\",\"email\":\"pam@example.com\",\"title\":null,\"tags\":null,\"source\":null,\"monetary_value\":null,\
         \"mobile_phone\":null,\"street\":null}\n",
    );
    sync(&sandbox, &[&file, "--empty", "clear"]).await.ended(
        0,
        "2 leads: 0 created, 1 updated, 1 unchanged, 0 rejected, 0 not sent, 0 unknown\n",
    );
    let jim = lead(&sandbox, "Jim");
    assert_eq!(
        (&jim["title"], &jim["tags"]),
        (&json!("Clerk"), &json!(["paper"]))
    );
    assert_eq!(jim["address"]["street"], "1 Main St");
    let pam = lead(&sandbox, "Pam");
    for field in ["title", "customer_source_id", "monetary_value"] {
        assert_eq!(pam[field], json!(null), "{field}");
    }
    assert_eq!(
        (&pam["tags"], &pam["phone_numbers"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(pam["address"]["city"], "Scranton");
}

#[tokio::test]
async fn a_sync_of_a_part_says_that_the_rest_counts_as_new() {
    let sandbox = sandbox().await;
    let folder = Folder::new("sync_where");
    let file = folder.write("leads.csv", FILE);
    sync(&sandbox, &[&file]).await;
    let narrowed = [&file, "--where", "status=Contacted", "--dry-run"];
    let ran = sync(&sandbox, &narrowed).await;
    ran.told("With --where, rows count as new");
    assert!(ran.stdout.starts_with("+ 2 new\n"), "{}", ran.stdout);
    let ran = sync(&sandbox, &[&narrowed[..], &["--update-only"]].concat()).await;
    ran.did_not_tell("With --where");
    assert!(ran.stdout.starts_with("+ 0 new\n"), "{}", ran.stdout);
}

#[tokio::test]
async fn a_plan_names_the_records_that_share_a_key() {
    let sandbox = sandbox().await;
    let folder = Folder::new("sync_plan_shared");
    let rows = "name,email,status\nA,dup@example.com,\nB, DUP@example.com,\nBad,bad@example.com,Nwe\nTwin,bad@example.com,\n";
    let file = folder.write("leads.csv", rows);
    let ran = sync(&sandbox, &[&file, "--dry-run"]).await;
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let told = "+ 0 new\n~ 0 changed\n= 0 unchanged\n! 3 ambiguous\n  A: shares its email with B\n  \
                B: shares its email with A\n  Twin: shares its email with Bad\nx 1 rejected\n  Bad: ";
    assert!(ran.stdout.starts_with(told), "{}", ran.stdout);
}

#[tokio::test]
async fn an_export_is_narrowed_and_does_not_replace_a_file() {
    let sandbox = sandbox().await;
    let folder = folder::Folder::new("export_where");
    for (name, status) in [("Jim", 208_231), ("Pam", 208_235)] {
        sandbox
            .put("leads", &json!({"name": name, "status_id": status}))
            .expect("it is put");
    }
    let ran = copper(&sandbox, &["export", "-", "--where", "status=contacted"]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().count(), 2, "{}", ran.stdout);
    assert!(ran.stdout.contains("Pam") && ran.stdout.contains("Contacted"));
    let ran = copper(&sandbox, &["export", "-", "--where", "status=contcted"]).await;
    ran.ended(2, "");
    ran.told("did you mean \\\"Contacted\\\"?".replace('\\', "").as_str());
    let file = folder.write("there.csv", "mine");
    let ran = copper(&sandbox, &["export", &file]).await;
    ran.ended(2, "");
    assert_eq!(folder.read("there.csv"), "mine");
}

#[tokio::test]
async fn people_and_companies_are_exported_read_back_without_loss_and_synced_by_their_own_keys() {
    let folder = Folder::new("export_kinds");
    let records = [
        (
            "people",
            "email",
            json!({"name": "Pam Beesly", "title": "Office manager", "company_name": "Dunder Mifflin", "contact_type_id": 451_490,
                "assignee_id": 159_259, "tags": ["paper", "a;b"], "details": "two\nlines",
                "emails": [{"email": "pam@example.com", "category": "work"}, {"email": "pam@example.org", "category": "personal"}],
                "phone_numbers": [{"number": "570 555 0110", "category": "work"}],
                "address": {"street": "1 Main St", "city": "Scranton", "state": "PA", "postal_code": "18503", "country": "US"},
                "websites": [{"url": "https://example.com", "category": "work"}]}),
            json!({"name": "Jim", "emails": [{"email": "jim@example.com", "category": "work"}]}),
        ),
        (
            "companies",
            "email_domain",
            json!({"name": "Dunder Mifflin", "email_domain": "example.com", "contact_type_id": 451_490, "tags": ["paper"],
                "phone_numbers": [{"number": "1", "category": "work"}, {"number": "2", "category": "work"}],
                "socials": [{"url": "https://linkedin.com/company/x", "category": "linkedin"}]}),
            json!({"name": "Sabre", "email_domain": "example.org"}),
        ),
    ];
    for (kind, key, one, other) in records {
        let first = sandbox().await;
        for record in [one, other] {
            first.put(kind, &record).expect("it is put");
        }
        for format in ["csv", "jsonl", "xlsx"] {
            let file = folder.path(&format!("{kind}.{format}"));
            let ran = copper(&first, &["export", &file, "--entity", kind]).await;
            ran.ended(0, &format!("2 {kind}\n"));
            let second = sandbox().await;
            let ran = copper(&second, &["import", "--live", "--entity", kind, &file]).await;
            ran.ended(
                0,
                &format!("2 {kind}: 2 done, 0 rejected, 0 not sent, 0 unknown\n"),
            );
            let again = folder.path(&format!("{kind}_again.{format}"));
            copper(&second, &["export", &again, "--entity", kind]).await;
            if format != "xlsx" {
                assert_eq!(
                    folder.read(&format!("{kind}_again.{format}")),
                    folder.read(&format!("{kind}.{format}"))
                );
            }
            let args = ["sync", "--live", "--entity", kind, "--key", key, &file];
            copper(&first, &args).await.ended(
                0,
                &format!("2 {kind}: 0 created, 0 updated, 2 unchanged, 0 rejected, 0 not sent, 0 unknown\n"),
            );
        }
    }
}

#[tokio::test]
async fn a_sync_of_companies_by_name_changes_what_differs_and_says_companies() {
    let sandbox = sandbox().await;
    let folder = Folder::new("sync_companies");
    for company in [json!({"name": "Dunder Mifflin"}), json!({"name": "Sabre"})] {
        sandbox.put("companies", &company).expect("it is put");
    }
    let file = folder.write(
        "companies.csv",
        "name,details,city\ndunder  mifflin,Paper,Scranton\nSabre,,\nAthlead,Sports,\n",
    );
    let report = folder.path("report.json");
    let args = [
        "sync",
        "--live",
        "--entity",
        "companies",
        "--key",
        "name",
        &file,
    ];
    let plan = copper(&sandbox, &[&args[..], &["--dry-run"]].concat()).await;
    plan.told("all pages, 1 request");
    assert!(
        plan.stdout
            .starts_with("+ 1 new\n  Athlead\n~ 1 changed\n  dunder  mifflin\n"),
        "{}",
        plan.stdout
    );
    let ran = copper(&sandbox, &[&args[..], &["--report", &report]].concat()).await;
    ran.ended(
        0,
        "3 companies: 1 created, 1 updated, 1 unchanged, 0 rejected, 0 not sent, 0 unknown\n",
    );
    let report: Value = serde_json::from_str(&folder.read("report.json")).expect("JSON");
    assert_eq!(report["entity"], "companies");
    let ran = copper(
        &sandbox,
        &["sync", "--entity=companies", "--key=email", &file],
    )
    .await;
    ran.ended(2, "");
    ran.told("--key takes name, email_domain");
    let where_ = ["export", "-", "--entity=companies", "--where", "status=New"];
    let ran = copper(&sandbox, &where_).await;
    ran.ended(2, "");
    ran.told("is no condition on companies");
}

#[tokio::test]
async fn a_dry_run_names_the_rows_that_copper_is_not_expected_to_take() {
    let sandbox = sandbox().await;
    let folder = Folder::new("expected");
    let file = folder.write("there.csv", "name,email\nJim,jim\nPam,pam@example.com\n");
    sandbox
        .put(
            "leads",
            &json!({"name": "Jim", "email": {"email": "jim", "category": "work"}}),
        )
        .expect("put");
    let ran = sync(&sandbox, &[&file, "--dry-run"]).await;
    assert_eq!(
        ran.code,
        Some(0),
        "an address that stays is not sent: {}",
        ran.stderr
    );
    let rows = "name,email,title\nJim,jim,Clerk\nBad,bad,\n,new@example.com,\n";
    let file = folder.write("new.csv", rows);
    let ran = sync(&sandbox, &[&file, "--dry-run"]).await;
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    ran.told("new.csv has rows that Copper is not expected to take:\n  1 invalid: email: it has no @ (line 3)\n");
    let rejected = "x 1 rejected\n  (no name): name: it is blank, and a new lead needs one\n";
    assert!(ran.stdout.ends_with(rejected), "{}", ran.stdout);
    let ran = sync(&sandbox, &[&file, "--dry-run", "--update-only"]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[tokio::test]
async fn an_export_that_can_not_be_written_says_so_by_its_own_name() {
    let sandbox = sandbox().await;
    let folder = Folder::new("unwritable");
    let file = folder.path("none/leads.csv");
    let ran = copper(&sandbox, &["export", &file]).await;
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    ran.told("none/leads.csv can't be written: ");
    assert!(!ran.stderr.contains(".tmp"), "{}", ran.stderr);
    ran.told("Nothing was written.");
}

#[tokio::test]
async fn the_plan_for_programs_has_the_ids_of_ambiguous_records() {
    let sandbox = sandbox().await;
    let folder = Folder::new("ids");
    let put = |email: &str| {
        let lead = json!({"name": "Old", "email": {"email": email, "category": "work"}});
        sandbox.put("leads", &lead).expect("put")
    };
    let ids = [
        put("twice@example.com"),
        put("Twice@example.com"),
        put("jim@example.com"),
    ];
    let rows = "name,email\nTwice,twice@example.com\nOld,jim@example.com\nNew,new@example.com\nA,a@example.com\n\
                B,a@example.com\nNobody,\n";
    let (file, plan) = (folder.write("leads.csv", rows), folder.path("plan.json"));
    let args = [file.as_str(), "--plan", &plan, "--update-only"];
    let ran = sync(&sandbox, &args).await;
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let told: Value = serde_json::from_str(&folder.read("plan.json")).expect("JSON");
    assert_eq!(
        told["plan"],
        json!([
            {"index": 0, "name": "Twice", "action": "several_found", "ids": [ids[0], ids[1]]},
            {"index": 1, "name": "Old", "action": "unchanged", "id": ids[2]},
            {"index": 2, "name": "New", "action": "left", "id": null},
            {"index": 3, "name": "A", "action": "several_records", "first": 3, "other": 4},
            {"index": 4, "name": "B", "action": "several_records", "first": 3, "other": 3},
            {"index": 5, "name": "Nobody", "action": "rejected", "reason": "it has no email"},
        ])
    );
}

#[tokio::test]
async fn a_plan_that_can_not_be_written_is_refused_before_copper_is_read() {
    let sandbox = sandbox().await;
    let folder = Folder::new("noplan");
    let file = folder.write("leads.csv", FILE);
    let none = folder.path("none/plan.json");
    for (plan, told) in [
        (none.as_str(), "none/plan.json can't be written: "),
        (
            "-",
            "--plan takes the name of a file, and can't write to standard output.",
        ),
    ] {
        let ran = sync(&sandbox, &[&file, "--plan", plan]).await;
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        ran.told(told);
        assert!(!ran.stderr.contains(".tmp"), "{}", ran.stderr);
    }
    assert!(sandbox.arrivals().is_empty());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_result_that_is_lost_on_a_full_disk_is_no_success() {
    let sandbox = sandbox().await;
    let folder = Folder::new("full");
    let file = folder.write("leads.csv", FILE);
    let exported = folder.path("exported.csv");
    for args in [
        &["sync", &file, "--live", "--key", "email", "--dry-run"][..],
        &["sync", &file, "--live", "--key", "email"],
        &["import", &file, "--dry-run"],
        &["export", &exported],
        &["export", "-"],
    ] {
        let mut command = program(&sandbox, args);
        let full = File::options().write(true).open("/dev/full");
        command.stdout(full.expect("a device"));
        let ran = tokio::task::spawn_blocking(move || importer::run(&mut command)).await;
        let ran = ran.expect("the program runs");
        assert_eq!(ran.code, Some(1), "{args:?}: {}", ran.stderr);
        ran.told("Standard output can't be written: ");
    }
}
