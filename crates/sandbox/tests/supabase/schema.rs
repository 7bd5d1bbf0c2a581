//! The schema as deployed, asked of PostgreSQL itself.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::support::database;

/// One school with one pupil of 2026/2027.
const PUPIL: &str = "
insert into establishments (id, knack_id, name)
  values ('00000000-0000-4000-8000-000000000001', 'school', 'Example School');
insert into students (id, knack_id, email, establishment_id, academic_year)
  values ('00000000-0000-4000-8000-000000000002', 'pupil', 'a@school.invalid',
          '00000000-0000-4000-8000-000000000001', '2026/2027')";
const PUPIL_ID: &str = "'00000000-0000-4000-8000-000000000002'";
const STRANGER_ID: &str = "'00000000-0000-4000-8000-00000000ffff'";

const TAKEN: Option<SqlState> = Some(SqlState::UNIQUE_VIOLATION);
const CHECKED: Option<SqlState> = Some(SqlState::CHECK_VIOLATION);
const MISSING: Option<SqlState> = Some(SqlState::NOT_NULL_VIOLATION);
const UNKNOWN: Option<SqlState> = Some(SqlState::FOREIGN_KEY_VIOLATION);
const TOO_LONG: Option<SqlState> = Some(SqlState::STRING_DATA_RIGHT_TRUNCATION);

async fn with_a_pupil(name: &str) -> Client {
    let client = database(name).await.connect().await.unwrap();
    client.batch_execute(PUPIL).await.unwrap();
    client
}

async fn assert_refusals(
    client: &Client,
    cases: impl IntoIterator<Item = (String, Option<SqlState>)>,
) {
    for (sql, expected) in cases {
        let refusal = client
            .batch_execute(&sql)
            .await
            .err()
            .map(|error| error.code().unwrap().clone());
        assert_eq!(refusal, expected, "{sql}");
    }
}

#[tokio::test]
async fn scores_are_checked_as_deployed() {
    let client = with_a_pupil("scores").await;
    let score = |student: &str, columns: &str, values: &str| {
        format!(
            "insert into vespa_scores (student_id, academic_year, {columns}) values ({student}, '2026/2027', {values})"
        )
    };
    assert_refusals(
        &client,
        [
            (score(PUPIL_ID, "cycle, vision", "1, 10"), None),
            (score(PUPIL_ID, "cycle, vision", "2, null"), None),
            (score(PUPIL_ID, "cycle, vision", "3, 11"), CHECKED),
            (score(PUPIL_ID, "cycle, overall", "3, -1"), CHECKED),
            (score(PUPIL_ID, "cycle", "4"), CHECKED),
            (score(PUPIL_ID, "cycle", "null"), MISSING),
            (score(PUPIL_ID, "cycle", "1"), TAKEN),
            (score(STRANGER_ID, "cycle", "1"), UNKNOWN),
        ],
    )
    .await;
    assert_goes_with_its_school(&client, "vespa_scores").await;
}

#[tokio::test]
async fn comments_are_checked_as_deployed() {
    let client = with_a_pupil("comments").await;
    let comment = |values: &str| {
        format!(
            "insert into student_comments (student_id, cycle, comment_type) values ({PUPIL_ID}, {values})"
        )
    };
    assert_refusals(
        &client,
        [
            (comment("1, 'rrc'"), None),
            (comment("1, 'goal'"), None),
            (comment("1, 'rrc'"), TAKEN),
            (comment("4, 'rrc'"), CHECKED),
            (comment("1, 'note'"), CHECKED),
        ],
    )
    .await;
}

#[tokio::test]
async fn answers_are_checked_as_deployed() {
    let client = with_a_pupil("answers").await;
    let answer = |student: &str, values: &str| {
        format!(
            "insert into question_responses (student_id, cycle, academic_year, question_id, response_value) \
             values ({student}, {values})"
        )
    };
    let longest = "q".repeat(50);
    assert_refusals(
        &client,
        [
            (answer(PUPIL_ID, "1, '2026/2027', 'q1', 1"), None),
            (answer(PUPIL_ID, "1, '2026/2027', 'q2', 5"), None),
            (answer(PUPIL_ID, "1, '2026/2027', 'q3', null"), None),
            (answer(PUPIL_ID, "2, '2026/2027', 'q1', 1"), None),
            (answer(PUPIL_ID, "1, '2025/2026', 'q1', 1"), None),
            (answer(PUPIL_ID, "1, '2026/2027', 'q1', 2"), TAKEN),
            (answer(PUPIL_ID, "1, '2026/2027', 'q4', 0"), CHECKED),
            (answer(PUPIL_ID, "1, '2026/2027', 'q4', 6"), CHECKED),
            (answer(PUPIL_ID, "4, '2026/2027', 'q4', 1"), CHECKED),
            (answer(PUPIL_ID, "1, '2026/2027', null, 1"), MISSING),
            (
                answer(PUPIL_ID, &format!("1, '2026/2027', '{longest}', 1")),
                None,
            ),
            (
                answer(PUPIL_ID, &format!("1, '2026/2027', '{longest}q', 1")),
                TOO_LONG,
            ),
            (answer(STRANGER_ID, "1, '2026/2027', 'q1', 1"), UNKNOWN),
        ],
    )
    .await;
    assert_goes_with_its_school(&client, "question_responses").await;
}

#[tokio::test]
async fn statistics_of_answers_are_checked_as_deployed() {
    let client = with_a_pupil("statistics").await;
    let school = "'00000000-0000-4000-8000-000000000001'";
    let figures = |school: &str, values: &str| {
        format!(
            "insert into question_statistics (establishment_id, cycle, academic_year, question_id, mean) \
             values ({school}, {values})"
        )
    };
    assert_refusals(
        &client,
        [
            (figures(school, "1, '2026/2027', 'q1', 3.14"), None),
            (figures(school, "2, '2026/2027', 'q1', 3.14"), None),
            (figures(school, "1, '2026/2027', 'q1', 3.15"), TAKEN),
            (figures(school, "4, '2026/2027', 'q1', 3.14"), CHECKED),
            (figures(school, "1, '2026/2027', null, 3.14"), MISSING),
            (figures(school, "1, '2026/2027 ff', 'q2', 3.14"), TOO_LONG),
            (figures(STRANGER_ID, "1, '2026/2027', 'q1', 3.14"), UNKNOWN),
        ],
    )
    .await;
    assert_goes_with_its_school(&client, "question_statistics").await;
}

async fn assert_goes_with_its_school(client: &Client, table: &str) {
    client
        .batch_execute("delete from establishments")
        .await
        .unwrap();
    let count = format!("select count(*) from {table}");
    let left = client.query_one(&count, &[]).await.unwrap();
    assert_eq!(left.get::<_, i64>(0), 0, "{table}");
}

#[tokio::test]
async fn students_are_checked_as_deployed() {
    let client = with_a_pupil("students").await;
    let student = |email: &str, year: &str| {
        format!(
            "insert into students (knack_id, email, academic_year) values ('pupil', '{email}', {year})"
        )
    };
    let text = |column: &str, length: usize| {
        let text = "x".repeat(length);
        format!("update students set {column} = '{text}' where email = 'a@school.invalid'")
    };
    assert_refusals(
        &client,
        [
            (student("b@school.invalid", "'2026/2027'"), None),
            (student("A@school.invalid", "'2026/2027'"), None),
            (student("a@school.invalid", "'2025/2026'"), None),
            (student("a@school.invalid", "'2026/2027'"), TAKEN),
            (student("c@school.invalid", "'2026-27'"), CHECKED),
            (student("c@school.invalid", "null"), MISSING),
            (text("course", 100), None),
            (text("course", 101), TOO_LONG),
            (text("\"group\"", 101), TOO_LONG),
            (text("year_group", 51), TOO_LONG),
            (text("name", 256), TOO_LONG),
            (text("gender", 300), None),
        ],
    )
    .await;
}

#[tokio::test]
async fn only_comments_keep_their_updated_at() {
    let client = with_a_pupil("updated_at").await;
    let comment = format!(
        "insert into student_comments (student_id, cycle, comment_type) values ({PUPIL_ID}, 1, 'rrc')"
    );
    client.batch_execute(&comment).await.unwrap();
    for (table, column, moves) in [
        ("student_comments", "comment_text", true),
        ("students", "name", false),
    ] {
        client
            .batch_execute(&format!("update {table} set {column} = 'x'"))
            .await
            .unwrap();
        let moved = client
            .query_one(&format!("select updated_at > created_at from {table}"), &[])
            .await
            .unwrap();
        assert_eq!(moved.get::<_, bool>(0), moves, "{table}");
    }
}
