//! Every kind of records with the same importer: people, companies, opportunities and activities.

use super::*;

/// A sandbox with one person, and that person's id.
async fn with_a_person() -> (Sandbox, i64) {
    let sandbox = sandbox().await;
    let pam = json!({ "name": "Pam", "emails": [{ "email": "pam@example.com" }] });
    let id = sandbox.put("people", &pam).expect("a person");
    (sandbox, id)
}

/// Asserts that a record has these fields.
#[track_caller]
fn has(record: &Value, fields: &Value) {
    for (field, value) in fields.as_object().expect("fields") {
        assert_eq!(&record[field], value, "{field}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_whose_address_is_taken_are_rejected_and_can_be_corrected_and_fed_in_again() {
    let folder = Folder::new("people");
    let (sandbox, _) = with_a_person().await;
    let company = json!({ "name": "Dunder Mifflin" });
    let company = sandbox.put("companies", &company).expect("a company");
    let input = folder.write(
        "people.csv",
        format!(
            "name,emails,phone,company_id,title,city,tags,cf_7\n\
            Jim,jim@example.com; jim@example.org,555-0100,{company},Sales,Scranton,a;b,42\n\
            Other Pam,pam@example.com,,,,,,\n ,,,,,,,\nDwight,,,,,,,\n"
        ),
    );
    let (journal, rejects) = (folder.path("journal"), folder.path("rejects.csv"));
    let args = ["--entity", "people", "--rejects", &rejects, &input];
    let args = [&args[..], &["--journal", &journal]].concat();

    for _ in 0..2 {
        let ran = load(&sandbox, &args).await;
        ran.ended(1, "4 people: 2 done, 2 rejected, 0 not sent, 0 unknown\n");
        ran.told("Sending 4 people to");
        ran.told(
            "rejected: emails: invalid (another person may have one of these addresses) (line 3)",
        );
        ran.told("rejected: name: invalid (line 4)");
        ran.told("load that file, as here, by --entity people");
        assert_eq!(sandbox.records("people").len(), 3, "nothing twice");
    }

    has(
        &sandbox.records("people")[1],
        &json!({
            "name": "Jim", "company_id": company, "title": "Sales", "tags": ["a", "b"],
            "emails": [
                { "email": "jim@example.com", "category": "work" },
                { "email": "jim@example.org", "category": "work" },
            ],
            "phone_numbers": [{ "number": "555-0100", "category": "work" }],
        }),
    );
    let corrected = folder
        .read("rejects.csv")
        .replace("pam@example.com", "other@example.com")
        .replace("\n ,", "\nOscar,");
    let corrected = folder.write("corrected.csv", corrected);
    let ran = load(&sandbox, &["--entity=people", &corrected]).await;
    ran.ended(0, "2 people: 2 done, 0 rejected, 0 not sent, 0 unknown\n");
    assert_eq!(sandbox.records("people").len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_a_table_and_of_the_apis_objects_are_the_same() {
    let folder = Folder::new("people_formats");
    let jim = json!({
        "name": "Jim", "company_name": "Dunder Mifflin", "address": { "city": "Scranton" },
        "emails": [{ "email": "jim@example.com", "category": "work" }],
        "custom_fields": [{ "custom_field_definition_id": 7, "value": "007" }],
    });
    let table = "name,email,company,city,cf_7\nJim,jim@example.com,Dunder Mifflin,Scranton,007\n";
    for file in [
        folder.write("table.csv", table),
        folder.write("objects.json", json!([jim]).to_string()),
        folder.write("objects.jsonl", jim.to_string()),
    ] {
        let sandbox = sandbox().await;
        let ran = load(&sandbox, &[&file, "--entity", "people"]).await;
        ran.ended(0, "1 people: 1 done, 0 rejected, 0 not sent, 0 unknown\n");
        let arrivals = sent(&sandbox);
        let sent: Value = serde_json::from_slice(&arrivals[0].body).expect("JSON");
        assert_eq!(sent, json!({ "people": [jim] }), "{file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn companies_are_loaded() {
    let folder = Folder::new("companies");
    let sandbox = sandbox().await;
    let input = folder.write(
        "companies.csv",
        "name;email_domain;phone;details;country;tags\nDunder Mifflin; dm.example ;1;Paper;US;a\n;;;;;\n",
    );
    let ran = load(&sandbox, &[&input, "--entity", "companies"]).await;
    ran.ended(
        1,
        "2 companies: 1 done, 1 rejected, 0 not sent, 0 unknown\n",
    );
    let fields = json!({
        "name": "Dunder Mifflin", "email_domain": "dm.example", "details": "Paper",
        "phone_numbers": [{ "number": "1", "category": "work" }], "tags": ["a"],
    });
    has(&sandbox.records("companies")[0], &fields);
}

#[tokio::test(flavor = "multi_thread")]
async fn opportunities_are_loaded() {
    let folder = Folder::new("opportunities");
    let (sandbox, pam) = with_a_person().await;
    let input = folder.write(
        "opportunities.csv",
        format!(
            "name,primary_contact_id,monetary_value,close_date,details,pipeline_id,pipeline_stage_id,\
            priority,tags\nPaper,{pam},1000.50,1/31/2027,A year,213214,987791,High,a;b\n,{pam},,,,,,,\n"
        ),
    );
    let ran = load(&sandbox, &[&input, "--entity", "opportunities"]).await;
    ran.ended(
        1,
        "2 opportunities: 1 done, 1 rejected, 0 not sent, 0 unknown\n",
    );
    let fields = json!({
        "name": "Paper", "primary_contact_id": pam, "monetary_value": 1000.5,
        "close_date": "1/31/2027", "details": "A year", "pipeline_id": 213_214,
        "pipeline_stage_id": 987_791, "priority": "High", "tags": ["a", "b"],
    });
    has(&sandbox.records("opportunities")[0], &fields);
}

#[tokio::test(flavor = "multi_thread")]
async fn activities_are_loaded() {
    let folder = Folder::new("activities");
    let (sandbox, pam) = with_a_person().await;
    let nobody = pam + 1_000;
    let table = folder.write(
        "activities.csv",
        format!(
            "parent_type,parent_id,type_id,details,activity_date\n\
            person,{pam},1,Called her,1518595200\nperson,{nobody},1,Called nobody,\n"
        ),
    );
    let object = json!({
        "parent": { "type": "person", "id": pam }, "type": { "category": "user", "id": 1 },
        "details": "Called her", "activity_date": 1_518_595_200,
    });
    let objects = folder.write("activities.jsonl", object.to_string());

    let ran = load(&sandbox, &[&table, "--entity", "activities"]).await;
    ran.ended(
        1,
        "2 activities: 1 done, 1 rejected, 0 not sent, 0 unknown\n",
    );
    ran.told("rejected: parent: invalid (line 3)");
    let ran = load(&sandbox, &[&objects, "--entity", "activities"]).await;
    ran.ended(
        0,
        "1 activities: 1 done, 0 rejected, 0 not sent, 0 unknown\n",
    );

    let held = sandbox.records("activities");
    assert_eq!(held.len(), 2);
    held.iter().for_each(|activity| has(activity, &object));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_row_lacks_is_told_by_its_line_and_nothing_is_sent() {
    let folder = Folder::new("lacking_fields");
    let sandbox = sandbox().await;
    for (entity, file, told) in [
        (
            "opportunities",
            folder.write("cells.csv", "name,primary_contact_id\nA,1\nB, \nC,x\n"),
            &[
                "line 3: `primary_contact_id` is missing",
                "line 4: `primary_contact_id` must be a whole number",
            ][..],
        ),
        (
            "opportunities",
            folder.write("column.csv", "name\nA\n"),
            &[
                "line 1: there is no column `primary_contact_id`, which Copper requires for every opportunity",
            ],
        ),
        (
            "activities",
            folder.write(
                "objects.jsonl",
                "{\"parent\": {\"type\": \"person\", \"id\": 1}, \"type_id\": 0}\n\
                {\"parent_id\": 1, \"details\": \"a\", \"type\": {\"category\": \"user\"}}\n\
                {\"details\": \"a\", \"cf_1\": 1}",
            ),
            &[
                "line 1: `details` is missing",
                "line 2: `parent_type` is missing",
                "line 2: `type` must be {\"category\"",
                "line 3: `cf_1` is no column that is known here; known are parent_type,",
                "line 3: `parent_type` is missing",
                "line 3: `parent_id` is missing",
                "line 3: `type_id` is missing",
            ],
        ),
        (
            "people",
            folder.write("lead.csv", "name,status_id\nJim,1\n"),
            &["unknown columns: `status_id`; known are name, emails, email,"],
        ),
        (
            "companies",
            folder.write("nameless.json", "[{\"details\": \"a\"}]"),
            &["no company has a `name`"],
        ),
    ] {
        let ran = load(&sandbox, &["--entity", entity, &file]).await;
        ran.ended(2, "");
        ran.told("Nothing was sent.");
        told.iter().for_each(|words| ran.told(words));
        assert_eq!(
            ran.stderr.matches("\n  line ").count(),
            told.len(),
            "{}",
            ran.stderr
        );
    }
    assert!(sent(&sandbox).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_of_leads_is_refused_for_people() {
    let folder = Folder::new("other_journal");
    let sandbox = sandbox().await;
    let input = folder.write("names.csv", "name\nJim\n");
    let journal = folder.path("journal");
    let args = [&input, "--journal", &journal];
    load(&sandbox, &args)
        .await
        .ended(0, "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n");

    let args = [&args[..], &["--entity", "people"]].concat();
    let ran = load(&sandbox, &args).await;

    ran.ended(2, "");
    ran.told("it is a journal of bulk_create_leads");
    assert!(sandbox.records("people").is_empty());
}

#[test]
fn the_help_tells_of_every_kind_and_another_is_refused() {
    let ran = run(importer().arg("--help"));
    assert_eq!(ran.code, Some(0));
    for entity in [
        "leads",
        "people",
        "companies",
        "opportunities",
        "activities",
    ] {
        let columns = format!("\n    {entity} ");
        assert!(ran.stdout.contains(&columns), "{}", ran.stdout);
    }
    assert!(ran.stdout.contains("--entity <KIND>"), "{}", ran.stdout);

    let ran = run(importer().args(["a.csv", "--entity", "projects"]));
    ran.ended(2, "");
    ran.told("--entity takes leads, people, companies, opportunities or activities");
}
