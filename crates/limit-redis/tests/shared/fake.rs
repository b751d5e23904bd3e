//! The few commands of Redis that the script uses, in memory and with a clock of the test's. The script itself
//! runs in the Lua that Redis has. `against_redis.rs` compares this with a real server.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::time::Duration;

use mlua::{Function, Lua, LuaSerdeExt, MultiValue, Table, Value};
use redis::Value as Reply;
use rolling_limit_redis::script::{Call, SCRIPT};

/// A sorted set. Scores are positive, so their bits have their order.
#[derive(Debug, Default)]
struct Sorted {
    scores: HashMap<String, f64>,
    order: BTreeSet<(u64, String)>,
}

impl Sorted {
    fn remove(&mut self, member: &str) -> usize {
        match self.scores.remove(member) {
            Some(score) => usize::from(self.order.remove(&(score.to_bits(), member.to_owned()))),
            None => 0,
        }
    }

    fn add(&mut self, score: f64, member: &str) {
        self.remove(member);
        self.scores.insert(member.to_owned(), score);
        self.order.insert((score.to_bits(), member.to_owned()));
    }
}

#[derive(Debug, Default)]
struct Data {
    micros: u64,
    hashes: HashMap<String, HashMap<String, String>>,
    sorted: HashMap<String, Sorted>,
    published: Vec<(String, Duration)>,
    commands: u64,
}

/// A Redis that runs the script.
pub(crate) struct Fake {
    lua: Lua,
    script: Function,
    data: Rc<RefCell<Data>>,
}

impl Fake {
    pub(crate) fn new() -> mlua::Result<Self> {
        Self::with_script(SCRIPT)
    }

    pub(crate) fn with_script(script: &str) -> mlua::Result<Self> {
        let lua = Lua::new();
        let data = Rc::new(RefCell::new(Data::default()));
        let redis = lua.create_table()?;
        let shared = Rc::clone(&data);
        let call = lua.create_function(move |lua, arguments: MultiValue| {
            let arguments: Vec<String> = arguments
                .into_iter()
                .map(|value| {
                    lua.coerce_string(value)
                        .map(|text| text.map_or_else(String::new, |text| text.to_string_lossy()))
                })
                .collect::<mlua::Result<_>>()?;
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            shared.borrow_mut().command(lua, &arguments)
        })?;
        redis.set("call", call)?;
        lua.globals().set("redis", redis)?;
        let cjson = lua.create_table()?;
        let decode = lua.create_function(|lua, text: mlua::String| {
            let json: serde_json::Value =
                serde_json::from_slice(&text.as_bytes()).map_err(mlua::Error::external)?;
            lua.to_value(&json)
        })?;
        cjson.set("decode", decode)?;
        lua.globals().set("cjson", cjson)?;
        let script = lua.load(script).into_function()?;
        Ok(Self { lua, script, data })
    }

    /// Runs the script at this time, and returns its reply and what it published.
    pub(crate) fn call(
        &self,
        call: &Call,
        now: Duration,
    ) -> mlua::Result<(Reply, Vec<(String, Duration)>)> {
        self.data.borrow_mut().micros = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
        let globals = self.lua.globals();
        globals.set("KEYS", call.keys.clone())?;
        globals.set("ARGV", vec![call.argument.clone()])?;
        let reply: Value = self.script.call(())?;
        let published = std::mem::take(&mut self.data.borrow_mut().published);
        Ok((converted(&reply)?, published))
    }

    /// The commands that scripts have called so far.
    pub(crate) fn commands(&self) -> u64 {
        self.data.borrow().commands
    }

    /// Forgets all data, as a Redis that is restarted empty.
    pub(crate) fn lose_all(&self) {
        let mut data = self.data.borrow_mut();
        data.hashes.clear();
        data.sorted.clear();
    }
}

/// As Redis converts what a script returns.
fn converted(value: &Value) -> mlua::Result<Reply> {
    Ok(match value {
        Value::Integer(number) => Reply::Int(*number),
        Value::Number(number) => Reply::Int(*number as i64),
        Value::String(text) => Reply::BulkString(text.as_bytes().to_vec()),
        Value::Table(table) => {
            let values = table.sequence_values::<Value>();
            let values = values.map(|value| converted(&value?));
            Reply::Array(values.collect::<mlua::Result<_>>()?)
        }
        other => return Err(mlua::Error::runtime(format!("a script returned {other:?}"))),
    })
}

impl Data {
    fn command(&mut self, lua: &Lua, arguments: &[&str]) -> mlua::Result<Value> {
        self.commands += 1;
        let number = |text: &str| text.parse::<f64>().map_err(mlua::Error::external);
        let count = |count: usize| Value::Number(count as f64);
        let text = |text: &str| lua.create_string(text).map(Value::String);
        let list = |texts: Vec<String>| -> mlua::Result<Value> {
            let table: Table = lua.create_sequence_from(texts)?;
            Ok(Value::Table(table))
        };
        Ok(match arguments {
            ["TIME"] => list(vec![
                (self.micros / 1_000_000).to_string(),
                (self.micros % 1_000_000).to_string(),
            ])?,
            ["PEXPIRE", ..] => count(1),
            ["DEL", keys @ ..] => {
                for key in keys {
                    self.hashes.remove(*key);
                    self.sorted.remove(*key);
                }
                count(keys.len())
            }
            ["HGETALL", key] => {
                let hash = self.hashes.entry((*key).to_owned()).or_default();
                list(
                    hash.iter()
                        .flat_map(|(field, value)| [field.clone(), value.clone()])
                        .collect(),
                )?
            }
            ["HGET", key, field] => match self.hashes.get(*key).and_then(|hash| hash.get(*field)) {
                Some(value) => text(value)?,
                None => Value::Boolean(false),
            },
            ["HSET", key, field, value] => {
                let hash = self.hashes.entry((*key).to_owned()).or_default();
                count(usize::from(
                    hash.insert((*field).to_owned(), (*value).to_owned())
                        .is_none(),
                ))
            }
            ["HDEL", key, field] => {
                let hash = self.hashes.entry((*key).to_owned()).or_default();
                count(usize::from(hash.remove(*field).is_some()))
            }
            ["HINCRBY", key, field, by] => {
                let hash = self.hashes.entry((*key).to_owned()).or_default();
                let value = hash
                    .entry((*field).to_owned())
                    .or_insert_with(|| "0".to_owned());
                let sum = number(value)? + number(by)?;
                *value = format!("{sum:.0}");
                Value::Number(sum)
            }
            ["ZADD", key, score, member] => {
                let score = number(score)?;
                self.sorted
                    .entry((*key).to_owned())
                    .or_default()
                    .add(score, member);
                count(1)
            }
            ["ZREM", key, member] => count(
                self.sorted
                    .entry((*key).to_owned())
                    .or_default()
                    .remove(member),
            ),
            ["ZCARD", key] => count(self.sorted.get(*key).map_or(0, |set| set.order.len())),
            ["ZSCORE", key, member] => {
                match self
                    .sorted
                    .get(*key)
                    .and_then(|set| set.scores.get(*member))
                {
                    Some(score) => text(&format!("{score:.0}"))?,
                    None => Value::Boolean(false),
                }
            }
            ["ZRANK", key, member] => {
                let set = self.sorted.entry((*key).to_owned()).or_default();
                match set.order.iter().position(|(_, other)| other == member) {
                    Some(rank) => count(rank),
                    None => Value::Boolean(false),
                }
            }
            ["ZRANGE", key, first, last, rest @ ..] if first == last => {
                let index = number(first)? as usize;
                let set = self.sorted.get(*key);
                let item = set.and_then(|set| set.order.iter().nth(index));
                let item = item.map(|(score, member)| match rest {
                    [] => vec![member.clone()],
                    _ => vec![member.clone(), format!("{:.0}", f64::from_bits(*score))],
                });
                list(item.unwrap_or_default())?
            }
            ["ZREMRANGEBYSCORE", key, "-inf", most] => {
                let most = number(most)?;
                let set = self.sorted.entry((*key).to_owned()).or_default();
                let mut removed = 0;
                while let Some((score, member)) = set.order.first().cloned()
                    && f64::from_bits(score) <= most
                {
                    removed += set.remove(&member);
                }
                count(removed)
            }
            ["PUBLISH", channel, micros] => {
                let wait = Duration::from_micros(number(micros)? as u64);
                self.published.push(((*channel).to_owned(), wait));
                count(1)
            }
            other => return Err(mlua::Error::runtime(format!("unknown command {other:?}"))),
        })
    }
}
