//! What the schema says of an operation beyond its types: where it is, whether it may be sent again,
//! and, for a bulk operation, how much it takes.

/// One operation of the API.
#[derive(Debug)]
pub struct Operation {
    /// Its `operationId`, which is also the name of our method.
    pub id: &'static str,
    /// The HTTP method, in capitals.
    pub method: &'static str,
    /// The path below the base URL, with `{id}` where an id goes.
    pub path: &'static str,
    /// Whether it may be sent again when it is in doubt whether it took effect.
    pub repeat: Repeat,
    /// What makes it a bulk operation, if it is one.
    pub bulk: Option<Bulk>,
}

impl Operation {
    /// The most records of one request.
    pub(crate) fn max_items(&self) -> usize {
        self.bulk.as_ref().map_or(1, |bulk| bulk.max_items)
    }

    /// What its records are called.
    pub(crate) fn records(&self) -> &'static str {
        let first = self.path.split('/').find(|part| !part.is_empty());
        match &self.bulk {
            Some(bulk) => bulk.key,
            None => first.unwrap_or("records"),
        }
    }
}

/// Whether an operation may be sent again (`x-copper-repeat`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Doing it twice is doing it once: reads, updates, deletes.
    Always,
    /// Only when Copper surely refused it, or never saw it: creates.
    IfRefused,
}

/// What the schema says of a bulk operation.
#[derive(Debug)]
pub struct Bulk {
    /// The one property of the request body, the list.
    pub key: &'static str,
    /// The most records that one request may hold.
    pub max_items: usize,
}
