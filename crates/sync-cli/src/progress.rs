//! Progress on stderr: a bar for a person, one JSON event per line for a program, or nothing. All of it goes through the
//! log, so that a pipe nobody reads, or a paused terminal, never blocks the run.

mod terminal;

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sync_protocol::{Phase, ProgressEvent, WaitReason};

use terminal::Terminal;

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Mode {
    /// A bar on a terminal, otherwise nothing.
    Auto,
    /// A bar.
    Bar,
    /// One JSON event per line.
    Json,
    /// Nothing.
    None,
}

impl Mode {
    /// Where a program reads stderr, it reads the log too.
    pub(crate) fn log_format(self) -> logging::Format {
        match self {
            Self::Json => logging::Format::Json,
            Self::Auto | Self::Bar | Self::None => logging::Format::Text,
        }
    }
}

/// Where events go.
#[derive(Debug, Clone)]
pub(crate) enum Progress {
    /// A bar.
    Bar(ProgressBar),
    Json,
    Nowhere,
}

impl Progress {
    /// Chooses by `mode` and whether stderr is a terminal.
    pub(crate) fn new(mode: Mode) -> Self {
        match mode {
            Mode::Auto if io::stderr().is_terminal() => Self::bar(),
            Mode::Bar => Self::bar(),
            Mode::Json => Self::Json,
            Mode::Auto | Mode::None => Self::Nowhere,
        }
    }

    fn bar() -> Self {
        let target = match Terminal::stderr() {
            Some(terminal) => {
                logging::set_bar(true);
                ProgressDrawTarget::term_like(Box::new(terminal))
            }
            None => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        bar.set_style(style(WITHOUT_TOTAL));
        bar.enable_steady_tick(Duration::from_millis(100));
        Self::Bar(bar)
    }

    pub(crate) fn event(&self, event: &ProgressEvent) {
        match self {
            Self::Bar(bar) => draw(bar, event),
            Self::Json => write_line(event),
            Self::Nowhere => {}
        }
    }

    pub(crate) fn phase(&self, phase: Phase) {
        self.event(&ProgressEvent::Phase { phase });
    }

    pub(crate) fn waiting(&self, reason: WaitReason, delay: Duration) {
        self.event(&ProgressEvent::Waiting {
            reason,
            seconds: delay.as_secs_f64(),
        });
    }

    /// Clears the bar, so that what follows has a line of its own.
    pub(crate) fn finish(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
            logging::set_bar(false);
            // It goes by way of the log, and the summary does not: it must not be cleared instead.
            logging::finish(CLEARED_WITHIN);
        }
    }
}

fn draw(bar: &ProgressBar, event: &ProgressEvent) {
    match event {
        ProgressEvent::Started {
            establishment_name, ..
        } => bar.println(establishment_name),
        ProgressEvent::Phase { phase } => {
            bar.set_style(style(WITHOUT_TOTAL));
            bar.set_message(words(*phase));
        }
        ProgressEvent::Progress { done, total, .. } => {
            let is_narrow = Terminal::columns() < WIDE;
            bar.set_style(style(if is_narrow { NARROW } else { WITH_TOTAL }));
            bar.set_length(*total);
            bar.set_position(*done);
        }
        ProgressEvent::Waiting { reason, seconds } => {
            let whom = match reason {
                WaitReason::Knack => "Knack",
                WaitReason::Supabase => "Supabase",
            };
            bar.set_message(format!("Waiting {seconds:.1} s for {whom}"));
        }
    }
}

/// A bar only where there is something to be a part of, and room for it. No line may be wider than the terminal: it would wrap,
/// and leave its beginning behind.
const WITH_TOTAL: &str = "{spinner} {msg:32} {wide_bar} {pos:>5}/{len} {elapsed:>4}";
const NARROW: &str = "{spinner} {wide_msg} {pos}/{len}";
const WITHOUT_TOTAL: &str = "{spinner} {wide_msg} {elapsed:>4}";

/// A terminal that takes longer is paused.
const CLEARED_WITHIN: Duration = Duration::from_millis(200);

/// From this width on there is room for a bar.
const WIDE: u16 = 64;

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is valid")
}

fn words(phase: Phase) -> &'static str {
    match phase {
        Phase::FindingSchool => "Finding the school",
        Phase::Fetching => "Reading from Knack",
        Phase::Comparing => "Comparing",
        Phase::Writing => "Saving what changed",
        Phase::Finishing => "Finishing",
    }
}

fn write_line(event: &ProgressEvent) {
    let mut line = serde_json::to_vec(event).expect("events always serialise");
    line.push(b'\n');
    logging::write(&line);
}
