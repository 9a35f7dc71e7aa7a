//! Every committed seed of the fuzzers, and every finding of theirs, through the same functions.

use std::path::Path;

#[path = "../../fuzz/checks/mod.rs"]
mod checks;

#[test]
fn seeds_and_findings_hold() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    for (name, check) in checks::ALL {
        let mut files = 0;
        for folder in ["seeds", "findings"] {
            // Git keeps no empty folders.
            for entry in std::fs::read_dir(fuzz.join(folder).join(name)).into_iter().flatten() {
                let path = entry.expect("a file").path();
                let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                let held = std::panic::catch_unwind(|| check(&bytes));
                assert!(held.is_ok(), "{} does not hold", path.display());
                files += 1;
            }
        }
        assert!(files > 0, "{name} has no seeds");
    }
}
