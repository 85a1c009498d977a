//! The versions that `Cargo.lock` determines.

use std::fs;

use anyhow::{Context, Result};

use crate::paths;

/// Returns the version of `package` in the workspace's `Cargo.lock`.
///
/// # Errors
/// Returns an error if the file cannot be read, or does not name the package.
pub(crate) fn version_of(package: &str) -> Result<String> {
    let path = paths::root().join("Cargo.lock");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    find(&text, package)
        .map(str::to_owned)
        .with_context(|| format!("{} names no package {package}", path.display()))
}

/// Finds the version of a package. Cargo writes `name` and `version` as the first two lines of an
/// entry.
fn find<'a>(lockfile: &'a str, package: &str) -> Option<&'a str> {
    let mut lines = lockfile.lines();
    lines.find(|line| value(line, "name") == Some(package))?;
    value(lines.next()?, "version")
}

fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?
        .strip_prefix(" = \"")?
        .strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::find;

    const LOCKFILE: &str = r#"
version = 4

[[package]]
name = "wasm-bindgen-macro"
version = "0.2.129"
dependencies = [
 "wasm-bindgen",
]

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
source = "registry"
"#;

    #[test]
    fn the_version_is_that_of_the_package_itself() {
        assert_eq!(find(LOCKFILE, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(find(LOCKFILE, "wasm-bindgen-macro"), Some("0.2.129"));
    }

    #[test]
    fn a_package_that_is_not_there_has_no_version() {
        assert_eq!(find(LOCKFILE, "wasm"), None);
        assert_eq!(find("", "wasm"), None);
    }
}
