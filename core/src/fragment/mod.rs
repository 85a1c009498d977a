//! Late fragments: markup that is fetched by itself, and put into a page as it comes.
//!
//! `seams` holds where in the bytes of a page fragments belong, as the stage of the structure rules
//! tells it; `asking` makes the request for a fragment, `late` begins the fetches, `opening` opens
//! what comes of them, `spliced` is the page with its fragments, and `template` what
//! the cache stores of it. `contained` keeps a fragment to itself,
//! `transcode` brings it into the charset of the page, `reason` says why it is not there.

mod asking;
mod contained;
mod late;
mod opening;
mod reason;
mod seams;
mod spliced;
mod template;
mod transcode;

pub(crate) use asking::Asking;
pub(crate) use late::Late;
pub(crate) use seams::{Mark, Seam, Seams};
pub(crate) use spliced::Spliced;
pub(crate) use template::{Replayed, Writer};
