//! Whatever fails during a refresh, and whenever: each row is as it was or as Knack holds it now, and a plain refresh
//! afterwards makes all of them Knack's. docs/fault-matrix.md lists every fault that is tested, and where.

mod documents;
mod knack;
mod process;
mod scene;
mod supabase;

use scene::Scene;
