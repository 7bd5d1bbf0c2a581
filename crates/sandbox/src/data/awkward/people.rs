//! E-mail addresses, names, and the school a record belongs to.

use serde_json::{Value, json};

use super::table::{SCHOOL_NAME, Table, drop_field, filtered_as, same, set};
use crate::data::{anchor, connection, schools};

const EMAIL: u32 = 197;
const NAME: u32 = 187;
const SCHOOL: u32 = 133;
const OTHER_NAME: &str = "Elsewhere Academy";

pub(super) fn write(table: &mut Table) {
    emails(table);
    names(table);
    schools_of(table);
}

fn emails(table: &mut Table) {
    let shown = |email: &str| anchor(email, None);
    table.record("email_anchor_only", |record| {
        set(record, EMAIL, shown("anchor-only@thornfield.example"), "");
    });
    table.record("email_raw_only", |record| {
        set(
            record,
            EMAIL,
            "",
            json!({"email": "raw-only@thornfield.example"}),
        );
    });
    table.record("email_raw_text", |record| {
        set(
            record,
            EMAIL,
            shown("raw-text@thornfield.example"),
            "raw-text@thornfield.example",
        );
    });
    table.record("email_plain_text", |record| {
        same(record, EMAIL, "plain-text@thornfield.example");
    });
    table.record("email_with_label", |record| {
        let raw = json!({"email": "with-label@thornfield.example", "label": "Write to me"});
        set(
            record,
            EMAIL,
            anchor("with-label@thornfield.example", Some("Write to me")),
            raw,
        );
    });
    table.record("email_nested_email", |record| {
        let raw = json!({"email": {"email": "nested-email@thornfield.example"}});
        set(record, EMAIL, shown("nested-email@thornfield.example"), raw);
    });
    table.record("email_nested_address", |record| {
        set(
            record,
            EMAIL,
            "",
            json!({"email": {"address": "nested-address@thornfield.example"}}),
        );
    });
    table.record("email_label_only", |record| {
        set(
            record,
            EMAIL,
            "",
            json!({"label": "label-only@thornfield.example"}),
        );
    });
    table.record("email_anchor_in_raw", |record| {
        let anchor = shown("anchor-in-raw@thornfield.example");
        set(record, EMAIL, anchor.clone(), json!({ "email": anchor }));
    });
    table.record("email_mixed_case", |record| {
        let raw = json!({"email": "Mixed.CASE@Thornfield.Example"});
        set(record, EMAIL, shown("Mixed.CASE@Thornfield.Example"), raw);
    });
    table.record("email_with_spaces", |record| {
        let raw = json!({"email": " spaced@thornfield.example  "});
        set(record, EMAIL, shown(" spaced@thornfield.example  "), raw);
    });
    table.record("email_with_entity", |record| {
        set(
            record,
            EMAIL,
            "<a href=\"mailto:o&#39;thorn@thornfield.example\">o&#39;thorn@thornfield.example</a>",
            "",
        );
    });
    table.record("email_blank", |record| same(record, EMAIL, ""));
    table.record("email_null", |record| same(record, EMAIL, ()));
    table.record("email_missing", |record| drop_field(record, EMAIL));
    table.record("email_empty_parts", |record| {
        set(record, EMAIL, "", json!({"email": ""}));
    });
    table.record("email_not_an_address", |record| {
        set(
            record,
            EMAIL,
            shown("none yet"),
            json!({"email": "none yet"}),
        );
    });
    for (name, email) in [
        ("email_twice_first", "twice@thornfield.example"),
        ("email_twice_second", "Twice@thornfield.example"),
    ] {
        table.pupil(name, |pupil| pupil.email(email));
    }
    let later = crate::data::year::nth_day(table.today, false, 30);
    table.pupil("email_twice_completed_later", |pupil| {
        pupil
            .email("twice@thornfield.example")
            .completed(later)
            .scored(1, [9; 6])
    });
}

fn names(table: &mut Table) {
    table.record("name_blank", |record| same(record, NAME, ""));
    table.record("name_null", |record| same(record, NAME, ()));
    table.record("name_raw_null", |record| set(record, NAME, "Raw Null", ()));
    table.record("name_missing", |record| drop_field(record, NAME));
    table.record("name_without_full", |record| {
        set(
            record,
            NAME,
            "",
            json!({"first": "Without", "last": "Full"}),
        );
    });
    table.record("name_last_only", |record| {
        set(record, NAME, "Only", json!({"last": "Only"}));
    });
    table.record("name_parts_null", |record| {
        set(
            record,
            NAME,
            "",
            json!({"first": null, "last": "Nulls", "full": null}),
        );
    });
    table.record("name_raw_text", |record| set(record, NAME, "", "Raw Text"));
    table.record("name_with_entities", |record| {
        set(
            record,
            NAME,
            "Ada &amp; O&#39;Thorn",
            json!({"first": "Ada &", "last": "O'Thorn", "full": "Ada & O'Thorn"}),
        );
    });
    table.record("name_with_tags", |record| {
        set(
            record,
            NAME,
            "<b>Bold</b> <i>Name</i>",
            json!({"full": "Bold Name"}),
        );
    });
    table.pupil("name_of_many_scripts", |pupil| {
        pupil.named("Żółć 李", "Ñandú-O'Brien 🌱")
    });
    table.pupil("name_spaces_only", |pupil| pupil.named("  ", " "));
}

fn schools_of(table: &mut Table) {
    let ours = || json!({"id": schools::AWKWARD, "identifier": SCHOOL_NAME});
    let other = || json!({"id": schools::OTHER, "identifier": OTHER_NAME});
    let spans = |first: (&str, &str), second: (&str, &str)| connection(&[first, second]);
    let (our_pair, other_pair) = (
        (schools::AWKWARD, SCHOOL_NAME),
        (schools::OTHER, OTHER_NAME),
    );
    table.record("school_plain_id", |record| {
        record["field_133_raw"] = json!([schools::AWKWARD]);
    });
    table.record("school_value", |record| {
        record["field_133_raw"] = json!([{"value": schools::AWKWARD}]);
    });
    table.record("school_span_only", |record| {
        record["field_133_raw"] = json!("");
        filtered_as(record, SCHOOL, json!([ours()]));
    });
    table.record("school_upper_case_id", |record| {
        record["field_133_raw"] =
            json!([{"id": schools::AWKWARD.to_uppercase(), "identifier": SCHOOL_NAME}]);
    });
    table.record("school_null_item_first", |record| {
        record["field_133_raw"] = json!([null, ours()]);
    });
    table.record("school_other_second", |record| {
        set(
            record,
            SCHOOL,
            spans(our_pair, other_pair),
            json!([ours(), other()]),
        );
    });
    table.record("school_other_first", |record| {
        set(
            record,
            SCHOOL,
            spans(other_pair, our_pair),
            json!([other(), ours()]),
        );
    });
    table.record("school_other_only", |record| {
        set(record, SCHOOL, connection(&[other_pair]), json!([other()]));
        filtered_as(record, SCHOOL, json!([ours()]));
    });
    table.record("school_blank", |record| {
        set(record, SCHOOL, "", Value::Array(Vec::new()));
        filtered_as(record, SCHOOL, json!([ours()]));
    });
}
