//! The end of a call to a generated method: its answer, or our own error.

use crate::{
    Error,
    bulk::{Record, read_record},
    generated::{self, ResponseValue},
    operation::Operation,
};

type Answer<T> = Result<ResponseValue<T>, generated::Error<()>>;

/// What a generated method gave, with our error.
pub(crate) async fn answer<T>(
    operation: &'static Operation,
    result: Answer<T>,
) -> Result<T, Error> {
    match result {
        Ok(answer) => Ok(answer.into_inner()),
        Err(error) => Err(Error::of_call(operation, error).await),
    }
}

/// The same for one record, which is given back even when a part of it can't be read: it exists.
pub(crate) async fn record<T: Record>(
    operation: &'static Operation,
    result: Answer<T>,
) -> Result<T, Error> {
    if let Err(generated::Error::InvalidResponsePayload(body, _)) = &result {
        return read_record(body).map_err(|why| Error::unreadable(operation, why));
    }
    answer(operation, result).await
}
