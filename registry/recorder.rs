//! GPU work as data: kernels record passes, the player in the runtime owns pipelines, bindings and memory.

use crate::error::{Code, Error};
use crate::hash::Fnv;
use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

/// A WGSL module: of the shader crate, from a file under `shaders/` with shared parts put in, or made at run time.
#[derive(Debug)]
pub struct Shader {
    /// Path below `shaders/`, without `.wgsl`; of one made at run time what it is made for.
    pub name: Cow<'static, str>,
    pub source: Cow<'static, str>,
    /// Hash of the text: shaders of equal text are one.
    pub key: u64,
}

impl Shader {
    /// A shader made at run time.
    pub fn made(name: String, source: String) -> Shader {
        let key = Shader::key(&source);
        Shader { name: Cow::Owned(name), source: Cow::Owned(source), key }
    }

    /// One of the shader crate.
    pub const fn of_file(name: &'static str, source: &'static str, key: u64) -> Shader {
        Shader { name: Cow::Borrowed(name), source: Cow::Borrowed(source), key }
    }

    /// The key of a text: FNV-1a.
    pub fn key(source: &str) -> u64 {
        Fnv::of(source.as_bytes())
    }
}

/// A shader that a pass holds.
#[derive(Clone, Debug)]
pub enum Handle {
    OfFile(&'static Shader),
    Made(Arc<Shader>),
}

impl Deref for Handle {
    type Target = Shader;
    fn deref(&self) -> &Shader {
        match self {
            Handle::OfFile(shader) => shader,
            Handle::Made(shader) => shader,
        }
    }
}

impl From<&'static Shader> for Handle {
    fn from(shader: &'static Shader) -> Handle {
        Handle::OfFile(shader)
    }
}

impl From<Arc<Shader>> for Handle {
    fn from(shader: Arc<Shader>) -> Handle {
        Handle::Made(shader)
    }
}

/// A buffer of 4-byte elements in a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Buffer {
    pub id: u32,
    /// Elements, 4 bytes each.
    pub len: usize,
}

/// Where a buffer's first contents come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// Undefined until a pass writes it: memory is recycled.
    Uninit,
    /// All bytes zero.
    Zero,
    /// These bytes.
    Bytes(Vec<u8>),
    /// Given by the caller when the recording is played.
    External,
}

/// One dispatch.
#[derive(Clone, Debug)]
pub struct Pass {
    pub shader: Handle,
    pub entry: &'static str,
    /// Values of `override` constants.
    pub constants: Vec<(&'static str, f64)>,
    /// The uniform at `@group(0) @binding(0)`; without one, storage starts at 0.
    pub uniform: Vec<u8>,
    /// Storage buffers at the next bindings, in order.
    pub buffers: Vec<Buffer>,
    pub workgroups: [u32; 3],
}

impl Pass {
    /// Bytes of the buffers that it binds, each once: what it moves where it reads or writes each of them whole.
    pub fn bytes(&self) -> usize {
        let first = |(i, buffer): &(usize, &Buffer)| !self.buffers[..*i].contains(buffer);
        self.buffers.iter().enumerate().filter(first).map(|(_, buffer)| 4 * buffer.len).sum()
    }
}

/// One thing the player does, in order.
#[derive(Clone, Debug)]
pub enum Command {
    Pass(Pass),
    /// Copies `len` elements between two buffers, from and to these elements.
    Copy {
        from: Buffer,
        from_at: usize,
        to: Buffer,
        to_at: usize,
        len: usize,
    },
}

/// Records passes. Buffers are freed after their last use.
#[derive(Debug, Default)]
pub struct Recorder {
    sources: Vec<(usize, Source)>,
    commands: Vec<Command>,
}

/// Threads of a workgroup that [`PassBuilder::over`] counts with: `@workgroup_size(256)`.
pub const LINEAR: usize = 256;
/// Most workgroups along one axis that every adapter takes.
pub const MAX_GROUPS: usize = 65_535;
/// Workgroups in a row of a dispatch that has several; `ROW` of `shared/grid.wgsl`.
pub const ROW: usize = MAX_GROUPS;

impl Recorder {
    pub fn new() -> Recorder {
        Recorder::default()
    }

    fn add(&mut self, len: usize, source: Source) -> Buffer {
        self.sources.push((len, source));
        Buffer { id: self.sources.len() as u32 - 1, len }
    }

    /// A buffer of so many f32, u32 or i32 with undefined contents.
    pub fn buffer(&mut self, len: usize) -> Buffer {
        self.add(len, Source::Uninit)
    }

    /// A buffer of zeros.
    pub fn zeros(&mut self, len: usize) -> Buffer {
        self.add(len, Source::Zero)
    }

    /// A buffer with these contents (f32, u32, i32, or structs of them).
    pub fn constant<T: bytemuck::NoUninit>(&mut self, values: &[T]) -> Buffer {
        let bytes: &[u8] = bytemuck::cast_slice(values);
        self.add(bytes.len().div_ceil(4), Source::Bytes(bytes.to_vec()))
    }

    /// A buffer that the caller gives when the recording is played.
    pub fn external(&mut self, len: usize) -> Buffer {
        self.add(len, Source::External)
    }

    /// Begins a pass: `recorder.pass(&SHADER).uniform(&params).bind(&[input, output]).over(len)`.
    pub fn pass(&mut self, shader: impl Into<Handle>) -> PassBuilder<'_> {
        PassBuilder {
            recorder: self,
            pass: Pass {
                shader: shader.into(),
                entry: "main",
                constants: Vec::new(),
                uniform: Vec::new(),
                buffers: Vec::new(),
                workgroups: [1; 3],
            },
        }
    }

    /// Copies the whole of `from` to the start of `to`.
    pub fn copy(&mut self, from: Buffer, to: Buffer) {
        self.copy_part(from, 0, to, 0, from.len);
    }

    /// Copies `len` elements of `from`, beginning at element `from_at`, to `to` beginning at `to_at`.
    pub fn copy_part(&mut self, from: Buffer, from_at: usize, to: Buffer, to_at: usize, len: usize) {
        self.commands.push(Command::Copy { from, from_at, to, to_at, len });
    }

    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    pub fn passes(&self) -> impl Iterator<Item = &Pass> {
        self.commands.iter().filter_map(|command| match command {
            Command::Pass(pass) => Some(pass),
            Command::Copy { .. } => None,
        })
    }

    /// Bytes that passes and copies move.
    pub fn bytes(&self) -> usize {
        let moved = |command: &Command| match command {
            Command::Pass(pass) => pass.bytes(),
            Command::Copy { len, .. } => 2 * 4 * len,
        };
        self.commands.iter().map(moved).sum()
    }

    /// Length in elements and first contents of every buffer, by id.
    pub fn sources(&self) -> &[(usize, Source)] {
        &self.sources
    }

    /// Bytes of the largest buffer.
    pub fn largest(&self) -> usize {
        self.sources.iter().map(|(len, _)| len * 4).max().unwrap_or(0)
    }
}

/// A pass being described; `over` or `workgroups` records it.
#[must_use]
pub struct PassBuilder<'r> {
    recorder: &'r mut Recorder,
    pass: Pass,
}

impl PassBuilder<'_> {
    /// The entry point; `main` unless said.
    pub fn entry(mut self, entry: &'static str) -> Self {
        self.pass.entry = entry;
        self
    }

    /// The value of an `override` constant.
    pub fn constant(mut self, name: &'static str, value: f64) -> Self {
        self.pass.constants.push((name, value));
        self
    }

    /// The uniform at binding 0. Its size is a multiple of 16 bytes, as WGSL lays uniforms out.
    pub fn uniform<T: bytemuck::NoUninit>(mut self, value: &T) -> Self {
        self.pass.uniform = bytemuck::bytes_of(value).to_vec();
        self
    }

    /// The uniform as words.
    pub fn uniform_words(mut self, words: &[u32]) -> Self {
        self.pass.uniform = bytemuck::cast_slice(words).to_vec();
        self
    }

    /// The storage buffers, in the order of their bindings.
    pub fn bind(mut self, buffers: &[Buffer]) -> Self {
        self.pass.buffers.extend_from_slice(buffers);
        self
    }

    /// One thread for each of `n` elements: workgroups of 256 in rows of at most 65,535;
    /// the shader finds its element with `linear_index` of `shared/grid.wgsl`. [`Code::DeviceMemory`] where the threads
    /// are more than a u32 can number.
    pub fn over(self, n: usize) -> Result<(), Error> {
        let groups = n.div_ceil(LINEAR).max(1);
        let x = groups.min(ROW);
        let y = groups.div_ceil(x);
        // The last row is whole: its threads have numbers, too.
        if x.saturating_mul(y).saturating_mul(LINEAR) as u64 > 1 << 32 {
            return Err(Error::new(
                Code::DeviceMemory,
                "the image has more elements than a shader can number",
            )
            .value(n)
            .allowed(format!("{}", (1u64 << 32) - (ROW * LINEAR) as u64)));
        }
        self.workgroups([x, y, 1])
    }

    /// One workgroup of 256 threads for each of `n` items (lines, tiles): the shader finds its item with
    /// `group_index` of `shared/grid.wgsl`.
    pub fn groups(self, n: usize) -> Result<(), Error> {
        let x = n.clamp(1, ROW);
        self.workgroups([x, n.div_ceil(x).max(1), 1])
    }

    /// So many workgroups along x, y, z.
    pub fn workgroups(mut self, groups: [usize; 3]) -> Result<(), Error> {
        if groups.iter().any(|&g| g > MAX_GROUPS) {
            return Err(Error::new(Code::DeviceMemory, "the image is too large for one dispatch")
                .value(format!("{groups:?}")));
        }
        self.pass.workgroups = groups.map(|g| g as u32);
        self.recorder.commands.push(Command::Pass(self.pass));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static EMPTY: Shader = Shader::of_file("empty", "", 0);

    /// Shaders number their threads with a u32: what goes beyond is refused, not wrapped.
    #[test]
    fn threads_beyond_u32_are_refused() {
        let over = |n: usize| Recorder::new().pass(&EMPTY).over(n).map_err(|e| e.code);
        assert_eq!(over((1 << 32) - ROW * LINEAR), Ok(()));
        for n in [1 << 32, (1 << 32) - 255, 1 << 33, usize::MAX] {
            assert_eq!(over(n), Err(Code::DeviceMemory), "{n}");
        }
        let mut recorder = Recorder::new();
        recorder.pass(&EMPTY).over(ROW * LINEAR + 1).unwrap();
        let [Command::Pass(pass)] = recorder.commands() else { panic!("one pass") };
        assert_eq!(pass.workgroups, [ROW as u32, 2, 1]);
    }
}
