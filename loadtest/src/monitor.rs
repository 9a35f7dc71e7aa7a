//! What a process has used: processor time and memory, from /proc.

/// What a process has used so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Usage {
    /// Seconds of processor time, user and system.
    pub cpu_s: f64,
    /// MiB in memory (RSS).
    pub rss_mib: f64,
}

#[cfg(target_os = "linux")]
mod linux {
    use procfs::process::Process;

    use super::Usage;

    const MIB: f64 = 1024.0 * 1024.0;

    /// One process.
    #[derive(Debug)]
    pub struct Monitor(Process);

    impl Monitor {
        /// Of this process id; none if there is no such process.
        pub fn of(pid: u32) -> Option<Self> {
            Process::new(i32::try_from(pid).ok()?).ok().map(Self)
        }

        /// Of this program itself.
        pub fn own() -> Option<Self> {
            Process::myself().ok().map(Self)
        }

        /// None when it has ended.
        pub fn usage(&self) -> Option<Usage> {
            let stat = self.0.stat().ok()?;
            let ticks = (stat.utime + stat.stime) as f64;
            let rss_mib = (stat.rss * procfs::page_size()) as f64 / MIB;
            Some(Usage { cpu_s: ticks / procfs::ticks_per_second() as f64, rss_mib })
        }
    }
}

#[cfg(target_os = "linux")]
pub use linux::Monitor;

/// Where there is no /proc, nothing is known.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub struct Monitor(());

#[cfg(not(target_os = "linux"))]
impl Monitor {
    /// None.
    pub fn of(_pid: u32) -> Option<Self> {
        None
    }

    /// None.
    pub fn own() -> Option<Self> {
        None
    }

    /// None.
    pub fn usage(&self) -> Option<Usage> {
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn work_and_memory_show() {
        let monitor = Monitor::of(std::process::id()).expect("this process is there");
        let before = monitor.usage().expect("it runs");
        let memory = std::hint::black_box(vec![1_u8; 64 << 20]);
        let begun = std::time::Instant::now();
        while begun.elapsed() < std::time::Duration::from_millis(200) {
            std::hint::black_box(memory.iter().map(|it| u64::from(*it)).sum::<u64>());
        }
        let after = monitor.usage().expect("it runs");
        let (cpu, memory) = (after.cpu_s - before.cpu_s, after.rss_mib - before.rss_mib);
        assert!((0.02..30.0).contains(&cpu), "{cpu} s");
        assert!(memory > 40.0, "{memory} MiB");
        assert!(Monitor::of(u32::MAX / 2).is_none());
    }
}
