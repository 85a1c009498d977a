//! Upgraded connections (RFC 9110 §7.8): two byte streams joined, once both sides have agreed.

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;

/// Joins the client's and the origin's connection as soon as both are upgraded, until both have
/// closed or either has failed. Closing one direction closes that direction only.
pub(crate) fn join(client: OnUpgrade, origin: OnUpgrade) {
    tokio::task::spawn_local(async move {
        let (client, origin) = match tokio::try_join!(client, origin) {
            Ok(upgraded) => upgraded,
            Err(error) => return tracing::warn!(%error, "upgrade not completed"),
        };
        let (mut client, mut origin) = (TokioIo::new(client), TokioIo::new(origin));
        if let Err(error) = copy_bidirectional(&mut client, &mut origin).await {
            tracing::debug!(%error, "upgraded connection broken off");
        }
    });
}
