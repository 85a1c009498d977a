//! Runs the gate with the tools that people have: `wrangler dev`, `fastly compute serve` and
//! `wasmtime serve`, with the manifests of the root, as the book says.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::client::{Connection, Request};
use crate::driver::{Instance, Process, Runtime, free_port, reaper};
use crate::failure::{Failure, Verdict, ensure, same_bytes};
use crate::origin::{Origin, answer};

/// How long one exchange may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// A body that must arrive as it is.
const IMAGE: &[u8] = b"\x89PNG\r\n\x1a\n\0\xff<a href=\"http://origin.test/\">";

/// What to check.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Check only the tool of this platform; may be repeated or be a list
    #[arg(long, value_enum, value_delimiter = ',')]
    runtime: Vec<Runtime>,
}

/// A platform's tool, which serves the gate that `cargo xtask build` has left.
struct Tool {
    name: &'static str,
    runtime: Runtime,
    /// The variable that the configuration names, and what it holds.
    variable: (&'static str, &'static str),
    command: fn(&Run<'_>) -> Verdict<Command>,
}

/// One run of a tool.
struct Run<'a> {
    /// The root of the repository.
    root: &'a Path,
    /// A folder for the run's own files.
    folder: PathBuf,
    /// The address to listen on.
    address: String,
    /// The text of `streamgate.toml`.
    config: String,
    /// The URL of the origin, without a path.
    origin: String,
}

const TOOLS: [Tool; 4] = [
    Tool {
        name: "wrangler dev",
        runtime: Runtime::Cloudflare,
        variable: ("STAGE", "preview"),
        command: |run| Ok(wrangler_dev(run)),
    },
    Tool {
        name: "fastly compute serve",
        runtime: Runtime::Fastly,
        // The platform sets it. There are no variables of a service's own.
        variable: ("FASTLY_HOSTNAME", "localhost"),
        command: fastly_compute_serve,
    },
    Tool {
        name: "wasmtime serve",
        runtime: Runtime::Wasi,
        variable: ("STAGE", "preview"),
        command: |run| Ok(wasmtime_serve(run, "wasi")),
    },
    Tool {
        name: "wasmtime serve, WASI 0.3",
        runtime: Runtime::Wasi3,
        variable: ("STAGE", "preview"),
        command: |run| Ok(wasmtime_serve(run, "wasi3")),
    },
];

/// Checks a page and an image through each tool. Returns whether all checks passed.
///
/// # Errors
/// Returns an error if the origin does not start.
pub(crate) fn check(arguments: &Arguments, root: &Path) -> Verdict<bool> {
    reaper::start()?;
    let origin = Origin::start()?;
    let link = format!("{}/next", origin.url());
    origin.play("page", move |_| {
        let page = format!("<!doctype html><head></head><a href=\"{link}\">next</a>");
        answer(200).html().body(page)
    });
    origin.play("image", |_| answer(200).of_type("image/png").body(IMAGE));
    let is_chosen =
        |tool: &&Tool| arguments.runtime.is_empty() || arguments.runtime.contains(&tool.runtime);
    let (mut passed, mut failed) = (0, 0);
    for tool in TOOLS.iter().filter(is_chosen) {
        match tool.check(&origin, root) {
            Ok(()) => {
                passed += 1;
                println!("ok    {}", tool.name);
            }
            Err(Failure(why)) => {
                failed += 1;
                println!("FAIL  {}: {why}", tool.name);
            }
        }
    }
    println!("{passed} passed, {failed} failed, 0 unsupported");
    Ok(failed == 0)
}

impl Tool {
    fn check(&self, origin: &Origin, root: &Path) -> Verdict {
        let folder = root.join("target/tools").join(self.runtime.to_string());
        fs::create_dir_all(&folder)?;
        let (variable, value) = self.variable;
        let address = free_port()?;
        let run = Run {
            root,
            folder,
            address: address.to_string(),
            config: format!(
                "[origin]\nurl = \"{}\"\npublic = \"https://www.example.com\"\n\
                 [[html]]\nselect = \"head\"\nprepend = '<meta content=\"${{{variable}}}\">'\n",
                origin.url()
            ),
            origin: origin.url(),
        };
        let mut command = (self.command)(&run)?;
        // Nobody is asked, and nothing is reported to anyone.
        command
            .env("CI", "true")
            .env("WRANGLER_SEND_METRICS", "false")
            .current_dir(root);
        let instance = Instance::run(Process::spawn(command, &run.folder)?, address)?;
        let get = |path: &str| {
            let connection = Connection::open(instance.address, Instant::now() + PATIENCE, None)?;
            Ok::<_, Failure>(connection.exchange(&Request::new("GET", path))?.0)
        };
        let page = get("/page/")?;
        ensure!(page.status == 200, "the page's status is {}", page.status);
        let expected = format!(
            "<!doctype html><head><meta content=\"{value}\"></head>\
             <a href=\"https://www.example.com/next\">next</a>"
        );
        same_bytes("the page", expected.as_bytes(), &page.decoded()?)?;
        same_bytes("the image", IMAGE, &get("/image/")?.body)
    }
}

/// Runs the Worker as `wrangler.toml` says, which has it built first.
fn wrangler_dev(run: &Run<'_>) -> Command {
    let (ip, port) = run.address.split_once(':').unwrap_or_default();
    let mut command = Command::new("wrangler");
    command.args(["dev", "--ip", ip, "--port", port]);
    command.args(["--var", &format!("STREAMGATE_CONFIG:{}", run.config)]);
    command.args(["--var", "STAGE:preview"]);
    command.arg("--persist-to").arg(run.folder.join("state"));
    command
}

/// Runs the module as `fastly.toml` says, but for the address of its origin and the configuration.
fn fastly_compute_serve(run: &Run<'_>) -> Verdict<Command> {
    let text = fs::read_to_string(run.root.join("fastly.toml"))?;
    let mut manifest: toml::Table = text.parse()?;
    let local: toml::Table = format!(
        "[backends.origin]\nurl = \"{}\"\n[config_stores.streamgate]\nformat = \"inline-toml\"\n\
         [config_stores.streamgate.contents]\nconfig = {}\n",
        run.origin,
        toml::Value::String(run.config.clone())
    )
    .parse()?;
    manifest.insert("local_server".to_owned(), local.into());
    fs::write(run.folder.join("fastly.toml"), manifest.to_string())?;
    fs::create_dir_all(run.folder.join("bin"))?;
    fs::copy(
        run.root.join("bin/main.wasm"),
        run.folder.join("bin/main.wasm"),
    )?;
    let mut command = Command::new("fastly");
    command.args(["compute", "serve", "--skip-build", "--non-interactive"]);
    command.arg("--dir").arg(&run.folder);
    command.args(["--addr", &run.address]);
    // It would look for a newer one.
    command.arg("--viceroy-path").arg(which("viceroy")?);
    Ok(command)
}

fn wasmtime_serve(run: &Run<'_>, adapter: &str) -> Command {
    let mut command = Command::new("wasmtime");
    command.args(["serve", "-Scli", "--addr", &run.address]);
    command.args(["--env", &format!("STREAMGATE_CONFIG={}", run.config)]);
    command.args(["--env", "STAGE=preview"]);
    command.arg(format!("target/edge/{adapter}.wasm"));
    command
}

/// Returns where a program is.
fn which(program: &str) -> Verdict<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut files = env::split_paths(&path).map(|folder| folder.join(program));
    let found = files.find(|file| file.is_file());
    found.ok_or_else(|| Failure(format!("there is no {program} on PATH")))
}
