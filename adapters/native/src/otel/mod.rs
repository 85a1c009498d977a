//! Spans for OpenTelemetry: one for each exchange in whose trace the gate takes part, sent to a
//! collector by a thread of its own (OTLP over HTTP).
//!
//! Whoever ends an exchange never waits: spans go into a bounded queue, and those for which it has
//! no room are lost and counted, as are those that the collector does not take.
//!
//! The variables of the environment are those of the OpenTelemetry specification. Without an
//! endpoint nothing is started.

mod client;
mod span;

use std::env;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::Uri;
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as _};
use streamgate::{LogEntry, Trace};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant as Moment, timeout, timeout_at};

use self::client::Client;
use crate::process::listen::runtime;
use crate::repeated::Repeated;

/// Where the collector is, and where it takes spans. The second counts, if both are set.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

/// How many spans may wait, by default of the specification (`OTEL_BSP_MAX_QUEUE_SIZE`).
const WAITING: usize = 2048;

/// How many spans are sent at once, by default of the specification
/// (`OTEL_BSP_MAX_EXPORT_BATCH_SIZE`).
const BATCH: usize = 512;

/// How long to wait for more spans before those that are there are sent.
const DELAY: Duration = Duration::from_millis(500);

/// How long the collector may take. The variable `OTEL_EXPORTER_OTLP_TIMEOUT`, of which this is the
/// default, does not change it.
const LIMIT: Duration = Duration::from_secs(10);

/// How long the process waits at its end for spans that are not sent yet.
const LINGER: Duration = Duration::from_secs(2);

/// The queue of the exporter. `None`: there is no collector.
static QUEUE: LazyLock<Option<Sender<SpanData>>> = LazyLock::new(start);

/// The spans that are not sent yet.
static UNSENT: AtomicUsize = AtomicUsize::new(0);

/// The spans that were lost.
static LOST: AtomicU64 = AtomicU64::new(0);

/// Starts the exporter, if the environment names a collector, before there is anything to export.
pub(crate) fn begin() {
    LazyLock::force(&QUEUE);
}

/// Exports the span of an exchange that has ended, if the gate has one that is sampled.
pub(crate) fn export(entry: &LogEntry<'_>, trace: Option<Trace>, is_secure: bool) {
    let (Some(queue), Some(trace)) = (&*QUEUE, trace.filter(|trace| trace.is_sampled)) else {
        return;
    };
    let Some(span) = span::of(entry, trace, is_secure) else {
        return;
    };
    UNSENT.fetch_add(1, Ordering::AcqRel);
    if queue.try_send(span).is_err() {
        lose(1);
    }
}

/// Returns how many spans were lost so far.
pub(crate) fn lost() -> u64 {
    LOST.load(Ordering::Relaxed)
}

/// Waits until all spans are sent, but not for long.
pub(crate) fn linger() {
    let start = Instant::now();
    while UNSENT.load(Ordering::Acquire) > 0 && start.elapsed() < LINGER {
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn lose(spans: usize) {
    UNSENT.fetch_sub(spans, Ordering::AcqRel);
    LOST.fetch_add(spans as u64, Ordering::Relaxed);
}

/// Starts the exporter, if the environment names a collector.
fn start() -> Option<Sender<SpanData>> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let is_disabled = set("OTEL_SDK_DISABLED").is_some_and(|it| it.eq_ignore_ascii_case("true"));
    if is_disabled {
        return None;
    }
    let endpoint = endpoint(set)?;
    let mut resource = Resource::builder();
    let attributes = set("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
    if set("OTEL_SERVICE_NAME").is_none() && !attributes.contains("service.name=") {
        resource = resource.with_service_name("streamgate");
    }
    let started = Client::new().map_err(|error| error.to_string());
    let started = started.and_then(|client| {
        // The exporter itself would take an endpoint that is none for its default.
        let endpoint = endpoint?.to_string();
        let builder = SpanExporter::builder().with_http().with_http_client(client);
        let builder = builder.with_endpoint(endpoint);
        builder.build().map_err(|error| error.to_string())
    });
    let started = started.and_then(|mut exporter| {
        exporter.set_resource(&resource.build());
        let runtime = runtime().map_err(|error| error.to_string())?;
        let (queue, spans) = channel(WAITING);
        let thread = std::thread::Builder::new().name("otel".to_owned());
        let thread = thread.spawn(move || runtime.block_on(send(spans, exporter)));
        thread.map_err(|error| error.to_string())?;
        Ok(queue)
    });
    let started = started.inspect_err(|error| tracing::error!(error, "no spans are exported"));
    started.ok()
}

/// Returns where the collector takes spans, if the variables say so. The value of one that is no
/// URL is not told, as it may hold a key.
fn endpoint(set: impl Fn(&str) -> Option<String>) -> Option<Result<Uri, String>> {
    let of_traces = set(TRACES_ENDPOINT).map(|url| (TRACES_ENDPOINT, url));
    let (name, url) = of_traces.or_else(|| {
        let url = set(ENDPOINT)?;
        Some((ENDPOINT, format!("{}/v1/traces", url.trim_end_matches('/'))))
    })?;
    let wrong = |why: &str| {
        format!("{name} is no URL of a collector, such as http://127.0.0.1:4318: {why}")
    };
    let url = url
        .parse::<Uri>()
        .map_err(|error| wrong(&error.to_string()));
    Some(url.and_then(|url| match (url.scheme_str(), url.host()) {
        (Some("http" | "https"), Some(host)) if !host.is_empty() => Ok(url),
        _ => Err(wrong(
            "it must start with http:// or https:// and have a host",
        )),
    }))
}

/// Gathers a batch: as many as there are once it is full, or once the delay is over since the first
/// of them. Returns whether there is any.
async fn gather<T>(spans: &mut Receiver<T>, batch: &mut Vec<T>) -> bool {
    let is_any = spans.recv_many(batch, BATCH).await > 0;
    let until = Moment::now() + DELAY;
    // Whoever waited through the delay would leave the queue to fill meanwhile.
    while batch.len() < BATCH
        && let more = spans.recv_many(batch, BATCH - batch.len())
        && let Ok(1..) = timeout_at(until, more).await
    {}
    is_any
}

/// Sends the spans in batches.
async fn send(mut spans: Receiver<SpanData>, exporter: SpanExporter) {
    let mut failed = Repeated::default();
    let mut batch = Vec::new();
    while gather(&mut spans, &mut batch).await {
        let count = batch.len();
        let error = match timeout(LIMIT, exporter.export(std::mem::take(&mut batch))).await {
            Ok(Ok(())) => {
                UNSENT.fetch_sub(count, Ordering::AcqRel);
                continue;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer in {LIMIT:?}"),
        };
        if let Some(times) = failed.count() {
            tracing::warn!(error, times, "the collector does not take spans");
        }
        // Last, as the process may end once nothing is left to be sent.
        lose(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_that_is_none_is_told_by_its_variable_alone() {
        let resolved = |variables: &[(&str, &str)]| {
            let variable = |name: &str| {
                let mut variables = variables.iter();
                let value = variables.find(|(known, _)| *known == name)?.1;
                Some(value.to_owned())
            };
            endpoint(variable).map(|url| url.map(|url| url.to_string()))
        };
        for (variables, expected) in [
            (
                &[(ENDPOINT, "http://c.test:4318")][..],
                "http://c.test:4318/v1/traces",
            ),
            (
                &[(ENDPOINT, "https://c.test/a/")],
                "https://c.test/a/v1/traces",
            ),
            (
                &[
                    (ENDPOINT, "nonsense"),
                    (TRACES_ENDPOINT, "http://c.test/as/it/is"),
                ],
                "http://c.test/as/it/is",
            ),
        ] {
            assert_eq!(resolved(variables), Some(Ok(expected.to_owned())));
        }
        assert_eq!(resolved(&[]), None);
        for name in [ENDPOINT, TRACES_ENDPOINT] {
            for value in [
                "SECRET:4318",
                "SECRET",
                "ftp://SECRET/",
                "http:// SECRET",
                "/SECRET",
            ] {
                let error = resolved(&[(name, value)])
                    .expect("a result")
                    .expect_err(value);
                assert!(error.starts_with(&format!("{name} is no URL")), "{error}");
                assert!(!error.contains("SECRET"), "{error}");
            }
        }
    }

    #[test]
    fn a_batch_that_fills_while_it_waits_is_full_however_short_the_queue_is() {
        let (queue, mut spans) = channel(8);
        let filled = async move {
            for number in 0..=BATCH {
                queue.send(number).await.expect("a reader");
            }
        };
        let gathered = async {
            let mut batch = Vec::new();
            let mut sizes = Vec::new();
            while gather(&mut spans, &mut batch).await {
                sizes.push(std::mem::take(&mut batch).len());
            }
            sizes
        };
        let runtime = runtime().expect("a runtime");
        let ((), sizes) = runtime.block_on(async { tokio::join!(filled, gathered) });
        assert_eq!(sizes, [BATCH, 1]);
    }
}
