//! What `--help` shows.

pub const HELP: &str = "\
Loads a file of leads, people, companies, opportunities or activities into Copper, at the speed that
Copper allows.

    cargo run --example import -- FILE [options]

FILE is .csv (comma, semicolon or tab), .json (an array of objects) or .jsonl (an object a line), in
UTF-8. All of it is checked first: if anything can't be read, nothing is sent.

Options:
    --entity KIND         What FILE has: leads (the default), people, companies, opportunities or
                          activities.
    --live                Send to Copper, with COPPER_ACCESS_TOKEN and COPPER_USER_EMAIL (and
                          COPPER_BASE_URL, if set). Otherwise to a sandbox in this process.
    --rejects FILE.csv    Write down what is rejected or not sent: the columns of the input, and
                          index (its place in the input, from 0), outcome and reason. Correct it and
                          load it as it is: these three columns are ignored then. What may or may not
                          be in Copper goes to FILE.csv.unknown. Files that still hold rows of an
                          earlier import are not overwritten.
    --journal FILE        Keep a journal, so that an import that ends early, by whatever, can go on: the
                          same command again sends only what is not settled, and counts all in its last
                          line. What was under way at a kill is unknown. The files of --rejects go
                          on as well: what was not sent is taken out of them before it is sent.
                          Needs --live; one journal is for one FILE, unchanged, of one KIND, and one
                          account.
    --chunk-size N        Records per request. Default: what Copper takes.
    --accept-duplicates   Load a .unknown file, although what it has may be in Copper already.
    --help                Show this.

Columns, in any order:
    leads           name; email, phone, company, title, details, the address, tags, cf_<id>
    people          name; emails (with ; between them), phone, company_id, company, title, details,
                    the address, tags, cf_<id>
    companies       name; email_domain, phone, details, the address, tags, cf_<id>
    opportunities   name, primary_contact_id; monetary_value, close_date (month/day/year), details,
                    pipeline_id, pipeline_stage_id, priority, tags, cf_<id>
    activities      parent_type (such as person), parent_id, type_id, details; activity_date (seconds
                    since 1970)
Those before the ; are needed; only a name may be blank, which is left to Copper. Of these,
    the address is street, city, state, postal_code, country
    tags        with ; between them
    cf_<id>     a custom field by the id of its definition. A plain number (up to 15 digits, no
                leading zero or plus sign), true, false, [a list] or {an object} is sent as such, all
                else as text: 007 and +1 555 0100 are text. For the text 42 write \"42\" with the
                quotes (in a .csv: \"\"\"42\"\"\").
Empty cells are not sent. E-mail addresses and phone numbers go in as `work`. The keys of a .json are
the same, or those of Copper's API, with values as the API takes them, such as address, assignee_id,
custom_fields, phone_numbers, socials, websites, and an activity's parent and type. A .csv can have
these columns too, with JSON in their cells. For all of a KIND, give it a FILE with a wrong one.

Ctrl-C ends an import when what is under way has settled; a second one ends it at once.

The last line on standard output is `N leads: A done, B rejected, C not sent, D unknown`, or
`N people: …`. There is none if nothing was sent, or if the import was ended at once.
Exit status: 0 all are done; 1 some are not, or it ended early; 2 the arguments, the input, the journal or
the rejects file can't be used, nothing was sent and nothing is known to be in Copper.";
