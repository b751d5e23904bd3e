//! The destination of the records: Copper, or a sandbox in this process.

use std::fmt::{self, Display};

use copper_crm::Copper;
use copper_crm_sandbox::Sandbox;

use crate::{args::connection::Connection, display::escape::escaped, load::sharing};

pub enum Destination {
    Live(Copper),
    Sandbox {
        copper: Copper,
        /// The sandbox serves as long as this is kept.
        _server: Sandbox,
    },
}

impl Destination {
    pub async fn new(live: bool, connection: &Connection) -> Result<Self, String> {
        if live {
            return sharing::copper(connection).map(Self::Live);
        }
        let unusable = |error: &dyn Display| format!("The sandbox can't be started: {error}.");
        let server = Sandbox::start().await.map_err(|e| unusable(&e))?;
        let copper = server.copper().build().map_err(|e| unusable(&e))?;
        Ok(Self::Sandbox {
            copper,
            _server: server,
        })
    }

    /// The name of the destination in a report.
    pub fn name(&self) -> &str {
        match self {
            Self::Live(copper) => copper.base_url(),
            Self::Sandbox { .. } => "sandbox",
        }
    }

    pub fn copper(&self) -> &Copper {
        match self {
            Self::Live(copper) | Self::Sandbox { copper, .. } => copper,
        }
    }
}

impl Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Live(copper) => escaped(copper.base_url()).fmt(f),
            Self::Sandbox { .. } => {
                f.write_str("a sandbox in this process; --live is for Copper itself")
            }
        }
    }
}
