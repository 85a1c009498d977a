//! `[tls]`: the certificates that the native gate shows to its clients.

use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

use super::error::Misplaced;

/// The files of a certificate, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// `certificate`: the certificate, and those that lead to its root.
    pub certificate: PathBuf,
    /// `key`: its private key.
    pub key: PathBuf,
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RawTls {
    /// Names the files of the certificates that the native gate shows to its clients, in PEM.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Files>"))]
    certificate: Option<Spanned<Files>>,
    /// Names the files of their private keys, in PEM and in the same order.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Files>"))]
    key: Option<Spanned<Files>>,
}

/// A file, or several.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(untagged, expecting = "a file, or a list of files")]
enum Files {
    One(PathBuf),
    Many(Vec<PathBuf>),
}

impl Files {
    fn into_vec(self) -> Vec<PathBuf> {
        match self {
            Self::One(file) => vec![file],
            Self::Many(files) => files,
        }
    }
}

impl RawTls {
    /// Returns the files of each certificate. If there are none, clients speak without TLS.
    ///
    /// # Errors
    /// [`Misplaced`] if a certificate has no key, or a key no certificate.
    pub(super) fn check(self) -> Result<Vec<CertificateFiles>, Misplaced> {
        let spans = [&self.certificate, &self.key].map(|files| files.as_ref().map(Spanned::span));
        let files = |files: Option<Spanned<Files>>| {
            files.map_or_else(Vec::new, |files| files.into_inner().into_vec())
        };
        let (certificates, keys) = (files(self.certificate), files(self.key));
        let span = spans.into_iter().flatten().next();
        if let Some(span) = span.filter(|_| certificates.len() != keys.len()) {
            let message = "each certificate needs its key: as many files in one as in the other";
            return Err(Misplaced {
                span,
                message: message.to_owned(),
                help: "name the certificates under certificate, and their keys under key, in the \
                       same order"
                    .to_owned(),
            });
        }
        let pairs = certificates.into_iter().zip(keys);
        Ok(pairs
            .map(|(certificate, key)| CertificateFiles { certificate, key })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn read(text: &str) -> Result<Vec<(String, String)>, String> {
        let text = format!("origin.url = 'https://o.example'\n[tls]\n{text}");
        let config = Config::from_toml(&text, "f").map_err(|error| error.to_string())?;
        let files = config.tls.into_iter();
        Ok(files
            .map(|files| {
                [files.certificate, files.key].map(|file| file.to_str().unwrap().to_owned())
            })
            .map(|[certificate, key]| (certificate, key))
            .collect())
    }

    #[test]
    fn each_certificate_has_its_key() {
        let pair = |certificate: &str, key: &str| (certificate.to_owned(), key.to_owned());
        assert_eq!(read(""), Ok(vec![]));
        let one = read("certificate = 'a.pem'\nkey = 'a.key'");
        assert_eq!(one, Ok(vec![pair("a.pem", "a.key")]));
        let two = read("certificate = ['a.pem', 'b.pem']\nkey = ['a.key', 'b.key']");
        let expected = vec![pair("a.pem", "a.key"), pair("b.pem", "b.key")];
        assert_eq!(two, Ok(expected));
        for text in [
            "certificate = 'a.pem'",
            "key = 'a.key'",
            "certificate = ['a.pem', 'b.pem']\nkey = 'a.key'",
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains("each certificate needs its key"), "{error}");
        }
        let error = read("certificate = 5").expect_err("a number");
        assert!(error.contains("a file, or a list of files"), "{error}");
    }
}
