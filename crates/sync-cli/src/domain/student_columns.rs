//! The set of a student's columns that differ. Pure.

use super::Details;

impl Details {
    /// Takes these columns from another student's details, or from none.
    pub(crate) fn take(&mut self, columns: StudentColumns, from: &Self) {
        for (column, own, other) in [
            (StudentColumn::Name, &mut self.name, &from.name),
            (
                StudentColumn::YearGroup,
                &mut self.year_group,
                &from.year_group,
            ),
            (StudentColumn::Course, &mut self.course, &from.course),
            (StudentColumn::Faculty, &mut self.faculty, &from.faculty),
            (StudentColumn::Group, &mut self.group, &from.group),
            (StudentColumn::Gender, &mut self.gender, &from.gender),
        ] {
            if columns.contains(column) {
                own.clone_from(other);
            }
        }
    }
}

/// A column of `students` that a refresh writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StudentColumn {
    Email,
    KnackId,
    EstablishmentId,
    Name,
    YearGroup,
    Course,
    Faculty,
    Group,
    Gender,
}

/// The columns as they are named, in the order of [`StudentColumn`].
const NAMES: [&str; 9] = [
    "email",
    "knack_id",
    "establishment_id",
    "name",
    "year_group",
    "course",
    "faculty",
    "group",
    "gender",
];

/// Some of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct StudentColumns([bool; NAMES.len()]);

impl StudentColumns {
    pub(crate) fn add_if(&mut self, column: StudentColumn, differs: bool) {
        self.0[column as usize] |= differs;
    }

    /// Those of the details that differ.
    pub(crate) fn of_details(one: &Details, other: &Details) -> Self {
        let mut columns = Self::default();
        for (column, one, other) in [
            (StudentColumn::Name, &one.name, &other.name),
            (StudentColumn::YearGroup, &one.year_group, &other.year_group),
            (StudentColumn::Course, &one.course, &other.course),
            (StudentColumn::Faculty, &one.faculty, &other.faculty),
            (StudentColumn::Group, &one.group, &other.group),
            (StudentColumn::Gender, &one.gender, &other.gender),
        ] {
            columns.add_if(column, one != other);
        }
        columns
    }

    pub(crate) fn contains(self, column: StudentColumn) -> bool {
        self.0[column as usize]
    }

    pub(crate) fn any(self) -> bool {
        self.0.contains(&true)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        let columns = self.0.iter().zip(NAMES);
        columns.filter_map(|(differs, name)| differs.then_some(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_has_its_own_name() {
        for (column, name) in [
            (StudentColumn::Email, "email"),
            (StudentColumn::KnackId, "knack_id"),
            (StudentColumn::EstablishmentId, "establishment_id"),
            (StudentColumn::Name, "name"),
            (StudentColumn::YearGroup, "year_group"),
            (StudentColumn::Course, "course"),
            (StudentColumn::Faculty, "faculty"),
            (StudentColumn::Group, "group"),
            (StudentColumn::Gender, "gender"),
        ] {
            let mut columns = StudentColumns::default();
            columns.add_if(column, false);
            assert!(!columns.any());
            columns.add_if(column, true);
            assert_eq!(columns.names().collect::<Vec<_>>(), [name]);
        }
    }
}
