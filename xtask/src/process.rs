//! Runs other programs: in a clean environment, without a terminal to ask questions on, and to
//! their end.

use std::{
    cell::RefCell,
    env,
    ffi::OsStr,
    fmt,
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    num::NonZero,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::LazyLock,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use jobserver::Client;

use crate::paths;

/// How often a long installation reports that it is still running.
const SIGN_OF_LIFE: Duration = Duration::from_secs(60);
/// The number of lines from the end of a log that a failure shows.
const LOG_TAIL: usize = 20;

/// Prepares `program` to run as the user would start it from the root of the repository, but looked
/// up among the installed tools first. The program sees no trace of the cargo that started this
/// one, and its standard input is empty.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(paths::root())
        .stdin(Stdio::null())
        .env("PATH", paths::join(paths::search_path()));
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_set_by_cargo_run) {
            command.env_remove(name);
        }
    }
    if let Some(libraries) = env::var_os("LD_LIBRARY_PATH") {
        // A compiler might load the libraries of another compiler that it finds there.
        let kept = env::split_paths(&libraries).filter(|folder| {
            !folder.starts_with(paths::target())
                && !folder
                    .components()
                    .any(|part| part.as_os_str() == "toolchains")
        });
        command.env("LD_LIBRARY_PATH", paths::join(kept));
    }
    command
}

/// Returns the cargo that started this program, with the target folder that the results are taken
/// from.
pub(crate) fn host_cargo() -> Command {
    let mut cargo = command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.env("CARGO_TARGET_DIR", paths::target());
    cargo
}

/// Returns whether `cargo run` sets this variable for the program that it runs.
fn is_set_by_cargo_run(name: &str) -> bool {
    name == "CARGO"
        || [
            "CARGO_PKG_",
            "CARGO_MANIFEST_",
            "CARGO_BIN_",
            "CARGO_CRATE_",
        ]
        .iter()
        .any(|p| name.starts_with(p))
}

/// Returns the standard output of a program, or `None` if the program cannot be started or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

thread_local! {
    /// The file that takes the output of the programs that this thread runs.
    static LOG: RefCell<Option<File>> = const { RefCell::new(None) };
}

/// Calls `work` with the output of the programs that it [runs](run) going to a log file, and
/// returns its result with the text of the log. The result is an error, too, if the log cannot be
/// written.
pub(crate) fn with_log(log: &Path, work: impl FnOnce() -> Result<()>) -> (Result<()>, String) {
    let result = create(log).and_then(|file| {
        LOG.set(Some(file));
        let result = work();
        LOG.set(None);
        result
    });
    let text = fs::read(log).unwrap_or_default();
    (result, String::from_utf8_lossy(&text).into_owned())
}

/// Runs a program, which shares the standard output and error of this one, or writes both to the
/// log if the thread [has one](with_log).
///
/// # Errors
/// Returns an error if the program cannot be started, or fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let log = LOG.with_borrow(|log| {
        let copy = || log.as_ref().map(File::try_clone).transpose();
        Ok::<_, std::io::Error>(copy()?.zip(copy()?))
    });
    if let Some((stdout, stderr)) = log.context("opening the log again")? {
        command.stdout(stdout).stderr(stderr);
    }
    check(
        command
            .status()
            .with_context(|| format!("starting {}", name(command)))?,
        command,
    )
}

/// Runs a program, which shares the standard output and error of this one, and passes each line of
/// its standard output to `see`.
///
/// # Errors
/// Returns an error if the program cannot be started.
pub(crate) fn watch(command: &mut Command, mut see: impl FnMut(&str)) -> Result<ExitStatus> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {}", name(command)))?;
    if let Some(stdout) = child.stdout.take() {
        let mut reader = BufReader::new(stdout);
        let mut line = Vec::new();
        // A broken pipe ends the output; the exit status tells how the program ended.
        while reader
            .read_until(b'\n', &mut line)
            .is_ok_and(|read| read > 0)
        {
            let mut out = std::io::stdout().lock();
            let _ = out.write_all(&line).and_then(|()| out.flush());
            see(&String::from_utf8_lossy(&line));
            line.clear();
        }
    }
    child
        .wait()
        .with_context(|| format!("waiting for {}", name(command)))
}

/// The permissions to compile in parallel that all installations share: each cargo runs one
/// compiler in any case, and one more for each permission. Compilers that outnumber the cores by
/// far hold one another up. `None` if the system provides none.
static COMPILERS: LazyLock<Option<Client>> = LazyLock::new(|| {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    Client::new(cores.saturating_sub(1)).ok()
});

/// Runs an installation whose output only matters when it fails: the output goes to a log file, and
/// the end of the log is part of the error. With a `limit`, a program that takes longer is stopped,
/// which is an error too.
///
/// # Errors
/// Returns an error if the program cannot be started, fails, or takes too long, or if the log
/// cannot be written.
pub(crate) fn install(command: &mut Command, log: &str, limit: Option<Duration>) -> Result<()> {
    if let Some(compilers) = &*COMPILERS {
        compilers.configure(command);
    }
    logged(command, &paths::logs().join(format!("{log}.log")), limit)
}

fn logged(command: &mut Command, log: &Path, limit: Option<Duration>) -> Result<()> {
    let stdout = create(log)?;
    let stderr = stdout.try_clone().context("opening the log again")?;
    let mut child = command
        .stdout(stdout)
        .stderr(stderr)
        .spawn()
        .with_context(|| format!("starting {}", name(command)))?;
    let Some(status) = wait(&mut child, log, limit)? else {
        bail!(
            "{} took more than {} s and was stopped; {}",
            name(command),
            limit.unwrap_or_default().as_secs(),
            tail(log)
        );
    };
    check(status, command).with_context(|| tail(log))
}

/// Makes an empty log file, and the folder that it is in.
fn create(log: &Path) -> Result<File> {
    let open = || {
        if let Some(folder) = log.parent() {
            fs::create_dir_all(folder)?;
        }
        File::create(log)
    };
    open().with_context(|| format!("making {}", log.display()))
}

/// Waits for the program to end, and reports the last line of its log at intervals. Returns `None`
/// if the program had to be stopped.
fn wait(child: &mut Child, log: &Path, limit: Option<Duration>) -> Result<Option<ExitStatus>> {
    let start = Instant::now();
    let mut said = start;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if limit.is_some_and(|limit| start.elapsed() > limit) {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        if said.elapsed() > SIGN_OF_LIFE {
            said = Instant::now();
            println!("    {}", progress(log, start.elapsed()));
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Returns a line with the name of a running installation, how long it has been running, and the
/// last line of its log.
fn progress(log: &Path, elapsed: Duration) -> String {
    let name = log.file_stem().unwrap_or_default().to_string_lossy();
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines().rev().map(str::trim);
    let last = lines.find(|line| !line.is_empty());
    format!(
        "{name}: {} so far; {}",
        Clock(elapsed),
        last.unwrap_or("no word yet")
    )
}

/// A duration that is displayed as minutes and seconds.
pub(crate) struct Clock(pub(crate) Duration);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        write!(f, "{}:{:02}", seconds / 60, seconds % 60)
    }
}

fn check(status: ExitStatus, command: &Command) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    bail!("{} failed ({status})", name(command))
}

fn name(command: &Command) -> String {
    let mut name = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args().take(3) {
        name.push(' ');
        name.push_str(&argument.to_string_lossy());
    }
    name
}

fn tail(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut lines: Vec<_> = text.lines().rev().take(LOG_TAIL).collect();
    lines.reverse();
    format!("{} ends with:\n{}\n", log.display(), lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use std::{
        env::temp_dir,
        fs::{remove_file, write},
        process::id,
        time::Duration,
    };

    use super::{
        Clock, command, is_set_by_cargo_run, logged, output, progress, run, watch, with_log,
    };

    #[test]
    fn a_program_that_takes_too_long_is_stopped() {
        let log = temp_dir().join(format!("streamgate-xtask-{}-limit.log", id()));
        let limit = Some(Duration::from_millis(100));
        let error = logged(command("sleep").arg("30"), &log, limit)
            .expect_err("sleep must not end by itself");
        assert!(error.to_string().contains("was stopped"), "{error:#}");
        remove_file(log).expect("the log was made");
    }

    #[test]
    fn a_failure_shows_the_end_of_the_log() {
        let log = temp_dir().join(format!("streamgate-xtask-{}-failure.log", id()));
        let error = logged(
            command("sh").args(["-c", "echo the reason; exit 3"]),
            &log,
            None,
        )
        .expect_err("the program fails");
        assert!(format!("{error:#}").contains("the reason"), "{error:#}");
        remove_file(log).expect("the log was made");
    }

    #[test]
    fn a_log_takes_the_output_of_all_programs_and_the_error_stays() {
        let log = temp_dir().join(format!("streamgate-xtask-{}-all.log", id()));
        let (result, text) = with_log(&log, || {
            run(command("echo").arg("one"))?;
            run(command("sh").args(["-c", "echo two >&2; exit 3"]))
        });
        assert_eq!(text, "one\ntwo\n");
        assert!(result.is_err(), "{text}");
        remove_file(log).expect("the log was made");
    }

    #[test]
    fn progress_names_the_step_the_time_and_the_last_word() {
        let log = temp_dir().join(format!("streamgate-xtask-{}-viceroy.log", id()));
        write(
            &log,
            "   Compiling libc v0.2.0\n   Compiling hyper v1.0.0\n\n",
        )
        .expect("a log");
        let said = progress(&log, Duration::from_secs(61));
        assert!(
            said.ends_with("viceroy: 1:01 so far; Compiling hyper v1.0.0"),
            "{said}"
        );
        remove_file(log).expect("the log was made");
    }

    #[test]
    fn a_duration_is_minutes_and_seconds() {
        assert_eq!(Clock(Duration::from_secs(9)).to_string(), "0:09");
        assert_eq!(Clock(Duration::from_millis(754_999)).to_string(), "12:34");
    }

    #[test]
    fn every_line_of_the_output_is_seen() {
        let mut lines = Vec::new();
        let status = watch(command("printf").arg("a\\nb\\n"), |line| {
            lines.push(line.to_owned());
        })
        .expect("printf is there");
        assert!(status.success());
        assert_eq!(lines, ["a\n", "b\n"]);
    }

    #[test]
    fn a_program_that_is_not_there_prints_nothing() {
        assert_eq!(output(&mut command("streamgate-has-no-such-program")), None);
    }

    #[test]
    fn only_what_cargo_run_sets_is_taken_from_the_environment() {
        for (name, set) in [
            ("CARGO", true),
            ("CARGO_PKG_NAME", true),
            ("CARGO_MANIFEST_DIR", true),
            ("CARGO_HOME", false),
            ("CARGO_TARGET_DIR", false),
            ("CARGO_TERM_COLOR", false),
        ] {
            assert_eq!(is_set_by_cargo_run(name), set, "{name}");
        }
    }
}
