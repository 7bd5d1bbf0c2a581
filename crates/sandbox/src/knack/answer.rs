//! From a request to its answer: who asks, whether they may, what goes wrong, which records, how long it takes.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Bytes};

use super::{
    auth,
    body::{self, Delivery, Refusal},
    call::{Call, Route},
    fault::Fault,
    limits::Allowance,
    metadata,
    page::{self, Page},
    sign_in,
    simulator::Simulator,
    store::Row,
    view,
};
use crate::{bomb, server};

/// Answers a request of the API.
pub(super) async fn answer(
    request: &HttpRequest,
    call: &Call,
    payload: &[u8],
    simulator: &Simulator,
) -> HttpResponse {
    if let Route::Application(id) = &call.route {
        return metadata::application(id, simulator); // the schema is public, and asking for it is not limited
    }
    let user = match auth::check(request, &call.route, simulator) {
        Ok(user) => user,
        Err(refusal) => return refusal.respond(None),
    };
    let allowance = match simulator.limits().take() {
        Ok(allowance) => allowance,
        Err(exhausted) => return too_many(exhausted),
    };
    let fault = simulator.rules.take(call);
    let fault = match fault {
        Some(fault) => match instead(fault, request, allowance).await {
            Instead::Answer(response) => return response,
            Instead::Proceed(fault) => fault,
        },
        None => None,
    };
    let date = match &fault {
        Some(Fault::Dated(date)) => Some(date.clone()),
        _ => None,
    };
    let asked = Asked {
        call,
        payload,
        user: user.as_deref(),
    };
    let response = respond(asked, simulator, fault, allowance)
        .await
        .unwrap_or_else(|refusal| refusal.respond(Some(allowance)));
    match date {
        Some(date) => server::dated(response, &date),
        None => response,
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
        Fault::Bomb => bomb::answer(StatusCode::OK),
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
        | Fault::PastedImages { .. }
        | Fault::Written { .. }
        | Fault::HugeBody { .. }
        | Fault::Dated(_)) => return Instead::Proceed(Some(fault)),
    };
    Instead::Answer(response)
}

/// What is asked, and who asks.
struct Asked<'a> {
    call: &'a Call,
    payload: &'a [u8],
    /// The e-mail address of a user who has signed in.
    user: Option<&'a str>,
}

async fn respond(
    asked: Asked<'_>,
    simulator: &Simulator,
    fault: Option<Fault>,
    allowance: Allowance,
) -> Result<HttpResponse, Refusal> {
    let call = asked.call;
    let mut delivery = match fault {
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
            let page = Page::select(key, None, call, simulator, fault.as_ref())
                .ok_or_else(unknown_object)?;
            if let Some(Fault::PastedImages { records, bytes }) = &fault {
                delivery = Delivery::Stuffed(page.count(records) * bytes);
            }
            let parts = page.json(call.wants_raw(), fault.as_ref());
            page.change_next(key, fault, simulator);
            (parts, page.rows.len())
        }
        Route::View(path) => {
            let user = asked.user.ok_or_else(auth::no_session)?;
            let object = view::object(path).ok_or_else(unknown_view)?;
            let page = Page::select(object, Some(user), call, simulator, fault.as_ref())
                .ok_or_else(unknown_object)?;
            let parts = page.json(call.wants_raw(), fault.as_ref());
            page.change_next(object, fault, simulator);
            (parts, page.rows.len())
        }
        Route::SignIn(app_id) => (sign_in::sign_in(app_id, asked.payload, simulator)?, 0),
        Route::Session => {
            let user = asked.user.ok_or_else(auth::no_session)?;
            (sign_in::current(user, simulator)?, 0)
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
    simulator.clock.serve(call.object(), records).await;
    Ok(body::json(parts, delivery, Some(allowance)))
}

fn whole(row: &Row, raw: bool) -> Vec<Bytes> {
    let [opened, rest] = page::form(row, raw);
    vec![opened.slice(1..), rest]
}

fn too_many(allowance: Allowance) -> HttpResponse {
    Refusal::text(429, "Rate limit exceeded").respond(Some(allowance))
}

/// Assumed, as for objects.
fn unknown_view() -> Refusal {
    Refusal::text(400, "Invalid view key.")
}

/// Assumed: public clients take 400 for "no such object".
fn unknown_object() -> Refusal {
    Refusal::text(400, "Invalid object key.")
}
