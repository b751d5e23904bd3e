//! Every link in the Markdown files has a target. Rustdoc checks links to items of the crate. A URL can't be
//! followed here, but a page of Copper's must be one that the schema names.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use crate::support::files::files;

const COPPER: &str = "https://developer.copper.com/";
/// Rustdoc and registries show it, without the other files.
const FRONT_PAGE: &str = "README.md";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

/// The lines of prose: no fenced block, and no code in them.
fn prose(markdown: &str) -> Vec<String> {
    let mut fenced = false;
    let lines = markdown.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    });
    lines
        .map(|line| line.split('`').step_by(2).collect::<Vec<_>>().join("`"))
        .collect()
}

/// The targets of the links in a text: `[…](target)`, `[…]: target` and `<https://target>`.
fn links(markdown: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prose(markdown) {
        let inline = line.split("](").skip(1).map(|rest| rest.split(')').next());
        let angled = line.split('<').skip(1).map(|rest| rest.split('>').next());
        let angled = angled.filter(|link| link.is_some_and(|link| link.contains("://")));
        let defined = line
            .starts_with('[')
            .then(|| line.split_once("]: "))
            .flatten();
        let defined = defined.map(|(_, target)| Some(target.trim()));
        found.extend(
            inline
                .chain(angled)
                .chain(defined)
                .flatten()
                .map(str::to_owned),
        );
    }
    found
}

/// The anchors of a file's headings, as GitHub and rustdoc make them.
fn anchors(markdown: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let headings = markdown.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && line.starts_with('#')
    });
    let slug = |heading: &str| {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(slug).collect()
}

/// The problem with a link of a file.
fn fault(file: &Path, link: &str) -> Option<String> {
    // Items of the crate are rustdoc's to check.
    let is_item = |c: char| c.is_alphanumeric() || matches!(c, ':' | '_');
    if link.starts_with("crate::")
        || (file.starts_with(root().join("src")) && link.chars().all(is_item))
    {
        return None;
    }
    if let Some((scheme, rest)) = link.split_once("://") {
        let form = scheme == "https" && rest.contains('.') && !rest.contains(char::is_whitespace);
        return (!form).then(|| "it is no https URL".to_owned());
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() {
        file.to_owned()
    } else if file == root().join(FRONT_PAGE) {
        return Some("it is shown where that file is not".to_owned());
    } else {
        file.parent().unwrap_or(root()).join(path)
    };
    if !target.exists() {
        return Some("there is no such file".to_owned());
    }
    let known = anchor.is_empty() || anchors(&text(&target)).contains(anchor);
    (!known).then(|| "there is no such heading".to_owned())
}

#[test]
fn every_link_leads_somewhere() {
    let markdown = files(root(), "md");
    assert!(markdown.len() >= 5, "{markdown:?}");
    let mut broken = Vec::new();
    for file in &markdown {
        for link in links(&text(file)) {
            if let Some(why) = fault(file, &link) {
                broken.push(format!("{}: {link}: {why}", file.display()));
            }
        }
    }
    assert_eq!(broken, [""; 0]);
}

#[test]
fn a_broken_link_is_found() {
    let file = root().join("CONTRIBUTING.md");
    for broken in [
        "missing.md",
        "#missing",
        "README.md#missing",
        "http://copper.com",
        "https://x y.com",
    ] {
        let found = links(&format!(
            "See [this]({broken}).\n```\n[not](this)\n```\n`[nor](this)`\n"
        ));
        assert_eq!(found, [broken]);
        assert!(fault(&file, broken).is_some(), "{broken}");
    }
    for good in [
        "README.md",
        "README.md#try-it",
        "#rules",
        "https://semver.org/",
    ] {
        assert_eq!(fault(&file, good), None);
    }
}

/// The page of each operation, as the schema names it.
fn pages() -> BTreeSet<String> {
    let document = text(&root().join("schema/copper.json"));
    let document: Value = serde_json::from_str(&document).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths
        .values()
        .flat_map(|path| path.as_object().expect("a path"));
    let page = |(_, operation): (_, &Value)| {
        let page = operation
            .pointer("/externalDocs/url")
            .and_then(Value::as_str);
        page.unwrap_or_else(|| panic!("{} names no page", operation["operationId"]))
            .to_owned()
    };
    operations.map(page).collect()
}

/// The addresses of Copper's documentation in a text.
fn cited(text: &str) -> impl Iterator<Item = String> {
    text.match_indices(COPPER).map(|(start, _)| {
        let end = |c: char| c.is_whitespace() || "<>()[]\"'`".contains(c);
        text[start..]
            .split(end)
            .next()
            .unwrap_or_default()
            .to_owned()
    })
}

#[test]
fn a_page_of_coppers_is_cited_by_the_operation_it_is_about_and_no_other_page_is() {
    let sources = files(&root().join("src"), "rs");
    let in_sources: BTreeSet<String> = sources
        .iter()
        .flat_map(|file| cited(&text(file)).collect::<Vec<_>>())
        .collect();
    assert_eq!(in_sources, pages());
    for file in files(root(), "md") {
        for page in cited(&text(&file)) {
            assert!(pages().contains(&page), "{}: {page}", file.display());
        }
    }
}
