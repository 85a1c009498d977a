//! Several addresses, of which the first to accept a connection wins: each is given a little time
//! before the next one is asked, too (RFC 8305 §5).

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

/// How long an address has before the next one is asked (RFC 8305 §8).
const DELAY: Duration = Duration::from_millis(250);

/// Connections that are being made.
#[derive(Debug)]
pub(crate) struct Race {
    /// Who has not been asked yet, in order.
    waiting: VecDeque<SocketAddr>,
    /// Who has been asked and has not answered, in order.
    asked: Vec<SocketAddr>,
    connecting: FuturesUnordered<BoxFuture<'static, (SocketAddr, io::Result<TcpStream>)>>,
}

/// What an address has answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) address: SocketAddr,
    pub(crate) connected: io::Result<TcpStream>,
    /// Who was asked before and has not answered.
    pub(crate) slower: Vec<SocketAddr>,
}

impl Race {
    /// Makes a race that nobody has begun.
    pub(crate) fn between(addresses: Vec<SocketAddr>) -> Self {
        Self {
            waiting: addresses.into(),
            asked: Vec::new(),
            connecting: FuturesUnordered::new(),
        }
    }

    /// Asks the next address, and more of them as time passes. Returns the next answer, or `None`
    /// once all have answered. Nothing is lost if the future is dropped.
    pub(crate) async fn next(&mut self) -> Option<Answer> {
        loop {
            self.ask();
            tokio::select! {
                biased;
                answer = self.connecting.next() => {
                    let (address, connected) = answer?;
                    let place = self.asked.iter().position(|asked| *asked == address);
                    let later = self.asked.split_off(place.unwrap_or_default());
                    let slower = self.asked.clone();
                    self.asked.extend(later.into_iter().skip(1));
                    return Some(Answer { address, connected, slower });
                }
                () = sleep(DELAY), if !self.waiting.is_empty() => {}
            }
        }
    }

    fn ask(&mut self) {
        if let Some(address) = self.waiting.pop_front() {
            self.asked.push(address);
            let connecting = async move { (address, TcpStream::connect(address).await) };
            self.connecting.push(Box::pin(connecting));
        }
    }

    /// Returns who has been asked and has not answered.
    pub(crate) fn unanswered(&self) -> &[SocketAddr] {
        &self.asked
    }

    /// Returns until when the last to answer may take for more, so that everybody else has as much
    /// time until `end`.
    pub(crate) fn share(&self, end: Instant) -> Instant {
        let now = Instant::now();
        let others = u32::try_from(self.waiting.len() + self.asked.len()).unwrap_or(u32::MAX);
        now + end.saturating_duration_since(now) / others.saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    /// Returns an address that answers nothing: it has as many connections waiting as it takes.
    async fn silent() -> (TcpListener, Vec<TcpStream>, SocketAddr) {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket
            .bind("127.0.0.2:0".parse().expect("an address"))
            .expect("a port");
        let listener = socket.listen(0).expect("a listener");
        let address = listener.local_addr().expect("an address");
        let mut waiting = Vec::new();
        while let Ok(connected) = tokio::time::timeout(DELAY, TcpStream::connect(address)).await {
            waiting.push(connected.expect("a connection"));
        }
        (listener, waiting, address)
    }

    async fn listening() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.1.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        (listener, address)
    }

    #[tokio::test]
    async fn who_refuses_is_followed_by_the_next() {
        let (closed, dead) = listening().await;
        drop(closed);
        let (_listener, live) = listening().await;
        let mut race = Race::between(vec![dead, live]);
        let refused = race.next().await.expect("an answer");
        assert_eq!(refused.address, dead);
        assert!(refused.connected.is_err());
        let answer = race.next().await.expect("an answer");
        assert_eq!(answer.address, live);
        assert!(answer.connected.is_ok());
        assert_eq!(answer.slower, []);
        assert!(race.next().await.is_none());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn who_does_not_answer_is_overtaken_by_the_next() {
        let (_silent, _waiting, silent) = silent().await;
        let (_listener, live) = listening().await;
        let mut race = Race::between(vec![silent, live]);
        let answer = race.next().await.expect("an answer");
        assert_eq!(answer.address, live);
        assert!(answer.connected.is_ok());
        assert_eq!(answer.slower, [silent]);
        assert_eq!(race.unanswered(), [silent]);
    }

    #[tokio::test]
    async fn without_addresses_nobody_answers() {
        assert!(Race::between(Vec::new()).next().await.is_none());
    }
}
