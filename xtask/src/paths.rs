//! Locations: the repository, its build output, and the folder that holds the installed tools.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

/// Returns the root of the repository, taken from the cargo that runs this program. If several
/// copies of the repository share a target folder, this program may have been compiled in another
/// copy.
pub(crate) fn root() -> PathBuf {
    let here = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent()
        .map_or_else(|| here.clone(), Path::to_path_buf)
}

/// Returns cargo's target folder for the host.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |set| root().join(set))
}

/// Returns the folder that the result of every build is copied to.
pub(crate) fn edge() -> PathBuf {
    root().join("target/edge")
}

/// Returns the folder for everything that is installed: `$XDG_CACHE_HOME/streamgate`, by default
/// `~/.cache/streamgate`.
pub(crate) fn cache() -> PathBuf {
    env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| env::home_dir().map(|home| home.join(".cache")))
        .unwrap_or_else(|| root().join("target/cache"))
        .join("streamgate")
}

/// Returns the root that `cargo install` installs to.
pub(crate) fn cargo_tools() -> PathBuf {
    cache().join("tools")
}

/// Returns the folder that npm installs to.
pub(crate) fn npm_tools() -> PathBuf {
    cache().join("tools/npm")
}

/// Returns the folder where npm puts the programs of the packages that it installs.
pub(crate) fn npm_programs() -> PathBuf {
    npm_tools().join("node_modules/.bin")
}

/// Returns the folder for the logs of the installations.
pub(crate) fn logs() -> PathBuf {
    cache().join("logs")
}

/// Returns the folders of the installed tools.
pub(crate) fn tools() -> [PathBuf; 2] {
    [cargo_tools().join("bin"), npm_programs()]
}

/// Returns the folders of `PATH`, preceded by those of the installed tools.
pub(crate) fn search_path() -> Vec<PathBuf> {
    let mut folders = tools().to_vec();
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    folders
}

/// Returns the first file called `program` in the folders of the installed tools, then of `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    search_path()
        .into_iter()
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// Joins folders into the value of a `PATH`. Leaves out a folder that such a value cannot contain.
pub(crate) fn join(folders: impl IntoIterator<Item = PathBuf>) -> OsString {
    let nameable = folders
        .into_iter()
        .filter(|folder| env::join_paths([folder]).is_ok());
    env::join_paths(nameable).unwrap_or_default()
}
