//! Documents that the test dictates: what a refresh reports besides its counts, and what a question is answered.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{noise, waiting};

/// Does what the test dictates, if that is how it is to behave.
pub(crate) fn does(behaviour: &str, summary: Value, folder: &Path) -> Result<bool> {
    match behaviour {
        "reports what it is told to" => {
            noise::say(&with_members(summary, folder)?.to_string())?;
        }
        "answers" => {
            leave_question(folder)?;
            answer(folder)?;
        }
        "answers late" => {
            leave_question(folder)?;
            waiting::end_with_stdin();
            waiting::until_told(folder);
            answer(folder)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// A summary with the members that lie in the file `members` put in.
fn with_members(mut summary: Value, folder: &Path) -> Result<Value> {
    let members = fs::read_to_string(folder.join("members"))?;
    let members: Value = serde_json::from_str(&members)?;
    let members = members.as_object().context("members are an object")?;
    let summary_of = summary.as_object_mut().context("a summary is an object")?;
    summary_of.extend(members.clone());
    Ok(summary)
}

/// Leaves the question, and all that anyone could see of this process besides, and says what lies in the file `answer`.
fn leave_question(folder: &Path) -> Result<()> {
    let mut question = Vec::new();
    let mut stdin = std::io::stdin().lock();
    let mut byte = [0];
    // Not a byte more: the rest is the death pipe.
    while stdin.read(&mut byte)? == 1 && byte != [b'\n'] {
        question.extend_from_slice(&byte);
    }
    drop(stdin);
    let arguments: Vec<String> = std::env::args().collect();
    let variables: Vec<(String, String)> = std::env::vars().collect();
    fs::write(folder.join("seen"), format!("{arguments:?} {variables:?}"))?;
    fs::write(folder.join("question.new"), question)?;
    fs::rename(folder.join("question.new"), folder.join("question"))?;
    Ok(())
}

/// Says what lies in the file `answer`, and on stderr what it was asked, as no program should.
fn answer(folder: &Path) -> Result<()> {
    let question = fs::read_to_string(folder.join("question"))?;
    let mut stderr = std::io::stderr().lock();
    writeln!(stderr, "asked for {question}")?;
    writeln!(
        stderr,
        r#"{{"level":"INFO","message":"asked","of":"{question}"}}"#
    )?;
    noise::say(&fs::read_to_string(folder.join("answer"))?)?;
    Ok(())
}
