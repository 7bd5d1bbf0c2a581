//! What the end-to-end tests are built on: the real binaries, a simulated Knack, a real Supabase on a real PostgreSQL.
//!
//! One Supabase serves all tests of a process, each with a school of its own, as in life. Knack and the fault proxy are
//! the test's own.

mod answer;
mod answers;
mod asking;
mod bare;
mod binary;
mod class;
mod database;
pub mod documents;
mod events;
mod gatekeeper;
mod launcher;
mod lost_log;
mod nginx;
mod pages_asked;
mod raw;
mod receiver;
mod rows;
mod run;
mod running;
mod said;
mod screen;
mod stage;
mod stored;
mod tls;
mod wait;
mod whole_school;

pub use answer::Answer;
pub use answers::{AllAnswers, AnswerKey, AnswersOf, answer_fields, sheet_id, sheet_of};
pub use asking::Asker;
pub use bare::Bare;
pub use binary::{Refresh, program};
pub use class::{postgrest_error, to_bad_pupils};
pub use database::Database;
pub use events::{Event, Events};
pub use gatekeeper::Gatekeeper;
pub use launcher::{Launcher, LauncherBuilder, token_line};
pub use lost_log::LostLog;
pub use nginx::{Nginx, Surroundings};
pub use pages_asked::{PageAsked, pages_asked, records_asked};
pub use receiver::{Received, Receiver, signature};
pub use rows::{changes, skipped, warned};
pub use run::Run;
pub use running::Running;
pub use said::{assert_is_a_sentence, refused, warning};
pub use screen::{Screen, on_terminal};
pub use stage::{Stage, StageBuilder};
pub use tls::{BadCertificate, TlsServer};
pub use wait::{until, until_asked};
