//! The leads in a sandbox at the end of a test.

use std::collections::BTreeMap;

use copper_crm_sandbox::Sandbox;

/// The ids of the leads that are there, by their names. No name is there twice.
pub fn held(sandbox: &Sandbox) -> BTreeMap<String, i64> {
    let mut held = BTreeMap::new();
    for lead in sandbox.leads() {
        let name = lead["name"].as_str().expect("a name").to_owned();
        let id = lead["id"].as_i64().expect("an id");
        assert_eq!(held.insert(name.clone(), id), None, "{name} is there twice");
    }
    held
}
