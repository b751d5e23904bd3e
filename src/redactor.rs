//! Keeps what a request carried out of what is told of its failure. Copper may quote a lead's data in
//! its refusal, and whoever stands before it anything at all; and errors end up in logs.

use serde_json::Value;

/// Shorter values, such as a country's code, are part of too many words.
const SHORTEST: usize = 3;

/// The texts that a request carried: its credentials, and all texts of its body.
#[derive(Clone, Default)]
pub(crate) struct Redactor {
    /// In lower case, in each form in which they may be quoted, the longest first.
    texts: Vec<Vec<char>>,
}

impl Redactor {
    pub(crate) fn new<'a>(credentials: impl IntoIterator<Item = &'a str>, body: &[u8]) -> Self {
        let mut texts = Vec::new();
        for credential in credentials {
            add(&mut texts, credential);
        }
        for text in texts_in(&String::from_utf8_lossy(body)) {
            add(&mut texts, &text);
        }
        texts.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        texts.dedup();
        Self { texts }
    }

    /// The beginning of a text, with all that was carried replaced by `…`, whatever its case.
    pub(crate) fn redact(&self, text: &str, longest: usize) -> String {
        let mut hidden = String::new();
        let mut rest = text;
        for _ in 0..longest {
            let quoted = self.texts.iter().find_map(|it| rest_after(it, rest));
            let mut chars = rest.chars();
            match (quoted, chars.next()) {
                (Some(after), _) => {
                    hidden.push('…');
                    rest = after;
                }
                (None, Some(c)) => {
                    hidden.push(c);
                    rest = chars.as_str();
                }
                (None, None) => return hidden,
            }
        }
        if !rest.is_empty() {
            hidden.push('…');
        }
        hidden
    }

    /// The same for the texts in a JSON value, names of fields included. Of all together, no more than
    /// the beginning is kept.
    pub(crate) fn redact_json(&self, value: Value, longest: usize) -> Value {
        let mut room = longest;
        self.hidden_within(value, &mut room)
    }

    fn hidden_within(&self, value: Value, room: &mut usize) -> Value {
        match value {
            Value::String(text) => Value::String(self.hidden_text(&text, room)),
            Value::Array(list) => list
                .into_iter()
                .map(|value| self.hidden_within(value, room))
                .collect(),
            Value::Object(fields) => fields
                .into_iter()
                .map(|(name, value)| {
                    let name = self.hidden_text(&name, room);
                    (name, self.hidden_within(value, room))
                })
                .collect(),
            other => other,
        }
    }

    fn hidden_text(&self, text: &str, room: &mut usize) -> String {
        let hidden = self.redact(text, *room);
        *room = room.saturating_sub(hidden.chars().count());
        hidden
    }
}

/// The texts in JSON, but for the names of fields. It is not read as a value, for that would give up
/// where it is nested too deep, and then nothing would be hidden.
fn texts_in(json: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = json;
    while let Some((_, text)) = rest.split_once('"') {
        let (quoted, after) = text.split_at(end_of(text));
        rest = after.get(1..).unwrap_or_default();
        let is_name = rest.trim_start().starts_with(':');
        match serde_json::from_str(&format!("\"{quoted}\"")) {
            Ok(text) if !is_name => texts.push(text),
            _ => {}
        }
    }
    texts
}

/// Where the quote is that ends a text.
fn end_of(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(text.len())
}

/// Adds a text as it is, and as JSON and HTML quote it.
fn add(texts: &mut Vec<Vec<char>>, text: &str) {
    let text = text.trim();
    if text.chars().count() < SHORTEST {
        return;
    }
    let json = Value::from(text).to_string();
    let html = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;");
    let inside = json.get(1..json.len().saturating_sub(1));
    for form in [text, inside.unwrap_or_default(), &html] {
        texts.push(form.chars().flat_map(char::to_lowercase).collect());
    }
}

/// What follows in `text` if it begins with `wanted`, which is in lower case.
fn rest_after<'t>(wanted: &[char], text: &'t str) -> Option<&'t str> {
    let (mut wanted, mut chars) = (wanted.iter(), text.chars());
    while wanted.len() > 0 {
        for lower in chars.next()?.to_lowercase() {
            if wanted.next() != Some(&lower) {
                return None;
            }
        }
    }
    Some(chars.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hidden(body: Value, text: &str) -> String {
        Redactor::new(["t0ken", "me@example.com"], body.to_string().as_bytes()).redact(text, 500)
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
        let carried = Redactor::new(["secret"], b"");
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
        let carried = Redactor::new([], br#"{"name":"Jim Halpert"}"#);
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
        let carried = Redactor::new([], body.as_bytes());
        assert_eq!(carried.redact("Jim and Pam", 500), "… and …");
    }

    #[test]
    fn of_many_texts_the_beginning_is_kept() {
        let carried = Redactor::new(["secret"], b"");
        let hidden = carried.redact_json(json!(["abcd", "a secret", "secret", {"x": "y"}]), 7);
        assert_eq!(hidden, json!(["abcd", "a …", "…", {"…": "…"}]));
    }
}
