//! Every WGSL file below `shaders/` as a constant: `filters/separable.wgsl` is [`filters::SEPARABLE`].
//!
//! A line `#include "shared/grid.wgsl"` puts a shared part in, once, at build time.

use rotifer_registry::Shader;

include!(concat!(env!("OUT_DIR"), "/shaders.rs"));
