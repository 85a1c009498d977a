//! The events of the gate, as a browser's `EventSource` reads them (HTML standard, §9.2).

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, stream};
use http_body::Frame;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::timeout;

use super::feed::{self, Event};
use crate::process::settings::SetUp;

/// How often a viewer hears something, so that one that has gone is noticed.
const ALIVE: Duration = Duration::from_secs(15);

/// Returns the events from now on, for one viewer. Whoever is too slow hears how many were lost.
pub(super) fn stream() -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> {
    // The first words show the browser that it is connected.
    let begun = stream::iter([":\n\n".to_owned()]);
    let heard = stream::unfold(feed::heard(), |mut heard| async {
        let text = next(&mut heard).await?;
        Some((text, heard))
    });
    let texts = futures::StreamExt::chain(begun, heard);
    futures::StreamExt::map(texts, |text| Ok(Frame::data(Bytes::from(text))))
}

/// Returns the next event as it is sent.
async fn next(heard: &mut Receiver<Event>) -> Option<String> {
    match timeout(ALIVE, heard.recv()).await {
        Err(_) => Some(":\n\n".to_owned()),
        Ok(Ok(event)) => Some(format!("event: {}\ndata: {}\n\n", event.name, event.data)),
        Ok(Err(RecvError::Lagged(count))) => {
            Some(format!("event: lost\ndata: {{\"count\":{count}}}\n\n"))
        }
        Ok(Err(RecvError::Closed)) => None,
    }
}

/// Tells viewers of each configuration that is taken up, from the file or from the view.
pub(super) async fn follow(mut setups: watch::Receiver<SetUp>) {
    while setups.changed().await.is_ok() {
        feed::tell_all("configuration", || "{}".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::broadcast::channel;

    use super::*;

    #[tokio::test]
    async fn a_slow_viewer_loses_the_oldest_events_and_hears_how_many() {
        let (feed, mut slow) = channel(feed::WAITING);
        for number in 0..feed::WAITING + 7 {
            let data = number.to_string().into();
            let event = Event {
                name: "exchange",
                data,
            };
            assert!(feed.send(event).is_ok());
        }
        let mut told = async || next(&mut slow).await;
        let lost = "event: lost\ndata: {\"count\":7}\n\n";
        assert_eq!(told().await.as_deref(), Some(lost));
        let first = "event: exchange\ndata: 7\n\n";
        assert_eq!(told().await.as_deref(), Some(first));
        for _ in 1..feed::WAITING {
            told().await;
        }
        drop(feed);
        assert_eq!(told().await, None);
    }
}
