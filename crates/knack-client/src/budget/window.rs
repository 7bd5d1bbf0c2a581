//! Which requests have started lately, and so when the next may start, and their encoding in the shared file. Pure.
//!
//! What Knack counts is when a request comes. One that has a place may still be on its way into a connection, so until it is
//! known to have been sent, it is taken to come [`LATENESS`] later. And where several processes take every place, their
//! requests are spread over the second: bursts that come unevenly late would meet in one second of Knack's.

use std::time::Duration;

/// At most this many starts in any [`WINDOW`], and one of a stranger beside them.
pub const STARTS: usize = 9;

/// A little more than Knack's second, for requests that arrive late.
pub const WINDOW: Duration = Duration::from_millis(1_100);

/// How late a request is taken to come as long as nobody knows that it was sent.
const LATENESS: Duration = Duration::from_millis(400);

/// Between two starts, where others ask too: a little less than what the window leaves, which it would otherwise cost.
const SPREAD: Duration = Duration::from_millis(100);

/// Between two starts of a process that has lost sight of the others. Four refreshes run at once, unless set otherwise.
const ALONE: Duration = Duration::from_millis(500);

/// Others ask too where so many of the places of the last two windows are theirs. The launcher's look-up of a user takes two.
const OTHERS: usize = 3;

/// A pause further away than this was written by a clock that has since been set back.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// No clock shows a time after 2200; a later one is invalid.
const LATEST: Millis = 7_258_118_400_000;

/// Milliseconds since 1970: the file is shared by processes, so it cannot hold a process's own instants.
pub(super) type Millis = u64;

pub(super) fn millis(duration: Duration) -> Millis {
    duration.as_millis().try_into().unwrap_or(Millis::MAX)
}

/// A request that may be sent, and as what it is counted until it has been.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Started {
    pub(super) at: Millis,
    pub(super) counted: Millis,
}

/// The places that this process took last.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ours([Millis; STARTS]);

impl Ours {
    pub(super) fn took(&mut self, started: Started) {
        self.0.rotate_left(1);
        self.0[STARTS - 1] = started.counted;
    }

    pub(super) fn sent(&mut self, started: Started, at: Millis) {
        if let Some(place) = self.0.iter_mut().find(|it| **it == started.counted) {
            *place = at;
        }
    }
}

/// The starts of the last window, oldest first, until when nobody may start, and when a stranger started last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Window {
    /// How far apart starts are at least, whoever makes them. Not part of what is shared.
    apart: Duration,
    pub(super) starts: [Millis; STARTS],
    paused_until: Millis,
    /// Last in the file, where a program of before strangers does not look.
    stranger: Millis,
}

impl Window {
    /// For a process that cannot know what the others do: as many as run at once keep within the limit together.
    pub(super) fn alone() -> Self {
        Self {
            apart: ALONE,
            ..Self::default()
        }
    }

    /// Where what was known is lost: whatever others have just sent is over before anybody starts.
    pub(super) fn anew(now: Millis) -> Self {
        let mut window = Self::default();
        window.pause(now, WINDOW);
        window
    }

    pub(super) const BYTES: usize = (STARTS + 2) * size_of::<Millis>();

    /// Takes a place, or says when to try again.
    pub(super) fn try_start(&mut self, ours: &Ours, now: Millis) -> Result<Started, Duration> {
        self.wait_for(taken(self.starts[0], now), WINDOW, now)?;
        let apart = if self.has_others(ours, now) {
            self.apart.max(SPREAD)
        } else {
            self.apart
        };
        let taken = self.starts.iter().map(|start| taken(*start, now));
        self.wait_for(taken.max().unwrap_or(0), apart, now)?;
        let counted = now + millis(LATENESS);
        self.starts[0] = counted;
        self.starts.sort_unstable();
        Ok(Started { at: now, counted })
    }

    /// It is on its way to Knack.
    pub(super) fn sent(&mut self, started: Started, now: Millis) {
        // Where it is no longer counted, it took very long, and the oldest makes room for it.
        let place = self.starts.iter().position(|it| *it == started.counted);
        self.starts[place.unwrap_or(0)] = now;
        self.starts.sort_unstable();
    }

    /// Whether other processes took places of late.
    fn has_others(&self, ours: &Ours, now: Millis) -> bool {
        let is_recent = |start: &&Millis| **start + 2 * millis(WINDOW) > now;
        let mut left = ours.0;
        let others = self.starts.iter().filter(is_recent).filter(|start| {
            let our = left.iter_mut().find(|our| *our == *start);
            // Each of ours stands for one.
            our.map(|our| *our = 0).is_none()
        });
        others.count() >= OTHERS
    }

    pub(super) fn try_start_of_stranger(&mut self, now: Millis) -> Result<Started, Duration> {
        self.wait_for(self.stranger, WINDOW, now)?;
        self.stranger = now;
        Ok(Started {
            at: now,
            counted: now,
        })
    }

    /// So long after `earlier`, and while nobody pauses.
    fn wait_for(&self, earlier: Millis, distance: Duration, now: Millis) -> Result<(), Duration> {
        let opens = earlier.saturating_add(millis(distance));
        let free_at = opens.max(self.paused_until);
        if free_at > now && free_at <= now + millis(LONGEST_WAIT) {
            return Err(Duration::from_millis(free_at - now));
        }
        Ok(())
    }

    /// Whether a stranger may have started in the second in which a request came that started then.
    pub(super) fn stranger_since(&self, started: Started) -> bool {
        self.stranger.saturating_add(millis(WINDOW)) > started.at
    }

    pub(super) fn pause(&mut self, now: Millis, pause: Duration) {
        self.paused_until = now + millis(pause);
    }

    /// What a file contains; `None` if that is damaged. Whatever was written by a clock that has since been set back is left
    /// out, or every process would wait for that time to come.
    pub(super) fn from_bytes(bytes: &[u8], now: Millis) -> Option<Self> {
        let (numbers, rest) = bytes.as_chunks();
        let mut numbers = numbers.iter().map(|number| Millis::from_le_bytes(*number));
        let is_whole = [0, Self::BYTES - size_of::<Millis>(), Self::BYTES].contains(&bytes.len());
        if !is_whole || !rest.is_empty() || numbers.clone().any(|number| number > LATEST) {
            return None;
        }
        let mut next = |latest: Millis| {
            let number = numbers.next().unwrap_or(0);
            if number > latest { 0 } else { number }
        };
        let latest_start = now + millis(WINDOW);
        let mut window = Self {
            apart: Duration::ZERO,
            starts: std::array::from_fn(|_| next(latest_start)),
            paused_until: next(now + millis(LONGEST_WAIT)),
            stranger: next(latest_start),
        };
        window.starts.sort_unstable();
        Some(window)
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let numbers = self.starts.iter();
        let numbers = numbers.chain([&self.paused_until, &self.stranger]);
        numbers.flat_map(|number| number.to_le_bytes()).collect()
    }
}

/// When a place was taken: of one that is not known to have been sent, the latest moment is what is kept.
fn taken(start: Millis, now: Millis) -> Millis {
    if start > now {
        start.saturating_sub(millis(LATENESS))
    } else {
        start
    }
}

#[cfg(test)]
mod tests;
