//! Where the configuration comes from, a file or the built-in text; and following the file as it
//! changes.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use streamgate::{Config, ConfigFinding, Gate};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::metrics::Metrics;
use crate::tls;

/// How often the file is checked for changes.
const POLL: Duration = Duration::from_secs(1);

/// What serves: a compiled configuration, with what was read for it.
#[derive(Clone)]
pub(crate) struct SetUp {
    pub(crate) gate: Gate,
    /// What speaks TLS with clients, if they speak it.
    pub(crate) tls: Option<TlsAcceptor>,
    /// The text of the configuration.
    pub(crate) text: Arc<str>,
}

/// Where the configuration comes from.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The file. `None` stands for the built-in configuration.
    pub(crate) file: Option<PathBuf>,
    /// The value of `origin.url`, whatever the configuration says.
    pub(crate) origin: Option<Uri>,
    /// The text that follows the built-in configuration.
    pub(crate) more: &'static str,
}

impl Source {
    /// Returns the name of the configuration in messages.
    pub(crate) fn name(&self) -> String {
        self.file.as_ref().map_or_else(
            || "built-in configuration".to_owned(),
            |f| f.display().to_string(),
        )
    }

    /// Reads the text.
    ///
    /// # Errors
    /// Returns a sentence that names the file if the file cannot be read.
    pub(crate) fn read(&self) -> Result<String, String> {
        match &self.file {
            None => Ok([Config::BUILT_IN, self.more].concat()),
            Some(file) => {
                std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))
            }
        }
    }

    /// Compiles the text, and reads the files that it names.
    ///
    /// # Errors
    /// Returns file, line and key if the text is no valid configuration, or a sentence that names a
    /// file that cannot be used.
    pub(crate) fn set_up(&self, text: &str) -> Result<SetUp, String> {
        let gate = self.compile(text)?;
        let tls = tls::acceptor(&gate.config().tls)?;
        let text = text.into();
        Ok(SetUp { gate, tls, text })
    }

    /// Compiles the text.
    ///
    /// # Errors
    /// Returns file, line and key if the text is no valid configuration.
    pub(crate) fn compile(&self, text: &str) -> Result<Gate, String> {
        self.compile_with(text, |name| std::env::var(name).ok())
    }

    /// Compiles the text, in which variables have the values that `environment` holds.
    ///
    /// # Errors
    /// As [`Source::compile`].
    pub(crate) fn compile_with(
        &self,
        text: &str,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Gate, String> {
        let config = Config::from_toml_with(text, &self.name(), environment);
        let mut config = config.map_err(|e| e.to_string())?;
        if let Some(origin) = &self.origin {
            config.origin.url = origin.clone();
        }
        Gate::new(config).map_err(|e| format!("{}: {e}", self.name()))
    }

    /// Lets a new setup serve.
    pub(crate) fn take_up(&self, set_up: SetUp, setups: &watch::Sender<SetUp>, metrics: &Metrics) {
        let old = setups.send_replace(set_up.clone());
        let [old, new] = [old, set_up].map(|set_up| set_up.gate.config().clone());
        metrics.reloaded(true);
        tracing::info!("{} reloaded", self.name());
        if old.admin != new.admin {
            tracing::warn!("admin.listen counts from the next start on");
        }
    }

    /// Sends a new setup whenever the file has changed from `text`, or SIGHUP asks for it, forever.
    /// If the file cannot be used, or `permit` refuses what it says, the log says why, once for
    /// each change and signal, and the old setup stays.
    pub(crate) async fn follow(
        &self,
        text: String,
        mut hangup: Hangup,
        permit: impl Fn(&SetUp) -> Result<(), String>,
        setups: &watch::Sender<SetUp>,
        metrics: &Metrics,
    ) -> Infallible {
        let mut last = Ok(text);
        loop {
            let asked = tokio::select! {
                () = hangup.asked() => true,
                () = tokio::time::sleep(POLL), if self.file.is_some() => false,
            };
            let now = self.read();
            if now == last && !asked {
                continue;
            }
            let set_up = now
                .as_ref()
                .map_err(Clone::clone)
                .and_then(|text| self.set_up(text));
            match set_up.and_then(|set_up| permit(&set_up).map(|()| set_up)) {
                Ok(set_up) => self.take_up(set_up, setups, metrics),
                Err(error) => {
                    metrics.reloaded(false);
                    tracing::error!("configuration not reloaded, the old one stays: {error}");
                }
            }
            last = now;
        }
    }
}

/// Listens for SIGHUP, by which services are told to read their configuration. Without a listener,
/// it would end the process.
pub(crate) struct Hangup(#[cfg(unix)] Option<tokio::signal::unix::Signal>);

impl Hangup {
    /// Starts to listen, in the context of a runtime.
    pub(crate) fn new() -> Self {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Self(signal(SignalKind::hangup()).ok())
        }
        #[cfg(not(unix))]
        Self()
    }

    /// Resolves at the next signal.
    async fn asked(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.0
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}

/// Checks a URL as `origin.url` is checked.
///
/// # Errors
/// Returns a sentence that says what is wrong with the URL.
pub(crate) fn origin_url(url: &str) -> Result<Uri, String> {
    let text = format!("[origin]\nurl = {}\n", toml::Value::from(url));
    // Whoever reads the URL says where it is from.
    match Config::from_toml(&text, "") {
        Ok(config) => Ok(config.origin.url),
        Err(error) => {
            let faults = error.faults().iter().map(ConfigFinding::message);
            Err(faults.collect::<Vec<_>>().join("; "))
        }
    }
}
