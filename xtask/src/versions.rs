//! All versions that the project pins outside `Cargo.toml`.

use crate::build::Adapter;

/// The targets that the adapters are built for: Cloudflare and the web, Fastly, WASI HTTP.
pub(crate) const WASM_TARGETS: [&str; 3] = [CLOUDFLARE_TARGET, FASTLY_TARGET, WASI_TARGET];
/// The target of Cloudflare Workers and of the npm package.
pub(crate) const CLOUDFLARE_TARGET: &str = "wasm32-unknown-unknown";
/// The target of Fastly Compute.
pub(crate) const FASTLY_TARGET: &str = "wasm32-wasip1";
/// The target of WASI HTTP, which is a component.
pub(crate) const WASI_TARGET: &str = "wasm32-wasip2";

/// The Debian packages of the WebAssembly toolchain, for machines where rustup cannot install the
/// targets. Debian's "web" packages follow the needs of Firefox, so each release receives a current
/// compiler as a security update.
pub(crate) const DEBIAN_TOOLCHAIN: [&str; 5] = [
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "rust-web-clippy",
    "wasi-libc",
];
/// The linker of that toolchain if no rustup provides `rust-lld`: package and program.
pub(crate) const DEBIAN_LINKER: (&str, &str) = ("lld-19", "/usr/lib/llvm-19/bin/lld");
/// The Debian packages of Node.
pub(crate) const DEBIAN_NODE: [&str; 2] = ["nodejs", "npm"];

/// The oldest Node that wrangler runs on (its `engines` field).
pub(crate) const NODE_OLDEST: Version = Version(20, 3, 0);
/// The Node that npm installs if the system's is older.
pub(crate) const NODE: &str = "20.20.2";

/// The tools that npm installs. `binaryen` and `esbuild` have the versions that this `worker-build`
/// would download.
pub(crate) const NPM_TOOLS: [NpmTool; 6] = [
    NpmTool::new("wrangler", "4.86.0", &[Adapter::Cloudflare]),
    NpmTool::new("@fastly/cli", "16.1.0", &[Adapter::Fastly]),
    BINARYEN,
    NpmTool::new("esbuild", "0.28.2", &[Adapter::Cloudflare]),
    NpmTool::new("deno", "2.9.6", &[Adapter::Web]).placed_by("install.cjs"),
    NpmTool::new("bun", "1.4.5", &[Adapter::Web]).placed_by("install.js"),
];

/// The optimiser for WebAssembly.
pub(crate) const BINARYEN: NpmTool =
    NpmTool::new("binaryen", "132.0.0", &[Adapter::Cloudflare, Adapter::Web]);

/// The tools that `cargo install` builds for building and testing adapters.
pub(crate) const CARGO_TOOLS: [CargoTool; 4] = [WASM_BINDGEN, WORKER_BUILD, VICEROY, WASMTIME];

/// The command line of wasm-bindgen and its test runner: both must have exactly the library's
/// version.
pub(crate) const WASM_BINDGEN: CargoTool = CargoTool {
    package: "wasm-bindgen-cli",
    of: &[Adapter::Cloudflare, Adapter::Web],
    pin: Pin::Lockfile("wasm-bindgen"),
    programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
    features: None,
    locked: false,
    needs: Version(1, 86, 0),
    opt_level: "0",
    hot: &["walrus", "wasmparser", "wasm-bindgen-cli-support"],
    purpose: "makes the bindings to JavaScript and runs the tests in Node",
    minutes: 4,
};

/// The version of `worker-build` and of the `worker` SDK, which are released together.
pub(crate) const WORKER_BUILD_VERSION: &str = "0.8.7";

/// The tool that builds a Worker: it runs cargo, wasm-bindgen, wasm-opt and esbuild in this order.
pub(crate) const WORKER_BUILD: CargoTool = CargoTool {
    package: "worker-build",
    of: &[Adapter::Cloudflare],
    pin: Pin::Exact(WORKER_BUILD_VERSION),
    programs: &["worker-build"],
    // Without the default `rustls-tls`, because downloads go by the system's TLS in any case.
    features: Some(""),
    locked: true,
    needs: Version(1, 91, 0),
    opt_level: "0",
    hot: &[],
    purpose: "builds the Worker",
    minutes: 3,
};

/// Fastly's local Compute runtime.
pub(crate) const VICEROY: CargoTool = CargoTool {
    package: "viceroy",
    of: &[Adapter::Fastly],
    pin: Pin::Exact("0.22.0"),
    programs: &["viceroy"],
    features: None,
    locked: true,
    needs: Version(1, 95, 0),
    opt_level: "0",
    hot: &COMPILER,
    purpose: "runs the Fastly package",
    minutes: 9,
};

/// The WASI HTTP host that the tests run.
pub(crate) const WASMTIME: CargoTool = CargoTool {
    package: "wasmtime-cli",
    of: &[Adapter::Wasi, Adapter::Wasi3],
    pin: Pin::Exact("49.0.5"),
    programs: &["wasmtime"],
    features: Some(
        "serve,wizer,compile,cranelift,component-model,component-model-async,parallel-compilation,pooling-allocator",
    ),
    locked: true,
    needs: Version(1, 95, 0),
    opt_level: "0",
    hot: &COMPILER,
    purpose: "runs the WASI component",
    minutes: 8,
};

/// The command that builds fuzz targets.
pub(crate) const CARGO_FUZZ: CargoTool = CargoTool {
    package: "cargo-fuzz",
    of: &[],
    pin: Pin::Exact("0.13.2"),
    programs: &["cargo-fuzz"],
    features: None,
    locked: true,
    needs: Version(1, 95, 0),
    opt_level: "0",
    hot: &[],
    purpose: "builds fuzz targets",
    minutes: 2,
};

/// The command that makes a website of the book.
pub(crate) const MDBOOK: CargoTool = CargoTool {
    package: "mdbook",
    of: &[],
    pin: Pin::Exact("0.5.4"),
    programs: &["mdbook"],
    // Without what serves the book while it is written.
    features: Some("search"),
    locked: true,
    needs: Version(1, 95, 0),
    opt_level: "0",
    hot: &[],
    purpose: "makes a website of the book",
    minutes: 2,
};

/// The command that lists what a package consists of.
pub(crate) const CARGO_CYCLONEDX: CargoTool = CargoTool {
    package: "cargo-cyclonedx",
    of: &[],
    pin: Pin::Exact("0.5.9"),
    programs: &["cargo-cyclonedx"],
    features: None,
    locked: true,
    needs: Version(1, 95, 0),
    opt_level: "0",
    hot: &[],
    purpose: "lists what a package consists of",
    minutes: 2,
};

/// The packages that compile WebAssembly for a runtime. Nothing else of a runtime takes much time
/// in the tests: a start compiles some 4 MB.
const COMPILER: [&str; 7] = [
    "cranelift-codegen",
    "cranelift-entity",
    "cranelift-frontend",
    "hashbrown",
    "regalloc2",
    "smallvec",
    "wasmtime-internal-cranelift",
];

/// A tool that npm installs.
#[derive(Clone, Copy, Hash)]
pub(crate) struct NpmTool {
    /// The package's name in the registry.
    pub(crate) package: &'static str,
    /// The version to install.
    pub(crate) version: &'static str,
    /// The adapters that need the tool.
    pub(crate) of: &'static [Adapter],
    /// The script of the package that puts its program where it belongs, if it takes one.
    pub(crate) script: Option<&'static str>,
}

impl NpmTool {
    const fn new(package: &'static str, version: &'static str, of: &'static [Adapter]) -> Self {
        Self {
            package,
            version,
            of,
            script: None,
        }
    }

    const fn placed_by(self, script: &'static str) -> Self {
        Self {
            script: Some(script),
            ..self
        }
    }
}

/// A tool that `cargo install` builds.
pub(crate) struct CargoTool {
    /// The package's name in the registry.
    pub(crate) package: &'static str,
    /// The adapters that need the tool. Empty if only a command of its own does.
    pub(crate) of: &'static [Adapter],
    /// The version to install.
    pub(crate) pin: Pin,
    /// The installed programs that the project calls.
    pub(crate) programs: &'static [&'static str],
    /// The only features to build with; `None` for the default ones.
    pub(crate) features: Option<&'static str>,
    /// Whether to follow the package's own `Cargo.lock`.
    pub(crate) locked: bool,
    /// The oldest compiler that was seen to build the tool, which may be older than the one that
    /// the package asks for.
    pub(crate) needs: Version,
    /// The level to optimise the tool at.
    pub(crate) opt_level: &'static str,
    /// The packages to optimise fully, because the speed of the tool depends on them.
    pub(crate) hot: &'static [&'static str],
    /// The purpose of the tool in this project, to show to the user.
    pub(crate) purpose: &'static str,
    /// The build time in minutes, on two cores and beside another build, to show to the user.
    pub(crate) minutes: u32,
}

/// Where a tool's version comes from.
pub(crate) enum Pin {
    /// This version.
    Exact(&'static str),
    /// The version of this package in the workspace's `Cargo.lock`.
    Lockfile(&'static str),
}

/// A release number, compared part by part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32, pub(crate) u32);

impl Version {
    /// Finds the first release number in the output of a program: `v20.20.2`, `rustc 1.95.0 (abc
    /// 2026-01-01)`.
    pub(crate) fn find(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(|word| {
            let mut parts = word.trim_start_matches('v').split(['.', '-', '+']);
            let mut part = || parts.next()?.parse().ok();
            Some(Self(part()?, part()?, part()?))
        })
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn a_release_number_is_found_in_what_a_program_prints() {
        for (text, version) in [
            ("v20.20.2\n", Some(Version(20, 20, 2))),
            (
                "rustc 1.95.0 (59807616e 2026-04-14)",
                Some(Version(1, 95, 0)),
            ),
            (
                "rustc 1.97.0-nightly (0123456 2026-05-01)",
                Some(Version(1, 97, 0)),
            ),
            ("0.8.7", Some(Version(0, 8, 7))),
            ("no number 1.2", None),
        ] {
            assert_eq!(Version::find(text), version, "{text}");
        }
    }

    #[test]
    fn a_minor_release_is_compared_as_a_number() {
        assert!(Version(1, 100, 0) > Version(1, 96, 9));
        assert!(Version(20, 3, 0) <= Version(20, 20, 2));
    }
}
