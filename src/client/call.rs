//! The end of a call to a generated method: its answer, or our own error.

use progenitor_client::{Error as Failed, ResponseValue};

use super::{failure::failure, refusal::refusal};
use crate::{
    Error,
    error::{Refusal, describe},
    item::{Record, no_failure, read_list, read_record},
    operation::Operation,
    telemetry,
};

pub(crate) type MethodResult<T> = Result<ResponseValue<T>, Failed<()>>;

/// The answer of a generated method, or our error.
pub(crate) async fn answer<T>(
    operation: &'static Operation,
    result: MethodResult<T>,
) -> Result<T, Error> {
    match result {
        Ok(answer) => Ok(answer.into_inner()),
        Err(failed) => Err(error(operation, failed).await),
    }
}

/// The same for one record. It exists, so it is returned even if a part of it can't be read.
pub(crate) async fn record<T: Record>(
    operation: &'static Operation,
    result: MethodResult<T>,
) -> Result<T, Error> {
    let record = match result {
        Ok(answer) => no_failure(answer.into_inner()),
        Err(Failed::InvalidResponsePayload(body, _)) => read_record(&body),
        Err(failed) => return Err(error(operation, failed).await),
    };
    record.map_err(|why| Error::unreadable(operation, why))
}

/// The same for a list of records. A record that is not of the documented form loses the field that can't be
/// read. Only a record whose id can't be read is left out of the list.
pub(crate) async fn list<T: Record>(
    operation: &'static Operation,
    result: MethodResult<Vec<T>>,
) -> Result<Vec<T>, Error> {
    match result {
        Err(Failed::InvalidResponsePayload(body, _)) => Ok(odd_list(operation, &body)?.0),
        result => answer(operation, result).await,
    }
}

/// The records of a list that is not of the documented form, and the number of those that can't be read.
pub(crate) fn odd_list<T: Record>(
    operation: &'static Operation,
    body: &[u8],
) -> Result<(Vec<T>, usize), Error> {
    let (records, dropped) = read_list(body).map_err(|why| Error::unreadable(operation, why))?;
    if dropped > 0 {
        telemetry::dropped(operation.id, dropped);
    }
    Ok((records, dropped))
}

/// The meaning of a generated method's error. The error's own text would show whole bodies.
pub(crate) async fn error(operation: &'static Operation, failed: Failed<()>) -> Error {
    match failed {
        Failed::CommunicationError(e)
        | Failed::ResponseBodyError(e)
        | Failed::InvalidUpgrade(e) => Error::failed(operation, failure(e)),
        Failed::UnexpectedResponse(answer) => {
            Error::refused(operation, refusal(operation, answer).await)
        }
        Failed::ErrorResponse(answer) => {
            let status = answer.status().as_u16();
            Error::refused(
                operation,
                Refusal {
                    status,
                    ..Refusal::default()
                },
            )
        }
        Failed::InvalidResponsePayload(_, e) => Error::unreadable(operation, describe(&e)),
        Failed::InvalidRequest(why) | Failed::Custom(why) => Error::unsendable(operation, why),
    }
}
