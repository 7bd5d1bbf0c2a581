//! Whatever a child writes, and in whatever pieces it arrives, the same is read of it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use proptest::prelude::*;
use sync_protocol::Phase;
use tokio::io::ReadBuf;

use super::*;

/// What a child has written, in the pieces in which it arrives.
struct Pieces(VecDeque<Vec<u8>>);

impl Pieces {
    fn of(said: &[u8], cuts: &[prop::sample::Index]) -> Self {
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(said.len() + 1)).collect();
        at.extend([0, said.len()]);
        at.sort_unstable();
        at.dedup();
        let pieces = at.windows(2).map(|ends| said[ends[0]..ends[1]].to_vec());
        Self(pieces.collect())
    }
}

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let Some(mut piece) = self.0.pop_front() else {
            return Poll::Ready(Ok(()));
        };
        let rest = piece.split_off(piece.len().min(room.remaining()));
        room.put_slice(&piece);
        if !rest.is_empty() {
            self.0.push_front(rest);
        }
        Poll::Ready(Ok(()))
    }
}

fn any_event() -> impl Strategy<Value = ProgressEvent> {
    (0..5_u64, 0..9_u64).prop_map(|(done, total)| ProgressEvent::Progress {
        phase: Phase::Fetching,
        done,
        total,
    })
}

/// A line of the contract, nearly one, or anything.
fn any_line() -> impl Strategy<Value = Vec<u8>> {
    let event =
        || any_event().prop_map(|event| serde_json::to_vec(&event).expect("events are JSON"));
    prop_oneof![
        4 => event(),
        2 => (event(), any::<prop::sample::Index>()).prop_map(|(mut line, at)| {
            let at = at.index(line.len());
            line[at] = line[at].wrapping_add(1);
            line
        }),
        1 => event().prop_map(|line| [line, b"\r".to_vec()].concat()),
        1 => Just(Vec::new()),
        1 => any::<String>().prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..60),
        1 => (15_990..16_010_usize).prop_map(|length| vec![b'x'; length]),
    ]
}

/// The events and the other lines, as they were heard.
fn heard(said: &[u8], cuts: &[prop::sample::Index]) -> (Vec<ProgressEvent>, Vec<Vec<u8>>) {
    let (mut events, others) = (Vec::new(), RefCell::new(Vec::new()));
    let log = |line: &[u8]| others.borrow_mut().push(line.to_vec());
    let read = lines(
        Some(Pieces::of(said, cuts)),
        |event| events.push(event.clone()),
        log,
    );
    read.now_or_never().expect("all of it is there");
    (events, others.into_inner())
}

/// What was said, read line by line as a whole.
fn expected(said: &[u8]) -> (Vec<ProgressEvent>, Vec<Vec<u8>>) {
    let (mut events, mut others) = (Vec::new(), Vec::new());
    for line in said.split(|byte| *byte == b'\n') {
        let line = &line[..line.len().min(LONGEST_LINE)];
        match serde_json::from_slice(line) {
            Ok(event) => events.push(event),
            Err(_) if line.is_empty() => {}
            Err(_) => others.push(line.to_vec()),
        }
    }
    others.truncate(MOST_LOGGED as usize);
    (events, others)
}

proptest! {
    #[test]
    fn lines_are_heard_alike_in_whatever_pieces_they_arrive(
        said in prop::collection::vec(any_line(), 0..8), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..9),
    ) {
        let said = said.join(&b'\n');
        prop_assert_eq!(heard(&said, &cuts), expected(&said));
    }

    #[test]
    fn every_event_is_heard_whatever_is_written_between(
        events in prop::collection::vec(any_event(), 0..6), junk in prop::collection::vec(any_line(), 6),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..9),
    ) {
        let is_event = |line: &Vec<u8>| serde_json::from_slice::<ProgressEvent>(line).is_ok();
        let mut said = Vec::new();
        for (event, junk) in events.iter().zip(junk.iter().filter(|line| !is_event(line)).chain(std::iter::repeat(&Vec::new()))) {
            said.extend(junk.iter().copied().filter(|byte| *byte != b'\n').chain([b'\n']));
            said.extend(serde_json::to_vec(event).unwrap());
            said.push(b'\n');
        }
        prop_assert_eq!(heard(&said, &cuts).0, events);
    }

    #[test]
    fn a_document_is_captured_whole_in_whatever_pieces_it_arrives(
        said in prop::collection::vec(any::<u8>(), 0..400), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..9),
    ) {
        let mut captured = Captured::default();
        capture(Some(Pieces::of(&said, &cuts)), &mut captured).now_or_never().expect("all of it is there");
        prop_assert_eq!(captured.text, said);
        prop_assert!(!captured.is_truncated);
    }
}
