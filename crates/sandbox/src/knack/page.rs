//! Lists: which records a page holds, in which order, and how they are written.

use std::sync::Arc;

use actix_web::web::Bytes;

use super::{
    account,
    call::Call,
    fault::Fault,
    filter::{self, Filter},
    simulator::Simulator,
    store::Row,
};
use crate::data::ObjectSchema;

/// One page of a list.
#[derive(Debug)]
pub(super) struct Page {
    number: u64,
    total_pages: u64,
    total: u64,
    pub(super) rows: Vec<Arc<Row>>,
}

impl Page {
    /// The page a request asks for; none where there is no such object. To a `user` only what is theirs is listed.
    pub(super) fn select(
        object: &str,
        user: Option<&str>,
        call: &Call,
        simulator: &Simulator,
        fault: Option<&Fault>,
    ) -> Option<Self> {
        let (schema, mut rows) = {
            let store = simulator.store();
            (store.schema(object)?, store.rows(object))
        };
        if fault != Some(&Fault::IgnoreFilter) {
            let filter = Filter::read(call.filters().as_ref(), &schema, simulator.today);
            rows.retain(|row| {
                user.is_none_or(|email| account::is_theirs(row.record(), object, email))
                    && filter.matches(row.record())
            });
        }
        sort(&mut rows, call, &schema);
        let mut total = rows.len() as u64;
        if let Some(Fault::OverstateTotal { by }) = fault {
            total += *by as u64;
        }
        let (number, size) = (call.page(), call.rows_per_page());
        let skipped = usize::try_from((number - 1).saturating_mul(size)).unwrap_or(usize::MAX);
        let mut rows: Vec<_> = rows
            .into_iter()
            .skip(skipped)
            .take(usize::try_from(size).unwrap_or(0))
            .collect();
        if let Some(Fault::ShortPage { missing }) = fault {
            rows.truncate(rows.len().saturating_sub(*missing));
        }
        Some(Self {
            number,
            total_pages: total.div_ceil(size),
            total,
            rows,
        })
    }

    pub(super) fn json(&self, raw: bool, fault: Option<&Fault>) -> Vec<Bytes> {
        let envelope = format!(
            r#"{{"total_pages":{},"current_page":{},"total_records":{},"records":["#,
            self.total_pages, self.number, self.total
        );
        let mut parts = Vec::with_capacity(2 * self.rows.len() + 2);
        parts.push(Bytes::from(envelope));
        for (n, row) in self.rows.iter().enumerate() {
            let [opened, rest] = match fault {
                Some(Fault::Written { records, json }) if is_meant(row, records) => {
                    [Bytes::from(format!(",{json}")), Bytes::new()]
                }
                _ => form(row, raw),
            };
            parts.push(if n == 0 { opened.slice(1..) } else { opened });
            parts.push(rest);
        }
        parts.push(Bytes::from_static(b"]}"));
        parts
    }

    /// How many of these records it holds; of none in particular, how many at all.
    pub(super) fn count(&self, records: &[String]) -> u64 {
        let meant = self.rows.iter().filter(|row| is_meant(row, records));
        meant.count() as u64
    }

    /// Changes what the next page will find.
    pub(super) fn change_next(&self, object: &str, fault: Option<Fault>, simulator: &Simulator) {
        match fault {
            Some(Fault::RemoveRecordAfterPage) => {
                if let Some(first) = self.rows.first() {
                    simulator.store().remove(object, first.id());
                }
            }
            Some(Fault::InsertRecordAfterPage(record)) => {
                simulator.store().put_first(object, record);
            }
            _ => {}
        }
    }
}

/// Whether it is one of these; if none is named, it is.
fn is_meant(row: &Row, records: &[String]) -> bool {
    records.is_empty() || records.iter().any(|record| record == row.id())
}

/// Assumed: an unknown sort field is ignored.
fn sort(rows: &mut [Arc<Row>], call: &Call, schema: &ObjectSchema) {
    let Some(field) = call
        .param("sort_field")
        .and_then(|key| schema.fields.iter().find(|field| field.key == key))
    else {
        return;
    };
    let descending = call.param("sort_order") == Some("desc");
    rows.sort_by(|a, b| {
        let order = filter::compare(a.record(), b.record(), &field.key, field.kind);
        if descending { order.reverse() } else { order }
    });
}

/// A record in two parts, the first beginning with a comma.
pub(super) fn form(row: &Row, raw: bool) -> [Bytes; 2] {
    if raw { row.raw_json() } else { row.json() }
}
