//! The file names of instruments: one table of rules. Its examples are the tests.

use super::pattern::{Named, Pattern};
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

/// How an instrument names its files. Names are compared without their extension.
pub struct Rule {
    pub name: &'static str,
    /// A regular expression; fields in braces stand for their expressions.
    pattern: &'static str,
    /// Names, and what they tell: plate, well, field, channel, z and t, `-` for what is not told.
    pub examples: &'static [(&'static str, &'static str)],
}

/// Tried in this order; the earlier rule wins where two fit as many names.
///
/// Sources: the documentation of the instruments' formats at <https://bio-formats.readthedocs.io>, faim-ipa, the
/// fractal converters, and CellProfiler's list of guesses.
pub const RULES: &[Rule] = &[
    Rule {
        name: "Opera Phenix, Operetta",
        pattern: "r(?P<row>[0-9]{2})c(?P<column>[0-9]{2})f{field}p{z}-ch(?P<channel>[0-9]+)\
                  (?:sk{t}fk[0-9]+fl[0-9]+|t(?P<t_>[0-9]+))?",
        examples: &[
            ("r02c11f03p04-ch2sk1fk1fl1.tiff", "- B11 3 2 4 1"),
            ("r02c11f03p04-ch1t01.tiff", "- B11 3 1 4 1"),
            ("r27c48f03p04-ch1sk3fk1fl1.tiff", "- AA48 3 1 4 3"),
            ("r02c11f03p04-ch2.tiff", "- B11 3 2 4 -"),
        ],
    },
    Rule {
        name: "CellVoyager CV7000, CV8000",
        pattern: "{plate}_{well}_T{t}F{field}L[0-9]+A[0-9]+Z{z}C(?P<channel>[0-9]+)",
        examples: &[
            ("plate_C04_T0001F002L01A01Z03C01.tif", "plate C04 2 01 3 1"),
            ("AssayPlate_1_AF48_T0012F002L01A02Z03C02.png", "AssayPlate_1 AF48 2 02 3 12"),
        ],
    },
    Rule {
        // The number of a well depends on the plate, which the name does not tell.
        name: CQ,
        pattern: "(?P<well>W[0-9]{4})F{field}T{t}Z{z}C(?P<channel>[0-9]+)",
        examples: &[("W0013F0002T0001Z003C1.tif", "- W0013 2 1 3 1")],
    },
    Rule {
        name: "ScanR",
        pattern: "{well}--W[0-9]+--P{field}--Z{z}--T{t}--(?P<channel>.+)",
        examples: &[
            ("B2--W00014--P00001--Z00000--T00000--DAPI.tif", "- B02 1 DAPI 0 0"),
            ("B2--W00014--P00001--Z00000--T00000--405 nm #1.tif", "- B02 1 405 nm #1 0 0"),
        ],
    },
    Rule {
        name: "ImageXpress HCS.ai",
        pattern: "{plate}_t{t}_{well}_s{field}_w(?P<channel>[0-9]+)_z{z}",
        examples: &[("proto_t0_C05_s0_w1_z2.tif", "proto C05 0 1 2 0")],
    },
    Rule {
        // Behind the channel may stand an identifier.
        name: "ImageXpress",
        pattern: "(?:{plate}_)?{well}(?:_s{field}(?:_z{z})?(?:_w(?P<channel>[0-9]){guid}|_w(?P<channel_>[0-9]{1,2}))?\
                  |(?:_z(?P<z_>[0-9]+))?(?:_w(?P<channel__>[0-9]){guid}|_w(?P<channel___>[0-9]{1,2})))\
                  (?:_z(?P<z__>[0-9]+))?(?:_t{t})?",
        examples: &[
            ("P1_B3_s2_w1.tif", "P1 B03 2 1 - -"),
            ("P1_B03_s2_w1A3F2E9C1-1234-4ABC-9DEF-0123456789AB.tif", "P1 B03 2 1 - -"),
            ("P1_B03_s2_w128F2E9C1-1234-4ABC-9DEF-0123456789AB.tif", "P1 B03 2 1 - -"),
            ("p_B02_s1.TIF", "p B02 1 - - -"),
            ("P1_B03_w2.tif", "P1 B03 - 2 - -"),
            ("P1_B03_w2A3F2E9C1-1234-4ABC-9DEF-0123456789AB.tif", "P1 B03 - 2 - -"),
            ("P1_B03_s2_w1_z3.tif", "P1 B03 2 1 3 -"),
            ("P1_B03_s2_z3_w1.tif", "P1 B03 2 1 3 -"),
            ("P1_AA03_s2_w1.tif", "P1 AA03 2 1 - -"),
            ("B03_s2_w1.tif", "- B03 2 1 - -"),
        ],
    },
    Rule {
        name: "InCell Analyzer",
        pattern: r"(?P<row>[A-Z]{1,2}) - {column}\(fld {field}(?: wv (?P<channel>[^)]*?))?(?: z {z})?(?: time {t} - [0-9]+ ms)?(?: wix [0-9]+)?\)",
        examples: &[
            ("B - 02(fld 3 wv DAPI - DAPI).tif", "- B02 3 DAPI - -"),
            ("A - 1(fld 01 wv UV - DAPI).tif", "- A01 1 UV - DAPI - -"),
            ("A - 1(fld 1 wv FITC - FITC z 3).tif", "- A01 1 FITC 3 -"),
            ("A - 1(fld 1 wv FITC - FITC time 2 - 1000 ms).tif", "- A01 1 FITC - 2"),
            ("A - 1(fld 1 wv FITC - FITC z 4 time 2 - 1000 ms).tif", "- A01 1 FITC 4 2"),
            ("A - 1(fld 1 wv FITC - FITC wix 2).tif", "- A01 1 FITC - -"),
            ("A - 1(fld 1).tif", "- A01 1 - - -"),
        ],
    },
    Rule {
        name: "InCell Analyzer 7.2",
        pattern: "(?P<row>[A-Z]{1,2})_{column}_f{field}_c(?P<channel>[0-9]+)_x.+_m.+_z{z}_t{t}",
        examples: &[("A_1_f1_c1_x405_m450_z0_t0.tif", "- A01 1 1 0 0")],
    },
    Rule {
        name: "Incucyte export",
        pattern: "(?P<plate>.+?)(?:_(?P<channel>[^_]+))?_{well}_{field}_\
                  (?:(?P<year>[0-9]{4})y(?P<month>[0-9]{2})m(?P<day>[0-9]{2})d_(?P<hour>[0-9]{2})h(?P<minute>[0-9]{2})m\
                  |(?P<day_>[0-9]+)d(?P<hour_>[0-9]+)h(?P<minute_>[0-9]+)m)",
        examples: &[
            ("exp7_Phase_B3_2_00d04h30m.tif", "exp7 B03 2 Phase - @270"),
            ("exp7_Green_B3_2_2021y05m03d_12h00m.tif", "exp7 B03 2 Green - @27000720"),
            ("exp7_B3_2_01d00h00m.tif", "exp7 B03 2 - - @1440"),
        ],
    },
    Rule {
        name: SCANDATA,
        pattern: "{well}-{field}-(?P<channel>C[0-9]|Ph)",
        examples: &[("B3-2-Ph.tif", "- B03 2 Ph - -"), ("P12-1-C1.tif", "- P12 1 C1 - -")],
    },
    Rule {
        name: "Micro-Manager",
        pattern: "img_channel(?P<channel>[0-9]{3})_position{field}_time{t}_z{z}\
                  |img_(?P<t_>[0-9]{9})_(?P<channel_>.+)_(?P<z_>[0-9]{3})",
        examples: &[
            ("img_channel001_position002_time000000003_z004.tif", "- - 2 001 4 3"),
            ("img_000000003_DAPI_004.tif", "- - - DAPI 4 3"),
        ],
    },
    Rule {
        name: "MetaMorph",
        pattern: "(?:{plate}_)?w(?P<c>[0-9])(?P<channel>[^_]*)(?:_s{field}(?:_t{t})?|_t(?P<t_>[0-9]+))",
        examples: &[
            ("exp_w1DAPI_s2_t3.TIF", "exp - 2 DAPI - 3"),
            ("w2Cy5_s1_t1.tif", "- - 1 Cy5 - 1"),
            ("exp_w2Cy5_t4.tif", "exp - - Cy5 - 4"),
        ],
    },
    Rule {
        name: "ArrayScan, Cellomics",
        pattern: "{plate}_{well}(?:f(?P<field>[0-9]{2,3}))?(?P<kind>[do])(?P<channel>[0-9]+)",
        examples: &[
            ("AS_09047_050428030001_O01f00d2.TIF", "AS_09047_050428030001 O01 0 2 - -"),
            ("AS_09047_050428030001_O01f00o1.TIF", "AS_09047_050428030001 O01 0 1 - -"),
            ("AS_09047_050428030001_O01d0.TIF", "AS_09047_050428030001 O01 - 0 - -"),
        ],
    },
    Rule {
        name: "BD Pathway",
        pattern: "(?P<channel>.+) - n(?P<t>[0-9]{6})",
        examples: &[("Hoechst - n000000.tif", "- - - Hoechst - 0")],
    },
    Rule {
        name: "well, field and channel",
        pattern: "(?:{plate}_)?{well}(?:_(?:f|fld|field|site)_?{field}_(?:c|ch|d|w|channel)_?(?P<channel>[0-9]+)\
                  |_s_?(?P<field_>[0-9]+)_(?:c|ch|d|channel)_?(?P<channel_>[0-9]+)\
                  |_(?:f|fld|field|s|site)_?(?P<field__>[0-9]+)_(?P<channel__>[A-Za-z][A-Za-z]+[0-9]*)\
                  |f(?P<field___>[0-9]{1,3})(?:c|ch|w)(?P<channel___>[0-9]+)\
                  |f(?P<field____>[0-9])d(?P<channel____>[0-9]+)\
                  |_(?P<field_____>[0-9]{1,4})_(?P<channel_____>[0-9]{1,2}|[A-Za-z][A-Za-z0-9]*))\
                  (?:_z{z})?(?:_t{t})?",
        examples: &[
            ("sample_A01_f1_d0.tif", "sample A01 1 0 - -"),
            ("A01_f1_c2.tif", "- A01 1 2 - -"),
            ("A01_site3_ch2_z4.tif", "- A01 3 2 4 -"),
            ("plate_A01_1_2.tif", "plate A01 1 2 - -"),
            ("plate_A01_1_DAPI.tif", "plate A01 1 DAPI - -"),
            ("x_B02f3d1.tif", "x B02 3 1 - -"),
            ("x_B02_s3_c1.tif", "x B02 3 1 - -"),
            ("x_B02_s3_GFP.tif", "x B02 3 GFP - -"),
        ],
    },
];

/// Its planes stand in `Image`, their projections in `Projection`.
const CQ: &str = "CellVoyager CQ1, CQ3K";
/// Its time stands in the folders: `2105/03/1200`.
const SCANDATA: &str = "Incucyte ScanData";

impl Rule {
    pub fn is_imagexpress(&self) -> bool {
        self.name.starts_with("ImageXpress")
    }
}

/// The rules' patterns, in the order of [`RULES`].
pub fn patterns() -> &'static [Pattern] {
    static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
        RULES
            .iter()
            .map(|rule| match Pattern::rule(rule.pattern) {
                Ok(pattern) => pattern,
                // The rules are constants; the tests compile each.
                Err(error) => unreachable!("{}: {error}", rule.name),
            })
            .collect()
    });
    &PATTERNS
}

/// Facts that a name tells by one of the rules, and the rule's index.
pub fn by_any_rule(path: &Path) -> Option<(usize, Named)> {
    patterns().iter().enumerate().find_map(|(i, pattern)| Some((i, by_rule(pattern, path)?)))
}

/// Facts that a name tells by this rule.
pub fn by_rule(pattern: &Pattern, path: &Path) -> Option<Named> {
    let mut named = pattern.named(path)?;
    // Excitation and emission of one name are one name.
    if let Some(channel) = &named.channel
        && let Some((a, b)) = channel.split_once(" - ")
        && a == b
    {
        named.channel = Some(a.into());
    }
    Some(named)
}

/// Facts that the folders of a file tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Folders {
    /// The folder of the acquisition: without those of times, planes, positions and wells.
    pub place: PathBuf,
    pub well: Option<String>,
    pub field: Option<u32>,
    pub t: Option<u32>,
    pub z: Option<u32>,
    pub minutes: Option<i64>,
    /// Whether the folder holds projections of the planes in the folder beside it.
    pub projected: bool,
}

/// Facts of the folders that an instrument puts a file in: `TimePoint_2/ZStep_3`, `Pos0`, `Well A01`.
pub fn folders(path: &Path, rule: Option<usize>) -> Folders {
    let parent = path.parent().unwrap_or(Path::new(""));
    let mut told = Folders::default();
    let mut components: Vec<Component> = parent.components().collect();
    let number = |text: &str| text.parse::<u32>().ok();
    if rule.is_some_and(|i| RULES[i].name == CQ)
        && let Some(Component::Normal(name)) = components.last()
        && let "Image" | "Projection" = name.to_string_lossy().as_ref()
    {
        told.projected = *name == "Projection";
        components.pop();
    }
    while let Some(Component::Normal(name)) = components.last() {
        let name = name.to_string_lossy();
        let after = |start: &str| {
            let head = name.get(..start.len()).filter(|head| head.eq_ignore_ascii_case(start));
            head.and_then(|_| number(name[start.len()..].trim_start_matches('_')))
        };
        if let Some(z) = after("ZStep") {
            told.z = Some(z);
        } else if let Some(t) = after("TimePoint") {
            told.t = Some(t);
        } else if let Some(field) = after("Pos") {
            told.field = Some(field);
        } else if let Some(well) = name.strip_prefix("Well ") {
            told.well = Some(super::well_text(well));
        } else if let Some((well, field)) = name.split_once("-Site_")
            && let Some(field) = number(field)
        {
            (told.well, told.field) = (Some(super::well_text(well)), Some(field));
        } else {
            break;
        }
        components.pop();
    }
    if rule.is_some_and(|i| RULES[i].name == SCANDATA)
        && let [before @ .., year_month, day, hour_minute, plate] = components.as_slice()
    {
        let digits = |c: &Component, n: usize| {
            let text = c.as_os_str().to_str()?;
            (text.len() == n).then(|| text.parse::<i64>().ok()).flatten()
        };
        if let (Some(ym), Some(d), Some(hm)) = (digits(year_month, 4), digits(day, 2), digits(hour_minute, 4))
        {
            // Sorts as time does; the months need not have their lengths.
            told.minutes = Some(((ym / 100 * 12 + ym % 100) * 31 + d) * 1440 + hm / 100 * 60 + hm % 100);
            told.place = before.iter().chain([plate]).collect();
            return told;
        }
    }
    told.place = components.into_iter().collect();
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(named: &Named) -> String {
        let number = |n: Option<u32>| n.map_or("-".into(), |n| n.to_string());
        let text = |t: &Option<String>| t.clone().unwrap_or("-".into());
        let t = named.minutes.map_or(number(named.t), |m| format!("@{m}"));
        format!(
            "{} {} {} {} {} {t}",
            text(&named.plate),
            text(&named.well),
            number(named.field),
            text(&named.channel),
            number(named.z),
        )
    }

    #[test]
    fn every_rule_tells_what_its_examples_say_and_no_earlier_rule_takes_them() {
        for (i, rule) in RULES.iter().enumerate() {
            assert!(!rule.examples.is_empty(), "{}", rule.name);
            for (name, expected) in rule.examples {
                let (by, named) = by_any_rule(Path::new(name)).unwrap_or_else(|| panic!("{name}: no rule"));
                assert_eq!((RULES[by].name, told(&named).as_str()), (rule.name, *expected), "{name}");
                assert_eq!(by, i);
            }
        }
        // Both folders and names are told.
        for ordinary in [
            "coins.png",
            "a_1_b.tif",
            "image_s1_w1.tif",
            "img.tif",
            "Figure 2.png",
            "cell_w.tif",
            "IMG_0001.jpg",
        ] {
            assert!(by_any_rule(Path::new(ordinary)).is_none(), "{ordinary}");
        }
    }

    #[test]
    fn folders_tell_times_planes_and_positions() {
        let t = folders(Path::new("x/2024/1697/TimePoint_2/ZStep_3/a.tif"), None);
        assert_eq!((t.place, t.t, t.z), ("x/2024/1697".into(), Some(2), Some(3)));
        let pos = folders(Path::new("x/Pos4/a.tif"), None);
        assert_eq!((pos.place, pos.field), ("x".into(), Some(4)));
        let well = folders(Path::new("x/Well B03/a.tif"), None);
        assert_eq!((well.place, well.well.as_deref()), ("x".into(), Some("B03")));
        let rule = RULES.iter().position(|r| r.name == SCANDATA);
        let at = |time: &str| folders(&Path::new("ScanData/2105").join(time).join("17/B3-1-C1.tif"), rule);
        assert!(
            at("03/1200").minutes < at("03/1230").minutes && at("03/2359").minutes < at("04/0000").minutes
        );
        assert_eq!(at("03/1200").place, Path::new("ScanData/17"));
    }
}
