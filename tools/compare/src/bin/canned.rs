//! A server that answers every bulk request with the same ten leads under new ids, as fast as it can read. So
//! only the client limits the measurements of `load`. It prints its port, and stops when its standard input
//! ends.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
};

use copper_crm_compare::answers::answer;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let body = answer(10, 0);
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-runtime: 0.000001\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer: &'static [u8] = answer.leak().as_bytes();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?.port());
    std::thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(0)
    });
    loop {
        let (connection, _) = listener.accept().await?;
        tokio::spawn(serve(connection, answer));
    }
}

/// An id of seven digits, as the answer has them.
static NEXT_ID: AtomicU64 = AtomicU64::new(1_000_000);
const ID: &[u8] = b"\"id\":";
const DIGITS: usize = 7;

async fn serve(mut connection: TcpStream, answer: &[u8]) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut answer = answer.to_vec();
    let ids: Vec<usize> = answer
        .windows(ID.len())
        .enumerate()
        .filter_map(|(at, part)| (part == ID).then_some(at + ID.len()))
        .collect();
    let mut read = Vec::with_capacity(64 << 10);
    loop {
        let length = loop {
            if let Some(length) = request_length(&read).filter(|length| *length <= read.len()) {
                break length;
            }
            if connection.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        };
        read.drain(..length);
        for at in &ids {
            let id = NEXT_ID.fetch_add(1, Ordering::Relaxed).to_string();
            answer[*at..*at + DIGITS].copy_from_slice(&id.as_bytes()[..DIGITS]);
        }
        connection.write_all(&answer).await?;
    }
}

/// The length of the request that this begins with, once its headers are there.
fn request_length(read: &[u8]) -> Option<usize> {
    let end = read.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&read[..end]).ok()?;
    let body = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let length = name.eq_ignore_ascii_case("content-length");
        length.then(|| value.trim().parse::<usize>().ok()).flatten()
    });
    Some(end + body.unwrap_or(0))
}
