//! `[admin]`: where the native gate tells how it is.

use std::net::SocketAddr;

use serde::Deserialize;

use super::checked::checked;

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RawAdmin {
    /// Names the IP address and the port where `/healthz`, `/readyz` and `/metrics` are answered.
    /// Default: none.
    listen: Option<Address>,
}

impl RawAdmin {
    /// Returns the address, if there is one.
    pub(super) fn check(self) -> Option<SocketAddr> {
        self.listen.map(|address| address.0)
    }
}

checked!(Address(SocketAddr), address);

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!("{text:?} is no address with a port, such as \"127.0.0.1:9090\" or \"[::1]:9090\"")
    })
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn an_address_has_a_port_and_no_name() {
        let read = |text: &str| {
            let text = format!("origin.url = 'https://o.example'\n{text}");
            Config::from_toml(&text, "f").map(|config| config.admin)
        };
        assert_eq!(read("").unwrap(), None);
        let written = read("admin.listen = '[::1]:9090'").unwrap();
        assert_eq!(written, "[::1]:9090".parse().ok());
        for text in ["'127.0.0.1'", "'localhost:9090'", "9090"] {
            let error = read(&format!("admin.listen = {text}")).expect_err(text);
            assert!(error.to_string().contains("admin.listen: "), "{error}");
        }
    }
}
