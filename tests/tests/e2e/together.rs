//! Several refreshes at once share Knack's ten requests a second, and none of them notices.

use e2e::Stage;
use tempfile::TempDir;

const PUPILS: u64 = 80;

#[tokio::test]
async fn four_schools_at_once_stay_within_ten_requests_a_second() {
    let folder = TempDir::new().expect("a folder can be made");
    let budget = format!("file:{}", folder.path().join("knack.budget").display());
    let (one, two) = (Stage::with_pupils([]).await, Stage::with_pupils([]).await);
    let (three, four) = (Stage::with_pupils([]).await, Stage::with_pupils([]).await);
    let knack = &one.knack;
    for (school, stage) in (0_u64..).zip([&one, &two, &three, &four]) {
        for n in 1..=PUPILS {
            knack.put("object_10", stage.record(stage.pupil(100 * school + n)));
        }
    }
    let refresh = async |stage: &Stage| {
        let refresh = stage.refresh().args(["--rows-per-page", "10"]);
        let refresh = refresh.env("KNACK_API_URL", knack.url());
        refresh.env("KNACK_BUDGET", &budget).run().await
    };

    let (a, b, c, d) = tokio::join!(
        refresh(&one),
        refresh(&two),
        refresh(&three),
        refresh(&four)
    );

    for run in [a, b, c, d] {
        let summary = run.expect_code(0);
        assert_eq!(summary.students_synced, PUPILS);
        assert_eq!(summary.knack.retries, 0, "{}", run.stderr);
    }
    let seen = knack.seen();
    let each = seen.len() / 4;
    assert_eq!(each, 10, "eight pages, one of answers and one count each");
    assert!(seen.iter().all(|seen| seen.status == Some(200)));
    let busiest = knack.busiest_second();
    let moments: Vec<f64> = seen.iter().map(|seen| seen.at_ms.round()).collect();
    assert!(busiest <= 10, "{busiest} in one second of {moments:?}");
}
