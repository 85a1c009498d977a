//! Under which name an origin is asked, and which fields tell it about the client's request.

use std::collections::BTreeSet;

use http::HeaderName;
use serde::Deserialize;
use toml::Spanned;

use super::checked::{Placed, checked};

/// `identity`: whose name an origin reads in the fields of a request.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Identity {
    /// The origin's own in `Host`, `Origin` and `Referer`, as in a direct visit. Nothing tells the
    /// public host.
    #[default]
    Origin,
    /// The origin's own in `Host`, the public host in `Origin`, `Referer` and `X-Forwarded-*`.
    Forwarded,
    /// The public host in `Host`, too. The address and the name in TLS stay the origin's.
    Transparent,
}

impl Identity {
    /// Returns whether an origin that is asked under this identity learns the public host.
    pub(crate) const fn tells_public_host(self) -> bool {
        !matches!(self, Self::Origin)
    }

    /// Returns the fields that are sent unless `forwarded` names others.
    pub(crate) fn forwarded(self) -> BTreeSet<ForwardedField> {
        let fields = ForwardedField::ALL.into_iter();
        fields
            .filter(|field| self.tells_public_host() || !field.is_of_public_host())
            .collect()
    }
}

/// A field that tells an origin about the client's request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ForwardedField {
    /// `X-Forwarded-For`: the client's address, after those that the client named.
    For,
    /// `X-Forwarded-Host`: the public host.
    Host,
    /// `X-Forwarded-Proto`: the public scheme.
    Proto,
    /// `X-Forwarded-Prefix`: the path that was taken off.
    Prefix,
    /// `Forwarded` (RFC 7239): the client's address, and public host and scheme if the identity
    /// tells these.
    Forwarded,
}

impl ForwardedField {
    /// All fields, in the order in which the documentation names them.
    pub(crate) const ALL: [Self; 5] = [
        Self::For,
        Self::Host,
        Self::Proto,
        Self::Prefix,
        Self::Forwarded,
    ];

    /// Returns the field's name.
    pub(crate) const fn name(self) -> HeaderName {
        match self {
            Self::For => const { HeaderName::from_static("x-forwarded-for") },
            Self::Host => const { HeaderName::from_static("x-forwarded-host") },
            Self::Proto => const { HeaderName::from_static("x-forwarded-proto") },
            Self::Prefix => const { HeaderName::from_static("x-forwarded-prefix") },
            Self::Forwarded => http::header::FORWARDED,
        }
    }

    /// Returns the field of this name.
    pub(crate) fn of(name: &HeaderName) -> Option<Self> {
        Some(match name.as_str() {
            "x-forwarded-for" => Self::For,
            "x-forwarded-host" => Self::Host,
            "x-forwarded-proto" => Self::Proto,
            "x-forwarded-prefix" => Self::Prefix,
            "forwarded" => Self::Forwarded,
            _ => return None,
        })
    }

    /// Returns whether the field says by which URL the browser knows the origin.
    const fn is_of_public_host(self) -> bool {
        matches!(self, Self::Host | Self::Proto | Self::Prefix)
    }
}

checked!(
    ForwardedName(ForwardedField),
    forwarded_field,
    "examples" = ForwardedField::ALL.map(|field| field.name().to_string())
);

/// `forwarded` as it is written.
pub(super) type Forwarded = Spanned<Vec<Placed<ForwardedName>>>;

fn forwarded_field(name: &str) -> Result<ForwardedField, String> {
    let named = |field: &ForwardedField| name.eq_ignore_ascii_case(field.name().as_str());
    ForwardedField::ALL.into_iter().find(named).ok_or_else(|| {
        let known = ForwardedField::ALL.map(|field| field.name().to_string());
        format!(
            "{name:?} is no field that the gate sends (known: {})",
            known.join(", ")
        )
    })
}

#[cfg(test)]
mod tests;
