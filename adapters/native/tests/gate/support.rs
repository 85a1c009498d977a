//! The gate's process, a scripted origin and a client of raw bytes.

use std::io::{BufRead, BufReader, PipeReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The gate, stopped when dropped.
pub(crate) struct Gate {
    process: Child,
    address: String,
}

impl Gate {
    /// Starts the gate with the arguments, and waits until it listens.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::logging(arguments, Stdio::null())
    }

    /// Starts the gate with the arguments and with `log` for its standard error.
    pub(crate) fn logging(arguments: &[&str], log: Stdio) -> Self {
        Self::talking(arguments, log).0
    }

    /// Starts the gate with this configuration, which has an `admin.listen`, and returns that
    /// address, too.
    pub(crate) fn with_admin(configuration: &Path) -> (Self, String) {
        let arguments = ["--config", configuration.to_str().expect("a path")];
        let (gate, mut stdout) = Self::talking(&arguments, Stdio::null());
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let address = line.trim_end().strip_prefix("admin.listen is http://");
        (gate, address.expect(&line).to_owned())
    }

    /// Starts the gate, and returns what it says after the address at which it listens, too.
    pub(crate) fn talking(arguments: &[&str], log: Stdio) -> (Self, BufReader<ChildStdout>) {
        Self::in_environment(arguments, log, &[])
    }

    /// Starts the gate with these variables, and returns what it says after the address, too.
    pub(crate) fn in_environment(
        arguments: &[&str],
        log: Stdio,
        variables: &[(&str, &str)],
    ) -> (Self, BufReader<ChildStdout>) {
        let mut process = Command::new(env!("CARGO_BIN_EXE_streamgate"))
            .args(["serve", "--listen", "127.0.0.1:0", "--threads", "1"])
            .args(arguments)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the gate starts");
        let mut line = String::new();
        let mut stdout = BufReader::new(process.stdout.take().expect("its output"));
        stdout.read_line(&mut line).expect("a line");
        let (_, rest) = line.split_once("listening on ").expect(&line);
        let (_, address) = rest.split_once("://").expect(&line);
        let address = address
            .split_whitespace()
            .next()
            .expect("an address")
            .to_owned();
        (Self { process, address }, stdout)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Connects, and sends.
    pub(crate) fn send(&self, request: &[u8]) -> TcpStream {
        let mut client = TcpStream::connect(&self.address).expect("a connection");
        client.set_read_timeout(Some(PATIENCE)).expect("a limit");
        client.write_all(request).expect("the request leaves");
        client
    }

    /// Sends a request that closes the connection, and reads the whole answer.
    pub(crate) fn ask(&self, request: &[u8]) -> String {
        answer_of(self.send(request))
    }

    /// `GET`s a path.
    pub(crate) fn get(&self, path: &str) -> String {
        self.ask(
            format!("GET {path} HTTP/1.1\r\nhost: gate.test\r\nconnection: close\r\n\r\n")
                .as_bytes(),
        )
    }

    /// Tells it to stop, as a service manager does.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Sends a signal, as `kill` names it.
    pub(crate) fn signal(&self, signal: &str) {
        let killed = Command::new("kill")
            .arg(signal)
            .arg(self.process.id().to_string())
            .status();
        assert!(killed.expect("kill runs").success());
    }

    /// Counts its sockets.
    #[cfg(target_os = "linux")]
    pub(crate) fn sockets(&self) -> usize {
        let descriptors = std::fs::read_dir(format!("/proc/{}/fd", self.process.id()));
        descriptors
            .expect("a process")
            .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
            .filter(|to| to.to_string_lossy().starts_with("socket:"))
            .count()
    }

    /// Waits for its end.
    pub(crate) fn end(&mut self) -> ExitStatus {
        let mut status = None;
        becomes(|| {
            status = self.process.try_wait().expect("its state");
            status.is_some()
        });
        status.expect("it ends")
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `GET`s a path at an address.
pub(crate) fn get(address: &str, path: &str) -> String {
    let mut client = TcpStream::connect(address).expect("a connection");
    client.set_read_timeout(Some(PATIENCE)).expect("a limit");
    write!(
        client,
        "GET {path} HTTP/1.1\r\nhost: gate.test\r\nconnection: close\r\n\r\n"
    )
    .expect("the request leaves");
    answer_of(client)
}

fn answer_of(mut client: TcpStream) -> String {
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Starts an origin that treats each connection with `script`, and tells its URL.
pub(crate) fn origin(script: impl Fn(TcpStream) + Send + Sync + Clone + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
            let script = script.clone();
            std::thread::spawn(move || script(stream));
        }
    });
    url
}

/// Starts an origin that answers each request with the same bytes.
pub(crate) fn answering(answer: &'static [u8]) -> String {
    origin(move |mut stream| {
        while head(&mut stream).is_some() {
            if stream.write_all(answer).is_err() {
                return;
            }
        }
    })
}

/// An origin that answers each path with what `page` says: fields and body.
pub(crate) fn site(
    page: impl Fn(&str) -> (String, String) + Send + Sync + Clone + 'static,
) -> String {
    origin(move |mut stream| {
        while let Some(head) = head(&mut stream) {
            let path = head.split(' ').nth(1).unwrap_or_default();
            let (fields, body) = page(path);
            let length = body.len();
            let answer = format!("HTTP/1.1 {fields}content-length: {length}\r\n\r\n{body}");
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    })
}

/// The status and the type of a page, as [`site`] takes them.
pub(crate) const HTML: &str = "200 OK\r\ncontent-type: text/html\r\n";

/// A request for a page.
pub(crate) const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: gate.test\r\n\r\n";

/// An answer with a body of two bytes.
pub(crate) const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Sends [`GET`] to a gate before an origin that answers [`OK`], on a connection that stays open,
/// and returns the head of the answer.
pub(crate) fn ask(client: &mut TcpStream) -> String {
    client.write_all(GET).expect("the request leaves");
    let head = head(client).expect("an answer");
    client.read_exact(&mut [0; 2]).expect("its body");
    head
}

/// Reads a head, of a request or of a response. `None`: the connection ended.
pub(crate) fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.extend(byte);
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

/// Starts a gate with this configuration, and returns its log, too.
pub(crate) fn configured(text: &str) -> (Gate, PipeReader) {
    let file = configuration(text);
    let (log, writer) = std::io::pipe().expect("a pipe");
    let arguments = ["--config", file.to_str().expect("a path")];
    (Gate::logging(&arguments, writer.into()), log)
}

/// Reads the log until a line has the text.
pub(crate) fn says(log: impl Read + Send + 'static, text: &str) {
    says_all(log, &[text]);
}

/// Reads the log until it has all the texts.
pub(crate) fn says_all(log: impl Read + Send + 'static, texts: &[&str]) {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let lines = BufReader::new(log).lines();
        lines
            .map_while(Result::ok)
            .try_for_each(|line| tell.send(line))
    });
    let start = Instant::now();
    let mut said = String::new();
    while let Some(missing) = texts.iter().find(|text| !said.contains(**text)) {
        let left = PATIENCE.saturating_sub(start.elapsed());
        let Ok(line) = told.recv_timeout(left) else {
            panic!("the log does not say: {missing}\n{said}");
        };
        said += &line;
        said.push('\n');
    }
}

/// A file for a configuration, of its own for each call.
pub(crate) fn configuration(text: &str) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("streamgate-test-{}-{count}.toml", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, text).expect("the file is written");
    path
}

/// Asks again and again until it is so.
pub(crate) fn becomes(mut so: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    false
}
