//! The redactor: redacts request data from error messages. Copper may quote a lead's data in a refusal, a
//! server in between may quote anything, and errors end up in logs.
//!
//! A message is cut before it is searched, and only texts that begin like a part of it are compared. So the
//! work grows with the size of the request, and not with the product of both sizes.

use std::{borrow::Cow, collections::HashSet, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::escape::escaped;

/// Shorter values, such as a country's code, occur inside too many words.
const SHORTEST: usize = 3;
/// Shorter parts of a Base64 text occur inside too many words.
const SHORTEST_BASE64: usize = 5;
/// The characters that a URL encodes in a component.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// A message is cut to this many times what is shown of it, before it is searched.
const CUT: usize = 8;

/// The texts that a request carried: its credentials, and all texts of its body.
#[derive(Clone, Default)]
pub(crate) struct Redactor {
    credentials: Secrets,
    body: Bytes,
}

/// Credentials in every form in which a message may quote them, in lower case.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Arc<[String]>);

impl Secrets {
    pub(crate) fn new<'a>(credentials: impl IntoIterator<Item = &'a str>) -> Self {
        let mut forms = Vec::new();
        for credential in credentials {
            add(&mut forms, credential, |_| true);
            if credential.trim().chars().count() >= SHORTEST {
                forms.extend(encoded(credential.trim()));
            }
        }
        Self(forms.into())
    }

    /// The text with each credential replaced by `…`.
    pub(crate) fn hide(&self, text: &str) -> String {
        TextMatcher::new(self.0.to_vec()).replace(text, usize::MAX, false)
    }

    /// The same for all texts in a JSON value, including the names of fields.
    pub(crate) fn hide_in_json(&self, value: Value) -> Value {
        let mut room = usize::MAX;
        TextMatcher::new(self.0.to_vec()).replace_within(value, &mut room)
    }
}

impl Redactor {
    /// A redactor of these credentials, and of the texts in a request's body, which is JSON.
    pub(crate) fn new(credentials: Secrets, body: Bytes) -> Self {
        Self { credentials, body }
    }

    /// The beginning of a text, escaped, with every text that the request carried replaced by `…`, in any
    /// case.
    pub(crate) fn redact(&self, text: &str, longest: usize) -> String {
        let text = beginning(text, longest.saturating_mul(CUT));
        let redacted = self.matcher([text.0]).replace(text.0, longest, text.1);
        escaped(&redacted).into_owned()
    }

    /// The same for all texts in a JSON value, including the names of fields. Only the beginning of all
    /// together is kept.
    pub(crate) fn redact_json(&self, value: Value, longest: usize) -> Value {
        let mut texts = Vec::new();
        collect(&value, &mut texts);
        let matcher = self.matcher(texts);
        let mut room = longest;
        matcher.replace_within(value, &mut room)
    }

    /// A matcher for everything that these texts may quote.
    fn matcher<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> TextMatcher {
        let mut begins = HashSet::new();
        for text in texts {
            let lower: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
            begins.extend(
                lower
                    .windows(SHORTEST)
                    .filter_map(|it| <[char; SHORTEST]>::try_from(it).ok()),
            );
        }
        let mut carried = self.credentials.0.to_vec();
        if !begins.is_empty() {
            let quotes = |text: &str| {
                let mut lower = text.chars().flat_map(char::to_lowercase);
                let begin: [Option<char>; SHORTEST] = std::array::from_fn(|_| lower.next());
                let [Some(a), Some(b), Some(c)] = begin else {
                    return false;
                };
                begins.contains(&[a, b, c])
            };
            texts_in(&String::from_utf8_lossy(&self.body), |text| {
                add(&mut carried, text, quotes)
            });
        }
        TextMatcher::new(carried)
    }
}

/// Finds texts in others.
struct TextMatcher {
    /// In lower case, sorted, without duplicates.
    texts: Vec<String>,
}

impl TextMatcher {
    fn new(mut texts: Vec<String>) -> Self {
        texts.sort_unstable();
        texts.dedup();
        Self { texts }
    }

    /// The beginning of a text, with each of the matcher's texts replaced by `…`. If the text `was_cut`, its
    /// end may be the beginning of such a text.
    fn replace(&self, text: &str, longest: usize, was_cut: bool) -> String {
        let lower = Lower::of(text);
        let mut replaced = String::new();
        let mut at = 0;
        for _ in 0..longest {
            let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else {
                return replaced;
            };
            match self.longest_at(&lower, at, was_cut) {
                Some(end) => {
                    replaced.push('…');
                    at = end;
                }
                None => {
                    replaced.push(c);
                    at += c.len_utf8();
                }
            }
        }
        if at < text.len() || was_cut {
            replaced.push('…');
        }
        replaced
    }

    /// The end of the longest of the matcher's texts that begins at this place.
    fn longest_at(&self, lower: &Lower<'_>, at: usize, was_cut: bool) -> Option<usize> {
        let (start, mut found) = (lower.place(at), None);
        // The texts that begin with what has been compared so far.
        let mut alike = self.texts.as_slice();
        for depth in 0.. {
            match alike.first() {
                Some(text) if text.len() == depth => {
                    found = lower.original(start + depth).or(found)
                }
                Some(_) => {}
                None => break,
            }
            let Some(next) = lower.text.as_bytes().get(start + depth) else {
                let begins_one = was_cut && alike.iter().any(|text| text.len() > depth);
                return if begins_one && depth >= SHORTEST {
                    Some(lower.end())
                } else {
                    found
                };
            };
            let byte = |text: &String| text.as_bytes().get(depth).copied();
            let (from, to) = (
                alike.partition_point(|text| byte(text) < Some(*next)),
                alike.partition_point(|text| byte(text) <= Some(*next)),
            );
            alike = alike.get(from..to).unwrap_or_default();
        }
        found
    }

    fn replace_within(&self, value: Value, room: &mut usize) -> Value {
        match value {
            Value::String(text) => Value::String(self.replace_text(&text, room)),
            Value::Array(list) => {
                let mut replaced = Vec::new();
                for value in list {
                    if *room == 0 {
                        replaced.push("…".into());
                        break;
                    }
                    replaced.push(self.replace_within(value, room));
                }
                Value::Array(replaced)
            }
            Value::Object(fields) => {
                let mut replaced = serde_json::Map::new();
                for (name, value) in fields {
                    if *room == 0 {
                        replaced.insert("…".to_owned(), "…".into());
                        break;
                    }
                    let name = self.replace_text(&name, room);
                    replaced.insert(name, self.replace_within(value, room));
                }
                Value::Object(replaced)
            }
            other => other,
        }
    }

    fn replace_text(&self, text: &str, room: &mut usize) -> String {
        let (text, was_cut) = beginning(text, room.saturating_mul(CUT));
        let replaced = self.replace(text, *room, was_cut);
        *room = room.saturating_sub(replaced.chars().count());
        replaced
    }
}

/// A text in lower case, and which of its places correspond to places of the original.
struct Lower<'t> {
    original: &'t str,
    text: String,
    /// Places in the original and in lower case, in order. Empty if they are all the same.
    places: Vec<(usize, usize)>,
}

impl<'t> Lower<'t> {
    fn of(original: &'t str) -> Self {
        if original.is_ascii() {
            let (text, places) = (original.to_ascii_lowercase(), Vec::new());
            return Self {
                original,
                text,
                places,
            };
        }
        let (mut text, mut places) = (String::new(), Vec::new());
        for (at, c) in original.char_indices() {
            places.push((at, text.len()));
            text.extend(c.to_lowercase());
        }
        places.push((original.len(), text.len()));
        Self {
            original,
            text,
            places,
        }
    }

    fn end(&self) -> usize {
        self.original.len()
    }

    /// The place in the lower case of a place in the original.
    fn place(&self, original: usize) -> usize {
        let found = self
            .places
            .binary_search_by_key(&original, |(original, _)| *original);
        found
            .ok()
            .and_then(|found| self.places.get(found))
            .map_or(original, |(_, lower)| *lower)
    }

    /// The place in the original of a place in lower case. None inside a letter that became two.
    fn original(&self, lower: usize) -> Option<usize> {
        if self.places.is_empty() {
            return Some(lower);
        }
        let found = self
            .places
            .binary_search_by_key(&lower, |(_, lower)| *lower);
        found
            .ok()
            .and_then(|found| self.places.get(found))
            .map(|(original, _)| *original)
    }
}

/// The first characters of a text, and whether there are more.
fn beginning(text: &str, longest: usize) -> (&str, bool) {
    match text.char_indices().nth(longest) {
        Some((end, _)) => (text.get(..end).unwrap_or_default(), true),
        None => (text, false),
    }
}

/// Adds the texts in a JSON value, including the names of fields.
fn collect<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(list) => list.iter().for_each(|value| collect(value, texts)),
        Value::Object(fields) => {
            for (name, value) in fields {
                texts.push(name);
                collect(value, texts);
            }
        }
        _ => {}
    }
}

/// Adds the texts in JSON, except the names of fields. It does not parse a value: parsing fails if the
/// nesting is too deep, and then nothing would be redacted.
fn texts_in(json: &str, mut take: impl FnMut(&str)) {
    let mut rest = json;
    while let Some((_, text)) = rest.split_once('"') {
        let (quoted, after) = text.split_at(end_of(text));
        rest = after.get(1..).unwrap_or_default();
        let is_name = rest.trim_start().starts_with(':');
        if is_name {
            continue;
        }
        if !quoted.contains('\\') {
            take(quoted);
        } else if let Ok(text) = serde_json::from_str::<String>(&format!("\"{quoted}\"")) {
            take(&text);
        }
    }
}

/// The place of the quote that ends a text.
fn end_of(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(text.len())
}

/// Adds a text as it is, and as JSON and HTML quote it, if it is `wanted`.
fn add(texts: &mut Vec<String>, text: &str, wanted: impl Fn(&str) -> bool) {
    let text = text.trim();
    if text.chars().nth(SHORTEST - 1).is_none() {
        return;
    }
    let mut add = |form: Cow<'_, str>| {
        if wanted(&form) {
            texts.push(form.chars().flat_map(char::to_lowercase).collect());
        }
    };
    if text.contains(['"', '\\', '&', '<', '>', '\'']) || text.contains(char::is_control) {
        let json = Value::from(text).to_string();
        let inside = json.get(1..json.len().saturating_sub(1));
        add(inside.unwrap_or_default().into());
        let html = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;");
        add(html.into());
    }
    add(text.into());
}

/// A credential as URLs encode it, and as Base64 encodes it at any place in a longer text.
fn encoded(credential: &str) -> Vec<String> {
    let encode = |set| utf8_percent_encode(credential, set).to_string();
    let mut forms = vec![encode(NON_ALPHANUMERIC), encode(RESERVED)];
    forms.push(
        credential
            .bytes()
            .map(|byte| format!("%{byte:02x}"))
            .collect(),
    );
    for before in 0..3 {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(credential.as_bytes());
        let text = STANDARD_NO_PAD.encode(&bytes);
        // At both ends, a character may contain bits of its neighbours.
        let start = [0, 2, 3].get(before).copied().unwrap_or_default();
        let end = text.len() - usize::from(!bytes.len().is_multiple_of(3));
        if let Some(inside) = text
            .get(start..end)
            .filter(|it| it.len() >= SHORTEST_BASE64)
        {
            forms.push(inside.replace('+', "-").replace('/', "_"));
            forms.push(inside.to_owned());
        }
    }
    forms.iter().map(|form| form.to_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn redactor<'a>(
        credentials: impl IntoIterator<Item = &'a str>,
        body: impl Into<Bytes>,
    ) -> Redactor {
        Redactor::new(Secrets::new(credentials), body.into())
    }

    fn hidden(body: Value, text: &str) -> String {
        redactor(["t0ken", "me@example.com"], body.to_string()).redact(text, 500)
    }

    #[test]
    fn credentials_and_all_texts_of_the_body_are_hidden_in_any_case() {
        let body = json!({"leads": [
            {"name": "Zoë Kraft", "email": {"email": "zoe@example.com", "category": "work"}},
            {"name": "Jim", "phone_numbers": [{"number": "+1 555 0100"}], "age": 7},
        ]});
        for (text, shown) in [
            ("ZOË KRAFT is taken", "… is taken"),
            ("Zoe@Example.COM, +1 555 0100, Jim!", "…, …, …!"),
            (
                "the token t0ken of me@example.com is no good",
                "the token … of … is no good",
            ),
            (
                "Invalid input: name: can't be blank",
                "Invalid input: name: can't be blank",
            ),
            ("Jim Jim JIM", "… … …"),
            ("", ""),
        ] {
            assert_eq!(hidden(body.clone(), text), shown);
        }
    }

    #[test]
    fn of_two_that_begin_alike_the_longer_is_hidden() {
        assert_eq!(hidden(json!(["Jim", "Jim Halpert"]), "Jim Halpert"), "…");
    }

    #[test]
    fn what_is_quoted_in_json_or_html_is_found() {
        let body = json!({"name": "Pam \"B\" O'Hara & <Co>"});
        for text in [
            r#"{"name":"Pam \"B\" O'Hara & <Co>"}"#,
            r#"{"name":"Pam &quot;B&quot; O&#39;Hara &amp; &lt;Co&gt;"}"#,
        ] {
            assert_eq!(hidden(body.clone(), text), r#"{"name":"…"}"#);
        }
    }

    #[test]
    fn short_values_and_numbers_leave_the_words_readable() {
        let body = json!({"country": "US", "monetary_value": 100, "name": "  "});
        assert_eq!(hidden(body, "status 100 in use"), "status 100 in use");
    }

    #[test]
    fn what_is_cut_off_is_cut_after_hiding() {
        let carried = redactor(["secret"], "");
        assert_eq!(carried.redact("a secret secret", 4), "a … …");
        assert_eq!(carried.redact("abcdef", 4), "abcd…");
        assert_eq!(carried.redact("abcsecret", 4), "abc…");
    }

    #[test]
    fn letters_that_change_their_length_with_their_case_are_no_trouble() {
        assert_eq!(hidden(json!("İstanbul"), "in İSTANBUL now"), "in … now");
    }

    #[test]
    fn names_of_fields_are_texts_too() {
        let carried = redactor([], r#"{"name":"Jim Halpert"}"#);
        let hidden = carried.redact_json(json!({"jim halpert": ["Jim Halpert", 7]}), 500);
        assert_eq!(hidden, json!({"…": ["…", 7]}));
    }

    #[test]
    fn names_of_fields_of_the_body_leave_the_words_readable() {
        let body = json!({"name": "Jim", "details": "say \"name\": \\ now"});
        assert_eq!(
            hidden(body, "details of the name, say \"name\": \\ now"),
            "details of the name, …"
        );
    }

    #[test]
    fn what_is_nested_however_deep_is_hidden() {
        let (open, close) = ("[".repeat(500), "]".repeat(500));
        let body = format!(r#"{{"leads":[{{"value":{open}"Jim"{close},"name":"Pam"}}]}}"#);
        let carried = redactor([], body);
        assert_eq!(carried.redact("Jim and Pam", 500), "… and …");
    }

    #[test]
    fn of_many_texts_the_beginning_is_kept() {
        let carried = redactor(["secret"], "");
        let hidden = carried.redact_json(json!(["abcd", "a secret", "secret", {"x": "y"}]), 7);
        assert_eq!(hidden, json!(["abcd", "a …", "…"]));
    }

    #[test]
    fn credentials_are_found_in_base64_and_in_urls() {
        let token = "0123456789abcdef+/";
        let redactor = redactor([token, "me@example.com"], "");
        for before in ["", "m", "me", "me:", "Bearer "] {
            let encoded = STANDARD_NO_PAD.encode(format!("{before}{token}!"));
            let shown = redactor.redact(&format!("got {encoded}."), 500);
            // The remaining characters contain bits of the neighbours.
            assert!(shown.contains('…') && shown.len() < 30, "{before}: {shown}");
        }
        for (text, shown) in [
            ("/x?key=0123456789abcdef%2B%2F&y", "/x?key=…&y"),
            ("user=me%40example.com", "user=…"),
            ("user=%6D%65%40%65%78%61%6D%70%6C%65%2E%63%6F%6D", "user=…"),
        ] {
            assert_eq!(redactor.redact(text, 500), shown);
        }
    }

    #[test]
    fn a_text_that_the_cut_goes_through_is_redacted_to_its_end() {
        let redactor = redactor([], r#"["Jim Halpert of Scranton"]"#);
        let text = format!("{}Jim Halpert of Scranton", "x".repeat(CUT * 10 - 11));
        let cut = redactor.redact_json(Value::from(text.as_str()), 10);
        assert_eq!(cut, "xxxxxxxxxx…");
        let (cut, was_cut) = beginning(&text, CUT * 10);
        assert!(cut.ends_with("Jim Halpert") && was_cut);
        let shown = redactor.matcher([cut]).replace(cut, 100, was_cut);
        assert_eq!(shown, format!("{}…", "x".repeat(CUT * 10 - 11)));
    }

    #[test]
    fn the_work_grows_with_the_request_and_not_with_its_product_with_the_message() {
        let cells: Vec<String> = (0..200_000)
            .map(|n| format!("aaaaaaaaaaaaaaaaaaa{n}"))
            .collect();
        let redactor = redactor(["secret"], serde_json::to_vec(&cells).expect("JSON"));
        // This takes hours if each text is compared at each place.
        let message = "a".repeat(60_000);
        let (text, json) = (
            redactor.redact(&message, 500),
            redactor.redact_json(json!([message]), 500),
        );
        assert!(text.chars().count() <= 501 && json.to_string().chars().count() <= 510);
    }

    #[test]
    fn text_from_outside_acts_on_no_terminal() {
        let redactor = redactor(["secret"], "");
        assert_eq!(
            redactor.redact("no\x1b[2K\n1 done", 500),
            r"no\u{1b}[2K\n1 done"
        );
    }
}
