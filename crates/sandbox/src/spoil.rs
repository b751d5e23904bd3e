//! What a fault does to an answer, before any of it is on the wire: says something else instead of the
//! work, or changes what the work has said.

use serde_json::{Value, json};

use super::{
    account::Account,
    answer::Answer,
    fault::{Fault, Odd},
};

/// Deeper than any stack, and still no burden on the memory.
const DEEPEST: usize = 1 << 24;

/// The answer that a fault gives in place of the work, if it lets none be done.
pub(super) fn instead(fault: &Fault) -> Option<Answer> {
    if fault.works() {
        return None;
    }
    Some(match fault {
        Fault::Refusal(401) => Answer::unauthorised(),
        Fault::Refusal(status) => Answer::refusal(*status, super::answer::reason(*status)),
        Fault::TooManyRequests {
            retry_after: Some(text),
        } => Answer::too_many_requests().with_header("retry-after", text),
        Fault::TooManyRequests { retry_after: None } => Answer::too_many_requests(),
        Fault::Redirect(url) => Answer::html(307).with_header("location", url),
        Fault::ErrorBefore(status) => Answer::html(*status),
        // Never seen: for these the connection ends without an answer.
        _ => Answer::html(500),
    })
}

/// Changes what the work has said.
pub(super) fn spoil(fault: &Fault, answer: &mut Answer, account: &mut Account) {
    match fault {
        Fault::ErrorAfter(status) => *answer = Answer::html(*status),
        Fault::ContentType(text) => answer.content_type.clone_from(text),
        Fault::EmptyBody => answer.body.clear(),
        Fault::DeepJson(depth) => {
            let depth = (*depth).min(DEEPEST);
            answer.body = [vec![b'['; depth], vec![b']'; depth]].concat();
        }
        Fault::InvalidUtf8 => no_longer_utf8(&mut answer.body),
        Fault::TooShort => change(answer, |body| drop(body.as_array_mut().and_then(Vec::pop))),
        Fault::TooLong => change(answer, |body| {
            if let Some(items) = body.as_array_mut() {
                items.push(items.last().cloned().unwrap_or_default());
            }
        }),
        Fault::OddItem { at, odd } => change(answer, |body| match body {
            Value::Array(items) => {
                if let Some(item) = items.get_mut(*at) {
                    make_odd(item, odd, |id| {
                        if id.is_some() {
                            account.undo(id);
                        }
                    });
                }
            }
            record => make_odd(record, odd, |_| account.undo(None)),
        }),
        _ => {}
    }
}

/// Changes the record or records of an answer. A refusal holds none.
fn change(answer: &mut Answer, change: impl FnOnce(&mut Value)) {
    if answer.status != 200 {
        return;
    }
    if let Ok(mut body) = serde_json::from_slice(&answer.body) {
        change(&mut body);
        answer.body = body.to_string().into_bytes();
    }
}

/// Makes an item odd. `undo` takes back what was done to the record of this id.
fn make_odd(item: &mut Value, odd: &Odd, undo: impl FnOnce(Option<i64>)) {
    let set = |item: &mut Value, name: &str, value: &Value| {
        if let Some(record) = item.as_object_mut() {
            record.insert(name.to_owned(), value.clone());
        }
    };
    match odd {
        Odd::Item(value) => *item = value.clone(),
        Odd::Id(value) => set(item, "id", value),
        Odd::Field { name, value } => set(item, name, value),
        Odd::FailureWithId => {
            let id = item.get("id").cloned().unwrap_or_default();
            // The item says that nothing was done, so nothing may have been.
            undo(id.as_i64());
            *item = json!({ "success": false, "id": id, "message": { "name": [{ "error": "invalid" }] } });
        }
    }
}

/// Puts bytes that are no UTF-8 into the first text of a body, so that the JSON around them is sound.
fn no_longer_utf8(body: &mut Vec<u8>) {
    let text = body
        .windows(2)
        .position(|two| two == b":\"")
        .map_or(body.len() / 2, |colon| colon + 2);
    body.splice(text..text, [0xff, 0xfe]);
}
