//! Sheets that were completed in another year than their students' records.

use e2e::skipped;
use jiff::ToSpan;

use super::{changed, class, stored};

#[tokio::test]
async fn a_sheet_with_another_years_date_changes_nothing_and_is_nobodys_trouble() {
    // Just outside the year, where it is still among what Knack returns; and further away.
    for days in [1, 40] {
        let (stage, answers) = class(2).await;
        stage.run().await.expect_code(0);
        let before = stored(&stage, "p001").await;
        let day = stage.year.first_day().saturating_sub(days.days());
        let earlier = answers[0].clone().answered(1, [5; 32]).completed(day);
        stage.put_answers(&earlier);
        stage.proxy.forget();

        let summary = stage.run().await.expect_code(0);

        assert_eq!(changed(&summary), [0, 0, 32], "{days}");
        assert_eq!(summary.only_in_supabase.question_responses, 32, "{days}");
        assert_eq!(skipped(&summary), [], "{days}");
        assert_eq!(stage.written(), [], "{days}");
        assert_eq!(stored(&stage, "p001").await, before, "{days}");
    }
}
