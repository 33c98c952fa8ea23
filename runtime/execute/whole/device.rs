//! Device steps of a run: one submission, whole or in tiles, and on the host what the device has no room for.

use super::Run;
use super::submission::Recorded;
use crate::context;
use crate::execute::recording::Window;
use crate::player::{Budget, Played, play};
use rotifer_registry::pipeline::{Memory, Origin};
use rotifer_registry::{Buffer, Code, Datum, Error, Volume};
use std::time::Instant;

impl Run<'_> {
    /// Runs consecutive device steps. Out of memory: in tiles, each time half as large; then on the host. What a step by
    /// itself has no room for goes to the host alone.
    pub fn segment(&mut self, from: usize, to: usize, wanted: &[Origin]) -> Result<(), Error> {
        let start = Instant::now();
        let planned = &self.plan.steps[from..to];
        let shape = planned[0].flows[0].datum.volume().map(|v| v.shape);
        let alike = planned.iter().all(|p| p.flows[0].datum.volume().map(|v| v.shape) == shape);
        let halo = planned.iter().try_fold([0usize; 3], |sum, p| {
            p.tileable.map(|halo| [sum[0] + halo[0], sum[1] + halo[1], sum[2] + halo[2]])
        });
        let limit = self.plan.adapter.as_ref().map_or(u64::MAX, |a| a.max_binding);
        let limit = limit.min(self.options.max_binding.unwrap_or(u64::MAX)) as usize;
        // Along the axis where most of a full tile is not halo.
        let tiling = shape.zip(halo).filter(|_| alike).map(|(shape, halo)| {
            let inner = |axis: usize| {
                let line = 4 * shape.iter().product::<usize>() / shape[axis].max(1);
                (limit / line.max(1)).min(shape[axis] / 2).saturating_sub(2 * halo[axis])
            };
            let axis = (0..3)
                .max_by_key(|&a| (1000 * inner(a) / (inner(a) + 2 * halo[a]).max(1), 3 - a))
                .unwrap_or(0);
            (axis, shape, halo[axis], inner(axis))
        });
        let mut tile = tiling.filter(|_| planned[0].tiled).map(|(.., inner)| inner);
        let (before, _) = self.watch.progress();
        loop {
            self.watch.back_to(before);
            let result = match (tile, tiling) {
                (Some(0), _) => Err(Error::new(Code::DeviceMemory, "not even one line of the image fits")),
                (Some(tile), Some((axis, shape, halo, _))) => {
                    self.in_tiles(from, to, wanted, axis, shape[axis], tile, halo)
                }
                _ => self.in_chunks(from, to, wanted),
            };
            match result {
                Ok(()) => break,
                Err(error) if error.code == Code::DeviceMemory => {
                    let smaller = match (tile, tiling) {
                        (Some(tile), Some((_, _, halo, _))) => {
                            Some(tile / 2).filter(|t| *t > halo / 2 && *t > 0)
                        }
                        (None, Some((axis, shape, ..))) => {
                            Some(shape[axis].div_ceil(2)).filter(|t| *t < shape[axis])
                        }
                        _ => None,
                    };
                    if let Some(smaller) = smaller {
                        tile = Some(smaller);
                        continue;
                    }
                    // The step that failed, where it is known; the others stay on the device.
                    let failed = error.step.map_or(from..to, |i| i..i + 1);
                    let ops: Vec<&str> =
                        self.steps[failed.clone()].iter().map(|s| s.step.op.as_str()).collect();
                    self.report.notes.push(format!("{} ran on the host: {}", ops.join(", "), error.message));
                    if from < failed.start {
                        self.segment(from, failed.start, wanted)?;
                    }
                    failed.clone().try_for_each(|i| self.host_step(i))?;
                    if failed.end < to {
                        self.segment(failed.end, to, wanted)?;
                    }
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        let seconds = start.elapsed().as_secs_f64() / (to - from) as f64;
        (from..to).for_each(|i| self.report_step(i, Memory::Device, seconds));
        Ok(())
    }

    /// Runs device steps whole, in groups of frames that fit into memory together.
    fn in_chunks(&mut self, from: usize, to: usize, wanted: &[Origin]) -> Result<(), Error> {
        const TOGETHER: usize = 512 << 20;
        let flow = &self.plan.steps[from].flows[0];
        let frames = self.plan.steps[from].frames();
        let bytes = flow.datum.volume().map_or(4, |v| 4 * v.len()).max(4) * (to - from);
        let together = (TOGETHER / bytes).clamp(1, frames);
        let outside = self.read_outside(from, to, wanted);
        let mut items: Vec<Vec<Datum>> = vec![Vec::new(); outside.len()];
        for first in (0..frames).step_by(together) {
            let chunk: Vec<usize> = (first..(first + together).min(frames)).collect();
            let read = self.submit(from, to, &outside, &chunk, None)?;
            for (all, some) in items.iter_mut().zip(read) {
                all.extend(some);
            }
            self.watch.add(chunk.len() * (to - from));
        }
        self.keep(&outside, items);
        Ok(())
    }

    /// Runs device steps tile by tile along one axis, each with a halo that is cut off afterwards.
    #[allow(clippy::too_many_arguments)]
    fn in_tiles(
        &mut self,
        from: usize,
        to: usize,
        wanted: &[Origin],
        axis: usize,
        length: usize,
        tile: usize,
        halo: usize,
    ) -> Result<(), Error> {
        let frames = self.plan.steps[from].frames();
        let outside = self.read_outside(from, to, wanted);
        let mut items: Vec<Vec<Datum>> = vec![Vec::new(); outside.len()];
        for frame in 0..frames {
            let mut parts: Vec<Vec<Volume>> = vec![Vec::new(); outside.len()];
            for begin in (0..length).step_by(tile) {
                let end = (begin + tile).min(length);
                let (low, high) = (begin.saturating_sub(halo), (end + halo).min(length));
                let window = Window { axis, from: low, to: high };
                let read = self.submit(from, to, &outside, &[frame], Some(window))?;
                for (parts, data) in parts.iter_mut().zip(read) {
                    for datum in data {
                        let Datum::Volume(volume) = datum else {
                            return Err(Error::new(Code::Internal, "a step in tiles gives images only"));
                        };
                        parts.push(volume.cut(axis, begin - low..end - low));
                    }
                }
            }
            for (all, parts) in items.iter_mut().zip(parts) {
                all.push(Datum::Volume(Volume::join(&parts, axis)?));
            }
            self.watch.add(to - from);
        }
        self.keep(&outside, items);
        Ok(())
    }

    /// Records the steps for some frames, plays them in one submission, and gives the outputs asked for.
    fn submit(
        &mut self,
        from: usize,
        to: usize,
        outside: &[Origin],
        frames: &[usize],
        window: Option<Window>,
    ) -> Result<Vec<Vec<Datum>>, Error> {
        self.watch.go_on()?;
        let Recorded { recording, made, reads, spans } = self.recorded(from, to, outside, frames, window)?;
        let externals: Vec<(Buffer, &[u8])> =
            recording.uploads.iter().map(|(b, v)| (*b, v.bytes())).collect();
        let budget =
            Budget { bytes: self.options.device_memory.unwrap_or(u64::MAX), timed: self.options.timed };
        let mut played = context::with(|gpu| play(gpu, &recording.recorder, &externals, &reads, budget))?;
        self.account(&mut played);
        let mut bytes: Vec<Option<Vec<u8>>> = played.reads.into_iter().map(Some).collect();
        let mut spans = spans.into_iter();
        let mut results = Vec::new();
        for origin in outside {
            let Origin::Step { step, output } = *origin else { continue };
            let mut data = Vec::new();
            for &frame in frames {
                let (start, count) = spans.next().unwrap_or_default();
                let read: Vec<Vec<u8>> =
                    bytes[start..start + count].iter_mut().filter_map(Option::take).collect();
                let item = &made[&(*origin, frame)];
                let here = |e: Error| e.step(step).op(&self.steps[step].step.op);
                data.push(item.datum(&self.steps[step], output, read).map_err(here)?);
            }
            results.push(data);
        }
        Ok(results)
    }

    fn account(&mut self, played: &mut Played) {
        let report = &mut self.report;
        report.submissions += played.submissions;
        report.uploads += played.uploads;
        report.downloads += played.downloads;
        report.upload_bytes += played.upload_bytes;
        report.download_bytes += played.download_bytes;
        report.device_peak_bytes = report.device_peak_bytes.max(played.peak_bytes);
        let passes = played.passes.drain(..);
        report.passes.extend(passes.map(|p| {
            let name =
                if p.entry == "main" { p.shader.to_string() } else { format!("{}:{}", p.shader, p.entry) };
            (name, p.nanoseconds)
        }));
    }
}
