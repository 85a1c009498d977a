//! An origin that is a thread of this process, for what a server of files cannot do.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result, ensure};

/// Starts an origin. `respond` writes the response to each request, of which it has the path.
pub(crate) fn serve(
    respond: impl Fn(&str, &mut &TcpStream) -> Result<()> + Send + Sync + 'static,
) -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let respond = Arc::new(respond);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let respond = Arc::clone(&respond);
            // The client that is gone has no more requests.
            thread::spawn(move || connection(&stream, &*respond));
        }
    });
    Ok(address)
}

fn connection(
    mut stream: &TcpStream,
    respond: &impl Fn(&str, &mut &TcpStream) -> Result<()>,
) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut lines = BufReader::new(stream);
    loop {
        let (mut line, mut path) = (String::new(), None);
        while line != "\r\n" {
            line.clear();
            ensure!(lines.read_line(&mut line)? > 0, "the client is gone");
            // The first line has the path between its spaces.
            path = path.or_else(|| line.split(' ').nth(1).map(str::to_owned));
        }
        respond(&path.context("no path was asked for")?, &mut stream)?;
    }
}
