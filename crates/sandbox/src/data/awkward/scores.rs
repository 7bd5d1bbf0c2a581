//! Scores and cycles.

use super::table::{Table, drop_field, same, set};
use crate::data::{Pupil, ScoreForm};

const FIRST_CYCLE: [u32; 6] = [155, 156, 157, 158, 159, 160];
const FIRST_OVERALL: u32 = 160;

pub(super) fn write(table: &mut Table) {
    table.pupil("ordinary", |pupil| pupil);
    table.pupil("scores_as_text", |pupil| Pupil {
        score_form: ScoreForm::Text,
        ..pupil
    });
    table.pupil("scores_as_decimal_text", |pupil| Pupil {
        score_form: ScoreForm::Decimal,
        ..pupil
    });
    table.record("score_with_fraction", |record| {
        same(record, FIRST_OVERALL, 7.6);
    });
    table.record("score_as_decimal_number", |record| {
        same(record, FIRST_OVERALL, 7.0);
    });
    table.record("score_with_spaces", |record| {
        same(record, FIRST_OVERALL, " 7 ");
    });
    table.record("score_only_raw", |record| set(record, FIRST_OVERALL, "", 7));
    table.record("score_only_shown", |record| {
        set(record, FIRST_OVERALL, "7", "");
    });
    table.record("score_null", |record| same(record, FIRST_OVERALL, ()));
    table.pupil("all_scores_blank", Pupil::unscored);
    table.record("all_scores_missing", |record| {
        for field in FIRST_CYCLE {
            drop_field(record, field);
        }
    });
    table.pupil("all_scores_zero", |pupil| pupil.scored(1, [0; 6]));
    table.record("some_blank_others_zero", |record| {
        for (n, field) in FIRST_CYCLE.into_iter().enumerate() {
            if n < 3 {
                same(record, field, "");
            } else {
                same(record, field, 0);
            }
        }
    });
    table.pupil("some_scores_blank", |mut pupil| {
        pupil.scores[0] = Some([Some(4), None, Some(6), None, Some(8), Some(6)]);
        pupil
    });
    table.pupil("one_score_zero", |pupil| {
        pupil.scored(1, [0, 5, 6, 7, 8, 5])
    });
    table.record("overall_20879", |record| {
        same(record, FIRST_OVERALL, 20_879);
    });
    table.record("overall_11_as_text", |record| {
        same(record, FIRST_OVERALL, "11");
    });
    table.record("score_abc", |record| same(record, 155, "abc"));
    table.record("score_negative", |record| same(record, 155, -1));
    table.record("score_not_a_number", |record| same(record, 155, "NaN"));
    table.record("score_huge_text", |record| {
        same(record, 155, "999999999999999999999999");
    });
    table.record("score_boolean", |record| same(record, 155, true));
    table.record("score_list", |record| {
        set(record, 155, "7", serde_json::json!([7]));
    });
    table.both(
        "second_cycle_out_of_range",
        |pupil| pupil.scored(2, [6, 6, 6, 6, 6, 6]),
        |record| same(record, 166, 11_485),
    );
    table.pupil("three_cycles", |pupil| {
        pupil
            .scored(2, [8, 7, 6, 5, 4, 6])
            .scored(3, [9, 8, 7, 6, 5, 7])
    });
    table.pupil("three_equal_cycles", |pupil| {
        pupil.scored(1, [5; 6]).scored(2, [5; 6]).scored(3, [5; 6])
    });
    table.pupil("third_cycle_without_second", |pupil| {
        pupil.scored(3, [9, 8, 7, 6, 5, 7])
    });
    table.pupil("second_cycle_above_current", |pupil| Pupil {
        current_cycle: Some(1),
        ..pupil.scored(2, [8, 7, 6, 5, 4, 6])
    });
    table.pupil("current_cycle_blank", |pupil| Pupil {
        current_cycle: None,
        ..pupil
    });
    table.record("current_cycle_number", |record| same(record, 146, 1));
    table.record("current_cycle_decimal", |record| same(record, 146, "1.0"));
    table.record("current_cycle_seven", |record| same(record, 146, "7"));
}
