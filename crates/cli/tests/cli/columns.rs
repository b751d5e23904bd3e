//! Columns and values in real files: recognised, shown beforehand, and never lost silently.

use super::*;

/// A file from another system or a person, and the expected lead.
struct Sample {
    system: &'static str,
    text: &'static str,
    fields: &'static [(&'static str, &'static str)],
}

const SAMPLES: &[Sample] = &[
    Sample {
        system: "Salesforce, data export",
        text: "Id,IsDeleted,LastName,FirstName,Salutation,Name,Title,Company,Street,City,State,PostalCode,Country,Latitude,Address,Phone,MobilePhone,Fax,Email,Website,PhotoUrl,Description,LeadSource,Status,Industry,Rating,AnnualRevenue,NumberOfEmployees,OwnerId,IsConverted,CreatedDate\n00Q1,false,Doe,Ana,Ms.,Ana Doe,CEO,Acme,1 Elm St,Graz,ST,8010,Austria,47.1,\"1 Elm St, Graz\",+43 1 5550100,+43 664 5550101,,ana@example.com,https://acme.example,/p/1,A note,Web,New,Paper,Hot,1200000,12,0051,false,2026-01-02T10:00:00Z\n",
        fields: &[
            ("/name", "Ana Doe"),
            ("/title", "CEO"),
            ("/address/street", "1 Elm St"),
            ("/address/postal_code", "8010"),
            ("/phone_numbers/1/category", "mobile"),
            ("/websites/0/url", "https://acme.example"),
            ("/details", "A note"),
        ],
    },
    Sample {
        system: "Salesforce, report",
        text: "Salutation,First Name,Last Name,Email,Phone,Account Name,Title,Mailing City\nMs.,Ana,Doe,ana@example.com,+43 1 5550100,Acme,CEO,Graz\n",
        fields: &[
            ("/name", "Ana Doe"),
            ("/company_name", "Acme"),
            ("/address/city", "Graz"),
            ("/title", "CEO"),
        ],
    },
    Sample {
        system: "HubSpot",
        text: "Contact ID,First Name,Last Name,Email,Phone Number,Mobile Phone Number,Job Title,Lifecycle Stage,Lead Status,Create Date,Contact Owner,Lead Source,Website URL,Street Address,City,State/Region,Postal Code,Country,Associated Company Domain\n1,Ana,Doe,ana@example.com,+43 1 5550100,+43 664 5550101,CEO,Lead,New,2026-01-02,Bo Ek,Web,acme.example,1 Elm St,Graz,ST,8010,Austria,acme.example\n",
        fields: &[
            ("/name", "Ana Doe"),
            ("/title", "CEO"),
            ("/phone_numbers/0/number", "+43 1 5550100"),
            ("/phone_numbers/1/category", "mobile"),
            ("/websites/0/url", "acme.example"),
            ("/address/street", "1 Elm St"),
            ("/address/state", "ST"),
        ],
    },
    Sample {
        system: "Google Contacts",
        text: "Name,Given Name,Additional Name,Family Name,Yomi Name,Notes,E-mail 1 - Type,E-mail 1 - Value,E-mail 2 - Value,Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,Phone 2 - Value,Organization 1 - Name,Organization 1 - Title,Address 1 - Street,Address 1 - City\nAna Doe,Ana,,Doe,,A note,* Work,ana@example.com ::: a2@example.com,a3@example.com,Mobile,+43 664 5550101 ::: +43 664 5550102,Home,+43 1 5550100,Acme,CEO,1 Elm St,Graz\n",
        fields: &[
            ("/name", "Ana Doe"),
            ("/email/email", "ana@example.com"),
            ("/phone_numbers/0/category", "mobile"),
            ("/phone_numbers/1/number", "+43 664 5550102"),
            ("/phone_numbers/1/category", "mobile"),
            ("/phone_numbers/2/category", "home"),
            ("/company_name", "Acme"),
            ("/title", "CEO"),
            ("/address/city", "Graz"),
        ],
    },
    Sample {
        system: "Outlook",
        text: "First Name,Middle Name,Last Name,Company,Job Title,Business Street,Business City,Business State,Business Postal Code,Business Country/Region,Home Street,Home City,Business Phone,Business Phone 2,Home Phone,Mobile Phone,Other Phone,E-mail Address,E-mail 2 Address,Web Page,Notes,Title\nAna,Maria,Doe,Acme,CEO,1 Elm St,Graz,ST,8010,Austria,2 Oak St,Wien,+43 1 5550100,+43 1 5550101,+43 1 5550102,+43 664 5550103,+43 1 5550104,ana@example.com,a2@example.com,acme.example,A note,Ms.\n",
        fields: &[
            ("/name", "Ana Maria Doe"),
            ("/title", "CEO"),
            ("/address/street", "1 Elm St"),
            ("/phone_numbers/1/number", "+43 1 5550101"),
            ("/phone_numbers/2/category", "home"),
            ("/phone_numbers/3/category", "mobile"),
            ("/phone_numbers/4/category", "other"),
            ("/email/email", "ana@example.com"),
        ],
    },
    Sample {
        system: "LinkedIn",
        text: "Notes:\n\"When exporting your connection data, you may notice that some addresses are missing.\"\n\nFirst Name,Last Name,URL,Email Address,Company,Position,Connected On\nAna,Doe,https://linkedin.example/in/ana,ana@example.com,Acme,CEO,02 Jan 2026\n",
        fields: &[
            ("/name", "Ana Doe"),
            ("/email/email", "ana@example.com"),
            ("/title", "CEO"),
            ("/websites/0/url", "https://linkedin.example/in/ana"),
        ],
    },
    Sample {
        system: "Zoho",
        text: "First Name,Last Name,Title,Company,Email,Lead Owner,Phone,Mobile,No. of Employees,Industry,Description,Linkedin,Website,City,State,Zip Code,Country,Lead Status,Lead Source,Rating,Annual Revenue\nAna,Doe,CEO,Acme,ana@example.com,Bo Ek,+43 1 5550100,+43 664 5550101,12,Paper,A note,https://linkedin.example/in/ana,acme.example,Graz,ST,8010,Austria,New,Web,Hot,1200000\n",
        fields: &[
            ("/name", "Ana Doe"),
            ("/socials/0/category", "linkedin"),
            ("/phone_numbers/1/category", "mobile"),
            ("/address/postal_code", "8010"),
            ("/details", "A note"),
        ],
    },
    Sample {
        system: "Pipedrive",
        text: "Name,Email,Phone,Organization,Owner,Label\nAna Doe,ana@example.com,+43 1 5550100,Acme,Bo Ek,Hot lead\n",
        fields: &[
            ("/name", "Ana Doe"),
            ("/company_name", "Acme"),
            ("/tags/0", "hot lead"),
        ],
    },
    Sample {
        system: "Copper's own template",
        text: "Name,Prefix,Suffix,Title,Details,Company,Owned By,Source,Street,City,State,Postal Code,Country,Work Phone,Mobile Phone,Email,Personal Website,Tag,Status\nAna Doe,Ms.,,CEO,A note,Acme,Bo Ek,Web,1 Elm St,Graz,ST,8010,Austria,+43 1 5550100,+43 664 5550101,ana@example.com,acme.example,\"enterprise, high-value\",New\n",
        fields: &[
            ("/name", "Ana Doe"),
            ("/phone_numbers/0/category", "work"),
            ("/phone_numbers/1/category", "mobile"),
            ("/websites/0/url", "acme.example"),
            ("/tags/1", "high-value"),
        ],
    },
    Sample {
        system: "Apollo",
        text: "First Name,Last Name,Title,Company,Company Name for Emails,Email,Email Status,Seniority,Work Direct Phone,Mobile Phone,Corporate Phone,Person Linkedin Url,Website,Company Linkedin Url,City,State,Country,Keywords\nAna,Doe,CEO,Acme,Acme,ana@example.com,Verified,C suite,'+43 1 5550100,'+43 664 5550101,'+43 1 5550102,https://linkedin.example/in/ana,acme.example,https://linkedin.example/acme,Graz,ST,Austria,\"paper, pens\"\n",
        fields: &[
            ("/name", "Ana Doe"),
            ("/company_name", "Acme"),
            ("/socials/0/category", "linkedin"),
            ("/phone_numbers/1/category", "mobile"),
        ],
    },
    Sample {
        system: "Mailchimp",
        text: "Email Address,First Name,Last Name,Address,Phone Number,Birthday,Tags,MEMBER_RATING,OPTIN_TIME\nana@example.com,Ana,Doe,\"1 Elm St  Graz  8010\",+43 1 5550100,01/02,\"enterprise, high-value\",2,2026-01-02 10:00:00\n",
        fields: &[
            ("/name", "Ana Doe"),
            ("/address/street", "1 Elm St  Graz  8010"),
            ("/tags/1", "high-value"),
        ],
    },
    Sample {
        system: "Shopify",
        text: "First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,Default Address City,Default Address Zip,Phone,Tags,Total Spent,Total Orders\nAna,Doe,ana@example.com,yes,Acme,1 Elm St,Graz,8010,'+43 1 5550100,vip,10.50,2\n",
        fields: &[
            ("/name", "Ana Doe"),
            ("/company_name", "Acme"),
            ("/address/street", "1 Elm St"),
            ("/address/city", "Graz"),
            ("/address/postal_code", "8010"),
        ],
    },
    Sample {
        system: "Eventbrite",
        text: "Order #,Order Date,First Name,Surname,Email,Event Name,Ticket Type,Attendee Status\n1,2026-01-02,Ana,Doe,ana@example.com,Fair,Free,Attending\n",
        fields: &[("/name", "Ana Doe"), ("/email/email", "ana@example.com")],
    },
    Sample {
        system: "Facebook",
        text: "id,created_time,ad_name,form_name,full_name,email,phone_number\nl:1,2026-01-02T10:00:00+01:00,Fair,Form,Ana Doe,ana@example.com,p:+4315550100\n",
        fields: &[
            ("/name", "Ana Doe"),
            ("/phone_numbers/0/number", "p:+4315550100"),
        ],
    },
    Sample {
        system: "Typeform",
        text: "Timestamp,Email Address,Your full name,Phone,Anything we should know?\n02/01/2026 10:00:00,ana@example.com,Ana Doe,+43 1 5550100,Call me\n",
        fields: &[("/name", "Ana Doe"), ("/details", "Call me")],
    },
    Sample {
        system: "a German list",
        text: "Vorname;Nachname;Firma;Position;Telefon;Mobil;E-Mail;Straße;PLZ;Ort;Land;Bemerkung\nAna;Doe;Acme;Leiterin;+43 1 5550100;+43 664 5550101;ana@example.com;Ulmenweg 1;8010;Graz;Österreich;Eine Notiz\n",
        fields: &[
            ("/name", "Ana Doe"),
            ("/title", "Leiterin"),
            ("/phone_numbers/1/category", "mobile"),
            ("/address/street", "Ulmenweg 1"),
            ("/address/postal_code", "8010"),
            ("/address/city", "Graz"),
            ("/details", "Eine Notiz"),
        ],
    },
    Sample {
        system: "a French list",
        text: "Prénom;Nom;Société;Fonction;Téléphone;Portable;Courriel;Adresse;Code postal;Ville;Pays\nAna;Doe;Acme;PDG;+33 1 55 50 10 00;+33 6 55 50 10 01;ana@example.com;1 rue des Ormes;75001;Paris;France\n",
        fields: &[
            ("/name", "Ana Doe"),
            ("/company_name", "Acme"),
            ("/title", "PDG"),
            ("/phone_numbers/1/category", "mobile"),
            ("/address/street", "1 rue des Ormes"),
            ("/address/country", "France"),
        ],
    },
    Sample {
        system: "a Spanish list",
        text: "Nombre;Apellidos;Empresa;Cargo;Teléfono;Móvil;Correo electrónico;Dirección;Código postal;Ciudad;País\nAna;Doe;Acme;Directora;+34 91 5550100;+34 6 5550101;ana@example.com;Calle Olmo 1;28001;Madrid;España\n",
        fields: &[
            ("/name", "Ana Doe"),
            ("/title", "Directora"),
            ("/email/email", "ana@example.com"),
            ("/address/street", "Calle Olmo 1"),
            ("/address/city", "Madrid"),
        ],
    },
    Sample {
        system: "a list made by hand",
        text: "Contact,Mail,Tel.,Cell,Firm,Role,Zip,Town,Comments\nAna Doe,ana@example.com,+43 1 5550100,+43 664 5550101,Acme,CEO,8010,Graz,A note\n",
        fields: &[
            ("/name", "Ana Doe"),
            ("/email/email", "ana@example.com"),
            ("/phone_numbers/1/category", "mobile"),
            ("/company_name", "Acme"),
            ("/title", "CEO"),
            ("/address/postal_code", "8010"),
            ("/address/city", "Graz"),
            ("/details", "A note"),
        ],
    },
];

/// An account that has the names of the samples.
async fn account() -> Sandbox {
    let builder = Sandbox::builder().scale(0.01);
    let builder = builder.customer_source(9, "Web");
    let builder = builder.user(7, "Bo Ek", "bo.ek@example.com");
    builder.start().await.expect("a sandbox")
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_that_are_all_known_need_no_option() {
    let folder = Folder::new("no_option");
    let mut systems = Vec::new();
    for Sample { system, text, .. } in SAMPLES {
        let input = folder.write("leads.csv", text);
        if load(&account().await, &[&input]).await.code == Some(0) {
            systems.push(*system);
        }
    }
    let expected = [
        "Pipedrive",
        "a German list",
        "a French list",
        "a Spanish list",
        "a list made by hand",
    ];
    assert_eq!(systems, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_that_people_have_load_with_one_option_at_most() {
    let folder = Folder::new("systems");
    for Sample {
        system,
        text,
        fields,
    } in SAMPLES
    {
        let sandbox = account().await;
        let input = folder.write("leads.csv", text);
        let args = [&input, "--unknown-columns", "drop"];
        let ran = load(&sandbox, &args).await;
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (
                Some(0),
                "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n"
            ),
            "{system}: {}",
            ran.stderr
        );
        let body = sent(&sandbox).remove(0).body;
        let sent: Value = serde_json::from_slice(&body).expect("JSON");
        for (pointer, value) in *fields {
            let found = sent["leads"][0].pointer(pointer).and_then(Value::as_str);
            let found = found.map(|text| match *pointer {
                "/tags/0" => text.to_lowercase(),
                _ => text.to_owned(),
            });
            assert_eq!(
                found.as_deref(),
                Some(*value),
                "{system}: {pointer} of {sent}"
            );
        }
        let dry = run(importer().args([&input, "--unknown-columns", "drop", "--dry-run"]));
        assert!(
            dry.stdout.contains("first value"),
            "{system}: {}",
            dry.stderr
        );
    }
}

fn first(sandbox: &Sandbox) -> Value {
    let body = sent(sandbox).remove(0).body;
    let mut sent: Value = serde_json::from_slice(&body).expect("JSON");
    sent["leads"][0].take()
}

const DONE: &str = "1 leads: 1 done, 0 rejected, 0 not sent, 0 unknown\n";

#[tokio::test(flavor = "multi_thread")]
async fn unknown_columns_are_refused_dropped_or_appended_to_the_details() {
    let folder = Folder::new("unknown_columns");
    let sandbox = sandbox().await;
    let input = folder.write(
        "my leads.csv",
        "Full name,Shoe size,Comments\nAna,38,Likes pens\n",
    );

    let ran = load(&sandbox, &[&input]).await;
    ran.ended(2, "");
    for words in [
        "unknown columns: `Shoe size`",
        "Full name  name       synonym",
        "Shoe size  (unknown)",
        &format!("'{input}' --unknown-columns drop\nNothing was sent."),
    ] {
        ran.told(words);
    }
    assert!(
        !ran.stderr.contains("Likes pens"),
        "nobody's data: {}",
        ran.stderr
    );
    assert!(sent(&sandbox).is_empty());
    let command = ran.stderr.lines().rev().nth(1).expect("the command");
    let mut again = Command::new("sh");
    again
        .args(["-c", command])
        .env("COPPER_ACCESS_TOKEN", sandbox.token())
        .env("COPPER_USER_EMAIL", sandbox.email())
        .env("COPPER_BASE_URL", sandbox.base_url());
    let ran = tokio::task::spawn_blocking(move || run(&mut again)).await;
    ran.expect("it runs").ended(0, DONE);
    assert_eq!(first(&sandbox)["details"], "Likes pens");

    let other = self::sandbox().await;
    load(&other, &[&input, "--unknown-columns", "details"])
        .await
        .ended(0, DONE);
    assert_eq!(first(&other)["details"], "Likes pens\nShoe size: 38");
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_joined_named_by_place_and_given_to_all_rows() {
    let folder = Folder::new("joined");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", "A,B,Phone,Phone\nAna,Doe,1,2\n");
    let ran = load(&sandbox, &[&input, "--map", "A+B=name"]).await;
    ran.ended(2, "");
    ran.told("`Phone` is a column twice");
    ran.told("by its place as in --map '#4='");
    let args = [
        "--map",
        "A+B=name",
        "--map",
        "#4=mobile_phone",
        "--set",
        "tags=fair; 2026",
    ];
    load(&sandbox, &[&args[..], &[&input]].concat())
        .await
        .ended(0, DONE);
    let sent = first(&sandbox);
    assert_eq!(sent["name"], "Ana Doe");
    assert_eq!(
        sent["phone_numbers"][1],
        json!({ "number": "2", "category": "mobile" })
    );
    assert_eq!(sent["tags"], json!(["fair", "2026"]));
    let ran = load(
        &sandbox,
        &[&args[..], &[&input, "--set", "phone=1"]].concat(),
    )
    .await;
    ran.ended(2, "");
    ran.told("--set is not for `phone`, which a column fills");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_become_the_ids_of_the_account_or_reject_their_row() {
    let folder = Folder::new("names");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", "Name,Lead Status\nAna,new\nBo,Contcted\n");
    let rejects = folder.path("rejects.csv");
    let ran = load(&sandbox, &[&input, "--rejects", &rejects]).await;
    ran.ended(1, "2 leads: 1 done, 1 rejected, 0 not sent, 0 unknown\n");
    ran.told("no status is called \"Contcted\"; did you mean \"Contacted\"? valid names: ");
    assert!(first(&sandbox)["status_id"].is_i64());
    assert!(
        folder
            .read("rejects.csv")
            .contains("Bo,Contcted,1,rejected,")
    );

    for (fate, details) in [
        ("drop", Value::Null),
        ("details", json!("Lead Status: Contcted")),
    ] {
        let sandbox = self::sandbox().await;
        let ran = load(&sandbox, &[&input, "--unknown-values", fate]).await;
        ran.ended(0, "2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown\n");
        let body: Value = serde_json::from_slice(&sent(&sandbox)[0].body).expect("JSON");
        assert_eq!(body["leads"][1]["details"], details);
        assert_eq!(body["leads"][1]["status_id"], Value::Null);
    }

    let input = folder.write("own.csv", "Name,Lead Status\nAna,Working\n");
    let ran = run(importer().arg(&input));
    ran.ended(0, DONE);
    ran.told("1 values of `Lead Status` are not checked, and left out: needs --live (line 2)");
    let mapping = folder.write("m.toml", "[values.status]\n\"working\" = \"Contacted\"\n");
    let sandbox = self::sandbox().await;
    load(&sandbox, &[&input, "--mapping", &mapping])
        .await
        .ended(0, DONE);
    assert!(first(&sandbox)["status_id"].is_i64());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_shows_each_column_and_what_is_suspect_and_exits_as_a_check_would() {
    let folder = Folder::new("preview");
    let table = "Name,E-Mail,Tel.,Amount\n\
        ANA DOE,Ana <ana@example.com>,4.91765E+11,\"$1,200.00\"\n\
        Bo,mailto:bo@example.com,'+44 1,7\n\
        Cy,\"cy@example.com, c@example.com\",1,\n\
        RenÃ©e,#N/A,NULL,\n";
    let input = folder.write("leads.csv", table);
    let dry = run(importer().args([&input, "--dry-run"]));
    assert_eq!(dry.code, Some(1), "{}", dry.stderr);
    for words in [
        "column  field           rule      first value            filled  empty",
        "Amount  monetary_value  synonym   1200.0",
        "1 `Name` is a name in capitals only (line 2)",
        "1 `E-Mail` has an address in <…>",
        "1 `E-Mail` begins with mailto:",
        "1 `E-Mail` has several addresses (line 4)",
        "1 `Tel.` is a phone number that a spreadsheet has rounded",
        "1 `Tel.` is a phone number after a quote, which --fix takes off (line 3)",
        "1 `E-Mail` is an error of a spreadsheet, such as #N/A (line 5)",
        "1 `Tel.` stands for nothing, such as NULL or - (line 5)",
        "1 `Name` looks wrongly decoded",
    ] {
        assert!(dry.stdout.contains(words), "{words}: {}", dry.stdout);
    }

    let sandbox = sandbox().await;
    let ran = load(&sandbox, &[&input, "--check", "--fix"]).await;
    ran.ended(1, "4 leads: 1 done, 3 rejected, 0 not sent, 0 unknown\n");
    assert_eq!(first(&sandbox)["name"], "Bo");
    let sandbox = self::sandbox().await;
    let fine = folder.write(
        "fine.csv",
        "Name,E-Mail\nAna,Ana <ana@example.com>\nANA DOE,mailto:b@example.com\n",
    );
    let ran = load(&sandbox, &[&fine, "--check", "--fix"]).await;
    ran.ended(0, "2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown\n");
    ran.told("1 `E-Mail` begins with mailto:, which --fix takes off, and is mended (line 3)");
    assert_eq!(first(&sandbox)["email"]["email"], "ana@example.com");
    let dry = run(importer().args([&fine, "--dry-run", "--fix"]));
    assert_eq!(dry.code, Some(0), "{}", dry.stdout);
    assert!(
        dry.stdout.contains(", and is mended (line 2)"),
        "{}",
        dry.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicates_are_sent_or_rejected_by_their_key_and_named() {
    let folder = Folder::new("duplicates");
    let input = folder.write(
        "leads.csv",
        "name,email,cf_7\nA,a@example.com,1\nB,A@Example.com,2\nC,,1\nD,,\n",
    );
    for (options, last, names) in [
        (&[][..], "4 done, 0 rejected", &["A", "B", "C", "D"][..]),
        (
            &["--duplicates", "first"],
            "3 done, 1 rejected",
            &["A", "C", "D"],
        ),
        (
            &["--duplicates", "last"],
            "3 done, 1 rejected",
            &["B", "C", "D"],
        ),
        (
            &["--duplicates", "reject"],
            "2 done, 2 rejected",
            &["C", "D"],
        ),
        (
            &["--duplicates=first", "--key=cf_7"],
            "3 done, 1 rejected",
            &["A", "B", "D"],
        ),
    ] {
        let sandbox = sandbox().await;
        let ran = load(&sandbox, &[options, &[&input]].concat()).await;
        assert!(ran.stdout.contains(last), "{options:?}: {}", ran.stdout);
        assert_eq!(held(&sandbox), names, "{options:?}");
        if !options.is_empty() {
            ran.told("rejected: duplicate of line ");
        }
    }
    let dry = run(importer().args([&input, "--dry-run", "--upsert", "email"]));
    let told = "1 rows overwrite what an earlier row with the same email sends (line 3)";
    assert!(dry.stdout.contains(told), "{}", dry.stdout);
    run(importer().args([&input, "--upsert", "email", "--key", "cf_7"])).ended(2, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recognised_is_written_to_a_mapping_that_loads_the_file() {
    let folder = Folder::new("mapping_file");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", "A,B,Tel.,Shoe size\nAna,Doe,1,38\n");
    let mapping = folder.path("m.toml");
    let args = [
        "--map",
        "A+B=name",
        "--set",
        "tags=fair",
        "--unknown-columns=drop",
    ];
    let write = [&args[..], &[&input, "--write-mapping", &mapping]].concat();
    load(&sandbox, &write).await.ended(0, "");
    assert!(sent(&sandbox).is_empty());
    let text = folder.read("m.toml");
    for line in [
        "\"A+B\" = \"name\"",
        "\"Tel.\" = \"phone\"",
        "\"Shoe size\" = \"\"",
        "tags = \"fair\"",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    load(&sandbox, &write).await.told("m.toml can't be written");
    load(&sandbox, &[&input, "--mapping", &mapping])
        .await
        .ended(0, DONE);
    let sent = first(&sandbox);
    assert_eq!(
        (&sent["name"], &sent["tags"]),
        (&json!("Ana Doe"), &json!(["fair"]))
    );
    let broken = folder.write("broken.toml", "colums = 1");
    let ran = load(&sandbox, &[&input, "--mapping", &broken]).await;
    ran.ended(2, "");
    ran.told("broken.toml is no mapping file");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_custom_fields_go_by_the_type_of_the_field() {
    let folder = Folder::new("types");
    let sandbox = sandbox().await;
    let table = "Name,Reference,Size,INTERESTS,Contract-End,Newsletter,Rating,Budget,cf_126248\n\
        Ana,1.10,very large,paper; Service,31/12/2026,yes,4.50,\"$1,200.00\",0042\n";
    let input = folder.write("leads.csv", table);
    load(&sandbox, &[&input]).await.ended(0, DONE);
    let lead = first(&sandbox);
    let fields = lead["custom_fields"].as_array().expect("a list");
    let value = |id: i64| {
        let mut fields = fields.iter();
        let field = fields.find(|field| field["custom_field_definition_id"] == id);
        field.map(|field| field["value"].clone())
    };
    assert_eq!(value(126_240), Some(json!(167_779)));
    assert_eq!(value(126_241), Some(json!([167_786, 167_788])));
    assert_eq!(value(126_243), Some(json!(true)));
    assert_eq!(
        value(126_247).and_then(|value| value.as_f64()),
        Some(1200.0)
    );
    assert_eq!(value(126_248), Some(json!("0042")));
    assert_eq!(value(100_764), Some(json!("1.10")));
    assert!(value(126_242).is_some_and(|date| date.is_i64()), "{lead}");

    let input = folder.write(
        "odd.csv",
        "Name,Size,Contract End\nAna,Larg,\nBo,,soon\nCy,,2/3/2026\n",
    );
    let dry = load(&sandbox, &[&input, "--dry-run"]).await;
    assert_eq!(dry.code, Some(1));
    for words in [
        "1 `Contract End` is no date",
        "1 `Contract End` may be day/month",
    ] {
        assert!(dry.stdout.contains(words), "{words}: {}", dry.stdout);
    }
    let ran = load(&sandbox, &[&input, "--check"]).await;
    ran.ended(1, "3 leads: 0 done, 3 rejected, 0 not sent, 0 unknown\n");
    ran.told("did you mean \"Large\"?");
    ran.told("is no date, such as 2026-12-31");
    ran.told("--date-order dmy or --date-order mdy");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wide_file_is_refused_with_the_advice_before_its_names_and_the_command_at_the_end() {
    let folder = Folder::new("wide");
    let names: Vec<String> = (0..300).map(|n| format!("odd column {n}")).collect();
    let cells = ",x".repeat(300);
    let table = format!("name,{}\nJim{cells}\n", names.join(","));
    let input = folder.write("leads.csv", table);
    let ran = run(importer().arg(&input));
    ran.ended(2, "");
    let (advice, list) = ran.stderr.split_once("unknown columns: ").expect("a list");
    assert!(
        advice.contains("--unknown-columns drop leaves out all that are unknown"),
        "{advice}"
    );
    assert!(advice.len() < 500, "{advice}");
    assert!(list.contains("`odd column 0`"), "{list}");
    ran.told(&format!(
        "import {input} --unknown-columns drop\nNothing was sent."
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_is_named_by_name_or_address_for_one_row_or_for_all() {
    let folder = Folder::new("owner");
    let sandbox = sandbox().await;
    let copper = sandbox.copper().build().expect("a client");
    let me = copper.get_current_user().await.expect("a user");
    let (email, name) = (me.email.expect("an address"), me.name.expect("a name"));
    let input = folder.write("leads.csv", "name\nJim\n");
    load(&sandbox, &[&input, "--set", &format!("owner={email}")])
        .await
        .ended(0, DONE);
    let named = folder.write("named.csv", format!("Name,Owned By\nPam,{name}\n"));
    load(&sandbox, &[&named]).await.ended(0, DONE);
    for arrival in sent(&sandbox) {
        let body: Value = serde_json::from_slice(&arrival.body).expect("JSON");
        assert_eq!(body["leads"][0]["assignee_id"], me.id.0, "{body}");
    }
    let ran = load(&sandbox, &[&input, "--set", "owner=nobody@example.com"]).await;
    ran.ended(1, "1 leads: 0 done, 1 rejected, 0 not sent, 0 unknown\n");
    ran.told("no user is called");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_and_a_value_for_all_rows_go_to_a_custom_field_by_its_name() {
    let folder = Folder::new("field_names");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", "Name,Shoe\nAna,very large\n");
    let by_name = ["--map", "Shoe=size", "--set", "Interests=paper; Service"];
    load(&sandbox, &[&by_name[..], &[&input]].concat())
        .await
        .ended(0, DONE);
    let expected = json!([
        { "custom_field_definition_id": 126_240, "value": 167_779 },
        { "custom_field_definition_id": 126_241, "value": [167_786, 167_788] },
    ]);
    assert_eq!(first(&sandbox)["custom_fields"], expected);

    let mapping = folder.write(
        "m.toml",
        "[columns]\nShoe = \"Size\"\n[set]\nReference = \"1.10\"\n",
    );
    let other = self::sandbox().await;
    load(&other, &[&input, "--mapping", &mapping])
        .await
        .ended(0, DONE);
    assert_eq!(first(&other)["custom_fields"][1]["value"], "1.10");

    let ran = load(&sandbox, &[&input, "--map", "Shoe=Sise"]).await;
    ran.ended(2, "");
    ran.told("no custom field is called \"Sise\"; did you mean \"Size\"?");
    let ran = run(importer().args([&input, "--map", "Shoe=Size"]));
    ran.ended(2, "");
    ran.told("with --live, also the names of the account's custom fields");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_harmless_wrapping_that_a_preview_names_is_mended_and_told() {
    let folder = Folder::new("fix");
    let sandbox = sandbox().await;
    let table = "Name,E-Mail,Phone,Mobile,Zip\n\
        A,Ana <a@example.com>,'+44 1,p:+43664,'01970\n\
        B,mailto:b@example.com,=+442,\"=\"\"0049 3\"\"\",\"=\"\"01971\"\"\"\n";
    let input = folder.write("leads.csv", table);
    let dry = run(importer().args([&input, "--dry-run", "--fix"]));
    assert_eq!(dry.code, Some(0), "{}", dry.stdout);
    for words in [
        "1 `E-Mail` has an address in <…>, which --fix takes out, and is mended (line 2)\n        \
            such as: Ana <a@example.com> becomes a@example.com",
        "such as: '+44 1 becomes +44 1",
        "1 `Phone` is a phone number after =, which --fix takes off, and is mended (line 3)",
        "such as: p:+43664 becomes +43664",
        "1 `Zip` is a number after a quote, which --fix takes off, and is mended (line 2)",
        "such as: =\"01971\" becomes 01971",
    ] {
        assert!(dry.stdout.contains(words), "{words}: {}", dry.stdout);
    }
    let ran = load(&sandbox, &[&input, "--check", "--fix"]).await;
    ran.ended(0, "2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown\n");
    ran.told("1 `Mobile` is a phone number after a word such as p: or tel:, which --fix takes off, and is mended");
    ran.did_not_tell("ana@example.com");
    let body: Value = serde_json::from_slice(&sent(&sandbox)[0].body).expect("JSON");
    let of = |pointer: &str| body["leads"].pointer(pointer).and_then(Value::as_str);
    for (pointer, value) in [
        ("/0/email/email", "a@example.com"),
        ("/0/phone_numbers/0/number", "+44 1"),
        ("/0/phone_numbers/1/number", "+43664"),
        ("/0/address/postal_code", "01970"),
        ("/1/email/email", "b@example.com"),
        ("/1/phone_numbers/0/number", "+442"),
        ("/1/phone_numbers/1/number", "0049 3"),
        ("/1/address/postal_code", "01971"),
    ] {
        assert_eq!(of(pointer), Some(value), "{pointer}: {body}");
    }
    // Without it, they stay as they are, or are rejected.
    let ran = load(&self::sandbox().await, &[&input, "--check"]).await;
    ran.ended(1, "2 leads: 0 done, 2 rejected, 0 not sent, 0 unknown\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_that_is_none_is_shown_by_its_line_refuses_the_file_or_is_rejected() {
    let folder = Folder::new("amounts");
    let sandbox = sandbox().await;
    let input = folder.write("leads.csv", "Name,Amount\nAna,$5.50\nBo,soon\n");
    let dry = run(importer().args([&input, "--dry-run"]));
    assert_eq!(dry.code, Some(1), "{}", dry.stderr);
    let words =
        "1 `Amount` is no amount, such as 1000.50; without --check, the file is refused (line 3)";
    assert!(dry.stdout.contains(words), "{}", dry.stdout);
    let ran = load(&sandbox, &[&input]).await;
    ran.ended(2, "");
    ran.told("line 3: `monetary_value` is no amount");
    let ran = load(&sandbox, &[&input, "--check"]).await;
    ran.ended(1, "2 leads: 1 done, 1 rejected, 0 not sent, 0 unknown\n");
    ran.told("rejected: `monetary_value` is no amount");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_is_that_of_the_pipeline_of_its_row() {
    let folder = Folder::new("stages");
    let sandbox = sandbox().await;
    let table = "Deal,primary_contact_id,Deal Stage,Pipeline\nA,1,qualified,Partners\nB,1,Qualified,Sales\n\
        C,1,Qualified,\nD,1,Signed,\n";
    let input = folder.write("deals.csv", table);
    let ran = load(&sandbox, &[&input, "--entity", "opportunities"]).await;
    ran.told("2 stages are called \"Qualified\"");
    let body: Value = serde_json::from_slice(&sent(&sandbox)[0].body).expect("JSON");
    let deals = body["opportunities"].as_array().expect("a list");
    let stages = deals.iter().map(|deal| deal["pipeline_stage_id"].as_i64());
    assert_eq!(
        stages.take(2).collect::<Vec<_>>(),
        [Some(987_792), Some(987_790)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fax_is_a_phone_number_of_another_kind_and_that_is_said() {
    let folder = Folder::new("fax");
    let sandbox = sandbox().await;
    let table = "Name,Phone,Fax,Business Fax\nAna,1,2,\nBo,,,3\n";
    let input = folder.write("leads.csv", table);
    let dry = run(importer().args([&input, "--dry-run"]));
    for words in [
        "Fax           other_phone, as it is a fax  name",
        "other_phone, as it is a fax  synonym",
    ] {
        assert!(dry.stdout.contains(words), "{words}: {}", dry.stdout);
    }
    load(&sandbox, &[&input])
        .await
        .ended(0, "2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown\n");
    let body: Value = serde_json::from_slice(&sent(&sandbox)[0].body).expect("JSON");
    let fax = |number: &str| json!({ "number": number, "category": "other" });
    assert_eq!(body["leads"][0]["phone_numbers"][1], fax("2"));
    assert_eq!(body["leads"][1]["phone_numbers"][0], fax("3"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_file_has_the_encoding_the_date_order_and_the_choices_that_were_recognised() {
    let folder = Folder::new("mapping_choices");
    let sandbox = sandbox().await;
    let table =
        b"Name,Contract End,Shoe size\nRen\xe9e M\xfcller,31/12/2026,38\nZo\xeb,1/2/2026,39\n";
    let input = folder.write("leads.csv", table);
    let mapping = folder.path("m.toml");
    let args = [
        &input,
        "--unknown-columns=details",
        "--write-mapping",
        &mapping,
    ];
    load(&sandbox, &args).await.ended(0, "");
    let text = folder.read("m.toml");
    for line in [
        "encoding = \"windows-1252\"",
        "date-order = \"dmy\"",
        "unknown-columns = \"details\"",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains("Shoe size"), "nothing is lost: {text}");
    load(&sandbox, &[&input, "--mapping", &mapping])
        .await
        .ended(0, "2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown\n");
    assert_eq!(first(&sandbox)["details"], "Shoe size: 38");
}

#[test]
fn a_refusal_ends_with_the_one_command_whatever_the_format_and_what_is_missing() {
    let folder = Folder::new("commands");
    let json = folder.write(
        "leads.json",
        r#"[{"name": "Ana", "shoe": 38}, {"name": "Bo", "hat": 5}]"#,
    );
    let ran = run(importer().arg(&json));
    ran.ended(2, "");
    ran.told("line 1: `shoe` is no column");
    ran.told(&format!(
        "import {json} --unknown-columns drop\nNothing was sent."
    ));
    run(importer().args([&json, "--unknown-columns", "drop"]))
        .ended(0, "2 leads: 2 done, 0 rejected, 0 not sent, 0 unknown\n");
    for (name, text) in [
        ("a.csv", "Who,E-Mail\nAna,a@example.com\n"),
        ("a.json", r#"[{"Who": "Ana"}]"#),
    ] {
        let nameless = folder.write(name, text);
        let ran = run(importer().arg(&nameless));
        ran.ended(2, "");
        let command = format!(
            "import {nameless} --map 'COLUMN=name' --unknown-columns drop\nNothing was sent."
        );
        ran.told(&command);
        run(importer().args([&nameless, "--map", "Who=name", "--unknown-columns", "drop"]))
            .ended(0, DONE);
    }
}

#[test]
fn the_first_value_of_a_column_is_that_of_its_own_cells() {
    let folder = Folder::new("first_values");
    let table = "First Name,Last Name,Phone,Cell,Hat\nAna,Doe,1,,red\nBo,,,2,\n";
    let input = folder.write("leads.csv", table);
    let dry = run(importer().args([&input, "--dry-run", "--unknown-columns=details"]));
    let rows: Vec<Vec<&str>> = dry
        .stdout
        .lines()
        .map(|line| {
            line.split("  ")
                .map(str::trim)
                .filter(|c| !c.is_empty())
                .collect()
        })
        .collect();
    for row in [
        ["First Name", "name, a part", "spelling", "Ana", "2", "0"],
        ["Last Name", "name, a part", "spelling", "Doe", "1", "1"],
        ["Phone", "phone", "name", "1", "1", "1"],
        ["Cell", "mobile_phone", "synonym", "2", "1", "1"],
    ] {
        assert!(
            rows.iter().any(|found| *found == row),
            "{row:?}: {}",
            dry.stdout
        );
    }
    assert!(
        rows.iter()
            .any(|found| *found == ["Hat", "(details)", "red", "1", "1"]),
        "{}",
        dry.stdout
    );
}
