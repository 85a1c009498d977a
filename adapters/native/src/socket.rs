//! The sockets of connections, to clients and to origins.

use std::time::Duration;

use futures::FutureExt;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::Interest;
use tokio::net::TcpStream;

/// How long a TCP connection may be silent before its peer is probed, and the pause between probes.
const KEEPALIVE: Duration = Duration::from_secs(20);

/// Lets the kernel probe a peer that is silent, so that one that has vanished is noticed even in
/// the midst of a body.
pub(crate) fn probe_when_silent(stream: &TcpStream) {
    let probes = TcpKeepalive::new().with_time(KEEPALIVE);
    // Not every system lets a program choose more than that.
    #[cfg(any(
        target_os = "android",
        target_os = "freebsd",
        target_os = "linux",
        target_os = "macos",
        target_os = "netbsd",
        windows
    ))]
    let probes = probes.with_interval(KEEPALIVE).with_retries(3);
    let _ = SockRef::from(stream).set_tcp_keepalive(&probes);
}

/// Returns how many bytes of a peer that has closed its side are there that nobody has read. `None`
/// if it has not closed it, or the system does not say so.
pub(crate) fn unread_of_closed(stream: &TcpStream) -> Option<u64> {
    let ready = stream.ready(Interest::READABLE).now_or_never()?.ok()?;
    #[cfg(unix)]
    if ready.is_read_closed() {
        return rustix::io::ioctl_fionread(stream).ok();
    }
    let _ = ready;
    None
}

/// How many bytes the kernel takes for a peer beyond those that it has sent.
#[cfg(any(target_os = "android", target_os = "linux"))]
const AHEAD: u32 = 256 * 1024;

/// Lets the kernel take only little that it cannot send yet, so that what is written shows what the
/// peer takes. Without this, a peer that reads slowly takes a third of the socket's send buffer at
/// a time, which is often 1 MB, and that much is held for each.
///
/// Not every system has this; the others only notice progress later.
pub(crate) fn take_little_ahead(stream: &TcpStream) {
    #[cfg(any(target_os = "android", target_os = "linux"))]
    let _ = SockRef::from(stream).set_tcp_notsent_lowat(AHEAD);
    #[cfg(not(any(target_os = "android", target_os = "linux")))]
    let _ = stream;
}
