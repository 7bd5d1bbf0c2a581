//! Tables of what starts when, by a clock of the test's own.

use super::*;

/// One that is sent at once, by a process that knows of no other.
fn start(window: &mut Window, now: Millis) -> Result<(), Duration> {
    let ours = Ours(window.starts);
    let started = window.try_start(&ours, now)?;
    window.sent(started, now);
    Ok(())
}

/// One that is not sent yet.
fn begin(window: &mut Window, now: Millis) -> Result<Started, Duration> {
    let ours = Ours(window.starts);
    window.try_start(&ours, now)
}

fn started(at: Millis) -> Started {
    Started { at, counted: at }
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
    assert!(window.stranger_since(started(51_099)));
    assert!(!window.stranger_since(started(51_100)));
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

#[test]
fn a_request_counts_from_when_it_was_sent_and_not_from_when_it_might_be() {
    let mut window = Window::default();
    let begun: Vec<Started> = (0..STARTS)
        .map(|_| begin(&mut window, 50_000).unwrap())
        .collect();
    // Whoever waits looks again once all of them can have been sent at once.
    let full = begin(&mut window, 50_100).unwrap_err();
    assert_eq!(full, Duration::from_secs(1));
    let (late, others) = begun.split_first().unwrap();
    for started in others {
        window.sent(*started, 50_300);
    }
    // A connection took its time.
    window.sent(*late, 50_650);
    let soon = begin(&mut window, 51_300).unwrap_err();
    assert_eq!(soon, Duration::from_millis(100));
    for _ in 0..STARTS - 1 {
        begin(&mut window, 51_400).unwrap();
    }
    let last = begin(&mut window, 51_400).unwrap_err();
    assert_eq!(last, Duration::from_millis(350));
}

#[test]
fn a_process_that_died_before_it_sent_anything_holds_a_place_for_a_moment_only() {
    let mut window = Window::default();
    for _ in 0..STARTS {
        begin(&mut window, 50_000).unwrap();
    }
    for (now, is_free) in [(51_100, false), (51_499, false), (51_500, true)] {
        let next = begin(&mut window.clone(), now);
        assert_eq!(next.is_ok(), is_free, "{now}");
    }
}

#[test]
fn what_is_sent_later_than_anybody_expected_still_counts() {
    let mut window = Window::default();
    let late = begin(&mut window, 50_000).unwrap();
    for now in (51_600..).take(STARTS) {
        start(&mut window, now).unwrap();
    }
    window.sent(late, 51_650);
    assert_eq!(window.starts[STARTS - 1], 51_650);
    assert_eq!(window.starts[0], 51_601, "in the place of the oldest");
}

/// When each of these processes starts its requests, of which there are always more, and the requests come so late.
fn busy(processes: usize, lateness: impl Fn(usize) -> Millis) -> Vec<Millis> {
    let mut window = Window::default();
    let mut ours = vec![Ours::default(); processes];
    let mut arrivals = Vec::new();
    let mut number = 0;
    for now in 50_000..80_000 {
        for own in &mut ours {
            while let Ok(started) = window.try_start(own, now) {
                own.took(started);
                window.sent(started, now);
                own.sent(started, now);
                arrivals.push(now + lateness(number));
                number += 1;
            }
        }
    }
    arrivals.sort_unstable();
    arrivals
}

fn busiest_second(arrivals: &[Millis]) -> usize {
    let within = |(n, first): (usize, &Millis)| {
        let rest = &arrivals[n..];
        rest.partition_point(|later| later - first < 1_000)
    };
    arrivals.iter().enumerate().map(within).max().unwrap_or(0)
}

#[test]
fn processes_that_share_every_place_never_meet_knacks_limit_though_some_requests_come_late() {
    for processes in [2, 4, 12] {
        for latest in [0, 100, 200] {
            let arrivals = busy(processes, |number| (number as u64 * 7 % 5) * latest / 4);
            let busiest = busiest_second(&arrivals);
            assert!(busiest <= 10, "{processes} {latest}: {busiest}");
            // And all places are used: nine in each 1.1 seconds.
            assert!(arrivals.len() >= 240, "{processes}: {}", arrivals.len());
        }
    }
}

#[test]
fn a_process_alone_and_one_beside_the_launchers_look_ups_start_nine_at_once() {
    for of_the_launcher in 0..OTHERS {
        let mut window = Window::default();
        for now in (50_000..).take(of_the_launcher) {
            start(&mut window, now).unwrap();
        }
        let mut ours = Ours::default();
        let mut started = 0;
        while let Ok(place) = window.try_start(&ours, 50_100) {
            ours.took(place);
            started += 1;
        }
        assert_eq!(started, STARTS - of_the_launcher);
    }
}
