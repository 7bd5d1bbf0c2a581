//! What it says on stderr: progress, too much of it, and what should not be said.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use sync_protocol::{KnackRecordId, Phase, ProgressEvent, WaitReason};
use uuid::Uuid;

const FLOOD: usize = 500_000_000;
const LONG_LINE: usize = 200_000_000;
const EVENTS: u64 = 20_000;
const CHUNK: usize = 64 * 1_024;

/// One line of progress.
pub(crate) fn tell(event: &ProgressEvent) -> Result<()> {
    let line = serde_json::to_string(event)?;
    writeln!(std::io::stderr(), "{line}")?;
    Ok(())
}

/// 500 MB of lines.
pub(crate) fn flood(mut to: impl Write) -> Result<()> {
    let mut line = vec![b'x'; 1_023];
    line.push(b'\n');
    let lines = line.repeat(CHUNK / line.len());
    for _ in 0..FLOOD.div_ceil(CHUNK) {
        to.write_all(&lines)?;
    }
    Ok(())
}

/// Lines, as short as can be, until nobody listens any more.
pub(crate) fn flood_without_end(mut to: impl Write) -> Result<ExitCode> {
    let lines = b"y\n".repeat(CHUNK / 2);
    loop {
        to.write_all(&lines)?;
    }
}

/// As many events as no refresh has.
pub(crate) fn flood_of_events() -> Result<()> {
    for done in 0..EVENTS {
        let phase = Phase::Fetching;
        let total = EVENTS;
        tell(&ProgressEvent::Progress { phase, done, total })?;
    }
    Ok(())
}

/// 200 MB without the end of a line.
pub(crate) fn one_long_line() -> Result<()> {
    let mut stderr = std::io::stderr().lock();
    let part = vec![b'x'; CHUNK];
    for _ in 0..LONG_LINE.div_ceil(CHUNK) {
        stderr.write_all(&part)?;
    }
    Ok(())
}

/// Events, with this pause between them, until told otherwise.
pub(crate) fn tell_until(pause: Duration, is_over: impl Fn() -> bool) -> Result<()> {
    for done in 0.. {
        if is_over() {
            break;
        }
        tell(&ProgressEvent::Progress {
            phase: Phase::Fetching,
            done,
            total: u64::MAX,
        })?;
        std::thread::sleep(pause);
    }
    Ok(())
}

/// Lines that are not events, lines that look like some, and four events that nothing may come of but what they are.
pub(crate) fn babble(establishment: KnackRecordId, run_id: Uuid) -> Result<()> {
    let too_long = format!(
        r#"{{"event":"phase",{}"phase":"writing"}}"#,
        " ".repeat(20_000)
    );
    let not_events: [&[u8]; 14] = [
        b"FORGED: a line of text",
        b"",
        b"null",
        b"[]",
        br#"{"event":"end","state":"FORGED"}"#,
        br#"{"event":"problem","message":"FORGED"}"#,
        br#"{"event":"phase","phase":"FORGED"}"#,
        br#"{"event":"phase","phase":"writing","message":"FORGED"}"#,
        br#"{"event":"progress","phase":"writing","done":-1,"total":2}"#,
        br#"{"event":"waiting","reason":"supabase","seconds":1e999}"#,
        br#"{"event":"phase","phase":"writing"} FORGED"#,
        b"event: end\r\ndata: FORGED",
        b"id: 1\r\rdata: FORGED\r\r",
        b"FORGED \xff\xfe\x00",
    ];
    let phase = |phase| ProgressEvent::Phase { phase };
    // Of this one, everything is known to the launcher already.
    let started = ProgressEvent::Started {
        run_id,
        establishment_id: establishment,
        establishment_name: "FORGED".to_owned(),
        academic_year: "2026/2027".parse()?,
    };
    let progress = ProgressEvent::Progress {
        phase: Phase::Fetching,
        done: 1,
        total: 2,
    };
    let waiting = ProgressEvent::Waiting {
        reason: WaitReason::Knack,
        seconds: 0.5,
    };
    for event in [started, phase(Phase::Fetching), progress, waiting] {
        tell(&event)?;
        let mut stderr = std::io::stderr().lock();
        for line in not_events.iter().copied().chain([too_long.as_bytes()]) {
            stderr.write_all(line)?;
            stderr.write_all(b"\n")?;
        }
    }
    // The last one is not even ended.
    let last = serde_json::to_string(&phase(Phase::Finishing))?;
    std::io::stderr().write_all(last.as_bytes())?;
    Ok(())
}

/// Every key it was given, in several ways.
pub(crate) fn tell_secrets(mut to: impl Write) -> Result<()> {
    for (name, secret) in std::env::vars().filter(|(name, _)| name.contains("KEY")) {
        let (one_half, other_half) = secret.split_at(secret.len() / 2);
        writeln!(to, "{secret}")?;
        writeln!(to, "{name}={secret}; {name}: \"{secret}\"")?;
        writeln!(to, "{{\"event\":\"phase\",\"phase\":\"{secret}\"}}")?;
        writeln!(
            to,
            "{{\"level\":\"ERROR\",\"message\":\"{secret}\",\"{secret}\":[\"{secret}\"]}}"
        )?;
        // Which is the whole again once control characters are left out.
        writeln!(to, "{one_half}\r{other_half}")?;
        // Half of it lies beyond what is kept of a line.
        writeln!(to, "{}{secret}", " ".repeat(500 - secret.len() / 2))?;
    }
    writeln!(to, "these were all my secrets")?;
    Ok(())
}

/// One line on stdout.
pub(crate) fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}
