//! The spans and events of `tracing` on this thread, as plain values with all fields: each span that was
//! closed, and each event.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    span,
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

/// A span or an event.
#[derive(Clone, Debug)]
pub struct Told {
    /// A span's name, or an event's message.
    pub name: String,
    pub level: Level,
    pub fields: BTreeMap<String, String>,
    /// The names of the spans around it, the innermost first.
    pub within: Vec<String>,
}

impl Told {
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }
}

#[derive(Clone, Default)]
pub struct Story {
    told: Arc<Mutex<Vec<Told>>>,
}

impl Story {
    /// Runs a program on this thread, and returns everything that this crate logged.
    pub fn of<T>(program: impl FnOnce() -> T) -> (T, Vec<Told>) {
        let story = Self::default();
        let subscriber = tracing_subscriber::registry().with(story.clone());
        let result = tracing::subscriber::with_default(subscriber, program);
        let told = story.told.lock().expect("the story").clone();
        (result, told)
    }
}

#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Story {
    fn on_new_span(
        &self,
        attributes: &span::Attributes<'_>,
        id: &span::Id,
        context: Context<'_, S>,
    ) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let span = context.span(id).expect("it is new");
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).expect("it is open");
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if event.metadata().target() != "copper_crm" {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let within = context.event_scope(event).into_iter().flatten();
        self.told.lock().expect("the story").push(Told {
            name: fields.0.remove("message").unwrap_or_default(),
            level: *event.metadata().level(),
            fields: fields.0,
            within: within.map(|span| span.name().to_owned()).collect(),
        });
    }

    fn on_close(&self, id: span::Id, context: Context<'_, S>) {
        let span = context.span(&id).expect("it is closing");
        if span.metadata().target() != "copper_crm" {
            return;
        }
        let fields = span.extensions_mut().remove::<Fields>();
        self.told.lock().expect("the story").push(Told {
            name: span.name().to_owned(),
            level: *span.metadata().level(),
            fields: fields.unwrap_or_default().0,
            within: span
                .scope()
                .skip(1)
                .map(|span| span.name().to_owned())
                .collect(),
        });
    }
}
