//! The sockets of connections, to clients and to origins.

use tokio::net::TcpStream;

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
    let _ = socket2::SockRef::from(stream).set_tcp_notsent_lowat(AHEAD);
    #[cfg(not(any(target_os = "android", target_os = "linux")))]
    let _ = stream;
}
