//! Answers to the questionnaire: each case is a student of its own, whose result record is ordinary.
//!
//! Unlike the other awkward records, these say what must become of them, since the answers that a student has are many.

use jiff::{
    ToSpan as _,
    civil::{DateTime, Time},
};
use serde_json::{Value, json};

use super::table::{SkippedAnswers, Table, awkward_id, drop_field, same, set};
use crate::data::{QUESTIONS, anchor, answer_field, answers, date_raw, display_date, year};

const SCHOOL: u32 = 1821;
const STUDENT: u32 = 792;
const EMAIL: u32 = 2732;
const COMPLETED: u32 = 856;
const CURRENT_CYCLE: u32 = 863;

pub(super) fn write(table: &mut Table) {
    values(table);
    cycles(table);
    dates(table);
    students(table);
    schools_of(table);
}

/// The calendar-year school's: a day that belongs to its year, and by the UK's rule to the year before.
pub(super) fn write_calendar_year(table: &mut Table) {
    table.answers("answers_of_calendar_year_school", 1, |_| {});
}

fn values(table: &mut Table) {
    table.answers("answers_ordinary", 1, |_| {});
    for (name, value) in [
        ("answer_zero", json!(0)),
        ("answer_zero_as_text", json!("0")),
    ] {
        table.answers(name, 1, |case| {
            same(case.record(), answer_field("q5", 1), value);
            case.lacks(1, "q5");
        });
    }
    table.answers("answer_blank", 1, |case| {
        same(case.record(), answer_field("q5", 1), "");
        case.lacks(1, "q5");
    });
    table.answers("answer_null", 1, |case| {
        same(case.record(), answer_field("q5", 1), ());
        case.lacks(1, "q5");
    });
    table.answers("answer_missing", 1, |case| {
        drop_field(case.record(), answer_field("q5", 1));
        case.lacks(1, "q5");
    });
    table.answers("answers_all_blank", 1, |case| {
        for (question, _) in ordinary(1) {
            same(case.record(), answer_field(question, 1), "");
            case.lacks(1, question);
        }
    });
    for (name, value) in [
        ("answer_as_text", json!("3")),
        ("answer_as_decimal_text", json!("3.0")),
        ("answer_as_decimal_number", json!(3.0)),
    ] {
        table.answers(name, 1, |case| {
            same(case.record(), answer_field("outcome_q_support", 1), value);
            case.stored.insert((1, "outcome_q_support"), 3);
        });
    }
    table.answers("answer_shown_only", 1, |case| {
        set(case.record(), answer_field("q29_vision_grades", 1), "4", "");
        case.stored.insert((1, "q29_vision_grades"), 4);
    });
    table.answers("answer_raw_only", 1, |case| {
        set(case.record(), answer_field("q29_vision_grades", 1), "", 4);
        case.stored.insert((1, "q29_vision_grades"), 4);
    });
    table.answers("answer_raw_and_shown_differ", 1, |case| {
        set(case.record(), answer_field("q1", 1), "2", 4);
        case.stored.insert((1, "q1"), 4);
    });
    for (name, value) in [
        ("answer_fifty", json!(50)),
        ("answer_six", json!(6)),
        ("answer_negative", json!(-1)),
        ("answer_percent", json!("80%")),
        ("answer_words", json!("agree")),
    ] {
        table.answers(name, 1, |case| {
            same(case.record(), answer_field("q7", 1), value);
            case.lacks(1, "q7");
            case.skipped = Some(SkippedAnswers::OutOfRange);
        });
    }
}

fn cycles(table: &mut Table) {
    table.answers("answers_three_cycles", 3, |_| {});
    table.answers("answers_of_cycles_without_scores", 1, |case| {
        for cycle in 2..=3 {
            for (question, value) in ordinary(cycle) {
                same(case.record(), answer_field(question, cycle), value);
            }
        }
        same(case.record(), CURRENT_CYCLE, "3");
    });
    table.answers("answers_in_current_fields_only", 2, |case| {
        for (question, _) in ordinary(2) {
            same(case.record(), answer_field(question, 2), "");
            case.lacks(2, question);
        }
    });
    table.answers("answers_current_cycle_blank", 2, |case| {
        same(case.record(), CURRENT_CYCLE, "");
    });
}

fn dates(table: &mut Table) {
    let (first, last) = (
        year::first_day(table.today, false),
        year::last_day(table.today, false),
    );
    table.answers("answers_undated", 1, |case| {
        same(case.record(), COMPLETED, "");
        case.is_not_asked_for();
    });
    for (name, day) in [
        ("answers_on_first_day_of_year", first),
        ("answers_on_last_day_of_year", last),
    ] {
        table.answers(name, 1, |case| date(case.record(), day.at(9, 30, 0, 0)));
    }
    for (name, day) in [
        ("answers_of_last_year", first.saturating_sub(1.day())),
        ("answers_of_next_year", last.saturating_add(1.day())),
    ] {
        table.answers(name, 1, |case| {
            date(case.record(), day.at(9, 30, 0, 0));
            case.is_not_asked_for();
        });
    }
    table.answers("answers_dated_without_time", 1, |case| {
        set(case.record(), COMPLETED, display_date(first), "");
    });
}

fn students(table: &mut Table) {
    table.answers("answers_email_html", 1, |case| {
        let email = anchor("answers-email-html@thornfield.example", None);
        same(case.record(), EMAIL, email);
    });
    table.answers("answers_email_in_other_case", 1, |case| {
        let email = " Answers-Email-In-Other-CASE@Thornfield.example ";
        set(
            case.record(),
            EMAIL,
            anchor(email, None),
            json!({ "email": email }),
        );
    });
    table.answers("answers_connection_only", 1, |case| {
        same(case.record(), EMAIL, "");
    });
    table.answers("answers_email_only", 1, |case| {
        same(case.record(), STUDENT, "");
    });
    table.answers("answers_of_unknown_email_but_connected", 1, |case| {
        let email = "nobody-of-this-school@thornfield.example";
        set(
            case.record(),
            EMAIL,
            anchor(email, None),
            json!({ "email": email }),
        );
    });
    table.answers("answers_connected_to_someone_else", 1, |case| {
        let other = json!([{"id": awkward_id("answers_ordinary"), "identifier": "Someone Else"}]);
        set(case.record(), STUDENT, "Someone Else", other);
    });
    table.answers("answers_of_nobody", 1, |case| {
        same(case.record(), EMAIL, "");
        same(case.record(), STUDENT, "");
        case.is_nobodys();
    });
    let days = [5, 10].map(|days| year::nth_day(table.today, false, days));
    let [morning, afternoon] = [Time::constant(9, 30, 0, 0), Time::constant(14, 10, 0, 0)];
    let on_two_days = [days[0].to_datetime(morning), days[1].to_datetime(afternoon)];
    let on_one_day = [morning, afternoon].map(|time| days[1].to_datetime(time));
    for (name, [earlier, later], later_at) in [
        ("answers_twice", on_two_days, 1),
        ("answers_twice_later_first", on_two_days, 0),
        ("answers_twice_on_one_day", on_one_day, 1),
        ("answers_twice_on_one_day_later_first", on_one_day, 0),
    ] {
        table.answers(name, 1, |case| {
            let mut second = case.record().clone();
            second["id"] = json!(awkward_id(&format!("{name}, the later answers")));
            for (question, value) in ordinary(2) {
                same(&mut second, answer_field(question, 1), value);
                case.stored.insert((1, question), value);
            }
            date(&mut second, later);
            date(case.record(), earlier);
            case.records.insert(later_at, second);
        });
    }
}

fn schools_of(table: &mut Table) {
    table.answers("answers_without_school", 1, |case| {
        same(case.record(), SCHOOL, "");
        case.is_not_asked_for();
    });
    table.answers("answers_of_student_of_another_school", 1, |case| {
        let email = "someone@elsewhere.example";
        set(
            case.record(),
            EMAIL,
            anchor(email, None),
            json!({ "email": email }),
        );
        let other = json!([{"id": awkward_id("a pupil of another school"), "identifier": email}]);
        set(case.record(), STUDENT, email, other);
        case.is_nobodys();
    });
}

/// The answers that an ordinary record has of a cycle.
fn ordinary(cycle: u8) -> impl Iterator<Item = (&'static str, i64)> {
    let ids = QUESTIONS.iter().map(|question| question.id);
    ids.zip(answers::ordinary(cycle).into_iter().flatten())
}

fn date(record: &mut Value, at: DateTime) {
    let shown = format!(
        "{} {:02}:{:02}",
        display_date(at.date()),
        at.hour(),
        at.minute()
    );
    set(record, COMPLETED, shown, date_raw(at));
}
