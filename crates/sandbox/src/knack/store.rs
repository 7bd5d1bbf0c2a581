//! The records, in the order they are listed, each with its JSON text ready to be sent.
//!
//! A row never changes: an edit replaces it. So a request takes the rows it serves and lets go of the lock.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use actix_web::web::Bytes;
use serde_json::{Map, Value};

use super::value;
use crate::data::{self, Filler, LONE_SURROGATE, ObjectSchema, School, Staff, Width, filler};

/// A record as it is served.
#[derive(Debug)]
pub(super) struct Row {
    record: Value,
    /// `,{"id":…` without the closing brace: the filler ends it.
    text: Bytes,
    filler: Filler,
}

/// Everything Knack holds.
#[derive(Debug)]
pub(super) struct Store {
    objects: HashMap<String, Object>,
}

#[derive(Debug)]
struct Object {
    schema: Arc<ObjectSchema>,
    rows: Rows,
}

/// The rows of an object, written when they are first looked at: answers take longer to write than all other records
/// together, and most worlds never look at them.
type Rows = LazyLock<Vec<Arc<Row>>, Box<dyn FnOnce() -> Vec<Arc<Row>> + Send>>;

impl Store {
    pub(super) fn new(schools: &[School], staff: &[Staff]) -> Self {
        let objects = data::schemas().into_iter().map(|schema| {
            (
                schema.key.clone(),
                Object {
                    schema: Arc::new(schema),
                    rows: no_rows(),
                },
            )
        });
        let mut store = Self {
            objects: objects.collect(),
        };
        for school in schools {
            store.append(
                data::ESTABLISHMENTS,
                Row::new(school.to_record(), Filler::none()),
            );
            for (n, record) in school.pupil_records().enumerate() {
                store.append(
                    data::PUPILS,
                    Row::new(record, filler::RESULTS.of(school.width, n)),
                );
            }
        }
        store.object(data::ANSWERS).rows = answers(schools);
        for person in staff {
            let row = Row::new(person.to_record(schools), Filler::none());
            store.append(person.object(), row);
        }
        store
    }

    /// The objects' schemas, in the order of their keys.
    pub(super) fn schemas(&self) -> Vec<Arc<ObjectSchema>> {
        let mut schemas: Vec<_> = self
            .objects
            .values()
            .map(|object| Arc::clone(&object.schema))
            .collect();
        schemas.sort_by(|a, b| a.key.cmp(&b.key));
        schemas
    }

    pub(super) fn schema(&self, object: &str) -> Option<Arc<ObjectSchema>> {
        self.objects
            .get(object)
            .map(|object| Arc::clone(&object.schema))
    }

    pub(super) fn rebuild(&mut self, object: &str, schema: ObjectSchema) {
        if let Some(object) = self.objects.get_mut(object) {
            object.schema = Arc::new(schema);
        }
    }

    pub(super) fn rows(&self, object: &str) -> Vec<Arc<Row>> {
        self.objects
            .get(object)
            .map(|object| Vec::clone(&object.rows))
            .unwrap_or_default()
    }

    pub(super) fn get(&self, object: &str, id: &str) -> Option<Arc<Row>> {
        self.objects
            .get(object)?
            .rows
            .iter()
            .find(|row| row.id() == id)
            .cloned()
    }

    /// Replaces the record with the same id, or appends it. An unknown object begins to exist, without fields.
    pub(super) fn put(&mut self, object: &str, record: Value) {
        match self.position(object, &record) {
            Some(at) => {
                let rows = self.object(object).rows_mut();
                rows[at] = Arc::new(Row::new(record, rows[at].filler.clone()));
            }
            None => self.append(object, Row::new(record, new_filler(object))),
        }
    }

    /// Puts a new record before all others.
    pub(super) fn put_first(&mut self, object: &str, record: Value) {
        if let Some(at) = self.position(object, &record) {
            self.object(object).rows_mut().remove(at);
        }
        self.object(object)
            .rows_mut()
            .insert(0, Arc::new(Row::new(record, new_filler(object))));
    }

    pub(super) fn remove(&mut self, object: &str, id: &str) {
        if let Some(object) = self.objects.get_mut(object) {
            object.rows_mut().retain(|row| row.id() != id);
        }
    }

    fn append(&mut self, object: &str, row: Row) {
        self.object(object).rows_mut().push(Arc::new(row));
    }

    fn position(&self, object: &str, record: &Value) -> Option<usize> {
        let id = record.get("id")?.as_str()?;
        self.objects
            .get(object)?
            .rows
            .iter()
            .position(|row| row.id() == id)
    }

    fn object(&mut self, key: &str) -> &mut Object {
        self.objects.entry(key.to_owned()).or_insert_with(|| {
            let schema = ObjectSchema {
                key: key.to_owned(),
                name: key.to_owned(),
                fields: Vec::new(),
            };
            Object {
                schema: Arc::new(schema),
                rows: no_rows(),
            }
        })
    }
}

impl Object {
    fn rows_mut(&mut self) -> &mut Vec<Arc<Row>> {
        LazyLock::force_mut(&mut self.rows)
    }
}

fn no_rows() -> Rows {
    LazyLock::new(Box::new(Vec::new))
}

/// The answers of these schools' pupils.
fn answers(schools: &[School]) -> Rows {
    let schools: Vec<School> = schools
        .iter()
        .map(|school| School {
            width: school.width,
            blank: school.blank,
            answers: school.answers.clone(),
            odd_answers: school.odd_answers.clone(),
            ..School::new(&school.knack_id, &school.name)
        })
        .collect();
    LazyLock::new(Box::new(move || {
        schools
            .iter()
            .flat_map(|school| {
                let filler = |n| filler::ANSWERS.of(school.width, n);
                let records = school.answer_records().enumerate();
                records.map(move |(n, record)| Arc::new(Row::new(record, filler(n))))
            })
            .collect()
    }))
}

impl Row {
    fn new(record: Value, filler: Filler) -> Self {
        let text = opened(&record);
        Self {
            record,
            text,
            filler,
        }
    }

    pub(super) fn id(&self) -> &str {
        self.record
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(super) fn record(&self) -> &Value {
        &self.record
    }

    /// Its JSON in two parts, the first beginning with a comma.
    pub(super) fn json(&self) -> [Bytes; 2] {
        [self.text.clone(), self.filler.both.clone()]
    }

    /// The same as `format=raw` has it.
    pub(super) fn raw_json(&self) -> [Bytes; 2] {
        [
            opened(&value::raw_only(&self.record)),
            self.filler.raw.clone(),
        ]
    }
}

fn new_filler(object: &str) -> Filler {
    match object {
        data::PUPILS => filler::RESULTS.of(Width::Narrow, 0),
        data::ANSWERS => filler::ANSWERS.of(Width::Narrow, 0),
        _ => Filler::none(),
    }
}

/// `,{"a":1` of the record `{"a":1}`, its id first and without what is not served.
fn opened(record: &Value) -> Bytes {
    let text = match record {
        Value::Object(fields) => id_first(fields),
        record => record.to_string(),
    };
    let text = text.replace(LONE_SURROGATE, "\\ud800");
    Bytes::from(format!(",{}", text.strip_suffix('}').unwrap_or(&text)))
}

fn id_first(fields: &Map<String, Value>) -> String {
    let mut fields = fields.clone();
    fields.remove(data::FILTERED_AS);
    let id = fields.remove("id");
    let rest = Value::Object(fields).to_string();
    match (id, rest.as_str()) {
        (None, _) => rest,
        (Some(id), "{}") => format!("{{\"id\":{id}}}"),
        (Some(id), rest) => format!("{{\"id\":{id},{}", &rest[1..]),
    }
}
