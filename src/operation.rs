//! One operation of the API, as the schema describes it beyond its types: its path, its idempotency, and the
//! size of a bulk request.

/// One operation of the API.
#[derive(Debug)]
pub struct Operation {
    /// The `operationId`, which is also the name of the method of [`Copper`](crate::Copper).
    pub id: &'static str,
    /// The HTTP method, in capitals.
    pub method: &'static str,
    /// The path below the base URL, with `{id}` in the place of an id.
    pub path: &'static str,
    /// The effect of sending it twice.
    pub idempotency: Idempotency,
    /// The details of a bulk operation; None for all others.
    pub bulk: Option<Bulk>,
    /// True if its answer has a body: an empty one is none, then.
    pub(crate) has_answer: bool,
}

impl Operation {
    /// The most records of one request.
    pub(crate) fn max_items(&self) -> usize {
        self.bulk.as_ref().map_or(1, |bulk| bulk.max_items)
    }

    /// The noun for its records.
    pub(crate) fn records(&self) -> &'static str {
        let first = self.path.split('/').find(|part| !part.is_empty());
        match &self.bulk {
            Some(bulk) => bulk.key,
            None => first.unwrap_or("records"),
        }
    }
}

/// The effect of sending a request twice (`x-copper-idempotency` in the schema). The words are those of HTTP
/// ([RFC 9110, section 9.2](https://www.rfc-editor.org/rfc/rfc9110#section-9.2)). But the schema decides for
/// each operation, and not its method: a search is a `POST` that changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Idempotency {
    /// It changes nothing: reads and searches. It can be sent any number of times.
    Safe,
    /// Twice has the same effect as once: updates, upserts and deletes. It can be sent again when its answer
    /// is lost.
    Idempotent,
    /// Twice has the effect twice: creates. It is sent again only if Copper refused it, or never saw it.
    NotIdempotent,
}

impl Idempotency {
    /// Returns true if the request changes something at Copper's side.
    pub fn has_effect(self) -> bool {
        self != Self::Safe
    }

    /// Returns true if the request may be sent again while it is in doubt whether it took effect.
    pub fn may_repeat(self) -> bool {
        self != Self::NotIdempotent
    }
}

/// The size of a bulk request, from the schema.
#[derive(Debug)]
pub struct Bulk {
    /// The one property of the request body, which is the list.
    pub key: &'static str,
    /// The most records that one request may hold.
    pub max_items: usize,
}
