//! One user of the app, and the record Knack would hold of them: staff admins in `object_5`, super users in `object_21`.
//!
//! Assumed: both names have parts, as the name of every Knack user has, and roles are a multiple choice. The facts known
//! of the real app are which fields these are, the forms of the e-mail and of the connection, and that blank raw values
//! are empty text.

use serde_json::{Value, json};

use super::{
    Blank, Name, STAFF_ADMINS, SUPER_USERS, School, record::Record, record_id, schools, shapes,
};

/// A person who signs in, in our words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// The id of the `object_5` or `object_21` record.
    pub id: String,
    /// First and last name; all after the first space is the last name.
    pub name: String,
    /// The e-mail address, spelt as they typed it.
    pub email: String,
    /// The Knack ids of the schools they are of. Of a super user Knack holds none.
    pub schools: Vec<String>,
    /// What they may see.
    pub role: Role,
}

/// What a person may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Their own schools.
    StaffAdmin,
    /// Every school.
    SuperUser,
}

/// The e-mail addresses of [`standard_staff`].
pub mod staff_emails {
    /// A staff admin of Alder Park School, the school of 465.
    pub const OF_ONE_SCHOOL: &str = "maren.tollgate@example.test";
    /// A staff admin of Hazel Green Academy and Rowan Hill School, whose address holds capitals.
    pub const OF_TWO_SCHOOLS: &str = "Ibrahim.Sandford@Example.test";
    /// A staff admin whom nobody connected to a school.
    pub const OF_NO_SCHOOL: &str = "petra.lowmoor@example.test";
    /// A super user.
    pub const SUPER_USER: &str = "delyth.overbrook@example.test";
}

/// The users of the demo and the tests, for the standard schools.
pub fn standard_staff() -> Vec<Staff> {
    vec![
        Staff::admin(
            record_id(0x57af_0001),
            "Maren Tollgate",
            staff_emails::OF_ONE_SCHOOL,
        )
        .of([schools::EXAMPLE]),
        Staff::admin(
            record_id(0x57af_0002),
            "Ibrahim Sandford",
            staff_emails::OF_TWO_SCHOOLS,
        )
        .of([schools::TINY, schools::SMALL]),
        Staff::admin(
            record_id(0x57af_0003),
            "Petra Lowmoor",
            staff_emails::OF_NO_SCHOOL,
        ),
        Staff::super_user(
            record_id(0x57af_0004),
            "Delyth Overbrook",
            staff_emails::SUPER_USER,
        ),
    ]
}

impl Staff {
    /// A staff admin of no school.
    pub fn admin(id: impl Into<String>, name: &str, email: &str) -> Self {
        Self {
            id: id.into(),
            name: name.to_owned(),
            email: email.to_owned(),
            schools: Vec::new(),
            role: Role::StaffAdmin,
        }
    }

    /// A super user.
    pub fn super_user(id: impl Into<String>, name: &str, email: &str) -> Self {
        Self {
            role: Role::SuperUser,
            ..Self::admin(id, name, email)
        }
    }

    /// Sets the schools they are of, by their Knack ids.
    #[must_use]
    pub fn of<'a>(mut self, schools: impl IntoIterator<Item = &'a str>) -> Self {
        self.schools = schools.into_iter().map(str::to_owned).collect();
        self
    }

    /// The key of the object that holds their record.
    pub fn object(&self) -> &'static str {
        match self.role {
            Role::StaffAdmin => STAFF_ADMINS,
            Role::SuperUser => SUPER_USERS,
        }
    }

    /// Their record. `known` are the schools Knack holds, by whose names it shows a connection; one to a school that is
    /// not among them is shown by its id.
    pub fn to_record(&self, known: &[School]) -> Value {
        let mut record = Record::new(&self.id, Blank::EmptyText);
        match self.role {
            Role::StaffAdmin => {
                self.write_person(&mut record, 85, 86);
                record.connection(110, &self.connections(known));
                record.set(89, "Staff Admin".to_owned(), json!(["Staff Admin"]));
            }
            Role::SuperUser => self.write_person(&mut record, 472, 473),
        }
        record.finish()
    }

    fn write_person(&self, record: &mut Record, name_field: u32, email_field: u32) {
        let (first, last) = self.name.split_once(' ').unwrap_or((&self.name, ""));
        let name = Name {
            first: first.to_owned(),
            last: last.to_owned(),
            ..Name::default()
        };
        record.set(name_field, name.full(), shapes::name_raw(&name));
        record.set(
            email_field,
            shapes::anchor(&self.email, None),
            json!({"email": self.email, "label": self.email}),
        );
    }

    fn connections<'a>(&'a self, known: &'a [School]) -> Vec<(&'a str, &'a str)> {
        let shown = |id: &'a str| {
            known
                .iter()
                .find(|school| school.knack_id == id)
                .map_or(id, |school| &school.name)
        };
        self.schools
            .iter()
            .map(|id| (id.as_str(), shown(id)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHOOL: &str = "5f0000000000000000000001";

    #[test]
    fn a_staff_admin_is_connected_to_each_of_their_schools() {
        let known = [School::new(SCHOOL, "Alder Park School")];
        let staff = Staff::admin(record_id(1), "Ada Byrne", "Ada@x.example").of([SCHOOL, "5f02"]);
        let record = staff.to_record(&known);
        assert_eq!(
            record["field_86"],
            r#"<a href="mailto:Ada@x.example">Ada@x.example</a>"#
        );
        assert_eq!(
            record["field_86_raw"],
            json!({"email": "Ada@x.example", "label": "Ada@x.example"})
        );
        assert_eq!(record["field_85"], "Ada Byrne");
        assert_eq!(
            record["field_110"],
            format!(
                r#"<span class="{SCHOOL}" data-kn="connection-value">Alder Park School</span><br /><span class="5f02" data-kn="connection-value">5f02</span>"#
            )
        );
        assert_eq!(
            record["field_110_raw"],
            json!([{"id": SCHOOL, "identifier": "Alder Park School"}, {"id": "5f02", "identifier": "5f02"}])
        );
    }

    #[test]
    fn a_staff_admin_of_no_school_has_empty_text_in_both_forms() {
        let record = Staff::admin(record_id(1), "Ada Byrne", "ada@x.example").to_record(&[]);
        assert_eq!(
            (&record["field_110"], &record["field_110_raw"]),
            (&json!(""), &json!(""))
        );
    }

    #[test]
    fn a_super_user_has_a_name_and_an_address_and_no_school() {
        let staff = Staff::super_user(record_id(1), "Ada Byrne Hill", "ada@x.example").of([SCHOOL]);
        assert_eq!(
            staff.to_record(&[]),
            json!({
                "id": record_id(1),
                "field_472": "Ada Byrne Hill",
                "field_472_raw": {"first": "Ada", "last": "Byrne Hill", "full": "Ada Byrne Hill"},
                "field_473": r#"<a href="mailto:ada@x.example">ada@x.example</a>"#,
                "field_473_raw": {"email": "ada@x.example", "label": "ada@x.example"},
            })
        );
    }
}
