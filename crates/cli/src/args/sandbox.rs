//! The options of `copper sandbox`.

use clap::Args;

/// Serves a Copper to test on, with Copper's documented rules and rate limits, on 127.0.0.1.
///
/// Point a program at the address that it prints. Ctrl-C stops it.
#[derive(Args)]
pub struct Options {
    /// The port; 0 is any that is free.
    #[arg(long, value_name = "N", default_value_t = 8080)]
    pub port: u16,
    /// Makes the windows of the rate limits X times as long, such as 0.01.
    #[arg(long, value_name = "X")]
    pub scale: Option<f64>,
    /// Puts a local network, and its server's time, in between.
    #[arg(long, group = "network")]
    pub lan: bool,
    /// Puts a network of long distance in between.
    #[arg(long, group = "network")]
    pub wan: bool,
    /// Puts a wireless network in between.
    #[arg(long, group = "network")]
    pub wifi: bool,
    /// Puts a busy server in between.
    #[arg(long, group = "network")]
    pub slow: bool,
    /// The seed of all that is random.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Lets requests that are refused with 429 count for the limits as well.
    #[arg(long)]
    pub count_refused: bool,
    /// Stops when its standard input ends.
    #[arg(long)]
    pub until_eof: bool,
}
