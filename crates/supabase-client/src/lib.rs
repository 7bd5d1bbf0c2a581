//! supabase-client
