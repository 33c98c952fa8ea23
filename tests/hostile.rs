//! Files made to harm: TIFFs of random tags are read or refused, in bounded memory, without a panic.

mod tiffs;

use rotifer::io::{self, Part};
use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicIsize, Ordering};
use tiffs::{Tag, Tiff};

/// Counts what the process has allocated: strips are decoded by several threads. One test runs in it.
struct Counting;

static NOW: AtomicIsize = AtomicIsize::new(0);
static PEAK: AtomicIsize = AtomicIsize::new(0);

fn count(bytes: isize) {
    let now = NOW.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(now, Ordering::Relaxed);
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Runs something and gives the most bytes it had at one time.
fn peak<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let value = f();
    (value, (PEAK.load(Ordering::Relaxed) - before).max(0) as usize)
}

#[derive(Clone, Debug, bolero::TypeGenerator)]
struct Wild {
    big_endian: bool,
    pages: Vec<WildPage>,
    /// The last directory names another.
    last_link: Option<u16>,
}

#[derive(Clone, Debug, bolero::TypeGenerator)]
struct WildPage {
    width: u16,
    height: u16,
    /// Sizes are this many times larger.
    times: u8,
    bits: u8,
    format: u8,
    samples: u8,
    compression: u8,
    predictor: u8,
    photometric: u8,
    planar: bool,
    tile: Option<(u16, u16)>,
    rows: u16,
    chunks: u8,
    /// The contents of the strips: these bytes over and over, well compressed.
    fill: Vec<u8>,
    length: u32,
    /// Whether what the tags say fits together: three of four do.
    wild: u8,
    description: u8,
    more: Vec<(u8, u8, u32, u32)>,
}

const DESCRIPTIONS: [&str; 9] = [
    "ImageJ=1.53\nimages=4\nslices=2\nchannels=2\n",
    "ImageJ=1.53\nimages=4000000000\nslices=4000000000\n",
    "ImageJ=1.53\nimages=18446744073709551615\nchannels=4294967296\nslices=4294967296\norder=zct\n",
    "{\"shape\": [4, 3, 5], \"axes\": \"ZYX\"}",
    "{\"shape\": [1000000, 1000000, 1000000, 3, 5]}",
    "<OME><Image><Pixels SizeX='3' SizeY='3' SizeZ='16777216' SizeC='16777216' SizeT='16777216'><TiffData/></Pixels></Image></OME>",
    "<OME><Image><Pixels SizeX='3' SizeY='3' SizeZ='4'><TiffData FirstZ='18446744073709551615' PlaneCount='18446744073709551615'/><TiffData IFD='18446744073709551615' PlaneCount='4'/></Pixels></Image></OME>",
    "<OME><Image><Pixels SizeX='3' SizeY='3' SizeZ='2'><TiffData IFD='0'/><TiffData IFD='1' FirstZ='1'/></Pixels></Image><Image><Pixels/></Image></OME>",
    "<OME><BinaryOnly MetadataFile='../../x.companion.ome'/></OME>",
];

const TAGS: [u16; 24] = [
    254, 255, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 320, 322, 323, 324, 325, 330, 338,
    347, 33629, 34412,
];

fn compressed(compression: u16, bytes: &[u8]) -> Vec<u8> {
    match compression {
        8 | 32946 => {
            let mut stream = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
            stream.write_all(bytes).unwrap();
            stream.finish().unwrap()
        }
        50000 => zstd::bulk::compress(bytes, 3).unwrap(),
        32773 => bytes.chunks(128).flat_map(|c| [(1i16 - c.len() as i16) as i8 as u8, c[0]]).collect(),
        // A clear code, then the codes that each say a string one longer than the last.
        5 => {
            let (mut out, mut held, mut bits) = (Vec::new(), 0u32, 0);
            let mut put = |code: u32, width: u32| {
                held = held << width | code;
                bits += width;
                while bits >= 8 {
                    bits -= 8;
                    out.push((held >> bits) as u8);
                    held &= (1 << bits) - 1;
                }
            };
            put(256, 9);
            put(0, 9);
            let (mut made, mut width) = (1usize, 9);
            for code in 258..4094u32 {
                if made >= bytes.len() {
                    break;
                }
                put(code, width);
                made += code as usize - 256;
                width = if code + 3 > 2048 {
                    12
                } else if code + 3 > 1024 {
                    11
                } else if code + 3 > 512 {
                    10
                } else {
                    9
                };
            }
            put(257, width);
            put(0, 8);
            out
        }
        _ => bytes.to_vec(),
    }
}

fn file(wild: &Wild) -> Vec<u8> {
    let mut tiff = Tiff::new();
    tiff.big_endian = wild.big_endian;
    tiff.last_link = wild.last_link.map_or(0, u32::from);
    for page in wild.pages.iter().take(4) {
        let pick = |list: &[u16], i: u8| list[usize::from(i) % list.len()];
        let honest = !page.wild.is_multiple_of(4);
        let times = if honest { 1 } else { u32::from(pick(&[1, 1, 8, 60], page.times)) };
        let (width, height) = (1 + page.width % 600, 1 + page.height % 600);
        let bits = pick(&[8, 16, 32, 1, 12, 64, 24], page.bits);
        let samples = pick(if honest { &[1, 1, 3, 4, 2] } else { &[1, 3, 900] }, page.samples);
        let every = [1u16, 8, 5, 32773, 50000, 4, 3, 2, 7, 34925, 32946];
        let compression = pick(if honest { &every[..5] } else { &every }, page.compression);
        let rows = 1 + page.rows % height;
        let fill = if page.fill.is_empty() { vec![0] } else { page.fill.clone() };
        let tile = page.tile.map(|(w, h)| (usize::from(w % 300 + 1), usize::from(h % 300 + 1)));
        let (row, tall) = tile.unwrap_or((usize::from(width), usize::from(rows)));
        let planar = page.planar && samples > 1;
        let together = if planar { 1 } else { usize::from(samples) };
        let needed = (row * together * usize::from(bits)).div_ceil(8) * tall;
        let length = if honest { needed } else { page.length as usize % (1 << 20) };
        let chunk = if compression == 1 || !(honest || page.length.is_multiple_of(3)) {
            fill.iter().copied().cycle().take(length.min(if honest { 400_000 } else { 3000 })).collect()
        } else {
            compressed(
                compression,
                &fill.iter().copied().cycle().take(length.min(4 << 20)).collect::<Vec<u8>>(),
            )
        };
        let n = match tile {
            _ if !honest => usize::from(page.chunks % 40) + 1,
            _ => {
                usize::from(width).div_ceil(row)
                    * usize::from(height).div_ceil(tall)
                    * if planar { usize::from(samples) } else { 1 }
            }
        };
        let chunks: Vec<&[u8]> = vec![&chunk; n.min((1 << 20) / chunk.len().max(1)).max(1)];
        let format = match bits {
            _ if !honest => pick(&[1, 2, 3], page.format),
            8 => pick(&[1, 2], page.format),
            16 | 32 | 64 => pick(&[1, 2, 3], page.format),
            _ => 1,
        };
        let predictor = match bits {
            _ if !honest => pick(&[1, 1, 2, 3], page.predictor),
            8 | 16 | 32 | 64 => pick(&[1, 2], page.predictor),
            _ => 1,
        };
        let colour = if samples >= 3 { 2 } else { 1 };
        let photometric = if honest { colour } else { pick(&[1, 0, 2, 3, 5, 6], page.photometric) };
        let mut tags = vec![
            (256, Tag::Long(u32::from(width) * times)),
            (257, Tag::Long(u32::from(height) * times)),
            (259, Tag::Short(vec![compression])),
            (277, Tag::Short(vec![samples])),
            (278, Tag::Short(vec![rows])),
            (317, Tag::Short(vec![predictor])),
            (262, Tag::Short(vec![photometric])),
            (339, Tag::Short(vec![format])),
            (284, Tag::Short(vec![1 + planar as u16])),
        ];
        if let Some((w, h)) = tile {
            tags.push((322, Tag::Long(w as u32)));
            tags.push((323, Tag::Long(h as u32)));
        }
        if let Some(text) = DESCRIPTIONS.get(usize::from(page.description) % 20) {
            tags.push((270, Tag::from(*text)));
        }
        for (tag, kind, count, value) in page.more.iter().take(if honest { 0 } else { 3 }) {
            let tag = pick(&TAGS, *tag);
            tags.retain(|(known, _)| *known != tag);
            tags.push((tag, Tag::Wild(u16::from(kind % 20), count >> (count % 32), value >> (value % 32))));
        }
        tiff = tiff.chunked(width, height, bits, &chunks, tags);
    }
    tiff.bytes()
}

/// Reads a file by every way in. What is held stays within four times the image, and 16 MiB.
fn survive(path: &Path) -> bool {
    let len = std::fs::metadata(path).unwrap().len() as usize;
    let small = (16 << 20) + 2 * len;
    let (parts, most) = peak(|| io::parts(path));
    assert!(most <= small, "{most} bytes to look at a file of {len}");
    let Ok(parts) = parts else { return false };
    let mut any = false;
    for info in parts.iter().take(3) {
        for level in 0..info.levels.len().min(3) {
            let part = Part { series: info.part.series, level };
            let Ok(meta) = io::read_part_meta(path, &part) else { continue };
            let needed = meta.bytes();
            let ((read, region), most) = peak(|| {
                let zyx = meta.volume.shape.map(|n| n / 2..n / 2 + 1);
                (io::read_part(path, &part).map(|i| i.meta()), io::read_region(path, &part, 0, 0, zyx))
            });
            assert!(most <= 4 * needed + small, "{most} bytes for an image of {needed} in a file of {len}");
            if let Ok(read) = read {
                assert_eq!(read, meta);
                assert!(region.is_ok());
                any = true;
            }
        }
    }
    any
}

const FUZZED: std::time::Duration = std::time::Duration::from_secs(6);

#[test]
fn hostile_files_are_refused_in_bounded_memory() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("wild.tif");
    // Bombs made by hand: a strip of zeros that says it is more, tiles that are larger than all else.
    for compression in [8u16, 5, 32773, 50000] {
        for side in [600u32, 20_000, 60_000, 2_000_000_000] {
            let strip = compressed(compression, &vec![0; if side == 600 { 360_000 } else { 1 << 20 }]);
            for tile in [None, Some(side)] {
                let mut tags = vec![
                    (256, Tag::Long(if tile.is_some() { 16 } else { side })),
                    (257, Tag::Long(if tile.is_some() { 16 } else { side })),
                    (259, Tag::Short(vec![compression])),
                    (278, Tag::Long(side)),
                ];
                tags.extend(tile.into_iter().flat_map(|n| [(322, Tag::Long(n)), (323, Tag::Long(n))]));
                Tiff::new().page(1, 1, 8, &strip, tags).write(&path);
                let read = survive(&path);
                assert_eq!(read, side == 600, "compression {compression}, side {side}, tile {tile:?}");
            }
        }
    }
    let (mut read, mut refused) = (0u32, 0u32);
    let counts = std::sync::Mutex::new((&mut read, &mut refused));
    let counts = std::panic::AssertUnwindSafe(counts);
    bolero::check!().with_type::<Wild>().with_test_time(FUZZED).for_each(|wild| {
        std::fs::write(&path, file(wild)).unwrap();
        let any = survive(&path);
        let mut counts = counts.lock().unwrap();
        if any { *counts.0 += 1 } else { *counts.1 += 1 }
    });
    println!("{read} read, {refused} refused");
    assert!(read > 10 && refused > 10, "{read} read, {refused} refused: the files are not of both kinds");
}
