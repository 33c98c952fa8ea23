//! A file that is read at any place, and no more of it than it can honestly hold.

use std::fs::File;
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A reason in words; the caller adds the file and the page.
pub type Why<T> = Result<T, String>;

pub struct Source {
    path: PathBuf,
    /// `None`: opened for each reading, as sets may have more files than a process may hold.
    file: Option<File>,
    size: u64,
    /// Bytes that may still be read.
    left: AtomicU64,
}

impl Source {
    pub fn new(path: &Path, file: File) -> Why<Source> {
        let size = file.metadata().map_err(|e| e.to_string())?.len();
        // Every byte once is what honest files need; shared tiles and tags take some twice.
        let left = AtomicU64::new(size.saturating_mul(2).saturating_add(64 << 20));
        Ok(Source { path: path.into(), file: Some(file), size, left })
    }

    pub fn close(&mut self) {
        self.file = None;
    }

    fn with<T>(&self, read: impl FnOnce(&File) -> std::io::Result<T>) -> Why<T> {
        match &self.file {
            Some(file) => read(file),
            None => File::open(&self.path).and_then(|file| read(&file)),
        }
        .map_err(|e| e.to_string())
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// Fills `to` with the bytes at `at`.
    pub fn read(&self, at: u64, to: &mut [u8]) -> Why<()> {
        self.spend(at, to.len() as u64)?;
        self.with(|file| read_at(file, at, to))
    }

    /// [`Source::read`] to memory that was never written.
    pub fn read_new<'a>(&self, at: u64, to: &'a mut [MaybeUninit<u8>]) -> Why<&'a mut [u8]> {
        self.spend(at, to.len() as u64)?;
        self.with(|file| read_new_at(file, at, to))
    }

    /// Whether so many bytes are there, and within the budget.
    fn spend(&self, at: u64, promised: u64) -> Why<()> {
        if at.checked_add(promised).is_none_or(|end| end > self.size) {
            let there = self.size.saturating_sub(at);
            return Err(format!(
                "the file is cut off: {promised} bytes are promised at byte {at}, {there} are there"
            ));
        }
        let take = |left: u64| left.checked_sub(promised);
        if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
            return Err(format!(
                "damaged: its parts are more than twice its {} bytes; they overlap",
                self.size
            ));
        }
        Ok(())
    }

    /// The bytes at `at`, fewer where the file ends.
    pub fn some(&self, at: u64, len: u64) -> Why<Vec<u8>> {
        let len = len.min(self.size.saturating_sub(at)) as usize;
        let mut bytes = room(len)?;
        bytes.resize(len, 0);
        self.with(|file| read_at(file, at, &mut bytes))?;
        Ok(bytes)
    }
}

/// The message of pixels that are cut off.
pub fn short(promised: usize, there: usize) -> String {
    format!("{promised} bytes of pixels are promised, {there} are there")
}

/// An empty vector with room for so many elements, or an error where memory is short.
pub fn room<T>(len: usize) -> Why<Vec<T>> {
    let mut vec = Vec::new();
    vec.try_reserve_exact(len)
        .map_err(|_| format!("{} bytes of memory could not be had", len.saturating_mul(size_of::<T>())))?;
    Ok(vec)
}

/// Elements that were never written, as zeros.
pub fn zeroed<T: bytemuck::Zeroable>(slice: &mut [MaybeUninit<T>]) -> &mut [T] {
    // SAFETY: all bytes are zero, which is a value of such a type; the memory stays borrowed as long.
    unsafe {
        std::ptr::write_bytes(slice.as_mut_ptr(), 0, slice.len());
        std::slice::from_raw_parts_mut(slice.as_mut_ptr().cast(), slice.len())
    }
}

#[cfg(unix)]
fn read_at(file: &File, at: u64, to: &mut [u8]) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, to, at)
}

#[cfg(windows)]
fn read_at(file: &File, mut at: u64, mut to: &mut [u8]) -> std::io::Result<()> {
    while !to.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, to, at)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            n => {
                at += n as u64;
                to = &mut to[n..];
            }
        }
    }
    Ok(())
}

#[cfg(unix)]
fn read_new_at<'a>(file: &File, at: u64, to: &'a mut [MaybeUninit<u8>]) -> std::io::Result<&'a mut [u8]> {
    let len = to.len();
    let mut there = 0;
    while there < len {
        match rustix::io::pread(file, &mut to[there..], at + there as u64) {
            Ok(([], _)) => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            Ok((read, _)) => there += read.len(),
            Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
    // SAFETY: the calls have written all of it.
    Ok(unsafe { std::slice::from_raw_parts_mut(to.as_mut_ptr().cast(), len) })
}

#[cfg(windows)]
fn read_new_at<'a>(file: &File, at: u64, to: &'a mut [MaybeUninit<u8>]) -> std::io::Result<&'a mut [u8]> {
    let to = zeroed(to);
    read_at(file, at, to)?;
    Ok(to)
}
