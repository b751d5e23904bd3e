//! Where a run's records come from: anything that iterates, or a stream, also one that can fail.

use futures_util::stream::{self, BoxStream, Stream, StreamExt};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Something that yields the records of a run: any `IntoIterator`, [`from_stream`] or
/// [`from_try_stream`].
pub trait Source<'a, T> {
    #[doc(hidden)]
    fn into_stream(self) -> BoxStream<'a, Result<T, BoxError>>;
}

impl<'a, T, I> Source<'a, T> for I
where
    I: IntoIterator<Item = T>,
    I::IntoIter: Send + 'a,
    T: 'a,
{
    fn into_stream(self) -> BoxStream<'a, Result<T, BoxError>> {
        stream::iter(self.into_iter().map(Ok)).boxed()
    }
}

/// Records that come from a [`Stream`].
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

/// Records that come from a [`Stream`] of `Result`s. The first error ends the input: what came before
/// it is sent, and [`Run::stopped_by`](crate::bulk::Run::stopped_by) has the error.
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
    fn into_stream(self) -> BoxStream<'a, Result<T, BoxError>> {
        self.0.map(Ok).boxed()
    }
}

impl<'a, T: 'a, E, S> Source<'a, T> for FromTryStream<S>
where
    S: Stream<Item = Result<T, E>> + Send + 'a,
    E: Into<BoxError> + 'a,
{
    fn into_stream(self) -> BoxStream<'a, Result<T, BoxError>> {
        self.0.map(|item| item.map_err(Into::into)).boxed()
    }
}
