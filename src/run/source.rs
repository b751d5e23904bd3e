//! The input of a run: an iterator or a stream, which may fail.

use std::marker::PhantomData;

use futures_util::stream::{self, BoxStream, Stream, StreamExt};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The input of a run: any iterator over its records, [`from_results`], [`from_stream`], [`from_try_stream`],
/// or one of these with [keys](keyed) of the caller's own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the input of a run of `{T}`",
    label = "not an input of `{T}`",
    note = "anything that iterates over `{T}` is an input, if its iterator is `Send`; to iterate over references, add `.cloned()`",
    note = "`bulk::from_results` takes an iterator of `Result`s, `bulk::from_stream` a stream, `bulk::from_try_stream` a stream of `Result`s, and `bulk::keyed` records with keys of your own"
)]
pub trait Source<'a, T> {
    /// The key that the caller gives each record: `()` if there is none.
    type Key;
    #[doc(hidden)]
    fn into_stream(self) -> BoxStream<'a, Result<(Self::Key, T), BoxError>>;
}

// Without this attribute, the compiler's message names the bounds of this impl instead of the possible
// inputs.
#[diagnostic::do_not_recommend]
impl<'a, T, I> Source<'a, T> for I
where
    I: IntoIterator<Item = T>,
    I::IntoIter: Send + 'a,
    T: 'a,
{
    type Key = ();

    fn into_stream(self) -> BoxStream<'a, Result<((), T), BoxError>> {
        stream::iter(self.into_iter().map(|record| Ok(((), record)))).boxed()
    }
}

/// Records with a key of the caller's own, of any type. The key comes back with the outcome as
/// [`Settled::key`](crate::bulk::Settled::key): for example the id of a row, or where to send a reply. It is
/// not sent, and it is not in the [journal](crate::bulk::Run::journal).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
/// # let copper = sandbox.copper().build()?;
/// use copper_crm::{NewLead, bulk::keyed};
///
/// let rows = [(17, "Jim"), (23, "Pam")];
/// let leads = rows.map(|(row, name)| (row, NewLead::named(name)));
/// let mut run = copper.bulk_create_leads(keyed(leads));
/// let mut done = Vec::new();
/// while let Some(item) = run.next().await {
///     done.push(item.key);
/// }
/// assert_eq!(done, [17, 23]);
/// # Ok(())
/// # }
/// ```
///
/// A stream of pairs can have keys as well: `keyed(from_stream(pairs))`.
pub fn keyed<'a, K, T, S: Source<'a, (K, T)>>(pairs: S) -> Keyed<S, K> {
    Keyed(pairs, PhantomData)
}

/// See [`keyed`].
#[derive(Debug)]
pub struct Keyed<S, K>(S, PhantomData<fn() -> K>);

impl<'a, T: 'a, K: 'a, S: Source<'a, (K, T)>> Source<'a, T> for Keyed<S, K>
where
    S::Key: 'a,
{
    type Key = K;

    fn into_stream(self) -> BoxStream<'a, Result<(K, T), BoxError>> {
        self.0
            .into_stream()
            .map(|item| item.map(|(_, pair)| pair))
            .boxed()
    }
}

/// Records from an iterator of `Result`s. The first error ends the input: records before it are sent, and
/// [`Run::stopped_by`](crate::bulk::Run::stopped_by) has the error.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
/// # let copper = sandbox.copper().build()?;
/// use copper_crm::{NewLead, bulk::from_results};
///
/// let read = |line: &str| line.parse::<u32>().map(|n| NewLead::named(format!("Lead {n}")));
/// let mut run = copper.bulk_create_leads(from_results(["1", "two", "3"].map(read)));
/// while run.next().await.is_some() {}
/// assert_eq!(run.summary().done, 1);
/// let why = run.stopped_by().ok_or("it is stopped")?;
/// assert_eq!(why.to_string(), "the input failed: invalid digit found in string");
/// # Ok(())
/// # }
/// ```
pub fn from_results<I>(results: I) -> FromResults<I> {
    FromResults(results)
}

/// See [`from_results`].
#[derive(Debug)]
pub struct FromResults<I>(I);

impl<'a, T: 'a, E, I> Source<'a, T> for FromResults<I>
where
    I: IntoIterator<Item = Result<T, E>>,
    I::IntoIter: Send + 'a,
    E: Into<BoxError> + 'a,
{
    type Key = ();

    fn into_stream(self) -> BoxStream<'a, Result<((), T), BoxError>> {
        FromTryStream(stream::iter(self.0)).into_stream()
    }
}

/// Records from a [`Stream`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = copper_crm_sandbox::Sandbox::start().await?;
/// # let copper = sandbox.copper().build()?;
/// use copper_crm::{NewLead, bulk::from_stream};
/// use futures_util::stream;
///
/// let leads = stream::iter(["Jim", "Pam"]).map(NewLead::named);
/// # use futures_util::StreamExt;
/// let mut run = copper.bulk_create_leads(from_stream(leads));
/// while run.next().await.is_some() {}
/// assert_eq!(run.summary().done, 2);
/// # Ok(())
/// # }
/// ```
pub fn from_stream<S>(stream: S) -> FromStream<S> {
    FromStream(stream)
}

/// Records from a [`Stream`] of `Result`s. The first error ends the input: records before it are sent, and
/// [`Run::stopped_by`](crate::bulk::Run::stopped_by) has the error.
pub fn from_try_stream<S>(stream: S) -> FromTryStream<S> {
    FromTryStream(stream)
}

/// See [`from_stream`].
#[derive(Debug)]
pub struct FromStream<S>(S);

/// See [`from_try_stream`].
#[derive(Debug)]
pub struct FromTryStream<S>(S);

impl<'a, T: 'a, S: Stream<Item = T> + Send + 'a> Source<'a, T> for FromStream<S> {
    type Key = ();

    fn into_stream(self) -> BoxStream<'a, Result<((), T), BoxError>> {
        self.0.map(|record| Ok(((), record))).boxed()
    }
}

impl<'a, T: 'a, E, S> Source<'a, T> for FromTryStream<S>
where
    S: Stream<Item = Result<T, E>> + Send + 'a,
    E: Into<BoxError> + 'a,
{
    type Key = ();

    fn into_stream(self) -> BoxStream<'a, Result<((), T), BoxError>> {
        let with_key = |item: Result<T, E>| item.map(|record| ((), record)).map_err(Into::into);
        self.0.map(with_key).boxed()
    }
}
