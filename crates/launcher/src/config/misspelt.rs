//! Finds variables that resemble a setting's name but are none, so that a slip in a name is not silently ignored. Looks
//! at names only, never at values.

use settings::{Declared, Environment};

use super::{declared, of_client, of_notify};

/// The beginnings of our own settings, which no other program uses.
const OURS: [&str; 2] = ["LAUNCHER_", "SYNC_"];
/// Whatever begins like this is meant for the launcher.
const SURELY_OURS: &str = OURS[0];
/// Of any other name, so many characters may differ from a setting's.
const SLIPS: usize = 2;
const LONGEST: usize = 64;
const MOST: usize = 20;

/// A variable that nothing reads.
#[derive(Debug, PartialEq, Eq)]
struct Stray {
    name: String,
    /// The setting whose name is the most like its own.
    nearest: &'static str,
}

/// Logs which variables are ignored although their names are like those of settings.
pub(crate) fn warn_of_misspelt(environment: &Environment) {
    for Stray { name, nearest } in strays(environment.names()).take(MOST) {
        tracing::warn!(
            "{name} is not a setting, so it is ignored; the setting with the nearest name is {nearest}"
        );
    }
}

fn strays(names: impl IntoIterator<Item = String>) -> impl Iterator<Item = Stray> {
    let ours = [&declared::ALL[..], &of_client::ALL, &of_notify::ALL].concat();
    let settings = [ours, settings::of_refresh()].concat();
    let settings: Vec<&'static str> = settings.iter().flat_map(Declared::names).collect();
    names.into_iter().filter_map(move |name| {
        if settings.contains(&&*name) {
            return None;
        }
        let name: String = name.chars().take(LONGEST).collect();
        let distances = settings
            .iter()
            .map(|setting| (distance(&name, setting), *setting));
        let (distance, nearest) = distances.min_by_key(|(distance, _)| *distance)?;
        let is_slip = distance <= SLIPS && OURS.iter().any(|prefix| nearest.starts_with(prefix));
        let is_ours = is_slip || name.to_ascii_uppercase().starts_with(SURELY_OURS);
        is_ours.then_some(Stray { name, nearest })
    })
}

/// How far a name is from a setting's. One that was given our prefix, or another end, is close to it.
fn distance(name: &str, setting: &str) -> usize {
    let name = name.to_ascii_uppercase();
    let bare = name.strip_prefix(SURELY_OURS).unwrap_or(&name);
    let is_part = |part: &str, whole: &str| {
        whole
            .strip_prefix(part)
            .is_some_and(|rest| rest.starts_with('_'))
    };
    if is_part(&name, setting) || is_part(setting, &name) {
        return 1;
    }
    strsim::osa_distance(&name, setting).min(strsim::osa_distance(bare, setting))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(name: &str) -> Option<&'static str> {
        strays([name.to_owned()]).next().map(|stray| stray.nearest)
    }

    #[test]
    fn a_name_like_a_settings_is_told_with_the_nearest_setting() {
        for (name, setting) in [
            ("LAUNCHER_TRUSTED_PROXY", "LAUNCHER_TRUSTED_PROXIES"),
            ("LAUNCHER_AUHT", "LAUNCHER_AUTH"),
            ("LAUNCHER_AUTH ", "LAUNCHER_AUTH"),
            ("launcher_max_runs", "LAUNCHER_MAX_RUNS"),
            ("LAUNCHR_MAX_RUNS", "LAUNCHER_MAX_RUNS"),
            ("LAUNCHER-BIND", "LAUNCHER_BIND"),
            ("LAUNCHER_COOLDOWN", "LAUNCHER_COOLDOWN_SECONDS"),
            ("LAUNCHER_MAX_WAIT_SECONDS", "LAUNCHER_MAX_WAIT"),
            ("LAUNCHER_TOKEN_FILE", "LAUNCHER_TOKENS_FILE"),
            ("LAUNCHER_PORT", "PORT"),
            ("LAUNCHER_REDIS_URL", "REDIS_URL"),
            ("LAUNCHER_STAFF_VIEW", "KNACK_STAFF_VIEW"),
            ("SYNC_ANSWER", "SYNC_ANSWERS"),
            ("SYNC_OUTAGE_PATIENCE", "SYNC_OUTAGE_PATIENCE_SECONDS"),
        ] {
            assert_eq!(nearest(name), Some(setting), "{name}");
        }
        assert!(nearest("LAUNCHER_WHATEVER_THIS_MAY_BE").is_some());
        assert!(nearest(&format!("LAUNCHER_{}", "X".repeat(100_000))).is_some());
    }

    #[test]
    fn settings_and_names_of_other_programs_are_no_strays() {
        for name in [
            "LAUNCHER_AUTH",
            "LAUNCHER_TOKEN",
            "LAUNCHER_URL",
            "KNACK_APP_ID",
            "SYNC_ANSWERS",
            "PORT",
            "SORT",
            "REDIS_TLS_URL",
            "SUPABASE_ANON_KEY",
            "KNACK_API_KEYS",
            "SYNC_SCHEDULE",
            "PATH",
            "",
        ] {
            assert_eq!(nearest(name), None, "{name}");
        }
    }
}
