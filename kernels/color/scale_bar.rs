//! A bar of a round length, and the length in letters.

use rotifer_registry::VolumeMeta;

/// Letters of 5 x 7 pixels; a row of five bits from the left, top row first.
const LETTERS: [(char, [u8; 7]); 14] = [
    ('0', [0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110]),
    ('1', [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110]),
    ('2', [0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111]),
    ('3', [0b11111, 0b00010, 0b00100, 0b00010, 0b00001, 0b10001, 0b01110]),
    ('4', [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010]),
    ('5', [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110]),
    ('6', [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110]),
    ('7', [0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000]),
    ('8', [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110]),
    ('9', [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100]),
    ('m', [0b00000, 0b00000, 0b11010, 0b10101, 0b10101, 0b10101, 0b10101]),
    ('n', [0b00000, 0b00000, 0b10110, 0b11001, 0b10001, 0b10001, 0b10001]),
    ('µ', [0b00000, 0b00000, 0b10001, 0b10001, 0b10011, 0b11101, 0b10000]),
    (' ', [0; 7]),
];

/// The smallest picture that gets a bar: height and width.
pub const SMALLEST: [usize; 2] = [48, 96];

/// Micrometres of the bar: the largest of 1, 2, 5, 10, ... that takes at most a quarter of the width.
fn length(width: usize, um: f64) -> f64 {
    let most = width as f64 / 4.0 * um;
    let decade = 10f64.powf(most.log10().floor());
    // log10 may lie beside the power by its last bit.
    let steps = [0.5, 1.0, 2.0, 5.0, 10.0].map(|step| step * decade);
    steps.into_iter().rfind(|step| *step <= most * (1.0 + 1e-9)).unwrap_or(decade)
}

fn text(um: f64) -> String {
    match um {
        um if um >= 999.5 => format!("{} mm", (um / 1e3).round()),
        um if um >= 0.9995 => format!("{} µm", um.round()),
        um => format!("{} nm", (um * 1e3).round()),
    }
}

/// The pixels of a plane that the bar changes, as y, x and whether they are white or black: a black field, the bar at the
/// right below the letters, all larger in larger pictures. Nothing where the pixel size is not known or the picture is
/// small.
pub fn pixels(meta: &VolumeMeta) -> Vec<(usize, usize, bool)> {
    let [_, height, width] = meta.shape;
    let Some(um) = meta.spacing.map(|s| s.um[2]) else { return Vec::new() };
    if height < SMALLEST[0] || width < SMALLEST[1] {
        return Vec::new();
    }
    let size = (height.min(width) / 256).max(1);
    let um_long = length(width, um);
    if um_long < 0.000_999 {
        return Vec::new();
    }
    let text = text(um_long);
    let letters: Vec<[u8; 7]> = text
        .chars()
        .filter_map(|c| LETTERS.iter().find(|(letter, _)| *letter == c))
        .map(|(_, rows)| *rows)
        .collect();
    let bar = ((um_long / um).round() as usize).max(1);
    let text_width = (6 * letters.len()).saturating_sub(1) * size;
    // The field: what stands in it, and a margin of two around.
    let (field_width, field_height) = (bar.max(text_width) + 4 * size, 15 * size);
    let (right, bottom) = (width.saturating_sub(2 * size), height.saturating_sub(2 * size));
    let (left, top) = (right.saturating_sub(field_width), bottom.saturating_sub(field_height));
    let middle = left + field_width / 2;
    let mut pixels = Vec::new();
    for y in top..bottom {
        for x in left..right {
            let (row, bar_left, text_left) = (y - top, middle - bar / 2, middle - text_width / 2);
            let in_bar = (11 * size..13 * size).contains(&row) && (bar_left..bar_left + bar).contains(&x);
            let in_text =
                (2 * size..9 * size).contains(&row) && (text_left..text_left + text_width).contains(&x) && {
                    let (column, line) = ((x - text_left) / size, (row - 2 * size) / size);
                    let bit = column % 6;
                    bit < 5 && letters[column / 6][line] >> (4 - bit) & 1 == 1
                };
            pixels.push((y, x, in_bar || in_text));
        }
    }
    pixels
}
