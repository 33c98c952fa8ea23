//! GPU contexts: one for each thread, opened at its first device kernel and not before.
//!
//! A context outlives its thread and serves the next thread that takes its place, so there are never more contexts
//! than threads alive at once. Instances and devices are created under one process-wide lock: drivers are not
//! all safe there.

use crate::pipelines::Compiled;
use rotifer_registry::{Code, Error};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};
use thread_local::ThreadLocal;

/// Facts about the adapter that device kernels would run on.
#[derive(Clone, Debug, serde::Serialize)]
pub struct AdapterInfo {
    pub name: String,
    pub backend: String,
    pub driver: String,
    /// True for a processor that plays a GPU: the host kernels are faster.
    pub software: bool,
    /// Largest buffer that a shader can bind, in bytes.
    pub max_binding: u64,
}

/// A device with what has been made for it: pipelines by shader, buffers free for use.
pub struct Context {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    pub(crate) limits: wgpu::Limits,
    pub(crate) timestamps: bool,
    pub(crate) modules: HashMap<u64, wgpu::ShaderModule>,
    pub(crate) pipelines: HashMap<PipelineKey, wgpu::ComputePipeline>,
    pub(crate) compiled: Option<Compiled>,
    pub(crate) free: Free,
    /// Why the device is gone.
    lost: Arc<OnceLock<String>>,
}

/// Buffers of earlier recordings, free for the next: by size and usage, the least recently used go first.
#[derive(Default)]
pub(crate) struct Free {
    buffers: HashMap<(u64, wgpu::BufferUsages), Vec<(u64, wgpu::Buffer)>>,
    bytes: u64,
    /// Counts what was put in.
    clock: u64,
}

impl Free {
    /// Bytes that are kept.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn take(&mut self, size: u64, usage: wgpu::BufferUsages) -> Option<wgpu::Buffer> {
        let (_, buffer) = self.buffers.get_mut(&(size, usage))?.pop()?;
        self.bytes -= size;
        Some(buffer)
    }

    pub fn put(&mut self, size: u64, usage: wgpu::BufferUsages, buffer: wgpu::Buffer) {
        self.clock += 1;
        self.bytes += size;
        self.buffers.entry((size, usage)).or_default().push((self.clock, buffer));
    }

    /// Gives the oldest buffers back to the driver until at most so many bytes are left.
    pub fn trim(&mut self, bytes: u64) {
        while self.bytes > bytes {
            let oldest =
                self.buffers.iter().min_by_key(|(_, list)| list.first().map_or(u64::MAX, |(at, _)| *at));
            let Some((&key, _)) = oldest else { break };
            if let Some(list) = self.buffers.get_mut(&key) {
                list.remove(0);
                if list.is_empty() {
                    self.buffers.remove(&key);
                }
            }
            self.bytes -= key.0;
        }
    }
}

/// Key of the shader, entry point and bits of the constants.
pub(crate) type PipelineKey = (u64, &'static str, Vec<(&'static str, u64)>);

static CREATION: Mutex<()> = Mutex::new(());
static CONTEXTS: LazyLock<ThreadLocal<RefCell<Option<Context>>>> = LazyLock::new(ThreadLocal::new);
static OPENED: AtomicUsize = AtomicUsize::new(0);
static PROCESS: OnceLock<u32> = OnceLock::new();
static ADAPTER: OnceLock<Result<(wgpu::Adapter, AdapterInfo), Error>> = OnceLock::new();

/// Contexts opened by this process so far.
pub fn opened() -> usize {
    OPENED.load(Ordering::SeqCst)
}

/// Mesa's device-select layer asks a Wayland display which GPU to prefer, and complains on stderr where there is none.
/// We choose the adapter ourselves. Called by `main` before any other thread.
pub(crate) fn without_device_select_layer() {
    #[cfg(target_os = "linux")]
    if std::env::var_os("NODEVICE_SELECT").is_none() {
        // SAFETY: this is the only thread, so nothing reads the environment at the same time.
        unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    }
}

fn lock() -> std::sync::MutexGuard<'static, ()> {
    CREATION.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A GPU's handles are void in a forked child: refuse instead of crashing in the driver.
fn same_process() -> Result<(), Error> {
    let (maker, here) = (*PROCESS.get_or_init(std::process::id), std::process::id());
    if maker == here {
        return Ok(());
    }
    Err(Error::new(Code::Unavailable, in_child(maker, here))
        .help("start workers as new processes, as the pool does, not by fork"))
}

fn in_child(maker: u32, here: u32) -> String {
    format!("the GPU was opened by process {maker}, this is its forked child {here}")
}

/// Why steps run on the host that would run on a hardware GPU, had this process not been forked.
pub(crate) fn left_behind() -> Option<String> {
    let (_, info) = ADAPTER.get()?.as_ref().ok()?;
    left(info, *PROCESS.get()?, std::process::id())
}

fn left(info: &AdapterInfo, maker: u32, here: u32) -> Option<String> {
    (!info.software && maker != here).then(|| in_child(maker, here))
}

fn best_adapter() -> Result<&'static (wgpu::Adapter, AdapterInfo), Error> {
    same_process()?;
    let found = ADAPTER.get_or_init(|| {
        let _guard = lock();
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::PRIMARY;
        descriptor.flags = wgpu::InstanceFlags::empty();
        let instance = wgpu::Instance::new(descriptor);
        let rank = |t: wgpu::DeviceType| match t {
            wgpu::DeviceType::DiscreteGpu => 0,
            wgpu::DeviceType::IntegratedGpu => 1,
            wgpu::DeviceType::VirtualGpu => 2,
            wgpu::DeviceType::Other => 3,
            wgpu::DeviceType::Cpu => 4,
        };
        let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
        let adapter = adapters.into_iter().min_by_key(|a| rank(a.get_info().device_type)).ok_or_else(|| {
            Error::new(Code::Unavailable, "no GPU adapter was found (Vulkan, Metal or DirectX 12)")
                .help("install a GPU driver, or mesa-vulkan-drivers for a software adapter, or run with --on cpu")
        })?;
        let (info, limits) = (adapter.get_info(), adapter.limits());
        let info = AdapterInfo {
            name: info.name,
            backend: info.backend.to_string(),
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_string(),
            software: info.device_type == wgpu::DeviceType::Cpu,
            max_binding: limits.max_storage_buffer_binding_size.min(limits.max_buffer_size),
        };
        Ok((adapter, info))
    });
    found.as_ref().map_err(Clone::clone)
}

/// The adapter that device kernels run on; looks for one at the first call.
pub fn adapter() -> Result<&'static AdapterInfo, Error> {
    best_adapter().map(|(_, info)| info)
}

/// Runs with this thread's context, opened now if there is none. After [`Code::Device`] the next call opens another.
pub(crate) fn with<R>(f: impl FnOnce(&mut Context) -> Result<R, Error>) -> Result<R, Error> {
    same_process()?;
    let cell = CONTEXTS.get_or(|| RefCell::new(None));
    let mut slot = cell
        .try_borrow_mut()
        .map_err(|_| Error::new(Code::Internal, "a device kernel was started inside a device kernel"))?;
    if slot.is_none() {
        *slot = Some(open()?);
    }
    let context = slot.as_mut().ok_or_else(|| Error::new(Code::Internal, "no context"))?;
    let result = f(context);
    if matches!(&result, Err(e) if e.code == Code::Device) {
        *slot = None;
    }
    result
}

fn open() -> Result<Context, Error> {
    let (adapter, _) = best_adapter()?;
    let _guard = lock();
    let limits = adapter.limits();
    let wanted = wgpu::Features::TIMESTAMP_QUERY | wgpu::Features::SUBGROUP | wgpu::Features::PIPELINE_CACHE;
    let features = adapter.features() & wanted;
    let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
        label: Some("rotifer"),
        required_features: features,
        required_limits: limits.clone(),
        memory_hints: wgpu::MemoryHints::Performance,
        ..Default::default()
    }))
    .map_err(|e| Error::new(Code::Device, "the GPU could not be opened").because(&e))?;
    // Errors outside a scope would panic; every call is inside one, so this says what slipped through.
    device.on_uncaptured_error(Arc::new(|error: wgpu::Error| eprintln!("GPU error: {error}")));
    let lost = Arc::new(OnceLock::new());
    let tell = lost.clone();
    device.set_device_lost_callback(move |_, why| _ = tell.set(why));
    OPENED.fetch_add(1, Ordering::SeqCst);
    let compiled = Compiled::open(&device, &adapter.get_info());
    Ok(Context {
        device,
        queue,
        limits,
        timestamps: features.contains(wgpu::Features::TIMESTAMP_QUERY),
        modules: HashMap::new(),
        pipelines: HashMap::new(),
        compiled,
        free: Free::default(),
        lost,
    })
}

impl Context {
    /// Why the device is gone, if it is: then what failed on it says nothing of the work.
    pub(crate) fn lost(&self) -> Option<&String> {
        let _ = self.device.poll(wgpu::PollType::Poll);
        self.lost.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::{On, Options, run};
    use rotifer_registry::{Dtype, Image, Kind, Pipeline, Step, Volume, VolumeMeta, pipeline::check};

    /// Images of growing size leave buffers that fit no later one: they are given back.
    #[test]
    fn free_buffers_are_kept_up_to_a_limit() {
        let usage = wgpu::BufferUsages::STORAGE;
        let kept = with(|context| {
            let mut free = Free::default();
            for i in 1..=20u64 {
                let descriptor =
                    wgpu::BufferDescriptor { label: None, size: 256 * i, usage, mapped_at_creation: false };
                free.put(256 * i, usage, context.device.create_buffer(&descriptor));
            }
            assert_eq!(free.bytes(), 256 * 210);
            free.trim(256 * 60);
            let kept: Vec<u64> = (1..=20).filter(|i| free.take(256 * i, usage).is_some()).collect();
            assert_eq!(free.bytes(), 0);
            Ok(kept)
        });
        assert_eq!(kept.unwrap(), [18, 19, 20], "the oldest go first");
        let checked = check(&Pipeline::new(vec![
            Step::new("gaussian_filter"),
            Step::new("gaussian_filter").arg("sigma", 2.0),
        ]))
        .unwrap_or_else(|e| panic!("{}", e[0]));
        for side in (64..512).step_by(61) {
            let shape = [1, side, side];
            let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape, ndim: 2, spacing: None };
            let image = Image::from(Volume::from_vec(&meta, vec![1.0f32; side * side]).unwrap());
            let budget = 16 * (side * side) as u64 * 4;
            let options = Options { on: On::Gpu, device_memory: Some(budget), ..Options::default() };
            let report = run(&checked, &image, &options).unwrap().report;
            assert!(report.submissions == 1 && report.device_peak_bytes <= budget, "{report:?}");
            let held = with(|context| Ok(context.free.bytes())).unwrap();
            assert!((1..=budget).contains(&held), "{held} bytes are kept, {budget} are allowed");
        }
    }

    #[test]
    fn a_forked_child_says_that_its_gpu_is_left_behind() {
        let info = |software| AdapterInfo {
            name: String::new(),
            backend: String::new(),
            driver: String::new(),
            software,
            max_binding: 0,
        };
        assert_eq!(left(&info(false), 7, 7), None);
        assert_eq!(left(&info(true), 7, 8), None, "a software adapter is not taken unless asked for");
        assert!(left(&info(false), 7, 8).unwrap().contains("forked child 8"));
    }

    #[test]
    fn a_lost_device_is_said_and_replaced() {
        let meta =
            VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape: [1, 8, 8], ndim: 2, spacing: None };
        let image = Image::from(Volume::from_vec(&meta, vec![1.0f32; 64]).unwrap());
        let checked =
            check(&Pipeline::new(vec![Step::new("gaussian_filter")])).unwrap_or_else(|e| panic!("{}", e[0]));
        let blur = || run(&checked, &image, &Options { on: On::Gpu, ..Options::default() });
        let first = blur().unwrap();
        with(|context| {
            context.device.destroy();
            Ok(())
        })
        .unwrap();
        let error = blur().unwrap_err();
        assert!(error.code == Code::Device && error.message.contains("lost"), "{error}");
        assert_eq!(blur().unwrap().outputs, first.outputs);
    }
}
