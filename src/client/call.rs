//! The end of a call to a generated method: its answer, or our own error.

use crate::{
    Error,
    generated::{self, ResponseValue},
    item::{Record, no_failure, read_record},
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
    let record = match result {
        Ok(answer) => no_failure(answer.into_inner()),
        Err(generated::Error::InvalidResponsePayload(body, _)) => read_record(&body),
        Err(error) => return Err(Error::of_call(operation, error).await),
    };
    record.map_err(|why| Error::unreadable(operation, why))
}
