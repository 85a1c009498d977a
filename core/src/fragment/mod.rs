//! Late fragments: markup that is fetched by itself, and put into a page as it comes.

mod seams;

pub(crate) use seams::{Mark, Seam, Seams};
