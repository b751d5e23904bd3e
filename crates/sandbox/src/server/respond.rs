//! Sends a response. The HTTP library sends correct ones. Where a fault wants bytes that no HTTP library
//! sends, they are written directly, and the connection closes after them.

use std::{future::pending, io, sync::Arc};

use axum::{body::Body, response::Response as HttpResponse};
use http::{HeaderValue, StatusCode, header};
use tokio::time::sleep;

use crate::{
    faults::Fault,
    response::{Response, reason},
    transport::Connection,
};

/// Sends the response, or treats the connection as the fault says.
pub(crate) async fn respond(
    fault: Option<&Fault>,
    response: Response,
    connection: &Arc<Connection>,
) -> HttpResponse {
    let result = match fault {
        Some(Fault::ResetBefore | Fault::ResetAfter) => {
            connection.reset();
            Ok(())
        }
        Some(Fault::CloseBefore | Fault::CloseAfter) => {
            connection.close();
            Ok(())
        }
        // The HTTP library drops this future when the client leaves.
        Some(Fault::StallBefore | Fault::StallAfter) => pending().await,
        Some(fault) => match write_raw(fault, &response, connection).await {
            Ok(false) => return into_http(response),
            Ok(true) => {
                connection.close();
                Ok(())
            }
            Err(error) => Err(error),
        },
        None => return into_http(response),
    };
    if result.is_err() {
        connection.close();
    }
    // Never sent: the connection is closed.
    into_http(Response::html(500))
}

/// Writes the bytes that the HTTP library would not. Returns false if the fault needs none.
async fn write_raw(
    fault: &Fault,
    response: &Response,
    connection: &Connection,
) -> io::Result<bool> {
    let length = response.body.len();
    let (half, rest) = response.body.split_at(length / 2);
    match fault {
        Fault::CutOff => {
            connection
                .write(&head(response, "1.1", Some(length as u64)))
                .await?;
            connection.write(half).await?;
        }
        Fault::StallMidBody => {
            connection
                .write(&head(response, "1.1", Some(length as u64)))
                .await?;
            connection.write(half).await?;
            pending::<()>().await;
        }
        Fault::Drip { pieces, pause } => {
            connection
                .write(&head(response, "1.1", Some(length as u64)))
                .await?;
            for piece in response
                .body
                .chunks(length.div_ceil((*pieces).max(1)).max(1))
            {
                connection.write(piece).await?;
                sleep(*pause).await;
            }
        }
        Fault::Http10 => {
            connection.write(&head(response, "1.0", None)).await?;
            connection.write(&response.body).await?;
        }
        Fault::LengthTooLong => {
            connection
                .write(&head(response, "1.1", Some(length as u64 + 100)))
                .await?;
            connection.write(&response.body).await?;
        }
        Fault::LengthTooShort => {
            connection
                .write(&head(response, "1.1", Some(half.len() as u64)))
                .await?;
            connection.write(half).await?;
            connection.write(rest).await?;
        }
        Fault::HugeBody(bytes) => {
            connection
                .write(&head(response, "1.1", Some((*bytes).max(length as u64))))
                .await?;
            // JSON allows blanks before a value, so the huge body is still valid.
            let blanks = [b' '; 64 * 1024];
            let mut rest = bytes.saturating_sub(length as u64);
            while rest > 0 {
                let now = usize::try_from(rest).map_or(blanks.len(), |rest| rest.min(blanks.len()));
                connection
                    .write(blanks.get(..now).unwrap_or_default())
                    .await?;
                rest -= now as u64;
            }
            connection.write(&response.body).await?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn head(response: &Response, version: &str, length: Option<u64>) -> Vec<u8> {
    let mut head = format!(
        "HTTP/{version} {} {}\r\ncontent-type: {}\r\n",
        response.status,
        reason(response.status),
        response.content_type
    );
    for (name, value) in &response.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(length) = length {
        head.push_str(&format!("content-length: {length}\r\n"));
    }
    head.push_str("connection: close\r\n\r\n");
    head.into_bytes()
}

/// The response as the HTTP library sends it.
pub(super) fn into_http(response: Response) -> HttpResponse {
    let mut http = HttpResponse::new(Body::from(response.body));
    *http.status_mut() =
        StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = http.headers_mut();
    // A value that no header can carry is left out, because it can't be sent.
    if let Ok(content_type) = HeaderValue::from_str(&response.content_type) {
        headers.insert(header::CONTENT_TYPE, content_type);
    }
    for (name, value) in response.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(name, value);
        }
    }
    http
}
