//! Finds every place where a page names an origin, in any spelling, and says which of them may
//! stay.
//!
//! The search shares no code with the gate's mapping, so that the two can be held against each
//! other: by the leak finder of this repository, and by `streamgate crawl`.
//!
//! ```
//! use streamgate_sight::{Origin, sightings};
//!
//! let origins = [Origin::parse("https://origin.example.com")?];
//! let page = br#"{"u":"https:\/\/origin.example.com\/a","m":"me@origin.example.com"}"#;
//! let places: Vec<_> = sightings(page, &origins);
//! let names: Vec<_> = places.iter().map(|it| it.place.name()).collect();
//! assert_eq!(names, ["URL", "e-mail address"]);
//! assert!(places[1].place.is_kept());
//! # Ok::<(), String>(())
//! ```

mod excerpt;
mod origin;
mod pushed;
mod sight;
mod spelling;

pub use excerpt::excerpt;
pub use origin::Origin;
pub use pushed::parted;
pub use sight::{Kept, Place, Sighting, sightings};
pub use spelling::{Reader, Reading, same};
