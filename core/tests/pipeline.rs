//! The pipeline as a stream: when it pulls, what it yields and when, and how it ends.
#![cfg(not(target_arch = "wasm32"))] // Like all tests that share `common`.
#![allow(clippy::unwrap_used)] // A test fails by panicking.

mod common;

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use common::{cut, encoded, page, run};
use futures::stream::FusedStream;
use futures::{FutureExt, Stream, StreamExt, stream};
use proptest::prelude::*;
use streamgate::BodyError;
use streamgate::internals::Coding;
use streamgate::internals::{Collected, collect_up_to, decode, encode};
use streamgate::{BLOCK, Pipeline, Transform, TransformError};

/// The events of an origin's body, in order.
type Log = Rc<RefCell<Vec<&'static str>>>;

/// Stands for a pause between chunks, which is over at the third poll.
const PAUSE: &str = "…";

/// A body whose chunks are available at once but for pauses, and which logs when it is pulled and
/// dropped.
struct Origin {
    items: std::vec::IntoIter<Result<Bytes, BodyError>>,
    /// How often the origin is still pending in a pause.
    pending: u8,
    log: Log,
}

impl Origin {
    fn new(chunks: &[&'static str], log: &Log) -> Self {
        Self::of(chunks.iter().map(|&chunk| Ok(chunk.into())).collect(), log)
    }

    fn of(items: Vec<Result<Bytes, BodyError>>, log: &Log) -> Self {
        let items = items.into_iter();
        let log = log.clone();
        Self {
            items,
            pending: 0,
            log,
        }
    }
}

impl Stream for Origin {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.pending > 0 {
            self.pending -= 1;
            return Poll::Pending;
        }
        self.log.borrow_mut().push("pulled");
        match self.items.next() {
            Some(Ok(pause)) if pause == PAUSE => {
                self.pending = 1;
                Poll::Pending
            }
            item => Poll::Ready(item),
        }
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.log.borrow_mut().push("dropped");
    }
}

/// A stage made of functions for push, flush and finish.
struct Stage<P, F, E> {
    push: P,
    flush: F,
    finish: E,
}

impl<P, F, E> Transform for Stage<P, F, E>
where
    P: FnMut(&mut &[u8], &mut Vec<u8>) -> Result<(), TransformError> + Send,
    F: FnMut(&mut Vec<u8>) + Send,
    E: FnMut(&mut Vec<u8>) + Send,
{
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        (self.push)(input, out)
    }

    fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        (self.flush)(out);
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        (self.finish)(out);
        Ok(())
    }
}

/// Returns a stage that copies its input, and inserts a mark where it is flushed and finished.
fn marks(flush: &'static str, finish: &'static str) -> Box<dyn Transform> {
    Box::new(Stage {
        push: |input: &mut &[u8], out: &mut Vec<u8>| {
            out.extend_from_slice(input);
            *input = &[];
            Ok(())
        },
        flush: |out: &mut Vec<u8>| out.extend_from_slice(flush.as_bytes()),
        finish: |out: &mut Vec<u8>| out.extend_from_slice(finish.as_bytes()),
    })
}

/// Returns a stage that puts out nothing before its end, and everything then.
fn holds() -> Box<dyn Transform> {
    let held = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let at_end = held.clone();
    Box::new(Stage {
        push: move |input: &mut &[u8], _: &mut Vec<u8>| {
            held.lock().unwrap().extend_from_slice(input);
            *input = &[];
            Ok(())
        },
        flush: |_: &mut Vec<u8>| (),
        finish: move |out: &mut Vec<u8>| out.append(&mut at_end.lock().unwrap()),
    })
}

/// Returns a stage that repeats each byte, pauses at a block, and never continues while its output
/// is larger.
fn repeats(times: usize) -> Box<dyn Transform> {
    let mut owed = (0, 0);
    Box::new(Stage {
        push: move |input: &mut &[u8], out: &mut Vec<u8>| {
            assert!(out.len() < BLOCK, "run while its output waits");
            while out.len() < BLOCK {
                let (byte, left) = owed;
                let room = left.min(BLOCK - out.len());
                out.resize(out.len() + room, byte);
                owed = (byte, left - room);
                if owed.1 == 0 {
                    let Some(&byte) = input.split_off_first() else {
                        break;
                    };
                    owed = (byte, times);
                }
            }
            Ok(())
        },
        flush: |_: &mut Vec<u8>| (),
        finish: |_: &mut Vec<u8>| (),
    })
}

/// Returns a stage that fails at the byte `!`.
fn fails() -> Box<dyn Transform> {
    Box::new(Stage {
        push: |input: &mut &[u8], out: &mut Vec<u8>| {
            if input.contains(&b'!') {
                let (coding, reason) = ("test", "a `!`".to_owned());
                return Err(TransformError::Corrupt { coding, reason });
            }
            out.extend_from_slice(input);
            *input = &[];
            Ok(())
        },
        flush: |_: &mut Vec<u8>| (),
        finish: |_: &mut Vec<u8>| (),
    })
}

fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    let mut polls = (0..3).filter_map(|_| stream.next().now_or_never());
    polls.next().expect("nothing to wait for")
}

fn next_text<S: Stream<Item = Result<Bytes, BodyError>> + Unpin>(stream: &mut S) -> Option<String> {
    next(stream).map(|chunk| String::from_utf8(chunk.unwrap().to_vec()).unwrap())
}

#[test]
fn a_pipeline_can_be_sent_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    let pipeline = Pipeline::new(vec![marks("", "")]);
    is_send(&pipeline);
    is_send(&pipeline.over(stream::empty()));
}

#[test]
fn what_has_come_leaves_before_the_wait_for_more() {
    let log = Log::default();
    let origin = Origin::new(&["one ", PAUSE, PAUSE, "two", PAUSE], &log);
    let mut body = Pipeline::new(vec![marks("!", "."), marks("", "")]).over(origin);
    assert_eq!(
        *log.borrow(),
        [] as [&str; 0],
        "nothing is pulled before it is asked for"
    );
    assert_eq!(next_text(&mut body).as_deref(), Some("one !"));
    assert_eq!(*log.borrow(), ["pulled"; 2]);
    assert!(body.next().now_or_never().is_none());
    assert_eq!(*log.borrow(), ["pulled"; 3]);
    assert_eq!(next_text(&mut body).as_deref(), Some("two!"));
    assert_eq!(next_text(&mut body).as_deref(), Some("."));
    assert_eq!(log.borrow().last(), Some(&"dropped"));
    assert_eq!(next_text(&mut body), None);
    assert!(body.is_terminated());
    assert_eq!(next_text(&mut body), None);
}

#[test]
fn what_is_there_at_once_is_flushed_once() {
    let log = Log::default();
    let origin = Origin::new(&["one ", "two", PAUSE, "three"], &log);
    let mut body = Pipeline::new(vec![marks("!", ".")]).over(origin);
    assert_eq!(next_text(&mut body).as_deref(), Some("one two!"));
    assert_eq!(next_text(&mut body).as_deref(), Some("three."));
    assert_eq!(next_text(&mut body), None);
}

#[test]
fn output_that_is_enough_leaves_although_more_is_there() {
    let chunk = Bytes::from(vec![b'x'; BLOCK / 4]);
    let log = Log::default();
    let origin = Origin::of(vec![Ok(chunk.clone()), Ok("y".into())], &log);
    let mut body = Pipeline::new(vec![marks("!", ".")]).over(origin);
    assert_eq!(next(&mut body).unwrap().unwrap(), chunk);
    assert_eq!(*log.borrow(), ["pulled"]);
    assert_eq!(next_text(&mut body).as_deref(), Some("y."));
}

#[test]
fn a_body_that_waits_makes_the_pipeline_wait() {
    let stalled = stream::iter(["one"]).map(|chunk| Ok(Bytes::from(chunk)));
    let mut body = Pipeline::new(vec![marks("", "")]).over(stalled.chain(stream::pending()));
    assert_eq!(next_text(&mut body).as_deref(), Some("one"));
    assert!(body.next().now_or_never().is_none());
}

#[test]
fn without_a_stage_chunks_pass_as_they_are() {
    let chunk = Bytes::from_static(b"as it is");
    let chunks = [Ok(chunk.clone()), Ok(Bytes::new()), Ok("end".into())];
    assert!(Pipeline::new(Vec::new()).is_empty());
    let mut body = Pipeline::default().over(stream::iter(chunks));
    let first = next(&mut body).unwrap().unwrap();
    assert_eq!(first.as_ptr(), chunk.as_ptr());
    assert_eq!(next_text(&mut body).as_deref(), Some("end"));
    assert_eq!(next_text(&mut body), None);
}

#[test]
fn a_stage_is_flushed_and_finished_after_what_the_one_before_gave_has_gone_through_it() {
    let stages = vec![marks("a", "A"), marks("b", "B"), marks("c", "C")];
    let log = Log::default();
    let mut body = Pipeline::new(stages).over(Origin::new(&["1", PAUSE, "2", PAUSE], &log));
    let pieces = std::iter::from_fn(|| next_text(&mut body));
    assert_eq!(pieces.collect::<String>(), "1abc2abcABC");
}

/// A stage that puts a mark before its input, and has nothing to do from then on.
struct Begins {
    has_begun: bool,
}

impl Transform for Begins {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        assert!(!self.has_begun, "it has nothing to do");
        self.has_begun = true;
        out.push(b'>');
        out.extend_from_slice(input);
        *input = &[];
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.has_begun
    }

    fn finish(&mut self, _out: &mut Vec<u8>) -> Result<(), TransformError> {
        assert!(!self.has_begun, "it has nothing to do");
        Ok(())
    }
}

#[test]
fn a_stage_that_has_nothing_left_to_do_is_left_out() {
    for behind in [vec![], vec![marks("c", "C")]] {
        let expected = if behind.is_empty() {
            ">1a2aA"
        } else {
            ">1ac2acAC"
        };
        let begins: Box<dyn Transform> = Box::new(Begins { has_begun: false });
        let mut stages = vec![marks("a", "A"), begins];
        stages.extend(behind);
        let log = Log::default();
        let mut body = Pipeline::new(stages).over(Origin::new(&["1", PAUSE, "2", PAUSE], &log));
        let pieces = std::iter::from_fn(|| next_text(&mut body));
        assert_eq!(pieces.collect::<String>(), expected);
    }
}

#[test]
fn chunks_that_give_nothing_yield_nothing() {
    let log = Log::default();
    let origin = Origin::new(&["one ", "", "two"], &log);
    let mut body = Pipeline::new(vec![holds()]).over(origin);
    assert_eq!(next_text(&mut body).as_deref(), Some("one two"));
    assert_eq!(next_text(&mut body), None);
}

#[test]
fn a_chunk_that_gives_much_leaves_in_blocks_and_the_next_is_not_pulled_meanwhile() {
    let log = Log::default();
    let origin = Origin::new(&["abc", "d"], &log);
    let mut body = Pipeline::new(vec![repeats(1000), repeats(1000)]).over(origin);
    let mut length = 0;
    while length < 3_000_000 {
        let piece = next(&mut body).unwrap().unwrap();
        assert!(piece.len() <= BLOCK);
        length += piece.len();
        assert_eq!(*log.borrow(), ["pulled"]);
    }
    assert_eq!(length, 3_000_000);
    while let Some(piece) = next(&mut body) {
        length += piece.unwrap().len();
    }
    assert_eq!(length, 4_000_000);
}

/// Returns a stage that swallows everything, and counts what it gets.
fn swallows(count: &Arc<AtomicUsize>) -> Box<dyn Transform> {
    let count = Arc::clone(count);
    Box::new(Stage {
        push: move |input: &mut &[u8], _: &mut Vec<u8>| {
            count.fetch_add(input.len(), Ordering::Relaxed);
            *input = &[];
            Ok(())
        },
        flush: |_: &mut Vec<u8>| (),
        finish: |_: &mut Vec<u8>| (),
    })
}

#[test]
fn a_body_that_makes_work_without_output_gives_way() {
    const REPEATED: usize = 100 * BLOCK;
    let work = Arc::new(AtomicUsize::new(0));
    let bomb = || vec![repeats(REPEATED), swallows(&work)];
    let log = Log::default();
    let mut body = Pipeline::new(bomb()).over(Origin::new(&["a"], &log));
    let (waker, woken) = counting_waker();
    let mut context = Context::from_waker(&waker);
    let mut turns = 0;
    let mut before = 0;
    while body.poll_next_unpin(&mut context).is_pending() {
        turns += 1;
        assert_eq!(woken.swap(0, Ordering::Relaxed), 1, "it wakes its task");
        let done = work.load(Ordering::Relaxed);
        assert!(
            done - before <= 4 * BLOCK,
            "{} bytes in one turn",
            done - before
        );
        before = done;
    }
    assert!(turns >= 25, "{turns}");
    assert_eq!(work.load(Ordering::Relaxed), REPEATED);

    // Nothing is done for a body that nobody wants any more.
    work.store(0, Ordering::Relaxed);
    let mut body = Pipeline::new(bomb()).over(Origin::new(&["a"], &log));
    assert!(body.poll_next_unpin(&mut context).is_pending());
    drop(body);
    assert!(work.load(Ordering::Relaxed) <= 4 * BLOCK);
}

#[test]
fn a_body_of_chunks_that_give_nothing_gives_way() {
    let work = Arc::new(AtomicUsize::new(0));
    let endless = stream::repeat_with(|| Ok(Bytes::from_static(&[0; 1000])));
    let mut body = Pipeline::new(vec![swallows(&work)]).over(endless);
    assert!(body.next().now_or_never().is_none());
    assert!(work.load(Ordering::Relaxed) <= 4 * BLOCK);
}

/// Returns a waker that counts.
fn counting_waker() -> (Waker, Arc<AtomicUsize>) {
    struct Counting(Arc<AtomicUsize>);

    impl Wake for Counting {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    let count = Arc::new(AtomicUsize::new(0));
    (Arc::new(Counting(Arc::clone(&count))).into(), count)
}

#[test]
fn dropping_the_output_drops_the_input() {
    let log = Log::default();
    let mut body = Pipeline::new(vec![holds()]).over(Origin::new(&["one"], &log));
    let _ = next(&mut body);
    log.borrow_mut().clear();
    let origin = Origin::new(&["one", PAUSE, "two"], &log);
    let mut body = Pipeline::new(vec![marks("", "")]).over(origin);
    let _ = next(&mut body);
    drop(body);
    assert_eq!(*log.borrow(), ["pulled", "pulled", "dropped"]);
}

#[test]
fn an_error_of_the_input_is_the_last_item() {
    for stages in [vec![], vec![marks("", ".")]] {
        let log = Log::default();
        let items = vec![
            Ok("one".into()),
            Err(BodyError::incomplete("reset")),
            Ok("two".into()),
        ];
        let mut body = Pipeline::new(stages).over(Origin::of(items, &log));
        assert_eq!(next_text(&mut body).as_deref(), Some("one"));
        assert!(matches!(
            next(&mut body),
            Some(Err(BodyError::Incomplete(_)))
        ));
        assert_eq!(*log.borrow(), ["pulled", "pulled", "dropped"]);
        assert!(body.is_terminated());
        assert!(next(&mut body).is_none());
        assert!(next(&mut body).is_none());
    }
}

#[test]
fn an_error_of_a_stage_is_the_last_item_and_drops_the_input_at_once() {
    let log = Log::default();
    let origin = Origin::new(&["one", "two!", "three"], &log);
    let mut body = Pipeline::new(vec![marks("", ""), fails(), marks("", ".")]).over(origin);
    assert_eq!(next_text(&mut body).as_deref(), Some("one"));
    assert!(matches!(
        next(&mut body),
        Some(Err(BodyError::Transform(_)))
    ));
    assert_eq!(*log.borrow(), ["pulled", "pulled", "dropped"]);
    assert!(next(&mut body).is_none());
    assert!(next(&mut body).is_none());
}

#[test]
fn a_truncated_body_ends_with_an_error_after_what_came_of_it() {
    let page = page(10_000);
    let coded = encoded(Coding::Gzip, &page);
    let (start, _) = coded.split_at(coded.len() - 1);
    let stages = [
        decode::stages(&[Coding::Gzip]),
        encode::stages(&[Coding::Deflate]).unwrap(),
    ];
    let chunks = [Ok(Bytes::copy_from_slice(start))];
    let mut body = Pipeline::new(stages.into_iter().flatten().collect()).over(stream::iter(chunks));
    let first = next(&mut body).unwrap().unwrap();
    let error = next(&mut body).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "the gzip body is truncated");
    assert!(next(&mut body).is_none());
    let mut client = decode::decoder(Coding::Deflate);
    let mut found = Vec::new();
    client.push(&mut &first[..], &mut found).unwrap();
    assert!(found == page, "{} bytes", found.len());
}

fn collected<S: Stream<Item = Result<Bytes, BodyError>>>(
    stream: S,
    limit: usize,
) -> Result<Collected<S>, BodyError> {
    let collected = collect_up_to(stream, limit).now_or_never();
    collected.expect("nothing to wait for")
}

#[test]
fn a_body_up_to_the_limit_is_collected_whole() {
    let table: [(&[&str], usize); 5] = [
        (&[], 0),
        (&[""], 0),
        (&["one"], 3),
        (&["one", " two"], 7),
        (&["one", "", " two"], 100),
    ];
    for (chunks, limit) in table {
        let stream = stream::iter(chunks.iter().map(|&chunk| Ok(Bytes::from(chunk))));
        let Ok(Collected::Whole(whole)) = collected(stream, limit) else {
            panic!("{chunks:?} is within {limit}");
        };
        assert_eq!(whole, chunks.concat());
    }
}

#[test]
fn a_body_over_the_limit_goes_on_as_a_stream_that_lacks_nothing() {
    let log = Log::default();
    let origin = Origin::new(&["one", " two", " three"], &log);
    let Ok(Collected::Over(mut body)) = collected(origin, 6) else {
        panic!("it is over the limit");
    };
    assert_eq!(
        *log.borrow(),
        ["pulled"; 2],
        "it is read no further than need be"
    );
    assert_eq!(next_text(&mut body).as_deref(), Some("one two"));
    assert_eq!(*log.borrow(), ["pulled"; 2]);
    assert_eq!(next_text(&mut body).as_deref(), Some(" three"));
    assert_eq!(next_text(&mut body), None);
    assert_eq!(next_text(&mut body), None);
    assert_eq!(log.borrow().last(), Some(&"dropped"));
}

#[test]
fn a_body_that_fails_is_not_collected() {
    let log = Log::default();
    let fails = || {
        vec![
            Ok("one".into()),
            Err(BodyError::incomplete("reset")),
            Ok("two".into()),
        ]
    };
    assert!(matches!(
        collected(Origin::of(fails(), &log), 100),
        Err(BodyError::Incomplete(_))
    ));
    let Ok(Collected::Over(mut body)) = collected(Origin::of(fails(), &log), 2) else {
        panic!("it is over the limit before it fails");
    };
    assert_eq!(next_text(&mut body).as_deref(), Some("one"));
    assert!(matches!(
        next(&mut body),
        Some(Err(BodyError::Incomplete(_)))
    ));
    assert!(next(&mut body).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn how_a_body_is_cut_changes_nothing_behind_any_stages(
        times in prop::collection::vec(0..300_usize, 0..3),
        body in prop::collection::vec(any::<u8>(), 0..20),
        lengths in prop::collection::vec(1..5_usize, 1..4),
    ) {
        let stages = || times.iter().map(|&times| repeats(times)).collect();
        let each = times.iter().product();
        let expected: Vec<u8> = body.iter().flat_map(|&byte| std::iter::repeat_n(byte, each)).collect();
        prop_assert!(run(Pipeline::new(stages()), cut(&body, &lengths)).unwrap() == expected);
        prop_assert!(Pipeline::new(stages()).run_to_vec(&body).unwrap() == expected);
    }
}
