//! The process's own figures, under the names that every exporter uses. Only Linux provides them; elsewhere they stay
//! at nought.

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage};
use prometheus::{Counter, Gauge, IntGauge, Registry};

use super::registered::registered;
use crate::clock;

/// Read when they are asked for.
pub(super) struct Process {
    open_files: IntGauge,
    most_files: Gauge,
    resident: IntGauge,
    cpu_seconds: Counter,
}

impl Process {
    pub(super) fn new(registry: &Registry) -> prometheus::Result<Self> {
        let gauge = |name, help| registered(registry, IntGauge::new(name, help)?);
        let started = gauge(
            "process_start_time_seconds",
            "When this process started, in seconds since 1970.",
        )?;
        started.set(clock::now().as_second());
        Ok(Self {
            open_files: gauge("process_open_fds", "Files that are open.")?,
            most_files: registered(
                registry,
                Gauge::new("process_max_fds", "Files that may be open.")?,
            )?,
            resident: gauge("process_resident_memory_bytes", "Memory in use.")?,
            cpu_seconds: registered(
                registry,
                Counter::new("process_cpu_seconds_total", "Time on a processor.")?,
            )?,
        })
    }

    pub(super) fn read(&self) {
        if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
            self.open_files
                .set(files.count().try_into().unwrap_or(i64::MAX));
        }
        if let Ok((soft, _)) = getrlimit(Resource::RLIMIT_NOFILE) {
            #[expect(clippy::cast_precision_loss, reason = "a limit is a round figure")]
            self.most_files.set(soft as f64);
        }
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        if let Some(bytes) = resident(&status) {
            self.resident.set(bytes);
        }
        if let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) {
            let (user, system) = (usage.user_time(), usage.system_time());
            let seconds = [user, system].map(|time| {
                #[expect(clippy::cast_precision_loss, reason = "nobody runs for centuries")]
                let seconds = time.tv_sec() as f64;
                #[expect(clippy::cast_precision_loss, reason = "there are a million of them")]
                let micros = time.tv_usec() as f64;
                seconds + micros / 1e6
            });
            // Two readers at once must not count it twice, nor less than before.
            let more = seconds.iter().sum::<f64>() - self.cpu_seconds.get();
            self.cpu_seconds.inc_by(more.max(0.0));
        }
    }
}

fn resident(status: &str) -> Option<i64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: i64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    kilobytes.checked_mul(1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_as_the_system_writes_it() {
        for (status, expected) in [
            (
                "Name:\tx\nVmRSS:\t   11764 kB\nVmSwap:\t 0 kB\n",
                Some(12_046_336),
            ),
            ("VmRSS:\t11764\n", None),
            ("VmRSS:\tmuch kB\n", None),
            ("", None),
        ] {
            assert_eq!(resident(status), expected, "{status}");
        }
    }
}
