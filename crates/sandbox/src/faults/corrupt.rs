//! Replaces or changes a response as a fault says, before any of it is sent.

use serde_json::{Value, json};

use super::fault::{Fault, Odd};
use crate::{
    account::Account,
    response::{Response, reason},
};

/// Deeper than any stack, but small enough for the memory.
const DEEPEST: usize = 1 << 24;

/// The response of a fault that prevents the work. `None` if the fault lets the work be done. `scale` is the
/// factor of the time that a client is told to wait.
pub(crate) fn replacement(fault: &Fault, scale: f64) -> Option<Response> {
    if fault.works() {
        return None;
    }
    Some(match fault {
        Fault::Refusal(401) => Response::unauthorised(),
        Fault::Refusal(status) => Response::refusal(*status, reason(*status)),
        Fault::TooManyRequests {
            retry_after: Some(text),
        } => Response::too_many_requests().with_header("retry-after", scaled(text, scale)),
        Fault::TooManyRequests { retry_after: None } => Response::too_many_requests(),
        Fault::Redirect(url) => Response::html(307).with_header("location", url),
        Fault::ErrorBefore(status) => Response::html(*status),
        // Never sent: these faults end the connection without a response.
        _ => Response::html(500),
    })
}

/// Scales a `Retry-After` in seconds, rounded up because it must be an integer. A date stays the same.
fn scaled(retry_after: &str, scale: f64) -> String {
    match retry_after.parse::<u32>() {
        Ok(seconds) => (f64::from(seconds) * scale).ceil().to_string(),
        Err(_) => retry_after.to_owned(),
    }
}

/// Changes the response of the work.
pub(crate) fn corrupt(fault: &Fault, response: &mut Response, account: &mut Account) {
    match fault {
        Fault::ErrorAfter(status) => *response = Response::html(*status),
        Fault::ContentType(text) => response.content_type.clone_from(text),
        Fault::EmptyBody => response.body.clear(),
        Fault::DeepJson(depth) => {
            let depth = (*depth).min(DEEPEST);
            response.body = [vec![b'['; depth], vec![b']'; depth]].concat();
        }
        Fault::InvalidUtf8 => no_longer_utf8(&mut response.body),
        Fault::TooShort => change(response, |body| {
            drop(body.as_array_mut().and_then(Vec::pop))
        }),
        Fault::TooLong => change(response, |body| {
            if let Some(items) = body.as_array_mut() {
                items.push(items.last().cloned().unwrap_or_default());
            }
        }),
        Fault::OddItem { at, odd } => change(response, |body| match body {
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

/// Changes the record or records of a response. A refusal has none.
fn change(response: &mut Response, change: impl FnOnce(&mut Value)) {
    if response.status != 200 {
        return;
    }
    if let Ok(mut body) = serde_json::from_slice(&response.body) {
        change(&mut body);
        response.body = body.to_string().into_bytes();
    }
}

/// Makes an item odd. `undo` undoes the changes of the record with this id.
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
            // The item denies the change, so the change must not exist.
            undo(id.as_i64());
            *item = json!({ "success": false, "id": id, "message": { "name": [{ "error": "invalid" }] } });
        }
    }
}

/// Puts bytes that are not UTF-8 into the first string of a body. The JSON around them stays valid.
fn no_longer_utf8(body: &mut Vec<u8>) {
    let text = body
        .windows(2)
        .position(|two| two == b":\"")
        .map_or(body.len() / 2, |colon| colon + 2);
    body.splice(text..text, [0xff, 0xfe]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_after_in_seconds_is_scaled_and_rounded_up_and_a_date_is_not() {
        assert_eq!(scaled("60", 0.1), "6");
        assert_eq!(scaled("60", 0.01), "1");
        assert_eq!(scaled("0", 0.01), "0");
        assert_eq!(scaled("7", 1.0), "7");
        assert_eq!(scaled("2", 1.5), "3");
        let date = "Wed, 21 Oct 2026 07:28:00 GMT";
        assert_eq!(scaled(date, 0.01), date);
        assert_eq!(scaled("-1", 0.01), "-1");
    }
}
