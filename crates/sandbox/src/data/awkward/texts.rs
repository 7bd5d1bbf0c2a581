//! Groups, courses, comments: texts that are too long, lists, HTML, or no texts at all.

use serde_json::json;

use super::table::{Table, drop_field, same, set};
use crate::data::LONE_SURROGATE;

const YEAR_GROUP: u32 = 144;
const GROUP: u32 = 223;
const COURSE: u32 = 2299;
const FACULTY: u32 = 782;
const GENDER: u32 = 143;
const FIRST_RRC: u32 = 2302;

pub(super) fn write(table: &mut Table) {
    plain_texts(table);
    comments(table);
    broken_characters(table);
}

fn plain_texts(table: &mut Table) {
    table.record("year_group_number", |record| same(record, YEAR_GROUP, 12));
    table.record("year_group_label", |record| {
        same(record, YEAR_GROUP, "Yr12");
    });
    table.record("year_group_too_long", |record| {
        same(record, YEAR_GROUP, "Year twelve ".repeat(9));
    });
    table.record("group_comma_joined", |record| {
        set(record, GROUP, "12A, 12B", "12A, 12B");
    });
    table.record("group_list", |record| {
        set(record, GROUP, "12A, 12B", json!(["12A", "12B"]));
    });
    table.record("group_list_raw_only", |record| {
        set(record, GROUP, "", json!(["12A", "12B"]));
    });
    table.record("group_list_of_null", |record| {
        set(record, GROUP, "", json!([null]));
    });
    table.record("group_empty_list", |record| {
        set(record, GROUP, "", json!([]));
    });
    table.record("group_null", |record| same(record, GROUP, ()));
    table.record("group_missing", |record| drop_field(record, GROUP));
    table.record("group_too_long_accents", |record| {
        same(record, GROUP, "é".repeat(150));
    });
    table.record("group_too_long_emoji", |record| {
        same(record, GROUP, "👩‍🎓".repeat(60));
    });
    table.record("course_list", |record| {
        set(
            record,
            COURSE,
            "Biology, Art &amp; Design",
            json!(["Biology", "Art & Design"]),
        );
    });
    table.record("course_with_tags", |record| {
        set(
            record,
            COURSE,
            "<span class=\"x\">Biology</span>",
            "Biology",
        );
    });
    table.record("course_connection", |record| {
        set(
            record,
            COURSE,
            "Biology",
            json!([{"id": "5f00000000000000000000aa", "identifier": "Biology"}]),
        );
    });
    table.record("faculty_spaces", |record| {
        same(record, FACULTY, "  Sciences \n");
    });
    table.record("gender_list", |record| {
        set(record, GENDER, "Female", json!(["Female"]));
    });
    table.record("gender_list_of_two", |record| {
        set(record, GENDER, "Female, Other", json!(["Female", "Other"]));
    });
    table.record("gender_boolean", |record| same(record, GENDER, true));
}

fn comments(table: &mut Table) {
    table.pupil("comment_html", |pupil| {
        pupil.reflected(
            1,
            "<p>I <strong>will</strong> plan &amp; rest.<br />Soon.</p>",
        )
    });
    table.pupil("comment_padded", |pupil| {
        pupil.aimed(1, "  \n<p>Keep going.</p>\n ")
    });
    table.pupil("comment_tags_only", |pupil| {
        pupil.reflected(1, "<p><br></p>")
    });
    table.pupil("comment_hard_space_only", |pupil| {
        pupil.aimed(1, "<p>&nbsp;</p>")
    });
    table.pupil("comment_spaces_only", |pupil| pupil.reflected(1, "   "));
    table.pupil("comment_script", |pupil| {
        pupil.reflected(1, "<script>alert(1)</script>I like maths.")
    });
    table.pupil("comment_very_long", |pupil| {
        pupil.reflected(1, &format!("<p>{}</p>", "Revise. ".repeat(4_000)))
    });
    table.pupil("comments_all_six", |pupil| {
        pupil
            .reflected(1, "<p>Rrc 1</p>")
            .reflected(2, "<p>Rrc 2</p>")
            .reflected(3, "<p>Rrc 3</p>")
            .aimed(1, "<p>Goal 1</p>")
            .aimed(2, "<p>Goal 2</p>")
            .aimed(3, "<p>Goal 3</p>")
    });
    table.record("comment_raw_only", |record| {
        set(record, FIRST_RRC, "", "<p>Only raw.</p>");
    });
    table.record("comment_shown_only", |record| {
        set(record, FIRST_RRC, "<p>Only shown.</p>", "");
    });
    table.record("comment_null", |record| same(record, FIRST_RRC, ()));
    table.record("comment_number", |record| same(record, FIRST_RRC, 5));
    table.record("comment_raw_object", |record| {
        set(
            record,
            FIRST_RRC,
            "<p>Shown.</p>",
            json!({"html": "<p>Raw.</p>"}),
        );
    });
}

fn broken_characters(table: &mut Table) {
    let lone = LONE_SURROGATE;
    table.pupil("nul_in_comment", |pupil| {
        pupil.reflected(1, "<p>before\0after</p>")
    });
    table.pupil("nul_in_name", |pupil| pupil.named("Nu\0l", "Thorn"));
    table.pupil("nul_in_email", |pupil| {
        pupil.email("nul\0@thornfield.example")
    });
    table.pupil("surrogate_in_comment", |pupil| {
        pupil.reflected(1, &format!("<p>before{lone}after</p>"))
    });
    table.pupil("surrogate_in_name", |pupil| {
        pupil.named(&format!("Half{lone}"), "Thorn")
    });
    table.record("surrogate_in_group", |record| {
        same(record, GROUP, format!("12{lone}"));
    });
    table.record("control_characters_in_group", |record| {
        same(record, GROUP, "12\u{1}\tA\u{7f}");
    });
    table.record("unread_field_broken", |record| {
        same(record, 568, format!("Level\0{lone}"));
    });
}
