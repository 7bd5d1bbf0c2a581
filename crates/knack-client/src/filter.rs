//! Knack's filter language, as far as it is documented and used (docs/knack-and-dashboard.md, "Filters").

use serde::Serialize;

/// Rules that must all hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filters {
    #[serde(rename = "match")]
    combine: &'static str,
    rules: Vec<Rule>,
}

/// One condition on one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    field: &'static str,
    operator: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

impl Filters {
    /// All of `rules` must hold.
    pub fn all(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self {
            combine: "and",
            rules: rules.into_iter().collect(),
        }
    }

    /// The value of the `filters` parameter.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings always serialise")
    }
}

impl Rule {
    /// The field equals `value`; for a connection, `value` is a record id.
    pub fn is(field: &'static str, value: &impl ToString) -> Self {
        Self::with_value(field, "is", value)
    }

    /// The date field lies after the day `value`, that day **not** included. `value` is written in the order of the
    /// field's own format.
    pub fn is_after(field: &'static str, value: &impl ToString) -> Self {
        Self::with_value(field, "is after", value)
    }

    /// The date field lies before the day `value`, that day **not** included.
    pub fn is_before(field: &'static str, value: &impl ToString) -> Self {
        Self::with_value(field, "is before", value)
    }

    /// The field is empty.
    pub fn is_blank(field: &'static str) -> Self {
        Self {
            field,
            operator: "is blank",
            value: None,
        }
    }

    fn with_value(field: &'static str, operator: &'static str, value: &impl ToString) -> Self {
        Self {
            field,
            operator,
            value: Some(value.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_written_as_knack_reads_them() {
        let filters = Filters::all([
            Rule::is("field_133", &"61680fc13a0bfd001e8ca3ca"),
            Rule::is_after("field_855", &"31/07/2026"),
            Rule::is_blank("field_2"),
        ]);
        assert_eq!(
            filters.to_json(),
            r#"{"match":"and","rules":[{"field":"field_133","operator":"is","value":"61680fc13a0bfd001e8ca3ca"},{"field":"field_855","operator":"is after","value":"31/07/2026"},{"field":"field_2","operator":"is blank"}]}"#
        );
    }
}
