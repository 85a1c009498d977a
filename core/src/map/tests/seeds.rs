//! The seeds of the fuzz target `map`, and so whatever it has found: the mapper gives of each what
//! its naive twin gives.

use std::fs;
use std::path::Path;

use super::properties::{few_origins, origins};
use super::{naive, public};
use crate::map::UrlMap;

/// How many bytes of a seed choose a site and how the text is cut.
const CHOICES: usize = 3;

#[test]
fn every_seed_is_mapped_as_the_naive_twin_maps_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds/map");
    let mut count = 0;
    for seed in fs::read_dir(folder).expect("a folder of seeds") {
        let seed = fs::read(seed.expect("a seed").path()).expect("a seed");
        let text = seed.get(CHOICES..).unwrap_or_default();
        for public in [
            "https://www.example.org",
            "http://localhost:8080",
            "https://3d.test:8443",
        ]
        .map(public)
        {
            for there in [few_origins(), origins()] {
                let back = there.iter().map(|origin| origin.exchanged(&public));
                for origins in [back.collect(), there.clone()] {
                    let naive = naive::map(&origins, &public, text);
                    let mapped = UrlMap::new(origins).map_bytes(&public, text).into_owned();
                    assert_eq!(
                        mapped.escape_ascii().to_string(),
                        naive.escape_ascii().to_string()
                    );
                }
            }
        }
        count += 1;
    }
    assert!(count >= 3, "{count} seeds");
}
