//! The objects of the app and their fields, as `/objects` and `/applications` report them.

use super::{
    filler,
    questions::QUESTIONS,
    schema::{Field, FieldType, ObjectSchema},
};

/// The key of the object that holds the establishments.
pub const ESTABLISHMENTS: &str = "object_2";
/// The key of the object that holds one result record for each pupil.
pub const PUPILS: &str = "object_10";
/// The key of the object that holds one record of each pupil's answers to the questionnaire.
pub const ANSWERS: &str = "object_29";
/// The key of the object that holds one record for each staff admin.
pub const STAFF_ADMINS: &str = "object_5";
/// The key of the object that holds one record for each super user.
pub const SUPER_USERS: &str = "object_21";

/// The objects the simulator holds.
pub fn schemas() -> Vec<ObjectSchema> {
    vec![
        ObjectSchema {
            key: ESTABLISHMENTS.to_owned(),
            name: "Customers".to_owned(),
            fields: fields(ESTABLISHMENT_FIELDS).collect(),
        },
        ObjectSchema {
            key: PUPILS.to_owned(),
            name: "Results".to_owned(),
            fields: fields(PUPIL_FIELDS)
                .chain(filler::RESULTS.fields())
                .collect(),
        },
        ObjectSchema {
            key: ANSWERS.to_owned(),
            name: "Questionnaires".to_owned(),
            fields: fields(ANSWERS_FIELDS)
                .chain(question_fields())
                .chain(filler::ANSWERS.fields())
                .collect(),
        },
        ObjectSchema {
            key: STAFF_ADMINS.to_owned(),
            name: "Staff admins".to_owned(),
            fields: fields(STAFF_ADMIN_FIELDS).collect(),
        },
        ObjectSchema {
            key: SUPER_USERS.to_owned(),
            name: "Super users".to_owned(),
            fields: fields(SUPER_USER_FIELDS).collect(),
        },
    ]
}

fn fields(table: &'static [(u32, &'static str, FieldType)]) -> impl Iterator<Item = Field> {
    table
        .iter()
        .map(|&(number, name, kind)| Field::new(number, name, kind))
}

fn question_fields() -> impl Iterator<Item = Field> {
    QUESTIONS.iter().flat_map(|question| {
        let names = ["", " cycle 1", " cycle 2", " cycle 3"];
        let numbers = [question.current].into_iter().chain(question.cycles);
        numbers.zip(names).map(|(number, name)| {
            Field::new(number, &format!("{}{name}", question.id), FieldType::Number)
        })
    })
}

const ESTABLISHMENT_FIELDS: &[(u32, &str, FieldType)] = &[
    (44, "Name", FieldType::ShortText),
    (2209, "Status", FieldType::MultipleChoice),
    (63, "Portal type", FieldType::MultipleChoice),
    (3573, "Australian", FieldType::ShortText),
    (3752, "Standard year", FieldType::ShortText),
    (3480, "Trust", FieldType::ShortText),
];

const STAFF_ADMIN_FIELDS: &[(u32, &str, FieldType)] = &[
    (85, "Name", FieldType::Name),
    (86, "E-mail", FieldType::Email),
    (110, "Customer", FieldType::Connection),
    (89, "Roles", FieldType::MultipleChoice),
];

const SUPER_USER_FIELDS: &[(u32, &str, FieldType)] = &[
    (472, "Name", FieldType::Name),
    (473, "E-mail", FieldType::Email),
];

const ANSWERS_FIELDS: &[(u32, &str, FieldType)] = &[
    (1821, "Customer", FieldType::Connection),
    (2732, "E-mail", FieldType::Email),
    (792, "Result", FieldType::Connection),
    (1823, "Name", FieldType::Name),
    (1824, "Group", FieldType::ShortText),
    (1826, "Year group", FieldType::ShortText),
    (863, "Current cycle", FieldType::Number),
    (856, "Completed", FieldType::DateTime),
    (3479, "Trust", FieldType::ShortText),
];

const PUPIL_FIELDS: &[(u32, &str, FieldType)] = &[
    (133, "Customer", FieldType::Connection),
    (197, "E-mail", FieldType::Email),
    (187, "Name", FieldType::Name),
    (144, "Year group", FieldType::ShortText),
    (223, "Group", FieldType::ShortText),
    (2299, "Course", FieldType::ShortText),
    (782, "Faculty", FieldType::ShortText),
    (143, "Gender", FieldType::MultipleChoice),
    (568, "Level", FieldType::MultipleChoice),
    (146, "Current cycle", FieldType::Number),
    (147, "Vision", FieldType::Number),
    (148, "Effort", FieldType::Number),
    (149, "Systems", FieldType::Number),
    (150, "Practice", FieldType::Number),
    (151, "Attitude", FieldType::Number),
    (152, "Overall", FieldType::Number),
    (155, "Vision 1", FieldType::Number),
    (156, "Effort 1", FieldType::Number),
    (157, "Systems 1", FieldType::Number),
    (158, "Practice 1", FieldType::Number),
    (159, "Attitude 1", FieldType::Number),
    (160, "Overall 1", FieldType::Number),
    (161, "Vision 2", FieldType::Number),
    (162, "Effort 2", FieldType::Number),
    (163, "Systems 2", FieldType::Number),
    (164, "Practice 2", FieldType::Number),
    (165, "Attitude 2", FieldType::Number),
    (166, "Overall 2", FieldType::Number),
    (167, "Vision 3", FieldType::Number),
    (168, "Effort 3", FieldType::Number),
    (169, "Systems 3", FieldType::Number),
    (170, "Practice 3", FieldType::Number),
    (171, "Attitude 3", FieldType::Number),
    (172, "Overall 3", FieldType::Number),
    (2302, "Reflection 1", FieldType::RichText),
    (2303, "Reflection 2", FieldType::RichText),
    (2304, "Reflection 3", FieldType::RichText),
    (2499, "Goal 1", FieldType::RichText),
    (2493, "Goal 2", FieldType::RichText),
    (2494, "Goal 3", FieldType::RichText),
    (855, "Completed", FieldType::DateTime),
    (439, "Staff admin", FieldType::Connection),
    (145, "Tutor", FieldType::Connection),
    (429, "Head of year", FieldType::Connection),
    (2191, "Subject teacher", FieldType::Connection),
    (3511, "Australian", FieldType::Boolean),
    (3478, "Trust", FieldType::ShortText),
    (1679, "Cycle unlocked", FieldType::ShortText),
    (3850, "Cycle override", FieldType::ShortText),
];
