//! Which requests have started lately, and so when the next may start, and their encoding in the shared file. Pure.

use std::time::Duration;

/// At most this many starts in any [`WINDOW`], and one of a stranger beside them.
pub const STARTS: usize = 9;

/// A little more than Knack's second, for requests that arrive late.
pub const WINDOW: Duration = Duration::from_millis(1_100);

/// A pause further away than this was written by a clock that has since been set back.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// No clock shows a time after 2200; a later one is invalid.
const LATEST: Millis = 7_258_118_400_000;

/// Milliseconds since 1970: the file is shared by processes, so it cannot hold a process's own instants.
pub(super) type Millis = u64;

pub(super) fn millis(duration: Duration) -> Millis {
    duration.as_millis().try_into().unwrap_or(Millis::MAX)
}

/// When a request started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Started(pub(super) Millis);

/// The starts of the last window, oldest first, until when nobody may start, and when a stranger started last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) starts: [Millis; STARTS],
    paused_until: Millis,
    /// Last in the file, where a program of before strangers does not look.
    stranger: Millis,
}

impl Window {
    pub(super) const BYTES: usize = (STARTS + 2) * size_of::<Millis>();

    pub(super) fn try_start(&mut self, now: Millis) -> Result<Started, Duration> {
        self.wait_for(self.starts[0], now)?;
        self.starts.rotate_left(1);
        self.starts[STARTS - 1] = now;
        self.starts.sort_unstable();
        Ok(Started(now))
    }

    pub(super) fn try_start_of_stranger(&mut self, now: Millis) -> Result<Started, Duration> {
        self.wait_for(self.stranger, now)?;
        self.stranger = now;
        Ok(Started(now))
    }

    /// A window after `earlier`, and while nobody pauses.
    fn wait_for(&self, earlier: Millis, now: Millis) -> Result<(), Duration> {
        let opens = earlier.saturating_add(millis(WINDOW));
        let free_at = opens.max(self.paused_until);
        if free_at > now && free_at <= now + millis(LONGEST_WAIT) {
            return Err(Duration::from_millis(free_at - now));
        }
        Ok(())
    }

    /// Whether a stranger may have started in the second in which a request came that started then.
    pub(super) fn stranger_since(&self, started: Started) -> bool {
        self.stranger.saturating_add(millis(WINDOW)) > started.0
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

#[cfg(test)]
mod tests {
    use super::*;

    fn start(window: &mut Window, now: Millis) -> Result<(), Duration> {
        window.try_start(now).map(drop)
    }

    fn start_stranger(window: &mut Window, now: Millis) -> Result<(), Duration> {
        window.try_start_of_stranger(now).map(drop)
    }

    #[test]
    fn nine_start_at_once_and_the_tenth_waits_for_the_window() {
        let mut window = Window::default();
        for _ in 0..STARTS {
            assert_eq!(start(&mut window, 50_000), Ok(()));
        }
        assert_eq!(start(&mut window, 50_100), Err(Duration::from_secs(1)));
        assert_eq!(start(&mut window, 51_100), Ok(()));
    }

    #[test]
    fn strangers_have_one_place_and_take_none_of_the_nine() {
        let mut window = Window::default();
        for now in 50_000..50_100 {
            let expected = if now == 50_000 {
                Ok(())
            } else {
                Err(Duration::from_millis(51_100 - now))
            };
            assert_eq!(start_stranger(&mut window, now), expected);
        }
        for _ in 0..STARTS {
            assert_eq!(start(&mut window, 50_100), Ok(()));
        }
        // Nor does a full window keep a stranger waiting, but a pause does.
        assert_eq!(start_stranger(&mut window, 51_100), Ok(()));
        window.pause(52_200, Duration::from_secs(1));
        let paused = start_stranger(&mut window, 52_200);
        assert_eq!(paused, Err(Duration::from_secs(1)));
    }

    #[test]
    fn a_stranger_of_long_ago_used_nothing() {
        let window = Window {
            stranger: 50_000,
            ..Window::default()
        };
        assert!(window.stranger_since(Started(51_099)));
        assert!(!window.stranger_since(Started(51_100)));
    }

    #[test]
    fn no_window_of_a_second_ever_holds_more_than_nine() {
        let (mut window, mut now, mut starts) = (Window::default(), 50_000, Vec::new());
        for step in 0..500_u64 {
            match start(&mut window, now) {
                Ok(()) => starts.push(now),
                Err(wait) => now += millis(wait).min(step % 7 * 40 + 1),
            }
        }
        assert!(starts.len() > 20);
        for (first, later) in starts.iter().zip(&starts[STARTS..]) {
            assert!(later - first >= 1_000);
        }
    }

    #[test]
    fn a_pause_holds_everybody_and_a_clock_set_back_holds_nobody() {
        let mut window = Window::default();
        window.pause(50_000, Duration::from_secs(1));
        let paused = start(&mut window, 50_200);
        assert_eq!(paused, Err(Duration::from_millis(800)));
        assert_eq!(start(&mut window, 1_000), Ok(()));
    }

    fn bytes(numbers: impl IntoIterator<Item = Millis>) -> Vec<u8> {
        numbers.into_iter().flat_map(Millis::to_le_bytes).collect()
    }

    #[test]
    fn a_file_of_a_clock_that_was_set_back_lets_nine_start_at_once() {
        const NOW: Millis = 1_800_000_000_000;
        const A_DAY: Millis = 86_400_000;
        for ahead in [11_000, 60_000, A_DAY, 400 * A_DAY] {
            let written = bytes([NOW + ahead; STARTS + 2]);
            let mut window = Window::from_bytes(&written, NOW).unwrap();
            for _ in 0..STARTS {
                assert_eq!(start(&mut window, NOW), Ok(()), "{ahead}");
            }
            assert_eq!(start_stranger(&mut window, NOW), Ok(()), "{ahead}");
            // And the limit holds from there on.
            assert!(start(&mut window, NOW).is_err(), "{ahead}");
            assert_eq!(start(&mut window, NOW + 1_100), Ok(()), "{ahead}");
        }
        // Nor does one start of the future slow down the others.
        let mut some = [NOW - 5_000; STARTS + 2];
        some[STARTS - 1] = NOW + 2_000;
        let mut window = Window::from_bytes(&bytes(some), NOW).unwrap();
        for _ in 0..STARTS {
            assert_eq!(start(&mut window, NOW), Ok(()));
        }
    }

    #[test]
    fn what_a_file_says_of_the_last_second_counts() {
        const NOW: Millis = 1_800_000_000_000;
        let written = bytes([NOW - 100; STARTS + 2]);
        let mut window = Window::from_bytes(&written, NOW).unwrap();
        assert_eq!(start(&mut window, NOW), Err(Duration::from_secs(1)));
        assert_eq!(window.to_bytes(), written);
        let before_strangers = &written[..written.len() - size_of::<Millis>()];
        let mut window = Window::from_bytes(before_strangers, NOW).unwrap();
        assert!(start(&mut window, NOW).is_err());
        assert_eq!(start_stranger(&mut window, NOW), Ok(()));
        assert_eq!(Window::from_bytes(&[], NOW), Some(Window::default()));
    }

    #[test]
    fn what_no_refresh_wrote_is_damaged() {
        for damaged in [
            &b"damaged"[..],
            &[0; 1],
            &[0; 8],
            &[0; 79],
            &[0; 81],
            &[0; 96],
            &[0xff; 80],
            &[0xff; 88],
            b"#!/bin/sh\n# Exactly as long as a budget is, but it is a program that somebody wrote.  \n",
        ] {
            assert_eq!(Window::from_bytes(damaged, 1_800_000_000_000), None, "{damaged:?}");
        }
    }
}
