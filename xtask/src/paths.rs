//! Where things are: the repository, its build output, and the folder that holds the installed
//! tools.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

/// The repository's root: that of the cargo that runs this program. The one that compiled it may
/// have been another copy's, where several copies of the repository share a target folder.
pub(crate) fn root() -> PathBuf {
    let here = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent()
        .map_or_else(|| here.clone(), Path::to_path_buf)
}

/// Cargo's target folder for the host.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |set| root().join(set))
}

/// Where every build's result is copied to.
pub(crate) fn edge() -> PathBuf {
    root().join("target/edge")
}

/// The folder for everything that is installed: `$XDG_CACHE_HOME/streamgate`, by default
/// `~/.cache/streamgate`.
pub(crate) fn cache() -> PathBuf {
    env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| env::home_dir().map(|home| home.join(".cache")))
        .unwrap_or_else(|| root().join("target/cache"))
        .join("streamgate")
}

/// The root that `cargo install` installs to.
pub(crate) fn cargo_tools() -> PathBuf {
    cache().join("tools")
}

/// The folder that npm installs to.
pub(crate) fn npm_tools() -> PathBuf {
    cache().join("tools/npm")
}

/// Where npm puts the programs of the packages that it installs.
pub(crate) fn npm_programs() -> PathBuf {
    npm_tools().join("node_modules/.bin")
}

/// Where the output of each installation goes.
pub(crate) fn logs() -> PathBuf {
    cache().join("logs")
}

/// The folders of the installed tools.
pub(crate) fn tools() -> [PathBuf; 2] {
    [cargo_tools().join("bin"), npm_programs()]
}

/// `PATH` with the installed tools first.
pub(crate) fn search_path() -> Vec<PathBuf> {
    let mut folders = tools().to_vec();
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    folders
}

/// The first file called `program` in the folders of `PATH` after the installed tools.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    search_path()
        .into_iter()
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// Folders as one `PATH`. A folder that cannot be named there is left out.
pub(crate) fn join(folders: impl IntoIterator<Item = PathBuf>) -> OsString {
    let nameable = folders
        .into_iter()
        .filter(|folder| env::join_paths([folder]).is_ok());
    env::join_paths(nameable).unwrap_or_default()
}
