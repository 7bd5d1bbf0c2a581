//! From a request to its answer: who asks, whether they may, what goes wrong, which records, how long it takes.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web::Bytes};

use super::{
    auth,
    body::{self, Delivery, Refusal},
    call::{Call, Route},
    fault::Fault,
    filter::{self, Filter},
    limits::Allowance,
    metadata,
    server::Simulator,
    store::Row,
};
use crate::data::ObjectSchema;

/// Answers a request of the API.
pub(super) async fn answer(
    request: &HttpRequest,
    call: &Call,
    simulator: &Simulator,
) -> HttpResponse {
    if let Route::Application(id) = &call.route {
        return metadata::application(id, simulator); // the schema is public, and asking for it is not limited
    }
    if let Err(refusal) = auth::check(request) {
        return refusal.respond(None);
    }
    let allowance = match simulator.limits().take() {
        Ok(allowance) => allowance,
        Err(exhausted) => return too_many(exhausted),
    };
    let fault = simulator.faults().take(call);
    let fault = match fault {
        Some(fault) => match instead(fault, request, allowance).await {
            Instead::Answer(response) => return response,
            Instead::Proceed(fault) => fault,
        },
        None => None,
    };
    match respond(call, simulator, fault, allowance).await {
        Ok(response) => response,
        Err(refusal) => refusal.respond(Some(allowance)),
    }
}

/// What a fault leaves of a request.
enum Instead {
    Answer(HttpResponse),
    Proceed(Option<Fault>),
}

/// The answer of those faults that come in place of one.
async fn instead(fault: Fault, request: &HttpRequest, allowance: Allowance) -> Instead {
    let response = match fault {
        Fault::Status { code, body } => Refusal::text(code, &body).respond(Some(allowance)),
        Fault::TooManyRequests => too_many(allowance.without_second()),
        Fault::DailyCapReached => too_many(allowance.without_day()),
        Fault::Hang => std::future::pending().await,
        Fault::Reset => body::reset(request),
        Fault::Html => body::html(allowance),
        Fault::Redirect(to) => body::redirect(&to, allowance),
        Fault::Delay(delay) => {
            tokio::time::sleep(delay).await;
            return Instead::Proceed(None);
        }
        fault @ (Fault::CutBody
        | Fault::SlowBody
        | Fault::ShortPage { .. }
        | Fault::OverstateTotal { .. }
        | Fault::RemoveRecordAfterPage
        | Fault::InsertRecordAfterPage(_)
        | Fault::IgnoreFilter
        | Fault::Truncated200
        | Fault::HugeBody { .. }) => return Instead::Proceed(Some(fault)),
    };
    Instead::Answer(response)
}

async fn respond(
    call: &Call,
    simulator: &Simulator,
    fault: Option<Fault>,
    allowance: Allowance,
) -> Result<HttpResponse, Refusal> {
    let delivery = match fault {
        Some(Fault::CutBody) => Delivery::Cut,
        Some(Fault::SlowBody) => Delivery::Slow,
        Some(Fault::Truncated200) => Delivery::Half,
        Some(Fault::HugeBody { bytes }) => Delivery::Padded(bytes),
        _ => Delivery::Whole,
    };
    let (parts, records) = match &call.route {
        Route::Objects => (metadata::objects(simulator), 0),
        Route::Object(key) => (
            metadata::object(key, simulator).ok_or_else(unknown_object)?,
            0,
        ),
        Route::Records(key) => {
            let page =
                Page::select(key, call, simulator, fault.as_ref()).ok_or_else(unknown_object)?;
            change_after(key, &page, fault, simulator);
            (page.json(call.wants_raw()), page.rows.len())
        }
        Route::Record(key, id) => {
            let row = simulator
                .store()
                .get(key, id)
                .ok_or_else(|| Refusal::text(400, "Invalid record id."))?;
            (whole(&row, call.wants_raw()), 1)
        }
        Route::Application(_) | Route::Unknown => return Err(Refusal::text(404, "Not Found")),
    };
    simulator.clock.serve(records).await;
    Ok(body::json(parts, delivery, Some(allowance)))
}

/// One page of a list.
struct Page {
    number: u64,
    total_pages: u64,
    total: u64,
    rows: Vec<Arc<Row>>,
}

impl Page {
    /// The page a request asks for; none where there is no such object.
    fn select(
        object: &str,
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
            rows.retain(|row| filter.matches(row.record()));
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

    fn json(&self, raw: bool) -> Vec<Bytes> {
        let envelope = format!(
            r#"{{"total_pages":{},"current_page":{},"total_records":{},"records":["#,
            self.total_pages, self.number, self.total
        );
        let mut parts = Vec::with_capacity(2 * self.rows.len() + 2);
        parts.push(Bytes::from(envelope));
        for (n, row) in self.rows.iter().enumerate() {
            let [opened, rest] = form(row, raw);
            parts.push(if n == 0 { opened.slice(1..) } else { opened });
            parts.push(rest);
        }
        parts.push(Bytes::from_static(b"]}"));
        parts
    }
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

/// Changes what the next page will find.
fn change_after(object: &str, page: &Page, fault: Option<Fault>, simulator: &Simulator) {
    match fault {
        Some(Fault::RemoveRecordAfterPage) => {
            if let Some(first) = page.rows.first() {
                simulator.store().remove(object, first.id());
            }
        }
        Some(Fault::InsertRecordAfterPage(record)) => simulator.store().put_first(object, record),
        _ => {}
    }
}

fn whole(row: &Row, raw: bool) -> Vec<Bytes> {
    let [opened, rest] = form(row, raw);
    vec![opened.slice(1..), rest]
}

fn form(row: &Row, raw: bool) -> [Bytes; 2] {
    if raw { row.raw_json() } else { row.json() }
}

fn too_many(allowance: Allowance) -> HttpResponse {
    Refusal::text(429, "Rate limit exceeded").respond(Some(allowance))
}

/// Assumed: public clients take 400 for "no such object".
fn unknown_object() -> Refusal {
    Refusal::text(400, "Invalid object key.")
}
