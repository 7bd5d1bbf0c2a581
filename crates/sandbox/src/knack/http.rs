//! The HTTP side of the simulator: which of its parts a request is for.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Bytes, Data},
};

use super::{answer, call::Call, control, simulator::Simulator};
use crate::server::Server;

/// Serves the simulator until the server is dropped.
pub(super) fn start(simulator: Arc<Simulator>, port: u16) -> anyhow::Result<Server> {
    let simulator = Data::from(simulator);
    Server::start("knack", port, move |app| {
        app.app_data(Data::clone(&simulator))
            .default_service(web::to(serve));
    })
}

/// Every request comes through here: paths are told apart by hand, since Knack takes them with and without a last slash.
async fn serve(request: HttpRequest, payload: Bytes, simulator: Data<Simulator>) -> HttpResponse {
    if let Some(path) = request.path().strip_prefix("/_sandbox/") {
        return control::answer(request.method(), path, &payload, &simulator);
    }
    let call = Call::of(&request);
    let entry = simulator.log().enter(&request, &call);
    let response = answer::answer(&request, &call, &payload, &simulator).await;
    entry.answered(response.status().as_u16());
    response
}
