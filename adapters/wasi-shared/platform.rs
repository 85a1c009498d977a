//! What a host gives beside HTTP: the configuration, clocks, random numbers, limits.

use std::io::Write;
use std::pin::pin;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use futures::FutureExt;
use futures::future::{Either, RemoteHandle, select};
use http::header::CONTENT_LENGTH;
use http::{Method, request};
use streamgate::{Clock, FetchError, Gate, LimitsConfig, Naming, OriginConfig};
use tracing::level_filters::LevelFilter;

use crate::host::{RequestOptions, get_random_bytes, now, spawn_local, wait};

/// The environment variable that holds the text of the configuration.
const VARIABLE: &str = "STREAMGATE_CONFIG";

/// The environment variable that holds the least level of what is logged, or `off`.
const LOG_VARIABLE: &str = "STREAMGATE_LOG";

/// The instance's gate, compiled for its first request, or `None` if there is no valid
/// configuration. Log lines go to stderr.
pub(crate) static GATE: LazyLock<Option<Gate>> = LazyLock::new(|| {
    // An error means that the variable is not set: a host's strings are UTF-8.
    let environment = |name: &str| std::env::var(name).ok();
    let level = environment(LOG_VARIABLE).and_then(|level| level.parse().ok());
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr);
    log.with_max_level(level.unwrap_or(LevelFilter::INFO))
        .init();
    let stored = environment(VARIABLE);
    Gate::load(stored.as_deref(), VARIABLE, Naming::OfUrl, environment)
});

/// The instance's clocks.
pub(crate) const CLOCK: Clock = Clock {
    elapsed: || Duration::from_nanos(now()),
    since_epoch: || SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default(),
};

/// How long a pause is allowed where the configuration has no limit: the longest that it can name.
/// A host that is told nothing has a limit of its own (wasmtime 49: 600 s).
const LONGEST: Duration = Duration::from_secs(3600);

/// How often a silent response's client is looked for: a host tells only who writes.
pub(crate) const LOOK: Duration = Duration::from_secs(1);

/// Returns the limits of the configuration.
fn limits() -> Option<&'static LimitsConfig> {
    GATE.as_ref().map(|gate| &gate.config().limits)
}

/// Returns how long a client's body may pause, and how many bytes it may have.
pub(crate) fn limits_of_client() -> (Option<Duration>, usize) {
    let (pause, most) = limits().map_or((None, None), |it| (it.body_idle, it.request_body));
    (pause, most.unwrap_or(usize::MAX))
}

/// Returns how long the host may take nothing of a body.
pub(crate) fn patience() -> Option<Duration> {
    limits().and_then(|limits| limits.send_idle)
}

/// Fills `bytes` with random numbers, and returns whether it has.
pub(crate) fn random(bytes: &mut [u8]) -> bool {
    let random = get_random_bytes(bytes.len() as u64);
    let is_whole = random.len() == bytes.len();
    if is_whole {
        bytes.copy_from_slice(&random);
    }
    is_whole
}

/// Writes a line of the access log to stderr, with one call.
pub(crate) fn say(line: &str) {
    // Nobody can be told that nobody reads it.
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Returns the limits that the host is to keep for a request to `origin` with this head. It is told
/// before it is known what comes.
pub(crate) fn options(origin: &OriginConfig, head: &request::Parts) -> RequestOptions {
    let options = RequestOptions::new();
    // A host without this limit returns an error, and waits as long as it sees fit.
    let _ = options.set_connect_timeout(Some(nanoseconds(origin.connect_timeout)));
    let pause = limits().and_then(|limits| limits.pause_of_accepted(&head.headers));
    let _ = options.set_between_bytes_timeout(Some(nanoseconds(pause.unwrap_or(LONGEST))));
    options
}

/// Starts a task. Dropping its handle ends it.
pub(crate) fn begin<T: 'static>(task: impl Future<Output = T> + 'static) -> RemoteHandle<T> {
    let (task, handle) = task.remote_handle();
    spawn_local(task);
    handle
}

/// Waits from now on.
pub(crate) fn sleep(time: Duration) -> impl Future<Output = ()> {
    wait(nanoseconds(time))
}

/// Returns what `future` gives, or `None` if that takes longer than `limit`.
pub(crate) async fn within<F: Future>(limit: Option<Duration>, future: F) -> Option<F::Output> {
    let Some(limit) = limit else {
        return Some(future.await);
    };
    match select(pin!(future), pin!(sleep(limit))).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(((), _)) => None,
    }
}

/// Waits until a request is answered that is being sent.
///
/// # Errors
/// Returns a [`FetchError::Timeout`] if that takes longer than `limit`, or why it failed.
pub(crate) async fn answered<T>(
    limit: Duration,
    sending: impl Future<Output = Result<T, FetchError>>,
) -> Result<T, FetchError> {
    let late = || FetchError::Timeout(format!("no response in {limit:?}"));
    within(Some(limit), sending).await.ok_or_else(late)?
}

/// Returns a time as hosts count it.
pub(crate) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Returns whether hosts lose the body of a request without a word: hyper, their HTTP client, sends
/// none of unknown length with these methods.
pub(crate) fn loses_body(head: &request::Parts) -> bool {
    matches!(head.method, Method::GET | Method::HEAD) && !head.headers.contains_key(CONTENT_LENGTH)
}
