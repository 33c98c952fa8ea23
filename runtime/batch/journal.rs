//! The record of a run on disk, which loses nothing that is finished: logs to which the writers append the rows of an image
//! when all its files are written.
//!
//! Every process that finishes images has a log of its own. A record is 24 bytes (magic; length and CRC32C of the head;
//! length and CRC32C of the tables), the head, and the tables; the last record of a process that was killed may be cut
//! off, and does not count. Where an image has several records, that of the latest run counts; a key of 0 says that the
//! image was begun anew.

use super::names::JOURNAL;
use crate::execute::{Place, StepReport};
use crate::io::file_error;
use rotifer_registry::wire::Wire;
use rotifer_registry::{Code, Error, Table, Values};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const MAGIC: [u8; 4] = *b"RTRX";
const HEADER: usize = 24;
/// How the names of logs end.
const LOG: &str = "log";
/// Says what the run is.
const RUN: &str = "run.json";
const LOCK: &str = "lock";
/// Logs that are held open for reading.
const OPEN: usize = 64;
/// Bytes of records that do not count, beside as many as count, for which logs are not joined.
const SLACK: u64 = 1 << 20;

/// Record of a finished image, without the rows of its tables.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub image: String,
    /// 0: not finished.
    pub key: u64,
    pub generation: u64,
    pub objects: Option<usize>,
    pub median_area: Option<f64>,
    pub seconds: f64,
    /// Files below the folder of the results, and their bytes.
    pub outputs: Vec<(String, u64)>,
    pub numbers: Vec<(String, f64)>,
    pub tables: Vec<Section>,
    pub steps: Vec<StepReport>,
    /// Remarks on how its files were read.
    pub read_notes: Vec<String>,
    /// Remarks on how it was run.
    pub notes: Vec<String>,
    /// Why steps were left out.
    pub skipped: Option<String>,
}

/// A table of an image.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Section {
    pub name: String,
    /// The channel that was measured.
    pub channel: Option<String>,
    pub rows: u64,
    /// Names of its columns, and whether they are numbers.
    pub columns: Vec<(String, bool)>,
    bytes: u64,
}

impl Section {
    pub fn of(name: &str, channel: Option<String>, table: &Table) -> Section {
        let numeric = |values: &Values| !matches!(values, Values::Text(_));
        Section {
            name: name.into(),
            channel,
            rows: table.rows() as u64,
            columns: table.columns().iter().map(|c| (c.name.clone(), numeric(&c.values))).collect(),
            bytes: 0,
        }
    }
}

/// The log of this process.
pub struct Log {
    file: File,
    path: PathBuf,
    name: String,
    end: u64,
}

impl Log {
    /// A new log in the folder of the results.
    pub fn create(out: &Path) -> Result<Log, Error> {
        let name = format!("{}-{:016x}.{LOG}", std::process::id(), random(out)?);
        let path = out.join(JOURNAL).join(&name);
        let file = File::create_new(&path).map_err(|e| file_error(&path, "cannot be written").because(&e))?;
        Ok(Log { file, path, name, end: 0 })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Appends a record: all of it, or nothing.
    pub(crate) fn append(&mut self, head: &mut Head, tables: &[Table]) -> Result<Place, Error> {
        let mut body = Vec::new();
        for (section, table) in head.tables.iter_mut().zip(tables) {
            let start = body.len();
            table.put(&mut body);
            section.bytes = (body.len() - start) as u64;
            if section.bytes > u32::MAX.into() {
                let message = format!("the table `{}` of one image has more than 4 GiB", section.name);
                return Err(Error::new(Code::Table, message).value(format!("{} rows", section.rows)));
            }
        }
        let head = postcard::to_stdvec(head)
            .map_err(|e| Error::new(Code::Internal, "rows cannot be written down").because(&e))?;
        let mut record = Vec::with_capacity(HEADER + head.len() + body.len());
        record.extend_from_slice(&MAGIC);
        record.extend_from_slice(&(head.len() as u32).to_le_bytes());
        record.extend_from_slice(&crc32c::crc32c(&head).to_le_bytes());
        record.extend_from_slice(&(body.len() as u64).to_le_bytes());
        record.extend_from_slice(&crc32c::crc32c(&body).to_le_bytes());
        record.extend_from_slice(&head);
        record.extend_from_slice(&body);
        let written = self.file.seek(SeekFrom::Start(self.end)).and_then(|_| self.file.write_all(&record));
        if let Err(error) = written {
            let _ = self.file.set_len(self.end);
            return Err(file_error(&self.path, "the rows of an image cannot be written").because(&error));
        }
        let place = Place { at: self.end, head: head.len() as u32 };
        self.end += record.len() as u64;
        Ok(place)
    }
}

/// A number for the name of a log that no other has.
fn random(out: &Path) -> Result<u64, Error> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|e| file_error(out, "no random name").because(&e))?;
    Ok(u64::from_le_bytes(random))
}

/// The header of a record: lengths and checksums of its head and its tables.
struct Lengths {
    head: (usize, u32),
    body: (u64, u32),
}

impl Lengths {
    fn of(header: &[u8; HEADER]) -> Option<Lengths> {
        let u32_at = |at: usize| {
            let bytes = [header[at], header[at + 1], header[at + 2], header[at + 3]];
            u32::from_le_bytes(bytes)
        };
        let length = u64::from(u32_at(12)) | u64::from(u32_at(16)) << 32;
        let head = (u32_at(4) as usize, u32_at(8));
        header.starts_with(&MAGIC).then_some(Lengths { head, body: (length, u32_at(20)) })
    }
}

/// A finished image in the logs: number of the log, and place there.
pub(crate) type At = (u32, Place);

/// Record that an earlier run left of an image.
#[derive(Debug)]
pub(crate) struct Found {
    pub key: u64,
    pub generation: u64,
    pub at: At,
    /// Of the whole record.
    bytes: u64,
}

/// A run's description of itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct RunFile {
    pub pipeline: String,
    pub rotifer: String,
    pub generation: u64,
    pub images: usize,
    /// Joint tables, below the folder of the results.
    pub tables: Vec<String>,
}

/// The folder of logs, locked for this run.
pub(crate) struct Journal {
    folder: PathBuf,
    names: Vec<String>,
    numbers: HashMap<String, u32>,
    open: HashMap<u32, File>,
    /// Held as long as the run goes on.
    _lock: File,
}

impl Journal {
    /// Whether a run has begun in this folder.
    pub fn exists(out: &Path) -> bool {
        out.join(JOURNAL).join(RUN).exists()
    }

    /// Makes the folder, or takes it over if no other run is at it.
    pub fn open(out: &Path) -> Result<Journal, Error> {
        let folder = out.join(JOURNAL);
        let failed = |e: io::Error| file_error(out, "results cannot be written there").because(&e);
        fs::create_dir_all(&folder).map_err(failed)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(LOCK))
            .map_err(failed)?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let message = format!("{}: another run is writing to this folder", out.display());
                return Err(Error::new(Code::Unavailable, message)
                    .argument("out")
                    .help("wait for it, or give another folder"));
            }
            // Where files cannot be locked nobody is kept out.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let (names, numbers, open) = (Vec::new(), HashMap::new(), HashMap::new());
        Ok(Journal { folder, names, numbers, open, _lock: lock })
    }

    /// The description that the last run in this folder left.
    pub fn run(&self) -> RunFile {
        let text = fs::read(self.folder.join(RUN)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    pub fn set_run(&self, run: &RunFile) -> Result<(), Error> {
        let text = serde_json::to_vec_pretty(run).unwrap_or_default();
        crate::io::write_atomic(&self.folder.join(RUN), |file| file.write_all(&text))
    }

    /// Removes all logs.
    pub fn clear(&mut self) {
        self.open.clear();
        for name in self.logs() {
            let _ = fs::remove_file(self.folder.join(name));
        }
    }

    fn logs(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let names = entries.map(|e| e.file_name().to_string_lossy().into_owned());
        let mut logs: Vec<String> =
            names.filter(|n| n.rsplit_once('.').is_some_and(|(_, ending)| ending == LOG)).collect();
        logs.sort();
        logs
    }

    /// The number of a log.
    pub fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.names.push(name.into());
        self.numbers.insert(name.into(), number);
        number
    }

    /// Joins the logs of earlier runs to one of the records that count, where most of what they hold does not, or they
    /// are many. The joint log has its name, and is on the disk, before the others go: a kill in between leaves records
    /// twice, of which one counts. No writer may be at work.
    pub fn compact(&mut self) -> Result<(), Error> {
        let names = self.logs();
        let paths: Vec<PathBuf> = names.iter().map(|name| self.folder.join(name)).collect();
        // One that cannot be read now may be at another time.
        if paths.iter().any(|path| File::open(path).is_err()) {
            return Ok(());
        }
        let held: u64 = paths.iter().filter_map(|path| Some(path.metadata().ok()?.len())).sum();
        let found = self.load().into_values().filter(|found| found.key != 0);
        let mut records: Vec<(u32, Place, u64)> = found.map(|f| (f.at.0, f.at.1, f.bytes)).collect();
        let live: u64 = records.iter().map(|(_, _, bytes)| bytes).sum();
        if held <= 2 * live + SLACK && names.len() <= OPEN {
            return Ok(());
        }
        records.sort_unstable_by_key(|(log, place, _)| (*log, place.at));
        let joint = format!("joint-{:016x}.{LOG}", random(&self.folder)?);
        crate::io::write_atomic(&self.folder.join(&joint), |to| {
            for (log, place, bytes) in &records {
                let file = self.log(*log)?;
                file.seek(SeekFrom::Start(place.at))?;
                if io::copy(&mut file.take(*bytes), to)? < *bytes {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            Ok::<(), io::Error>(())
        })?;
        self.open.clear();
        paths.iter().for_each(|path| _ = fs::remove_file(path));
        Ok(())
    }

    /// The latest whole record of every image.
    pub fn load(&mut self) -> HashMap<String, Found> {
        let mut all: HashMap<String, Found> = HashMap::new();
        for name in self.logs() {
            let number = self.number(&name);
            let Ok(file) = File::open(self.folder.join(&name)) else { continue };
            let _ = each_record(file, |head, place, bytes| {
                let found = Found { key: head.key, generation: head.generation, at: (number, place), bytes };
                match all.get(&head.image) {
                    Some(known)
                        if (known.generation, known.key != 0) > (found.generation, found.key != 0) => {}
                    _ => _ = all.insert(head.image, found),
                }
            });
        }
        all
    }

    fn log(&mut self, number: u32) -> io::Result<&mut File> {
        if !self.open.contains_key(&number) {
            if self.open.len() >= OPEN {
                self.open.clear();
            }
            let name = self.names.get(number as usize).ok_or(io::ErrorKind::NotFound)?;
            self.open.insert(number, File::open(self.folder.join(name))?);
        }
        self.open.get_mut(&number).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn damaged(&self, why: impl std::fmt::Display) -> Error {
        file_error(&self.folder, format!("the rows of an image cannot be read again: {why}"))
    }

    /// The head of a record.
    pub fn head(&mut self, (log, place): At) -> Result<Head, Error> {
        let mut bytes = vec![0; place.head as usize];
        let read = self.log(log).and_then(|file| {
            file.seek(SeekFrom::Start(place.at + HEADER as u64))?;
            file.read_exact(&mut bytes)
        });
        read.map_err(|e| self.damaged(e))?;
        postcard::from_bytes(&bytes).map_err(|e| self.damaged(e))
    }

    /// A table of a record.
    pub fn table(&mut self, (log, place): At, head: &Head, section: usize) -> Result<Table, Error> {
        let before: u64 = head.tables[..section].iter().map(|s| s.bytes).sum();
        let at = place.at + HEADER as u64 + u64::from(place.head) + before;
        let mut bytes = vec![0; head.tables[section].bytes as usize];
        let read = self.log(log).and_then(|file| {
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(&mut bytes)
        });
        read.map_err(|e| self.damaged(e))?;
        Table::get(&bytes).map_err(|e| self.damaged(e))
    }
}

/// Reads a log up to the first record that is not whole.
fn each_record(file: File, mut found: impl FnMut(Head, Place, u64)) -> io::Result<()> {
    let length = file.metadata()?.len();
    let mut file = BufReader::with_capacity(1 << 18, file);
    let mut at = 0;
    let mut header = [0; HEADER];
    while file.read_exact(&mut header).is_ok() {
        let Some(Lengths { head: (head_bytes, head_sum), body: (body_bytes, body_sum) }) =
            Lengths::of(&header)
        else {
            break;
        };
        let whole = (HEADER as u64).checked_add(head_bytes as u64).and_then(|n| n.checked_add(body_bytes));
        let Some(whole) = whole.filter(|whole| *whole <= length - at) else { break };
        let mut head = vec![0; head_bytes];
        file.read_exact(&mut head)?;
        let mut sum = 0;
        let mut rest = body_bytes;
        let mut piece = [0; 1 << 14];
        while rest > 0 {
            let n = rest.min(piece.len() as u64) as usize;
            file.read_exact(&mut piece[..n])?;
            sum = crc32c::crc32c_append(sum, &piece[..n]);
            rest -= n as u64;
        }
        let Ok(read) = postcard::from_bytes::<Head>(&head) else { break };
        if crc32c::crc32c(&head) != head_sum || sum != body_sum {
            break;
        }
        found(read, Place { at, head: head_bytes as u32 }, whole);
        at += whole;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every prefix of a log gives the records that are whole in it, and damage ends it.
    #[test]
    fn a_log_that_is_cut_off_gives_what_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path()).unwrap();
        let mut log = Log::create(dir.path()).unwrap();
        let table = Table::new().with("area", Values::Float(vec![1.5, f64::NAN])).unwrap();
        let mut ends = vec![0];
        for i in 0..5u64 {
            let tables = vec![table.clone(); i as usize % 3];
            let sections = tables.iter().map(|t| Section::of("cells", Some("DNA".into()), t)).collect();
            let mut head = Head { image: format!("{i}"), key: i + 1, tables: sections, ..Head::default() };
            let place = log.append(&mut head, &tables).unwrap();
            ends.push(log.end);
            let number = journal.number(log.name());
            assert_eq!(journal.head((number, place)).unwrap(), head);
            for n in 0..tables.len() {
                let read = journal.table((number, place), &head, n).unwrap();
                let Some(Values::Float(areas)) = read.column("area") else { panic!("{read:?}") };
                assert!(areas[0] == 1.5 && areas[1].is_nan());
            }
        }
        let whole = fs::read(&log.path).unwrap();
        let images = |bytes: &[u8]| {
            fs::write(&log.path, bytes).unwrap();
            let mut names = Vec::new();
            let _ = each_record(File::open(&log.path).unwrap(), |head, _, _| names.push(head.image));
            names
        };
        for n in 0..=whole.len() {
            let expected = ends.iter().filter(|end| **end > 0 && **end <= n as u64).count();
            assert_eq!(images(&whole[..n]).len(), expected, "{n} bytes");
        }
        for at in (0..whole.len()).step_by(5) {
            let mut damaged = whole.clone();
            damaged[at] ^= 8;
            let before = ends.iter().filter(|end| **end > 0 && **end <= at as u64).count();
            assert_eq!(images(&damaged).len(), before, "byte {at}");
        }
    }

    /// Of many runs the records that count are left, and each is what it was.
    #[test]
    fn logs_of_many_runs_become_one() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path()).unwrap();
        let table = |n: u64| {
            Table::new().with("area", Values::Float((0..100).map(|i| (i * n) as f64).collect())).unwrap()
        };
        for generation in 1..=OPEN as u64 + 1 {
            let mut log = Log::create(dir.path()).unwrap();
            for image in ["a", "b", "c"] {
                let tables = [table(generation)];
                let sections = vec![Section::of("cells", None, &tables[0])];
                let (image, key) = (image.to_string(), if image == "c" { 0 } else { generation });
                let mut head = Head { image, key, generation, tables: sections, ..Head::default() };
                log.append(&mut head, &tables).unwrap();
            }
        }
        let held = |journal: &Journal| -> u64 {
            journal.logs().iter().map(|name| journal.folder.join(name).metadata().unwrap().len()).sum()
        };
        let before = held(&journal);
        journal.compact().unwrap();
        assert_eq!(journal.logs().len(), 1);
        assert!(held(&journal) * 90 < before, "{} of {before}", held(&journal));
        let found = journal.load();
        assert_eq!(found.len(), 2);
        for image in ["a", "b"] {
            assert_eq!((found[image].key, found[image].generation), (65, 65));
            let head = journal.head(found[image].at).unwrap();
            let read = journal.table(found[image].at, &head, 0).unwrap();
            let Some(Values::Float(areas)) = read.column("area") else { panic!("{read:?}") };
            assert_eq!(areas[99], 99.0 * 65.0);
        }
        // A log that is small and all of which counts stays.
        let name = journal.logs();
        journal.compact().unwrap();
        assert_eq!(journal.logs(), name);
    }

    #[test]
    fn the_record_of_the_latest_run_counts() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path()).unwrap();
        let append = |image: &str, generation, key| {
            let mut log = Log::create(dir.path()).unwrap();
            log.append(&mut Head { image: image.into(), key, generation, ..Head::default() }, &[]).unwrap();
        };
        append("a", 1, 5);
        append("a", 3, 0);
        append("a", 2, 6);
        append("b", 3, 7);
        append("b", 3, 0);
        let found = journal.load();
        assert_eq!((found["a"].key, found["b"].key), (0, 7));
        assert!(Journal::open(dir.path()).is_err(), "it is locked");
    }
}
