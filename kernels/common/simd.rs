//! One loop body, compiled for each instruction set and chosen at run time.

use std::sync::atomic::{AtomicU8, Ordering};

/// Instruction sets that loops are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The instructions of every machine of the architecture.
    Baseline = 1,
    /// AVX2 and FMA.
    Avx2 = 2,
    /// AVX-512 with its instructions for bytes, words and narrower vectors.
    Avx512 = 3,
}

static LEVEL: AtomicU8 = AtomicU8::new(0);

impl Level {
    /// The levels this machine has, lowest first.
    pub fn available() -> Vec<Level> {
        #[allow(unused_mut)]
        let mut levels = vec![Level::Baseline];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                levels.push(Level::Avx2);
                let wide = is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl");
                levels.extend(wide.then_some(Level::Avx512));
            }
        }
        levels
    }

    pub fn name(self) -> &'static str {
        match self {
            Level::Baseline => "baseline",
            Level::Avx2 => "avx2",
            Level::Avx512 => "avx512",
        }
    }
}

/// The level loops run at: the best there is, or the one that was set.
pub fn level() -> Level {
    match LEVEL.load(Ordering::Relaxed) {
        1 => Level::Baseline,
        2 => Level::Avx2,
        3 => Level::Avx512,
        _ => {
            let best = Level::available().pop().unwrap_or(Level::Baseline);
            LEVEL.store(best as u8, Ordering::Relaxed);
            best
        }
    }
}

/// Makes all loops run at this level, for tests and benchmarks. A level that is not available is refused.
pub fn set_level(level: Level) -> bool {
    let have = Level::available().contains(&level);
    if have {
        LEVEL.store(level as u8, Ordering::Relaxed);
    }
    have
}

/// Compiles a function's body for the baseline and for AVX2: `simd! { pub fn add(a: &mut [f32], b: &[f32]) { ... } }`.
///
/// The body is autovectorised; without `mul_add` all levels give the same bits. Arguments are plain names.
#[macro_export]
macro_rules! simd {
    (@wide $wide:tt $(
        $(#[$meta:meta])*
        $vis:vis fn $name:ident $(<$($g:ident : $bound:path),*>)? ( $($arg:ident : $ty:ty),* $(,)? ) $(-> $ret:ty)? $body:block
    )*) => {$(
        $(#[$meta])*
        #[inline]
        $vis fn $name $(<$($g: $bound),*>)? ($($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            fn body $(<$($g: $bound),*>)? ($($arg: $ty),*) $(-> $ret)? $body

            #[cfg(target_arch = "x86_64")]
            {
                use $crate::common::simd::Level;
                #[target_feature(enable = "avx2,fma")]
                fn avx2 $(<$($g: $bound),*>)? ($($arg: $ty),*) $(-> $ret)? { body($($arg),*) }
                #[cfg $wide]
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
                fn avx512 $(<$($g: $bound),*>)? ($($arg: $ty),*) $(-> $ret)? { body($($arg),*) }
                // SAFETY, of both calls: `level` gives only what `Level::available` detected on this machine.
                match $crate::common::simd::level() {
                    #[cfg $wide]
                    Level::Avx512 => return unsafe { avx512($($arg),*) },
                    Level::Baseline => {}
                    _ => return unsafe { avx2($($arg),*) },
                }
            }
            body($($arg),*)
        }
    )*};
    ($($functions:tt)*) => { $crate::simd!(@wide (false) $($functions)*); };
}

/// [`simd!`], and for AVX-512 as well: for loops that take longer for their arithmetic than for their memory.
#[macro_export]
macro_rules! wide_simd {
    ($($functions:tt)*) => { $crate::simd!(@wide (true) $($functions)*); };
}
