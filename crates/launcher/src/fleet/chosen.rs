//! Decides which schools a command is for. Pure.

use std::time::Duration;

use sync_protocol::EstablishmentId;

use super::wire::{School, SchoolList};
use crate::args::RefreshArgs;
use crate::freshness::is_stale;

/// The schools to refresh, and the ids that name none.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub(super) schools: Vec<School>,
    pub(super) unknown: Vec<EstablishmentId>,
}

/// The arguments' choice among the caller's schools.
pub(super) fn chosen(list: SchoolList, args: &RefreshArgs) -> Chosen {
    match args.stale {
        Some(Some(hours)) => {
            let limit = Duration::from_hours(hours.into());
            let SchoolList {
                now,
                last_full_sync_at,
                establishments,
            } = list;
            let is_old = |school: &School| {
                is_stale(school.last_refresh_at.max(last_full_sync_at), limit, now)
            };
            Chosen {
                schools: establishments.into_iter().filter(is_old).collect(),
                unknown: Vec::new(),
            }
        }
        Some(None) => Chosen {
            schools: only(list.establishments, |school| school.stale),
            unknown: Vec::new(),
        },
        None if args.all => Chosen {
            schools: list.establishments,
            unknown: Vec::new(),
        },
        None => named(&list.establishments, &args.school),
    }
}

/// Those with these ids, each once, in the order in which they were named.
fn named(schools: &[School], ids: &[EstablishmentId]) -> Chosen {
    let mut chosen = Chosen::default();
    for id in ids {
        let is_it = |school: &&School| match id {
            EstablishmentId::Knack(id) => school.establishment_id == *id,
            EstablishmentId::Supabase(id) => school.establishment_uuid == *id,
        };
        match schools.iter().find(is_it) {
            Some(school) => {
                let id = school.establishment_uuid;
                if !chosen.schools.iter().any(|it| it.establishment_uuid == id) {
                    chosen.schools.push(school.clone());
                }
            }
            None if chosen.unknown.contains(id) => {}
            None => chosen.unknown.push(*id),
        }
    }
    chosen
}

fn only(schools: Vec<School>, is_chosen: impl Fn(&School) -> bool) -> Vec<School> {
    schools.into_iter().filter(is_chosen).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: &str = "2026-11-26T12:00:00Z";

    /// Three schools, refreshed one hour ago, thirty hours ago, and never.
    fn list(last_full_sync: Option<&str>) -> SchoolList {
        let school = |n: u8, last: Option<&str>, stale: bool| {
            json!({
                "establishmentId": format!("{n:024x}"),
                "establishmentUuid": format!("{n:08x}-0000-0000-0000-000000000000"),
                "name": format!("School {n}"), "lastRefreshAt": last, "stale": stale,
            })
        };
        let list = json!({
            "now": NOW, "lastFullSyncAt": last_full_sync,
            "establishments": [
                school(1, Some("2026-11-26T11:00:00Z"), false),
                school(2, Some("2026-11-25T06:00:00Z"), true),
                school(3, None, true),
            ],
        });
        serde_json::from_value(list).unwrap()
    }

    fn args(line: &str) -> RefreshArgs {
        let line = format!("sync-launcher refresh {line}");
        let words = line.split(' ').map(Into::into);
        match crate::args::parse(words).unwrap().action {
            Some(crate::args::Action::Refresh(args)) => args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn schools_are_chosen_by_all_by_age_or_by_name() {
        let (one, two) = (format!("{:024x}", 1), format!("{:024x}", 2));
        let uuid_of_two = "00000002-0000-0000-0000-000000000000";
        let nightly = Some("2026-11-26T03:00:00Z");
        for (line, full_sync, expected) in [
            ("--all".to_owned(), None, "1 2 3"),
            ("--stale".to_owned(), None, "2 3"),
            ("--stale 40".to_owned(), None, "3"),
            ("--stale 1".to_owned(), None, "2 3"),
            ("--stale 24".to_owned(), nightly, ""),
            ("--stale 8".to_owned(), nightly, "2 3"),
            (format!("--school {two}"), None, "2"),
            (format!("--school {two} {one}"), None, "2 1"),
            (format!("--school {two} --school {uuid_of_two}"), None, "2"),
        ] {
            let chosen = chosen(list(full_sync), &args(&line));
            let numbers: Vec<String> = chosen
                .schools
                .iter()
                .map(|school| school.name.replace("School ", ""))
                .collect();
            assert_eq!(numbers.join(" "), expected, "{line} {full_sync:?}");
            assert!(chosen.unknown.is_empty());
        }
    }

    #[test]
    fn an_id_of_no_school_is_kept_once() {
        let line = format!("--school {0:024x} {0:024x} {1:024x}", 9, 1);
        let chosen = chosen(list(None), &args(&line));
        assert_eq!((chosen.schools.len(), chosen.unknown.len()), (1, 1));
    }
}
