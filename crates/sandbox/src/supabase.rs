//! Supabase Lite as a child process, embedded or on PostgreSQL.
