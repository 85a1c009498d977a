//! The output of a runtime while a scenario runs.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::failure::{Verdict, ensure, fail};

/// How long a line may take from the gate to the runtime's log.
const PATIENCE: Duration = Duration::from_secs(3);

/// The log of a runtime, from some point on.
pub(crate) struct Log {
    path: PathBuf,
    start: u64,
}

impl Log {
    /// Starts at the present end of the log.
    pub(crate) fn from_now(path: &Path) -> Verdict<Self> {
        Ok(Self {
            path: path.to_owned(),
            start: std::fs::metadata(path)?.len(),
        })
    }

    /// Waits until `words` occur in the log.
    pub(crate) fn says(&self, words: &str) -> Verdict {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = self.text()?;
            if text.contains(words) {
                return Ok(());
            }
            if Instant::now() >= deadline {
                fail!("the log does not say {words:?}, but {text:?}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Checks that `words` do not occur in the log so far.
    pub(crate) fn lacks(&self, words: &str) -> Verdict {
        let text = self.text()?;
        ensure!(!text.contains(words), "the log says {words:?}: {text:?}");
        Ok(())
    }

    fn text(&self) -> Verdict<String> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.start))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
