//! A sandbox whose windows are so short that tests take milliseconds, and a client for it.

use copper_crm::Copper;
use copper_crm_sandbox::Sandbox;

pub async fn sandbox() -> (Sandbox, Copper) {
    let sandbox = Sandbox::builder()
        .scale(0.01)
        .start()
        .await
        .expect("a sandbox");
    let copper = sandbox.copper().build().expect("a client");
    (sandbox, copper)
}
