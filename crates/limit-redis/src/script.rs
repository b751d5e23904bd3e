//! The Lua script, and the conversion of an exchange to its keys and its argument. All keys of a store have the same
//! hash tag, so one node of a cluster holds them.

use std::time::Duration;

use redis::Value;
use rolling_limit::store::{Exchange, Grant, Reply, Request, StoreError};
use rolling_limit::{Class, Limit};
use serde_json::{Value as Json, json};

/// The text of the script.
pub const SCRIPT: &str = include_str!("exchange.lua");

/// An exchange in the form that the script takes.
#[derive(Debug, Clone)]
pub struct Call {
    /// The keys that the script uses.
    pub keys: Vec<String>,
    /// The argument of the script.
    pub argument: String,
}

impl Call {
    /// Converts an exchange to the script's form. `name` is the prefix of all keys, and `process` is the name
    /// of this process.
    pub fn new(name: &str, process: &str, exchange: &Exchange) -> Self {
        let limits = &exchange.limits;
        let id = |id: u64| format!("{process}.{id}");
        let counting = |class: Class| -> Vec<usize> {
            let counts = |(index, limit): (usize, &Limit)| limit.counts(class).then_some(index + 1);
            limits.iter().enumerate().filter_map(counts).collect()
        };
        let request =
            |request: &Request| json!({"id": id(request.id), "w": counting(request.class)});
        let sent = exchange.sent.iter().map(|sent| {
            let mut json = request(&sent.request);
            json["age"] = micros(sent.age);
            json["grace"] = micros(sent.grace);
            json
        });
        let settled = exchange.settled.iter().map(|settled| {
            let mut json = request(&settled.request);
            json["age"] = micros(settled.age);
            json["refused"] = settled.refused.into();
            json
        });
        let holds = exchange.holds.iter().map(|hold| match hold.class {
            Some(class) => json!({"class": class.name(), "pause": micros(hold.pause)}),
            None => json!({"pause": micros(hold.pause)}),
        });
        let asks = exchange.asks.iter().map(|ask| {
            let counting = counting(ask.class);
            let slots = counting.iter().filter_map(|index| {
                let limit = limits.get(index.checked_sub(1)?)?;
                Some(format!("{index}:{}", ask.class.share_of(limit.requests())))
            });
            json!({
                "queue": ask.line.queue,
                "priority": ask.line.priority,
                "class": ask.class.name(),
                "w": counting,
                "slots": slots.collect::<Vec<_>>().join(","),
                "ids": ask.ids.iter().map(|number| id(*number)).collect::<Vec<_>>(),
            })
        });
        let argument = json!({
            "me": process,
            "channel": channel(name, ""),
            "windows": limits.iter().map(|limit| micros(limit.window())).collect::<Vec<_>>(),
            "queues": exchange.queues,
            "repeated": exchange.repeated,
            "sent": sent.collect::<Vec<_>>(),
            "settled": settled.collect::<Vec<_>>(),
            "given_back": exchange.given_back.iter().map(request).collect::<Vec<_>>(),
            "renewed": exchange.renewed.iter().map(request).collect::<Vec<_>>(),
            "holds": holds.collect::<Vec<_>>(),
            "withdrawn": exchange.withdrawn.iter().map(|line| json!({"queue": line.queue, "priority": line.priority})).collect::<Vec<_>>(),
            "asks": asks.collect::<Vec<_>>(),
            "ahead": micros(exchange.ahead),
            "early": micros(exchange.early),
            "within": micros(exchange.within),
            "grace": micros(exchange.grace),
            "careful": micros(exchange.careful),
        });
        let mut keys = vec![format!("{name}state"), format!("{name}tickets")];
        keys.extend(
            limits
                .iter()
                .map(|limit| format!("{name}{}", window_name(*limit))),
        );
        keys.extend((0..exchange.queues).map(|queue| format!("{name}queue:{queue}")));
        Self {
            keys,
            argument: argument.to_string(),
        }
    }
}

/// The channel on which a process is notified.
pub fn channel(name: &str, process: &str) -> String {
    format!("{name}notify:{process}")
}

/// Reads the reply of the script.
///
/// # Errors
/// When the reply is not in the script's form.
pub fn reply(value: &Value) -> Result<Reply, StoreError> {
    read(value).ok_or_else(|| StoreError::new("the reply of the script can't be read"))
}

fn read(value: &Value) -> Option<Reply> {
    let Value::Array(parts) = value else {
        return None;
    };
    let [log, margin, Value::Array(again), Value::Array(grants)] = parts.as_slice() else {
        return None;
    };
    let mut reply = Reply {
        log: text(log)?,
        margin: duration(margin)?,
        again: again.iter().map(duration).collect::<Option<_>>()?,
        grants: Vec::new(),
    };
    for grant in grants.chunks(2) {
        let [id, wait] = grant else { return None };
        let (_, number) = text(id)?
            .rsplit_once('.')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))?;
        reply.grants.push(Grant {
            id: number.parse().ok()?,
            wait: duration(wait)?,
        });
    }
    Some(reply)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => String::from_utf8(bytes.clone()).ok(),
        Value::SimpleString(text) => Some(text.clone()),
        _ => None,
    }
}

fn duration(value: &Value) -> Option<Duration> {
    match value {
        Value::Int(micros) => Some(Duration::from_micros(u64::try_from(*micros).ok()?)),
        _ => None,
    }
}

/// The whole microseconds of a time. A longer time than a hundred years becomes a hundred years, which Lua can hold
/// exactly.
fn micros(time: Duration) -> Json {
    const FOR_EVER: u64 = 1_000_000 * 86_400 * 365 * 100;
    u64::try_from(time.as_micros())
        .unwrap_or(FOR_EVER)
        .min(FOR_EVER)
        .into()
}

/// The part of a key that names its window, so that processes with different limits do not mix up their windows.
fn window_name(limit: Limit) -> String {
    let classes = limit.classes().map_or_else(
        || "all".to_owned(),
        |classes| {
            let names: Vec<&str> = classes.iter().map(|class| class.name()).collect();
            names.join("+")
        },
    );
    format!(
        "window:{}:{}:{classes}",
        limit.requests(),
        limit.window().as_millis()
    )
}
