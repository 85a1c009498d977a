//! Random exchanges, each played on all runtimes: the same exchange must have the same answer. The
//! native gate is what the others are compared with. Where a platform is known to differ,
//! `differences.rs` names why, and the page of the book that says so.
//!
//! The seed makes the exchanges. They come one after another, on connections of their own, and no
//! time is compared.

mod case;
mod differences;
mod observed;
mod parts;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::client::Connection;
use crate::driver::Runtime;
use crate::failure::Verdict;
use crate::origin::Origin;
use crate::run::{Instances, Places};
use case::Case;
use differences::KNOWN;
use observed::{Difference, Observed};

/// How many exchanges have been played.
static PLAYS: AtomicUsize = AtomicUsize::new(0);

/// How long an exchange may take on a runtime.
const PATIENCE: Duration = Duration::from_secs(8);

/// How many failures are made smaller. Further ones are counted.
const REDUCED: usize = 8;

/// How often an exchange is played to make it smaller.
const TRIES: usize = 60;

/// Plays `count` exchanges on `runtimes`, those of the seeds from `seed` on, and returns whether
/// they differ in nothing but what is known.
///
/// # Errors
/// Returns an error if a runtime does not start.
pub(crate) fn run(count: u64, seed: u64, runtimes: &[Runtime], places: &Places) -> Verdict<bool> {
    let origin = Arc::new(Origin::start()?);
    let urls = origin.urls()?;
    let others = runtimes
        .iter()
        .filter(|runtime| **runtime != Runtime::Native);
    let mut stages: Vec<_> = std::iter::once(&Runtime::Native)
        .chain(others)
        .map(|runtime| (*runtime, Instances::new(*runtime, places, &urls)))
        .collect();
    let mut known: BTreeMap<(&str, Runtime), usize> = BTreeMap::new();
    let mut failures = 0;
    for seed in seed..seed.saturating_add(count) {
        let case = Case::new(seed);
        let (native, others) = stages.split_first_mut().expect("there is the native gate");
        let expected = play(&case, &mut native.1, &origin)?;
        for (runtime, instances) in others {
            let seen = play(&case, instances, &origin)?;
            let mut unknown = Vec::new();
            for difference in expected.differences(&seen) {
                match differences::why(*runtime, &case, &difference) {
                    Some(why) => *known.entry((why.name, *runtime)).or_default() += 1,
                    None => unknown.push(difference),
                }
            }
            let Some(first) = unknown.first() else {
                continue;
            };
            failures += 1;
            let mut least = (case.clone(), first.clone());
            if failures <= REDUCED {
                least = reduce(least, *runtime, &mut native.1, instances, &origin)?;
            }
            eprintln!(
                "{}",
                report(seed, *runtime, &least.0, &least.1, unknown.len())
            );
        }
    }
    println!("{}", summary(count, seed, &known, failures));
    Ok(failures == 0)
}

/// Plays an exchange on a runtime.
fn play(case: &Case, instances: &mut Instances<'_>, origin: &Origin) -> Verdict<Observed> {
    let front = instances.of(case.setup)?;
    let deadline = Instant::now() + PATIENCE;
    let (reply, method) = (case.reply.clone(), case.method.clone());
    // Each play has a path of its own: a request of the one before may reach the origin late.
    let id = format!("random-{}", PLAYS.fetch_add(1, Ordering::Relaxed));
    let play = origin.play(&id, move |_| reply.answer(&method));
    let exchanged = || {
        let mut connection = Connection::open(front, deadline, None)?;
        // A runtime may answer and close before it has read everything.
        let _ = connection.write(&case.request(&id, instances.runtime.needs_a_front()));
        let mut response = connection.response(&case.method)?;
        response.read_to_end()?;
        Ok(response)
    };
    let answer = exchanged();
    origin.end(&id);
    Ok(Observed::new(answer, &play.exchanges()))
}

/// Takes away from an exchange what is not needed for the difference to be seen.
fn reduce(
    (mut case, mut difference): (Case, Difference),
    runtime: Runtime,
    native: &mut Instances<'_>,
    other: &mut Instances<'_>,
    origin: &Origin,
) -> Verdict<(Case, Difference)> {
    let mut left = TRIES;
    'smaller: loop {
        for simpler in case.simpler() {
            if left == 0 {
                break 'smaller;
            }
            left -= 1;
            let expected = play(&simpler, native, origin)?;
            let seen = play(&simpler, other, origin)?;
            let same = expected.differences(&seen).into_iter().find(|found| {
                found.at == difference.at && differences::why(runtime, &simpler, found).is_none()
            });
            if let Some(found) = same {
                (case, difference) = (simpler, found);
                continue 'smaller;
            }
        }
        break;
    }
    Ok((case, difference))
}

fn report(seed: u64, runtime: Runtime, case: &Case, seen: &Difference, count: usize) -> String {
    let mut text = format!(
        "\nFAIL on {runtime}, with --random 1 --seed {seed}: {}\n  native: {}\n  {runtime}: {}\n",
        seen.at, seen.native, seen.other
    );
    if count > 1 {
        let _ = writeln!(text, "  ({} more of this exchange)", count - 1);
    }
    let _ = writeln!(text, "  configuration: {}", case.setup);
    let _ = writeln!(text, "  request: {}", short(&case.request("random", false)));
    let answer = case.reply.answer(&case.method);
    let _ = writeln!(
        text,
        "  answer: {}",
        short(&answer.written().collect::<Vec<_>>().concat())
    );
    text
}

fn short(bytes: &[u8]) -> String {
    const MOST: usize = 900;
    let shown = bytes[..bytes.len().min(MOST)].escape_ascii();
    match bytes.len() {
        length if length > MOST => format!("\"{shown}\"… ({length} bytes)"),
        _ => format!("\"{shown}\""),
    }
}

fn summary(
    count: u64,
    seed: u64,
    known: &BTreeMap<(&str, Runtime), usize>,
    failures: usize,
) -> String {
    let mut text = format!("{count} random exchanges from seed {seed}\n");
    for one in KNOWN {
        let seen: Vec<_> = known
            .iter()
            .filter(|((name, _), _)| *name == one.name)
            .map(|((_, runtime), times)| format!("{runtime} {times}"))
            .collect();
        if !seen.is_empty() {
            let _ = writeln!(
                text,
                "  known: {}: {} ({}; {})",
                seen.join(", "),
                one.name,
                one.reason,
                one.page
            );
        }
    }
    let _ = write!(text, "{failures} differ in what is not known");
    text
}
