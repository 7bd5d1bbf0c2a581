//! A terminal of some width, and what somebody sees on it in the end.

use std::process::Stdio;

use tokio::process::Command;

use crate::Refresh;

/// What a terminal shows.
#[derive(Debug)]
pub struct Screen {
    columns: usize,
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

/// Runs the program on a terminal of this width. Returns whether it succeeded, and all that it wrote there.
///
/// # Panics
/// If there can be no terminal.
pub async fn on_terminal(refresh: Refresh, columns: usize) -> (bool, String) {
    let refresh = refresh.into_command();
    let refresh = refresh.as_std();
    let words = std::iter::once(refresh.get_program()).chain(refresh.get_args());
    let words: Vec<_> = words
        .map(|word| word.to_str().expect("arguments are text"))
        .collect();
    let line = format!("stty cols {columns} rows 50; exec {}", words.join(" "));
    let environment = refresh.get_envs();
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .envs(environment.filter_map(|(name, value)| Some((name, value?))))
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .output()
        .await
        .expect("script runs");
    let written = String::from_utf8(output.stdout).expect("what is written is text");
    (output.status.success(), written)
}

impl Screen {
    /// What is seen once this has been written.
    ///
    /// # Panics
    /// If the text has a control that a progress bar does not need.
    pub fn of(text: &str, columns: usize) -> Self {
        let mut screen = Self {
            columns,
            lines: vec![Vec::new()],
            row: 0,
            column: 0,
        };
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            match c {
                '\r' => screen.column = 0,
                '\n' => screen.down(1),
                '\u{1b}' => screen.control(&mut rest),
                c => screen.put(c),
            }
        }
        screen
    }

    /// The lines from top to bottom, without blanks at their ends.
    pub fn lines(&self) -> Vec<String> {
        let lines = self.lines.iter();
        lines
            .map(|line| line.iter().collect::<String>().trim_end().to_owned())
            .collect()
    }

    fn control(&mut self, rest: &mut std::str::Chars<'_>) {
        assert_eq!(rest.next(), Some('['), "a control sequence");
        let mut number = String::new();
        let letter = loop {
            match rest.next() {
                Some(c) if c.is_ascii_digit() || c == '?' => number.push(c),
                other => break other,
            }
        };
        let by = number.parse().unwrap_or(1);
        match (letter, number.as_str()) {
            (Some('A'), _) => self.row = self.row.saturating_sub(by),
            (Some('B'), _) => self.down(by),
            (Some('C'), _) => self.column = (self.column + by).min(self.columns - 1),
            (Some('D'), _) => self.column = self.column.saturating_sub(by),
            (Some('K'), "2") => self.lines[self.row].clear(),
            (Some('h' | 'l' | 'm'), _) => {}
            other => panic!("{other:?}"),
        }
    }

    fn put(&mut self, c: char) {
        // As terminals do: the cursor waits behind the last column until there is something to show.
        if self.column == self.columns {
            self.column = 0;
            self.down(1);
        }
        let line = &mut self.lines[self.row];
        while line.len() <= self.column {
            line.push(' ');
        }
        line[self.column] = c;
        self.column += 1;
    }

    fn down(&mut self, by: usize) {
        self.row += by;
        while self.lines.len() <= self.row {
            self.lines.push(Vec::new());
        }
    }
}
