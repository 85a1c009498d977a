//! A page with its fragments.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;
use futures::future::{LocalBoxFuture, select_all};

use super::late::{Due, Late, Opened};
use super::reason::Reason;
use super::seams::Mark;
use crate::body::{BodyError, ByteStream};

/// The body of a page, which waits at its seams. It never fails because of a fragment, and drops
/// all fetches with itself.
pub(crate) struct Spliced<S> {
    /// `None` once it has ended.
    page: Option<Pin<Box<S>>>,
    /// How many bytes of the page were given out.
    at: u64,
    /// The rest of the page's last chunk.
    chunk: Bytes,
    late: Late,
    /// What is being put into the page.
    filling: Option<Filling>,
    /// What comes behind the end of the page, with its number in the page and its nonce.
    behind: Vec<(Due, Slot)>,
    slots: usize,
}

/// The place of a fragment that comes out of order.
#[derive(Debug, Clone)]
struct Slot {
    number: usize,
    nonce: Option<String>,
}

/// What comes of a fragment next.
type Next = (Opened, Result<Option<Bytes>, Reason>);

enum Filling {
    /// The page waits for it at its seam.
    Opening(Due),
    /// The page has ended, and this is what it waits for.
    Choosing(LocalBoxFuture<'static, Chosen>),
    Reading {
        fragment: usize,
        next: LocalBoxFuture<'static, Next>,
        /// Where it belongs, if it comes out of order.
        slot: Option<Slot>,
    },
    /// Bytes that close it.
    Closing(Bytes),
}

/// The first fragment that can be given out, and those that remain.
struct Chosen {
    fragment: usize,
    opened: Result<Opened, Reason>,
    slot: Slot,
    rest: Vec<(Due, Slot)>,
}

impl<S: ByteStream> Spliced<S> {
    /// Puts fragments into a page, whose stages tell of its seams.
    pub(crate) fn new(page: S, late: Late) -> Self {
        Self {
            page: Some(Box::pin(page)),
            at: 0,
            chunk: Bytes::new(),
            late,
            filling: None,
            behind: Vec::new(),
            slots: 0,
        }
    }

    /// Arrives at a seam. Returns what the page has there meanwhile.
    fn arrive(&mut self, mark: Mark) -> Option<Bytes> {
        let due = self.late.take(&mark);
        if !self.late.is_out_of_order(mark.fragment) {
            self.filling = Some(Filling::Opening(due));
            return None;
        }
        let slot = Slot {
            number: self.slots,
            nonce: mark.nonce,
        };
        self.slots += 1;
        let fallback = self.late.fallback(mark.fragment);
        let room = slot.room(&fallback);
        self.behind.push((due, slot));
        Some(room)
    }

    /// Goes on with what is being put into the page. Returns nothing once it is through.
    fn fill(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            match &mut self.filling {
                None => return Poll::Ready(None),
                Some(Filling::Opening(due)) => {
                    let opened = ready!(due.opening.as_mut().poll(cx));
                    let fragment = due.fragment;
                    match opened {
                        Ok(opened) => self.read(fragment, opened, None),
                        Err(reason) => {
                            self.late.note(fragment, Err(&reason));
                            self.filling = Some(Filling::Closing(self.late.fallback(fragment)));
                        }
                    }
                }
                Some(Filling::Choosing(choosing)) => {
                    let chosen = ready!(choosing.as_mut().poll(cx));
                    self.behind = chosen.rest;
                    self.filling = None;
                    match chosen.opened {
                        Ok(opened) => {
                            let begin = chosen.slot.begin();
                            self.read(chosen.fragment, opened, Some(chosen.slot));
                            return Poll::Ready(Some(begin));
                        }
                        Err(reason) => self.late.note(chosen.fragment, Err(&reason)),
                    }
                }
                Some(Filling::Reading {
                    fragment,
                    next,
                    slot,
                }) => {
                    let (opened, next) = ready!(next.as_mut().poll(cx));
                    let (fragment, slot) = (*fragment, slot.take());
                    match next {
                        Ok(Some(bytes)) => {
                            self.read(fragment, opened, slot);
                            if !bytes.is_empty() {
                                return Poll::Ready(Some(bytes));
                            }
                            continue;
                        }
                        Ok(None) => self.late.note(fragment, Ok(())),
                        Err(reason) => self.late.note_cut(fragment, &reason),
                    }
                    let mut closing = opened.close();
                    if let Some(slot) = slot {
                        closing = [&closing[..], slot.end().as_bytes()].concat().into();
                    }
                    self.filling = Some(Filling::Closing(closing));
                }
                Some(Filling::Closing(bytes)) => {
                    let bytes = std::mem::take(bytes);
                    self.filling = None;
                    return Poll::Ready(Some(bytes).filter(|bytes| !bytes.is_empty()));
                }
            }
        }
    }

    /// Reads on in a fragment.
    fn read(&mut self, fragment: usize, mut opened: Opened, slot: Option<Slot>) {
        let next = Box::pin(async move {
            let next = opened.next().await;
            (opened, next)
        });
        self.filling = Some(Filling::Reading {
            fragment,
            next,
            slot,
        });
    }

    /// Waits for the first fragment that is left for the end of the page.
    fn choose(&mut self) {
        let behind = std::mem::take(&mut self.behind);
        self.filling = Some(Filling::Choosing(Box::pin(async move {
            let (dues, mut slots): (Vec<Due>, Vec<Slot>) = behind.into_iter().unzip();
            let mut fragments: Vec<usize> = dues.iter().map(|due| due.fragment).collect();
            let opening = dues.into_iter().map(|due| due.opening);
            let (opened, at, rest) = select_all(opening).await;
            let (fragment, slot) = (fragments.swap_remove(at), slots.swap_remove(at));
            let dues = fragments.into_iter().zip(rest);
            let dues = dues.map(|(fragment, opening)| Due { fragment, opening });
            Chosen {
                fragment,
                opened,
                slot,
                rest: dues.zip(slots).collect(),
            }
        })));
    }
}

impl Slot {
    /// Returns what stands where the fragment belongs until it is there.
    fn room(&self, fallback: &[u8]) -> Bytes {
        let number = self.number;
        let begin = format!("<template id=\"sg-seam-{number}\"></template>");
        let end = format!("<!--/sg-seam-{number}-->");
        [begin.as_bytes(), fallback, end.as_bytes()].concat().into()
    }

    fn begin(&self) -> Bytes {
        Bytes::from_static(b"<template>")
    }

    /// Returns what ends the fragment, and puts it where it belongs.
    fn end(&self) -> String {
        let number = self.number;
        let nonce = self.nonce.as_ref();
        let nonce = nonce.map_or_else(String::new, |nonce| format!(" nonce=\"{nonce}\""));
        format!(
            "</template><script{nonce}>(function(s,i){{var f=s.previousElementSibling,\
             t=document.getElementById(i),n;if(t){{while((n=t.nextSibling)&&\
             !(n.nodeType==8&&n.data==\"/\"+i))n.remove();if(n)n.remove();\
             t.replaceWith(f.content)}}f.remove();s.remove()}})\
             (document.currentScript,\"sg-seam-{number}\")</script>"
        )
    }
}

impl<S: ByteStream> Stream for Spliced<S> {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(bytes) = ready!(this.fill(cx)) {
                return Poll::Ready(Some(Ok(bytes)));
            }
            let end = this.at.saturating_add(this.chunk.len() as u64);
            let seam = this.late.seams.next_at(end);
            let before = seam.unwrap_or(end).saturating_sub(this.at);
            let before = usize::try_from(before).unwrap_or(usize::MAX);
            if before > 0 {
                let piece = this.chunk.split_to(before.min(this.chunk.len()));
                this.at = this.at.saturating_add(piece.len() as u64);
                return Poll::Ready(Some(Ok(piece)));
            }
            if let Some(seam) = this.late.seams.take(end) {
                if let Some(room) = this.arrive(seam.mark) {
                    return Poll::Ready(Some(Ok(room)));
                }
                continue;
            }
            let Some(page) = &mut this.page else {
                if this.behind.is_empty() {
                    return Poll::Ready(None);
                }
                this.choose();
                continue;
            };
            match ready!(page.as_mut().poll_next(cx)) {
                Some(Ok(chunk)) => {
                    this.chunk = chunk;
                    this.late.foresee();
                }
                Some(Err(error)) => {
                    this.page = None;
                    this.behind.clear();
                    return Poll::Ready(Some(Err(error)));
                }
                None => this.page = None,
            }
        }
    }
}
