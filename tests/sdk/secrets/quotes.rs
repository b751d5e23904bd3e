//! Answers of a server that quote, in some form, what was sent to it.

use serde_json::{Value, json};

use super::canary::{self, NAME, OWNER, TOKEN, song};

pub const STATUSES: [&str; 16] = [
    "200 OK",
    "201 Created",
    "302 Found",
    "307 Temporary Redirect",
    "400 Bad Request",
    "401 Unauthorized",
    "403 Forbidden",
    "404 Not Found",
    "409 Conflict",
    "413 Content Too Large",
    "418 canary-token-7f3a",
    "422 Quilla O'Marchbanks",
    "429 Too Many Requests",
    "500 Internal Server Error",
    "502 Bad Gateway",
    "599 quilla@marchbanks.example",
];

/// Bodies that quote the request, in all forms.
pub fn bodies() -> Vec<String> {
    let (song, lead) = (song(), serde_json::to_value(canary::lead()).expect("JSON"));
    let quoted = lead.to_string();
    let escaped = song.replace('\'', "&#39;");
    let bodies = [
        json!({ "message": song, "status": 422 }),
        json!({ "error": song }),
        json!({ "message": { NAME: [{ "error": song }] } }),
        json!({ "message": quoted }),
        json!({ "message": format!("{}{song}", "long ".repeat(97)) }),
        json!({ "message": escaped }),
        json!({ "message": null, "error": [song, { TOKEN: OWNER }] }),
        lead.clone(),
        json!([lead]),
        json!([lead, song]),
        json!([song]),
        json!([{ "id": song }]),
        json!([{ "id": -1, NAME: song }]),
        json!([{ "success": false, "message": { NAME: [{ "error": song }] } }]),
        json!({ "id": song, NAME: song }),
        json!(song),
    ];
    let mut bodies: Vec<String> = bodies.iter().map(Value::to_string).collect();
    bodies.extend([
        format!("<html><h1>{escaped}</h1><pre>{quoted}</pre></html>"),
        song.clone(),
        format!(r#"[{{"{song}": 1e999}}]"#),
        format!(r#"{{"{song}": 1e999}}"#),
        format!(r#"[{{"id": 7, "{song}"#),
    ]);
    bodies
}

/// Answers that are not, or not quite, HTTP.
pub fn wire_noise() -> Vec<String> {
    let song = song();
    vec![
        format!("HTTP/1.1 {song}\r\n\r\n"),
        format!("{song}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\n{song}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nContent-Length: {song}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{song}\r\n{song}"),
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {song}\r\n\r\n{song}"),
        format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: {song}\r\n\r\n{song}"),
    ]
}
