//! Plays a recording on the GPU: one submission, then one wait if something is read back.

use crate::context::{Context, PipelineKey};
use rotifer_registry::recorder::{Command, Pass, Source};
use rotifer_registry::{Buffer, Code, Error, Recorder};
use std::borrow::Cow;
use std::collections::HashMap;

/// Results and costs of playing a recording.
#[derive(Debug, Default)]
pub struct Played {
    /// The bytes of the buffers asked for, in order.
    pub reads: Vec<Vec<u8>>,
    /// Host-to-device copies of pixels and tables, and their bytes.
    pub uploads: u64,
    pub upload_bytes: u64,
    pub downloads: u64,
    pub download_bytes: u64,
    pub submissions: u64,
    /// Most bytes of device memory that the recording held at once.
    pub peak_bytes: u64,
    /// Bytes of device memory that are kept for later recordings.
    pub kept_bytes: u64,
    /// Shader, entry point and nanoseconds of every pass, where timing was asked for and the adapter can.
    pub passes: Vec<PassTime>,
}

/// Time of one pass on the device.
#[derive(Clone, Debug, serde::Serialize)]
pub struct PassTime {
    pub shader: Cow<'static, str>,
    pub entry: &'static str,
    pub nanoseconds: f64,
}

/// How a recording is played.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Most bytes of device memory to hold at once, what earlier recordings left for reuse included.
    pub bytes: u64,
    /// Times every pass, where the adapter can.
    pub timed: bool,
}

/// Free buffers above this many bytes are given back to the driver.
const KEEP_FREE: u64 = 1 << 30;

/// Plays `recorder` with `externals` as the contents of its external buffers, and reads `reads` back.
///
/// [`Code::Device`] is a GPU that was lost or gave up: the same work may succeed on another context.
pub fn play(
    context: &mut Context,
    recorder: &Recorder,
    externals: &[(Buffer, &[u8])],
    reads: &[Buffer],
    budget: Budget,
) -> Result<Played, Error> {
    attempt(context, recorder, externals, reads, budget).map_err(|error| match context.lost() {
        Some(why) => Error::new(Code::Device, format!("the GPU was lost: {why}")),
        None => error,
    })
}

fn attempt(
    context: &mut Context,
    recorder: &Recorder,
    externals: &[(Buffer, &[u8])],
    reads: &[Buffer],
    budget: Budget,
) -> Result<Played, Error> {
    let limit = context.limits.max_storage_buffer_binding_size.min(context.limits.max_buffer_size);
    let largest = recorder.largest() as u64;
    if largest > limit {
        return Err(Error::new(Code::DeviceMemory, "a buffer is larger than the adapter can bind")
            .value(format!("{largest} bytes"))
            .allowed(format!("{limit} bytes")));
    }
    let device = context.device.clone();
    let memory = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let validation = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let internal = device.push_error_scope(wgpu::ErrorFilter::Internal);
    let result = submit(context, recorder, externals, reads, budget);
    for scope in [internal, validation, memory] {
        if let Some(error) = pollster::block_on(scope.pop()) {
            context.free.trim(0);
            return Err(match &error {
                wgpu::Error::OutOfMemory { .. } => {
                    Error::new(Code::DeviceMemory, "the device is out of memory")
                }
                wgpu::Error::Validation { .. } => {
                    Error::new(Code::Internal, "the GPU refused the work").because(&error)
                }
                wgpu::Error::Internal { .. } => {
                    Error::new(Code::Device, "the GPU gave up on the work").because(&error)
                }
            });
        }
    }
    let mut pending = result?;
    wait_and_read(context, &mut pending)?;
    // Only now are the buffers no longer in use.
    context.free.trim(KEEP_FREE.min(budget.bytes));
    if let Some(compiled) = &mut context.compiled {
        compiled.keep();
    }
    pending.played.kept_bytes = context.free.bytes();
    Ok(pending.played)
}

/// Shader and entry point of a pass that is timed.
type Timed = (Cow<'static, str>, &'static str);

struct Pending {
    played: Played,
    staging: Option<(wgpu::Buffer, Vec<(u64, u64)>)>,
    timing: Option<(wgpu::Buffer, Vec<Timed>)>,
    taken: Vec<(u64, wgpu::BufferUsages, wgpu::Buffer)>,
    index: wgpu::SubmissionIndex,
}

fn submit(
    context: &mut Context,
    recorder: &Recorder,
    externals: &[(Buffer, &[u8])],
    reads: &[Buffer],
    budget: Budget,
) -> Result<Pending, Error> {
    let mut played = Played::default();
    let sources = recorder.sources();
    let commands = recorder.commands();
    let unused = last_uses(recorder, reads);
    let mut memory = Memory {
        context,
        slots: vec![None; sources.len()],
        taken: Vec::new(),
        recycled: HashMap::new(),
        held: 0,
        budget: budget.bytes,
    };

    // Uploads happen before the whole submission, so their buffers are taken first and alias nothing before them.
    for (id, (len, source)) in sources.iter().enumerate() {
        let bytes: Cow<[u8]> = match source {
            Source::Bytes(bytes) => Cow::Borrowed(bytes.as_slice()),
            Source::External => match externals.iter().find(|(b, _)| b.id as usize == id) {
                Some((_, bytes)) => Cow::Borrowed(*bytes),
                None => return Err(Error::new(Code::Internal, "an external buffer was not given")),
            },
            Source::Uninit | Source::Zero => continue,
        };
        let buffer = memory.take(id, *len)?;
        let whole = bytes.len() / 4 * 4;
        memory.context.queue.write_buffer(&buffer, 0, &bytes[..whole]);
        if whole < bytes.len() {
            let mut last = [0u8; 4];
            last[..bytes.len() - whole].copy_from_slice(&bytes[whole..]);
            memory.context.queue.write_buffer(&buffer, whole as u64, &last);
        }
        played.uploads += matches!(source, Source::External) as u64;
        played.upload_bytes += bytes.len() as u64;
    }

    // All uniforms in one buffer, each at the alignment the adapter asks for.
    let align = memory.context.limits.min_uniform_buffer_offset_alignment as usize;
    let mut uniforms = Vec::new();
    let mut offsets = Vec::new();
    for command in commands {
        if let Command::Pass(pass) = command
            && !pass.uniform.is_empty()
        {
            uniforms.resize(uniforms.len().next_multiple_of(align), 0);
            offsets.push(uniforms.len() as u64);
            uniforms.extend_from_slice(&pass.uniform);
            uniforms.resize(uniforms.len().next_multiple_of(16), 0);
        } else {
            offsets.push(0);
        }
    }
    let uniform_usage = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
    let uniform_buffer = (!uniforms.is_empty()).then(|| memory.raw(uniforms.len(), uniform_usage));
    if let Some(buffer) = &uniform_buffer {
        memory.context.queue.write_buffer(buffer, 0, &uniforms);
    }

    let passes = commands.iter().filter(|c| matches!(c, Command::Pass(_))).count() as u32;
    let queries = (budget.timed && memory.context.timestamps && passes > 0).then(|| {
        memory.context.device.create_query_set(&wgpu::QuerySetDescriptor {
            label: None,
            ty: wgpu::QueryType::Timestamp,
            count: 2 * passes,
        })
    });
    let mut names = Vec::new();
    let mut encoder = memory.context.device.create_command_encoder(&Default::default());
    let mut next = 0;
    while next < commands.len() {
        match &commands[next] {
            Command::Copy { from, from_at, to, to_at, len } => {
                let from_buffer = memory.get(from.id)?;
                let to_buffer = memory.prepare(*to, sources, &mut encoder)?;
                let bytes = |elements: usize| elements as u64 * 4;
                encoder.copy_buffer_to_buffer(
                    &from_buffer,
                    bytes(*from_at),
                    &to_buffer,
                    bytes(*to_at),
                    bytes(*len),
                );
                memory.release(&unused[next]);
                next += 1;
            }
            Command::Pass(_) => {
                // As many passes as there are up to the next copy or clear share one compute pass.
                let mut run = Vec::new();
                while let Some(Command::Pass(pass)) = commands.get(next) {
                    let needs_clear = pass.buffers.iter().any(|b| memory.needs_clear(*b, sources));
                    if needs_clear && !run.is_empty() {
                        break;
                    }
                    let buffers: Vec<wgpu::Buffer> = pass
                        .buffers
                        .iter()
                        .map(|b| memory.prepare(*b, sources, &mut encoder))
                        .collect::<Result<_, _>>()?;
                    let pipeline = memory.context.pipeline(pass)?;
                    run.push((next, pass, buffers, pipeline));
                    memory.release(&unused[next]);
                    next += 1;
                    if queries.is_some() {
                        break;
                    }
                }
                let mut compute = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                    label: None,
                    timestamp_writes: queries.as_ref().map(|query_set| wgpu::ComputePassTimestampWrites {
                        query_set,
                        beginning_of_pass_write_index: Some(2 * names.len() as u32),
                        end_of_pass_write_index: Some(2 * names.len() as u32 + 1),
                    }),
                });
                for (at, pass, buffers, pipeline) in &run {
                    names.push((pass.shader.name.clone(), pass.entry));
                    let mut entries = Vec::new();
                    if let (false, Some(buffer)) = (pass.uniform.is_empty(), &uniform_buffer) {
                        let size = wgpu::BufferSize::new(pass.uniform.len().next_multiple_of(16) as u64);
                        let binding = wgpu::BufferBinding { buffer, offset: offsets[*at], size };
                        entries.push(wgpu::BindGroupEntry {
                            binding: 0,
                            resource: wgpu::BindingResource::Buffer(binding),
                        });
                    }
                    for (buffer, recorded) in buffers.iter().zip(&pass.buffers) {
                        let size = wgpu::BufferSize::new((recorded.len.max(1) * 4) as u64);
                        let binding = wgpu::BufferBinding { buffer, offset: 0, size };
                        entries.push(wgpu::BindGroupEntry {
                            binding: entries.len() as u32,
                            resource: wgpu::BindingResource::Buffer(binding),
                        });
                    }
                    let group = memory.context.device.create_bind_group(&wgpu::BindGroupDescriptor {
                        label: Some(&pass.shader.name),
                        layout: &pipeline.get_bind_group_layout(0),
                        entries: &entries,
                    });
                    compute.set_pipeline(pipeline);
                    compute.set_bind_group(0, &group, &[]);
                    let [x, y, z] = pass.workgroups;
                    compute.dispatch_workgroups(x, y, z);
                }
            }
        }
    }

    // Everything that is read back goes into one mapped buffer.
    let mut spans = Vec::new();
    let mut end = 0u64;
    for read in reads {
        spans.push((end, (read.len * 4) as u64));
        end += (read.len * 4) as u64;
    }
    let read_usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
    let staging = (end > 0).then(|| memory.raw(end as usize, read_usage));
    if let Some(staging) = &staging {
        for (read, (offset, size)) in reads.iter().zip(&spans) {
            let from = memory.prepare(*read, sources, &mut encoder)?;
            encoder.copy_buffer_to_buffer(&from, 0, staging, *offset, *size);
        }
    }
    let timing = queries.map(|queries| {
        let size = (2 * names.len() * 8).max(256);
        let resolve = memory.raw(size, wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC);
        let mapped = memory.raw(size, read_usage);
        encoder.resolve_query_set(&queries, 0..2 * names.len() as u32, &resolve, 0);
        encoder.copy_buffer_to_buffer(&resolve, 0, &mapped, 0, (2 * names.len() * 8) as u64);
        (mapped, names)
    });
    let index = memory.context.queue.submit([encoder.finish()]);
    played.submissions = 1;
    played.downloads = reads.len() as u64;
    played.download_bytes = end;
    played.peak_bytes = memory.held;
    let taken = memory.finish();
    Ok(Pending { played, staging: staging.map(|s| (s, spans)), timing, taken, index })
}

fn wait_and_read(context: &mut Context, pending: &mut Pending) -> Result<(), Error> {
    let map = |buffer: &wgpu::Buffer| {
        let (sender, receiver) = std::sync::mpsc::channel();
        buffer.slice(..).map_async(wgpu::MapMode::Read, move |result| {
            // The receiver is gone only when the wait below has failed.
            let _ = sender.send(result);
        });
        receiver
    };
    let mapped = pending.staging.as_ref().map(|(buffer, _)| map(buffer));
    let timed = pending.timing.as_ref().map(|(buffer, _)| map(buffer));
    let lost = |why: String| Error::new(Code::Device, format!("the GPU did not finish the work: {why}"));
    let wait = wgpu::PollType::Wait { submission_index: Some(pending.index.clone()), timeout: None };
    context.device.poll(wait).map_err(|e| lost(e.to_string()))?;
    for receiver in mapped.iter().chain(&timed) {
        let answer = receiver.try_recv().map_err(|e| lost(e.to_string()))?;
        answer.map_err(|e| lost(e.to_string()))?;
    }
    if let Some((buffer, spans)) = &pending.staging {
        let view = buffer.get_mapped_range(..).map_err(|e| lost(e.to_string()))?;
        for &(offset, size) in spans {
            pending.played.reads.push(view[offset as usize..(offset + size) as usize].to_vec());
        }
        drop(view);
        buffer.unmap();
    }
    if let Some((buffer, names)) = &pending.timing {
        let view = buffer.get_mapped_range(..).map_err(|e| lost(e.to_string()))?;
        let period = context.queue.get_timestamp_period() as f64;
        let ticks: Vec<u64> = view.chunks_exact(8).map(bytemuck::pod_read_unaligned).collect();
        for (i, (shader, entry)) in names.iter().enumerate() {
            let nanoseconds = ticks[2 * i + 1].saturating_sub(ticks[2 * i]) as f64 * period;
            pending.played.passes.push(PassTime { shader: shader.clone(), entry, nanoseconds });
        }
        drop(view);
        buffer.unmap();
    }
    for (size, usage, buffer) in pending.taken.drain(..) {
        context.free.put(size, usage, buffer);
    }
    Ok(())
}

/// For each command the buffers that it is the last to use; those that are read back are used to the end.
fn last_uses(recorder: &Recorder, reads: &[Buffer]) -> Vec<Vec<u32>> {
    let mut last = vec![usize::MAX; recorder.sources().len()];
    for (i, command) in recorder.commands().iter().enumerate() {
        match command {
            Command::Pass(pass) => pass.buffers.iter().for_each(|b| last[b.id as usize] = i),
            Command::Copy { from, to, .. } => {
                last[from.id as usize] = i;
                last[to.id as usize] = i;
            }
        }
    }
    reads.iter().for_each(|b| last[b.id as usize] = usize::MAX);
    let mut unused = vec![Vec::new(); recorder.commands().len()];
    for (id, at) in last.into_iter().enumerate().filter(|(_, at)| *at != usize::MAX) {
        unused[at].push(id as u32);
    }
    unused
}

/// Device memory of one recording: recorded buffers get a piece of memory at their first use, and give it to
/// later ones after their last.
struct Memory<'c> {
    context: &'c mut Context,
    slots: Vec<Option<(u64, wgpu::Buffer)>>,
    taken: Vec<(u64, wgpu::BufferUsages, wgpu::Buffer)>,
    /// Pieces that the recording has done with, by size. Until it has been played they are not the driver's.
    recycled: HashMap<u64, Vec<wgpu::Buffer>>,
    /// Bytes of all pieces, recycled ones too.
    held: u64,
    budget: u64,
}

const STORAGE: wgpu::BufferUsages =
    wgpu::BufferUsages::STORAGE.union(wgpu::BufferUsages::COPY_SRC).union(wgpu::BufferUsages::COPY_DST);

/// Sizes are rounded up to an eighth of a power of two, so that recycled buffers fit.
fn size_class(bytes: u64) -> u64 {
    let bytes = bytes.max(256);
    bytes.next_multiple_of((bytes.next_power_of_two() / 8).max(256))
}

impl Memory<'_> {
    fn raw(&mut self, bytes: usize, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        let size = size_class(bytes as u64);
        let buffer = self.allocate(size, usage);
        self.taken.push((size, usage, buffer.clone()));
        buffer
    }

    fn allocate(&mut self, size: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        if let Some(buffer) = self.context.free.take(size, usage) {
            return buffer;
        }
        self.context.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            // A class may round past what the adapter allows; the recorded sizes were checked.
            size: size.min(self.context.limits.max_buffer_size),
            usage,
            mapped_at_creation: false,
        })
    }

    fn take(&mut self, id: usize, len: usize) -> Result<wgpu::Buffer, Error> {
        let size = size_class(len as u64 * 4);
        if let Some(buffer) = self.recycled.get_mut(&size).and_then(Vec::pop) {
            self.slots[id] = Some((size, buffer.clone()));
            return Ok(buffer);
        }
        if self.held + size > self.budget {
            return Err(Error::new(Code::DeviceMemory, "the work needs more device memory than it may take")
                .value(format!("{} bytes", self.held + size))
                .allowed(format!("{} bytes", self.budget)));
        }
        let buffer = self.allocate(size, STORAGE);
        self.held += size;
        // Buffers that others left make room for those that are held.
        self.context.free.trim(self.budget - self.held);
        self.slots[id] = Some((size, buffer.clone()));
        Ok(buffer)
    }

    fn get(&self, id: u32) -> Result<wgpu::Buffer, Error> {
        let slot = self.slots[id as usize].as_ref();
        slot.map(|(_, b)| b.clone())
            .ok_or_else(|| Error::new(Code::Internal, "a buffer is read before it is written"))
    }

    fn needs_clear(&self, buffer: Buffer, sources: &[(usize, Source)]) -> bool {
        self.slots[buffer.id as usize].is_none() && sources[buffer.id as usize].1 == Source::Zero
    }

    /// The memory of a buffer, cleared now if it begins as zeros.
    fn prepare(
        &mut self,
        buffer: Buffer,
        sources: &[(usize, Source)],
        encoder: &mut wgpu::CommandEncoder,
    ) -> Result<wgpu::Buffer, Error> {
        if let Some((_, ready)) = &self.slots[buffer.id as usize] {
            return Ok(ready.clone());
        }
        let clear = self.needs_clear(buffer, sources);
        let memory = self.take(buffer.id as usize, buffer.len)?;
        if clear {
            encoder.clear_buffer(&memory, 0, None);
        }
        Ok(memory)
    }

    /// Keeps the pieces of buffers that are not used any more for later ones.
    fn release(&mut self, unused: &[u32]) {
        for id in unused {
            if let Some((size, buffer)) = self.slots[*id as usize].take() {
                self.recycled.entry(size).or_default().push(buffer);
            }
        }
    }

    fn finish(self) -> Vec<(u64, wgpu::BufferUsages, wgpu::Buffer)> {
        let mut taken = self.taken;
        taken.extend(self.slots.into_iter().flatten().map(|(size, buffer)| (size, STORAGE, buffer)));
        let recycled = self.recycled.into_iter();
        taken.extend(recycled.flat_map(|(size, list)| list.into_iter().map(move |b| (size, STORAGE, b))));
        taken
    }
}

impl Context {
    fn pipeline(&mut self, pass: &Pass) -> Result<wgpu::ComputePipeline, Error> {
        let constants = pass.constants.iter().map(|(name, value)| (*name, value.to_bits())).collect();
        let key: PipelineKey = (pass.shader.key, pass.entry, constants);
        if let Some(pipeline) = self.pipelines.get(&key) {
            return Ok(pipeline.clone());
        }
        let device = &self.device;
        let module = self.modules.entry(pass.shader.key).or_insert_with(|| {
            device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(&pass.shader.name),
                source: wgpu::ShaderSource::Wgsl(Cow::Borrowed(&pass.shader.source)),
            })
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(&pass.shader.name),
            layout: None,
            module,
            entry_point: Some(pass.entry),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &pass.constants,
                ..Default::default()
            },
            cache: self.compiled.as_ref().map(|compiled| &compiled.cache),
        });
        if let Some(compiled) = &mut self.compiled {
            compiled.changed = true;
        }
        self.pipelines.insert(key, pipeline.clone());
        Ok(pipeline)
    }
}
