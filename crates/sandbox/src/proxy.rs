//! A proxy to stand in front of Supabase that fails when told to.
