//! The programs that are measured: the gate and its peers, each on the platform's own runtime. A
//! peer is started exactly as the gate is.

use std::fmt;
use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::pages::{PUBLIC, TAG};
use crate::process::{CLIENT, SERVER, Server, free_port, pinned};

/// A platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runtime {
    Native,
    Workerd,
    Viceroy,
    Wasmtime,
}

impl Runtime {
    pub(crate) const ALL: [Self; 4] = [Self::Native, Self::Workerd, Self::Viceroy, Self::Wasmtime];
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native => "native",
            Self::Workerd => "workerd",
            Self::Viceroy => "Viceroy",
            Self::Wasmtime => "wasmtime",
        })
    }
}

/// The path of the fragment that the gate and the assembler put into a page.
pub(crate) const FRAGMENT: &str = "/fragment";
/// The start of the element that it comes into.
pub(crate) const SEAM: &str = "<div id=\"seam\">";

/// What the gate does with a page besides mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// Nothing.
    None,
    /// An element at the start of `head`.
    Once,
    /// A late fragment at the seam of the page.
    Late,
    /// A late fragment that comes behind the end of the page.
    OutOfOrder,
    /// A late fragment at the seam of a page that comes from the gate's cache.
    Cached,
}

/// A program, and what it runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// The gate.
    Gate(Runtime, Rules),
    /// nginx with `sub_filter`, or with nothing but `proxy_pass`.
    Nginx { filters: bool },
    /// A Worker of `peers/workerd`, by its name.
    Worker(&'static str),
    /// The naive program, on Viceroy or wasmtime.
    Naive(Runtime),
    /// Fastly's `HTMLRewritingStream`, on Viceroy.
    RewritingStream,
    /// The program for Node that puts a page and its fragment together before it sends them.
    Assembler,
}

/// Where everything is.
pub(crate) struct Places {
    /// The results of `cargo xtask build`.
    pub(crate) edge: PathBuf,
    /// The folder `bench/peers`.
    pub(crate) peers: PathBuf,
    /// The built peers.
    pub(crate) built: PathBuf,
    /// The folder that this run writes to.
    pub(crate) work: PathBuf,
}

/// What is behind a program.
pub(crate) struct Scene {
    /// The address of the origin.
    pub(crate) upstream: SocketAddr,
    /// Scheme and host by which its pages name it.
    pub(crate) origin: String,
}

impl Places {
    /// Starts a program before an origin.
    pub(crate) fn start(&self, program: Program, scene: &Scene) -> Result<Server> {
        let address = free_port()?;
        let folder = self.folder(&format!("{program:?}-{}", address.port()))?;
        let command = self.command(program, scene, address, &folder)?;
        let started = Server::start(&command, SERVER, address, &folder);
        started.with_context(|| format!("{program:?}"))
    }

    /// Returns the command that starts a program.
    pub(crate) fn command(
        &self,
        program: Program,
        scene: &Scene,
        address: SocketAddr,
        folder: &Path,
    ) -> Result<Command> {
        match program {
            Program::Gate(runtime, rules) => self.gate(runtime, rules, scene, address, folder),
            Program::Nginx { filters } => self.proxy(filters, scene, address, folder),
            Program::Worker(name) => {
                let sources = self.peers.join("workerd");
                let modules = [format!("{name}.js"), "common.js".to_owned()];
                let upstream = format!("http://{}", scene.upstream);
                let variables = [
                    ("UPSTREAM", &*upstream),
                    ("ORIGIN", &*scene.origin),
                    ("PUBLIC", PUBLIC),
                ];
                self.workerd(&sources, &modules, &variables, address, folder)
            }
            Program::Naive(Runtime::Wasmtime) => {
                let upstream = scene.upstream.to_string();
                let variables = [
                    ("UPSTREAM", &*upstream),
                    ("ORIGIN", &*scene.origin),
                    ("PUBLIC", PUBLIC),
                ];
                wasmtime(&self.built.join("naive_wasi.wasm"), &variables, address)
            }
            Program::Naive(_) => viceroy(
                &self.built.join("naive-fastly.wasm"),
                scene,
                "",
                address,
                folder,
            ),
            Program::RewritingStream => {
                viceroy(&self.rewriting_stream(), scene, "", address, folder)
            }
            Program::Assembler => {
                let mut node = Command::new("node");
                node.arg(self.peers.join("node/assemble.mjs"));
                let upstream = format!("http://{}", scene.upstream);
                for (option, value) in [
                    ("--listen", &*address.to_string()),
                    ("--upstream", &*upstream),
                    ("--origin", &*scene.origin),
                    ("--public", PUBLIC),
                    ("--fragment", FRAGMENT),
                    ("--seam", SEAM),
                ] {
                    node.arg(option).arg(value);
                }
                Ok(node)
            }
        }
    }

    /// Returns the built program of Fastly's JavaScript SDK, which may be missing.
    pub(crate) fn rewriting_stream(&self) -> PathBuf {
        self.built.join("fastly-js.wasm")
    }

    /// Starts the origin of all pages.
    pub(crate) fn origin(&self, files: &Path) -> Result<Server> {
        let address = free_port()?;
        let folder = self.folder("origin")?;
        let values = [
            ("{files}", files.display().to_string()),
            ("{listen}", address.to_string()),
        ];
        let command = self.nginx("origin.conf", &values, &folder)?;
        Server::start(&command, CLIENT, address, &folder)
    }

    /// Returns the command that starts nginx before the origin.
    fn proxy(
        &self,
        filters: bool,
        scene: &Scene,
        address: SocketAddr,
        folder: &Path,
    ) -> Result<Command> {
        let filter = match filters {
            true => format!(
                "sub_filter_once off; sub_filter '{}' '{PUBLIC}';",
                scene.origin
            ),
            false => String::new(),
        };
        let values = [
            ("{filter}", filter),
            ("{upstream}", scene.upstream.to_string()),
            ("{listen}", address.to_string()),
        ];
        self.nginx("proxy.conf", &values, folder)
    }

    fn nginx(&self, template: &str, values: &[(&str, String)], folder: &Path) -> Result<Command> {
        let file = self.peers.join("nginx").join(template);
        let mut text =
            fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        text = text.replace("{here}", &folder.display().to_string());
        for (name, value) in values {
            text = text.replace(name, value);
        }
        let config = folder.join("nginx.conf");
        fs::write(&config, text)?;
        let mut nginx = Command::new("nginx");
        nginx
            .arg("-c")
            .arg(config)
            .arg("-e")
            .arg(folder.join("error.log"));
        Ok(nginx)
    }

    fn gate(
        &self,
        runtime: Runtime,
        rules: Rules,
        scene: &Scene,
        address: SocketAddr,
        folder: &Path,
    ) -> Result<Command> {
        let config = config(scene, rules);
        match runtime {
            Runtime::Native => {
                let file = folder.join("streamgate.toml");
                fs::write(&file, &config)?;
                let mut gate = Command::new(self.edge.join("streamgate"));
                gate.args(["serve", "--log", "warn", "--threads", "1", "--listen"]);
                gate.arg(address.to_string()).arg("--config").arg(file);
                Ok(gate)
            }
            Runtime::Workerd => {
                let built = self.edge.join("cloudflare");
                let modules = ["index.js", "index_bg.wasm"].map(str::to_owned);
                let variables = [("STREAMGATE_CONFIG", &*config), ("STREAMGATE_LOG", "warn")];
                self.workerd(&built, &modules, &variables, address, folder)
            }
            Runtime::Viceroy => viceroy(
                &self.edge.join("fastly.wasm"),
                scene,
                &config,
                address,
                folder,
            ),
            Runtime::Wasmtime => {
                let variables = [("STREAMGATE_CONFIG", &*config), ("STREAMGATE_LOG", "warn")];
                wasmtime(&self.edge.join("wasi.wasm"), &variables, address)
            }
        }
    }

    /// Returns the command that starts workerd with the modules of a Worker, the entry first, and
    /// with the compatibility date and flags of the root's `wrangler.toml`.
    fn workerd(
        &self,
        sources: &Path,
        modules: &[String],
        variables: &[(&str, &str)],
        address: SocketAddr,
        folder: &Path,
    ) -> Result<Command> {
        let wrangler = fs::read_to_string(self.peers.join("../../wrangler.toml"))?;
        let wrangler: toml::Table = wrangler.parse()?;
        let date = wrangler
            .get("compatibility_date")
            .and_then(toml::Value::as_str);
        let flags = wrangler
            .get("compatibility_flags")
            .and_then(toml::Value::as_array);
        let flags: Vec<_> = flags
            .into_iter()
            .flatten()
            .map(ToString::to_string)
            .collect();
        let mut list = String::new();
        for name in modules {
            fs::copy(sources.join(name), folder.join(name))
                .with_context(|| format!("copying {name}"))?;
            let kind = if name.ends_with(".wasm") {
                "wasm"
            } else {
                "esModule"
            };
            writeln!(list, "    (name = \"{name}\", {kind} = embed \"{name}\"),")?;
        }
        let mut bindings = String::new();
        for (name, _) in variables {
            writeln!(
                bindings,
                "    (name = \"{name}\", fromEnvironment = \"{name}\"),"
            )?;
        }
        let text = format!(
            r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "{address}", http = (), service = "main")],
);

const main :Workerd.Worker = (
  modules = [
{list}  ],
  compatibilityDate = "{}",
  compatibilityFlags = [{}],
  bindings = [
{bindings}  ],
);
"#,
            date.unwrap_or_default(),
            flags.join(", ")
        );
        let file = folder.join("workerd.capnp");
        fs::write(&file, text)?;
        let mut workerd = Command::new(workerd_itself()?);
        workerd
            .arg("serve")
            .arg(file)
            .envs(variables.iter().copied());
        Ok(workerd)
    }

    /// Makes an empty folder below the one of this run.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let name: String = name
            .chars()
            .filter(|c| c.is_alphanumeric() || "-_.".contains(*c))
            .collect();
        let folder = self.work.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }
}

/// Returns the text of the gate's configuration.
fn config(scene: &Scene, rules: Rules) -> String {
    let fragment = |more: &str| {
        format!(
            "[[fragment]]\nselect = \"#seam\"\nplace = \"inner\"\nsrc = \"{FRAGMENT}\"\n\
             deadline = \"5 s\"\n{more}"
        )
    };
    let rule = match rules {
        Rules::None => String::new(),
        Rules::Late => fragment(""),
        Rules::OutOfOrder => fragment("out_of_order = true\n"),
        Rules::Cached => fragment("\n[cache]\nenabled = true\n"),
        Rules::Once => format!("[[html]]\nselect = \"head\"\nprepend = '{TAG}'\nonce = true\n"),
    };
    format!(
        "[origin]\nurl = \"http://{}\"\naliases = [\"{}\"]\npublic = \"{PUBLIC}\"\n\n{rule}",
        scene.upstream, scene.origin
    )
}

/// Returns the path of workerd itself: the command of the npm package is a script that starts it as
/// a child.
fn workerd_itself() -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path);
    let script = folders.find_map(|folder| fs::canonicalize(folder.join("workerd")).ok());
    let script = script.context("there is no workerd on PATH")?;
    let platform = match std::env::consts::ARCH {
        "x86_64" => "workerd-linux-64",
        _ => "workerd-linux-arm64",
    };
    let packages = script
        .ancestors()
        .find(|folder| folder.ends_with("node_modules"));
    let binary = packages.map(|packages| {
        packages
            .join("@cloudflare")
            .join(platform)
            .join("bin/workerd")
    });
    Ok(binary.filter(|binary| binary.exists()).unwrap_or(script))
}

/// Returns the command that starts Viceroy with a package. `config` is the gate's; a peer has
/// those of its own, and the backend `origin`.
fn viceroy(
    module: &Path,
    scene: &Scene,
    config: &str,
    address: SocketAddr,
    folder: &Path,
) -> Result<Command> {
    ensure!(module.exists(), "{} is not built", module.display());
    let text = format!(
        "manifest_version = 3\nname = \"bench\"\nlanguage = \"rust\"\n\n\
         [local_server.backends.origin]\nurl = \"http://{}\"\n\n\
         [local_server.config_stores.streamgate]\nformat = \"inline-toml\"\n\
         [local_server.config_stores.streamgate.contents]\nconfig = {}\n\n\
         [local_server.config_stores.bench]\nformat = \"inline-toml\"\n\
         [local_server.config_stores.bench.contents]\norigin = \"{}\"\npublic = \"{PUBLIC}\"\n",
        scene.upstream,
        toml::Value::String(config.to_owned()),
        scene.origin,
    );
    let manifest = folder.join("fastly.toml");
    fs::write(&manifest, text)?;
    let mut viceroy = Command::new("viceroy");
    viceroy
        .arg("serve")
        .arg("-C")
        .arg(manifest)
        .arg("--addr")
        .arg(address.to_string())
        .arg(module);
    Ok(viceroy)
}

/// Returns the command that starts `wasmtime serve` with a component, which it compiles first,
/// unless that was done before.
fn wasmtime(component: &Path, variables: &[(&str, &str)], address: SocketAddr) -> Result<Command> {
    let code = component.with_extension("bench.cwasm");
    let made = |file: &Path| fs::metadata(file).and_then(|metadata| metadata.modified());
    let component_made = made(component).with_context(|| format!("{}", component.display()))?;
    if !made(&code).is_ok_and(|code| code > component_made) {
        let mut compile = Command::new("wasmtime");
        compile
            .arg("compile")
            .arg(component)
            .arg("--output")
            .arg(&code);
        let output = pinned(&compile, SERVER)
            .output()
            .context("starting wasmtime")?;
        ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let mut wasmtime = Command::new("wasmtime");
    wasmtime
        .args(["serve", "-S", "cli", "--allow-precompiled", "--addr"])
        .arg(address.to_string());
    for (name, value) in variables {
        wasmtime.arg("--env").arg(format!("{name}={value}"));
    }
    wasmtime.arg(code);
    Ok(wasmtime)
}
