//! Supabase Lite, PostgreSQL and Redis as they are in the sandbox: schema, keys, limits, life and death; and the world they
//! make together with Knack.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first surprise, and says how long it took"
)]

#[path = "supabase/answers.rs"]
mod answers;
#[path = "supabase/api.rs"]
mod api;
#[path = "supabase/folder.rs"]
mod folder;
#[path = "supabase/lifetime.rs"]
mod lifetime;
#[path = "supabase/processes.rs"]
mod processes;
#[path = "supabase/redis.rs"]
mod redis;
#[path = "supabase/schema.rs"]
mod schema;
#[path = "supabase/support.rs"]
mod support;
#[path = "supabase/world.rs"]
mod world;
