//! The options of `copper sandbox`.

use std::net::{IpAddr, Ipv4Addr};

use clap::Args;

/// Serves a Copper for tests, with Copper's documented rules and rate limits.
///
/// It prints the address for your program. Ctrl-C stops it.
#[derive(Args)]
pub struct Options {
    /// The port; 0 means any free port.
    #[arg(long, value_name = "N", default_value_t = 8080)]
    pub port: u16,
    /// The address to listen on, such as 0.0.0.0 for programs in containers and on other machines.
    ///
    /// Anybody with its token can read and change its records, and nothing is encrypted.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub host: IpAddr,
    /// Multiplies the windows of the rate limits and the seconds of `Retry-After` by X, such as 0.01.
    #[arg(long, value_name = "X")]
    pub scale: Option<f64>,
    /// Simulates a local network.
    #[arg(long, group = "network")]
    pub lan: bool,
    /// Simulates a network to another city.
    #[arg(long, group = "network")]
    pub wan: bool,
    /// Simulates a bad wireless network.
    #[arg(long, group = "network")]
    pub wifi: bool,
    /// Simulates a busy server.
    #[arg(long, group = "network")]
    pub slow: bool,
    /// The seed of all random numbers.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Counts requests that are refused with 429 as well.
    #[arg(long)]
    pub count_refused: bool,
    /// Stops when its standard input ends.
    #[arg(long)]
    pub until_eof: bool,
}
