//! How much of the machine this process may use.

use crate::platform;
use rotifer_registry::{Code, Error};
use std::path::Path;

/// Variables that say how many threads there may be, the first that is set.
const THREADS: [&str; 2] = ["ROTIFER_NUM_THREADS", "SLURM_CPUS_PER_TASK"];
/// Set for whatever computes in a process: Dask, joblib and Ray set it where they run several.
const OPENMP: &str = "OMP_NUM_THREADS";

/// Threads that this process and its workers may run at one time: what `ROTIFER_NUM_THREADS` says, else
/// `SLURM_CPUS_PER_TASK`, else `OMP_NUM_THREADS`, else the processors that the process is bound to and its control groups
/// grant.
///
/// A variable that holds no number from 1 counts as not set; [`threads_told`] says so of the first two.
pub fn threads() -> usize {
    let told = THREADS.iter().find_map(|name| number(&std::env::var(name).ok()?));
    let told = told.or_else(|| openmp(&std::env::var(OPENMP).ok()?));
    // It reads the affinity, and the quotas of control groups of both versions.
    told.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get()))
}

fn number(text: &str) -> Option<usize> {
    text.trim().parse().ok().filter(|n| (1..=65_536).contains(n))
}

/// OpenMP's variable has a number for each level of nesting; the first is that of the outermost.
fn openmp(text: &str) -> Option<usize> {
    number(text.split(',').next()?)
}

/// An error where a variable that is to say how many threads there may be does not.
pub fn threads_told() -> Result<(), Error> {
    for name in THREADS {
        if let Some(value) = std::env::var_os(name).filter(|value| !value.is_empty()) {
            let value = value.to_string_lossy();
            if number(&value).is_none() {
                return Err(Error::new(Code::OutOfRange, format!("{name} says no number of threads"))
                    .value(format!("\"{value}\""))
                    .allowed("1 to 65536"));
            }
            return Ok(());
        }
    }
    Ok(())
}

/// Host threads of this process from now on, where none have been started yet.
pub fn use_threads(threads: usize) {
    // Where they are there already they stay as they are.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build_global();
}

/// Bytes of memory that this process may still take: what is free on the machine, and no more than what the limits of
/// its control groups leave.
pub fn free_memory() -> Option<u64> {
    let limit = control_groups(
        &std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default(),
        Path::new("/sys/fs/cgroup"),
    );
    match (platform::free_memory(), limit) {
        (Some(free), Some(limit)) => Some(free.min(limit)),
        (free, limit) => free.or(limit),
    }
}

/// Memory that the control groups of a process leave it, by the text of its `cgroup` file: the least of what each group from its
/// own to the root allows beyond what it uses. Pages of files that are only cached count as free.
fn control_groups(of_process: &str, root: &Path) -> Option<u64> {
    let mut least: Option<u64> = None;
    for line in of_process.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        // Version 2 has all controllers in one tree; where version 1 is used beside it, that tree lies in `unified`.
        let version_2 = controllers.is_empty();
        let trees = match version_2 {
            true => vec![root.to_path_buf(), root.join("unified")],
            false if controllers.split(',').any(|c| c == "memory") => vec![root.join("memory")],
            false => continue,
        };
        for tree in trees {
            let mut group = tree.join(path.trim_start_matches('/'));
            loop {
                // In a container the tree may begin at the process's own group.
                if group.is_dir() {
                    let left = if version_2 {
                        left(&group, "memory.max", "memory.current", "inactive_file")
                    } else {
                        left(&group, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
                    };
                    least = [least, left].into_iter().flatten().min();
                }
                if group == tree || !group.pop() {
                    break;
                }
            }
        }
    }
    least
}

/// Memory that one group leaves; none where it has no limit.
fn left(group: &Path, limit: &str, used: &str, cached: &str) -> Option<u64> {
    let read = |name: &str| std::fs::read_to_string(group.join(name)).ok();
    let number = |name: &str| read(name)?.trim().parse::<u64>().ok();
    // `max`, or in version 1 the largest number of pages, is no limit.
    let limit = number(limit).filter(|limit| *limit < 1 << 60)?;
    let stat = read("memory.stat").unwrap_or_default();
    let cached = stat.lines().find_map(|line| line.strip_prefix(cached)?.trim().parse::<u64>().ok());
    let used = number(used).unwrap_or(0).saturating_sub(cached.unwrap_or(0));
    Some(limit.saturating_sub(used))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_tightest_control_group_counts() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let group = |path: &str, files: &[(&str, &str)]| {
            fs::create_dir_all(root.join(path)).unwrap();
            files.iter().for_each(|(name, text)| fs::write(root.join(path).join(name), text).unwrap());
        };
        assert_eq!(control_groups("0::/slurm/job/step\n", root), None);
        group("slurm/job", &[("memory.max", "1000000\n"), ("memory.current", "300000\n")]);
        group("slurm/job/step", &[("memory.max", "max\n"), ("memory.current", "200000\n")]);
        assert_eq!(control_groups("0::/slurm/job/step\n", root), Some(700_000));
        group("slurm/job", &[("memory.stat", "anon 1\ninactive_file 100000\nactive_file 3\n")]);
        assert_eq!(control_groups("0::/slurm/job/step\n", root), Some(800_000));
        // A container sees its own group as the root.
        group("", &[("memory.max", "500000"), ("memory.current", "400000")]);
        assert_eq!(control_groups("0::/\n", root), Some(100_000));
        assert_eq!(control_groups("0::/not/here\n", root), Some(100_000));
        // Version 1, and both.
        group("memory/job", &[("memory.limit_in_bytes", "90000"), ("memory.usage_in_bytes", "100")]);
        group("memory", &[("memory.limit_in_bytes", "9223372036854771712"), ("memory.usage_in_bytes", "9")]);
        let both = "11:cpu,cpuacct:/job\n7:memory:/job\n0::/\n";
        assert_eq!(control_groups(both, root), Some(89_900));
        assert_eq!(control_groups("7:memory:/other\n", root), None);
    }

    #[test]
    fn numbers_of_threads() {
        assert_eq!(
            ["4", " 16\n", "0", "-1", "many", "", "99999999"].map(number),
            [Some(4), Some(16), None, None, None, None, None]
        );
        assert_eq!(["4", "3,2", ",2", "dynamic"].map(openmp), [Some(4), Some(3), None, None]);
    }
}
