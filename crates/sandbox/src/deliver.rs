//! How an answer gets to the client. Sound answers are left to the HTTP library; where a fault wants
//! what no such library would send, the bytes are written by hand, and the connection ends with them.

use std::{future::pending, io, sync::Arc};

use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};
use tokio::time::sleep;

use super::{
    answer::{Answer, reason},
    fault::Fault,
    line::Line,
};

/// Sends the answer, or does with the connection what the fault wants.
pub(super) async fn deliver(fault: Option<&Fault>, answer: Answer, line: &Arc<Line>) -> Response {
    let result = match fault {
        Some(Fault::ResetBefore | Fault::ResetAfter) => {
            line.reset();
            Ok(())
        }
        Some(Fault::CloseBefore | Fault::CloseAfter) => {
            line.close();
            Ok(())
        }
        // The HTTP library drops this future when the client goes away, and so it ends.
        Some(Fault::StallBefore | Fault::StallAfter) => pending().await,
        Some(fault) => match by_hand(fault, &answer, line).await {
            Ok(false) => return sound(answer),
            Ok(true) => {
                line.close();
                Ok(())
            }
            Err(error) => Err(error),
        },
        None => return sound(answer),
    };
    if result.is_err() {
        line.close();
    }
    // Never seen: the connection is closed.
    sound(Answer::html(500))
}

/// Writes what the HTTP library would not. False if the fault wants nothing of the kind.
async fn by_hand(fault: &Fault, answer: &Answer, line: &Line) -> io::Result<bool> {
    let length = answer.body.len();
    let (half, rest) = answer.body.split_at(length / 2);
    match fault {
        Fault::CutOff => {
            line.write(&head(answer, "1.1", Some(length as u64)))
                .await?;
            line.write(half).await?;
        }
        Fault::StallMidBody => {
            line.write(&head(answer, "1.1", Some(length as u64)))
                .await?;
            line.write(half).await?;
            pending::<()>().await;
        }
        Fault::Drip { pieces, pause } => {
            line.write(&head(answer, "1.1", Some(length as u64)))
                .await?;
            for piece in answer.body.chunks(length.div_ceil((*pieces).max(1)).max(1)) {
                line.write(piece).await?;
                sleep(*pause).await;
            }
        }
        Fault::Http10 => {
            line.write(&head(answer, "1.0", None)).await?;
            line.write(&answer.body).await?;
        }
        Fault::LengthTooLong => {
            line.write(&head(answer, "1.1", Some(length as u64 + 100)))
                .await?;
            line.write(&answer.body).await?;
        }
        Fault::LengthTooShort => {
            line.write(&head(answer, "1.1", Some(half.len() as u64)))
                .await?;
            line.write(half).await?;
            line.write(rest).await?;
        }
        Fault::HugeBody(bytes) => {
            line.write(&head(answer, "1.1", Some((*bytes).max(length as u64))))
                .await?;
            // Blanks before a JSON text belong to it, so what is huge is still valid.
            let blanks = [b' '; 64 * 1024];
            let mut left = bytes.saturating_sub(length as u64);
            while left > 0 {
                let now = usize::try_from(left).map_or(blanks.len(), |left| left.min(blanks.len()));
                line.write(blanks.get(..now).unwrap_or_default()).await?;
                left -= now as u64;
            }
            line.write(&answer.body).await?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn head(answer: &Answer, version: &str, length: Option<u64>) -> Vec<u8> {
    let mut head = format!(
        "HTTP/{version} {} {}\r\ncontent-type: {}\r\n",
        answer.status,
        reason(answer.status),
        answer.content_type
    );
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(length) = length {
        head.push_str(&format!("content-length: {length}\r\n"));
    }
    head.push_str("connection: close\r\n\r\n");
    head.into_bytes()
}

fn sound(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    // A value that no header can carry is left out: there would be no way to send it.
    if let Ok(content_type) = HeaderValue::from_str(&answer.content_type) {
        headers.insert(header::CONTENT_TYPE, content_type);
    }
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(name, value);
        }
    }
    response
}
