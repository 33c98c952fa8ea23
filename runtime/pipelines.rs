//! Compiled pipelines on disk, where the adapter gives them out: the next context, of this process or another, need not compile them.

use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder for them, in place of the one that the system has for such; empty: none.
const FOLDER: &str = "ROTIFER_CACHE";

/// The compiled pipelines of one context.
pub(crate) struct Compiled {
    pub cache: wgpu::PipelineCache,
    path: PathBuf,
    /// Whether pipelines were made since they were written.
    pub changed: bool,
}

impl Compiled {
    /// Those on disk for this adapter, if there are any; none where it gives none out, or there is no folder for them.
    pub fn open(device: &wgpu::Device, adapter: &wgpu::AdapterInfo) -> Option<Compiled> {
        if !device.features().contains(wgpu::Features::PIPELINE_CACHE) {
            return None;
        }
        let path = folder()?.join(wgpu::util::pipeline_cache_key(adapter)?);
        let data = read(&path);
        let descriptor = wgpu::PipelineCacheDescriptor { label: None, data: data.as_deref(), fallback: true };
        // SAFETY: the bytes are those that `get_data` gave, as their sum says; wgpu and the driver hold their own heads against the
        // adapter and the driver's version.
        let cache = unsafe { device.create_pipeline_cache(&descriptor) };
        Some(Compiled { cache, path, changed: false })
    }

    /// Writes them, where there are new ones. Without a disk for them they are compiled again, and nothing else is lost.
    pub fn keep(&mut self) {
        if std::mem::take(&mut self.changed)
            && let Some(data) = self.cache.get_data()
        {
            let _ = write(&self.path, &data);
        }
    }
}

fn folder() -> Option<PathBuf> {
    let of = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let folder = of(FOLDER).or_else(|| {
        let users = of("XDG_CACHE_HOME").filter(|path| path.is_absolute());
        let users = users.or_else(|| of("LOCALAPPDATA")).or_else(|| Some(of("HOME")?.join(".cache")));
        users.map(|path| path.join("rotifer"))
    });
    folder.filter(|path| !path.as_os_str().is_empty())
}

/// The bytes that were written, if these are they: their sum stands behind them.
fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = std::fs::read(path).ok()?;
    let sum = bytes.split_off(bytes.len().checked_sub(4)?);
    (crc32c::crc32c(&bytes).to_le_bytes()[..] == sum).then_some(bytes)
}

fn write(path: &Path, data: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(data)?;
    file.write_all(&crc32c::crc32c(data).to_le_bytes())?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_files_are_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/pipelines");
        assert_eq!(read(&path), None);
        write(&path, b"compiled").unwrap();
        assert_eq!(read(&path).as_deref(), Some(&b"compiled"[..]));
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[3] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(read(&path), None);
        std::fs::write(&path, b"abc").unwrap();
        assert_eq!(read(&path), None);
    }
}
