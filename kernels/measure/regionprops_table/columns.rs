//! The columns of the table.

use super::Wanted;
use super::object::Object;
use rotifer_registry::*;
use std::f64::consts::PI;

/// Meaning of a column for an object.
type Column<'a> = &'a dyn Fn(&Object) -> f64;

impl Wanted {
    /// The columns, in pixels and, where there is a spacing, in micrometres.
    pub fn table(&self, objects: &[Object], meta: &VolumeMeta) -> Result<Table, Error> {
        let wants = |name: &str| self.has(name);
        let mut table = Table::new();
        table.push("label", Values::Int(objects.iter().map(|o| o.label as i64).collect()))?;
        let mut floats = |name: String, of: &dyn Fn(&Object) -> f64| {
            table.push(name, Values::Float(objects.iter().map(of).collect()))
        };
        let axes: Vec<(usize, usize)> = meta.axes().enumerate().collect();
        let unit = [1.0; 3];
        if wants("area") {
            floats("area".into(), &|o| o.area)?;
        }
        if wants("bbox") {
            for (i, (end, a)) in (0..2).flat_map(|end| meta.axes().map(move |a| (end, a))).enumerate() {
                let column = objects.iter().map(|o| o.bbox[end][a] as i64).collect();
                table.push(format!("bbox-{i}"), Values::Int(column))?;
            }
        }
        let mut floats = |name: String, of: &dyn Fn(&Object) -> f64| {
            table.push(name, Values::Float(objects.iter().map(of).collect()))
        };
        for &(i, a) in axes.iter().filter(|_| wants("centroid")) {
            floats(format!("centroid-{i}"), &|o| o.centroid[a])?;
        }
        for &(i, a) in axes.iter().filter(|_| wants("centroid_weighted")) {
            floats(format!("centroid_weighted-{i}"), &|o| o.weighted[a])?;
        }
        let lengths = |o: &Object, um: [f64; 3]| o.axis_lengths(meta.ndim, um);
        let diameter = |area: f64| (2.0 * meta.ndim as f64 * area / PI).powf(1.0 / meta.ndim as f64);
        let columns: [(&str, Column); 12] = [
            ("intensity_mean", &|o| o.mean),
            ("intensity_min", &|o| o.min),
            ("intensity_max", &|o| o.max),
            ("intensity_std", &|o| o.std),
            ("axis_major_length", &|o| lengths(o, unit)[0]),
            ("axis_minor_length", &|o| lengths(o, unit)[1]),
            ("eccentricity", &Object::eccentricity),
            ("orientation", &Object::orientation),
            ("perimeter", &|o| o.perimeter),
            ("solidity", &|o| o.area / o.hull),
            ("equivalent_diameter_area", &|o| diameter(o.area)),
            ("extent", &|o| o.area / (0..3).map(|a| (o.bbox[1][a] - o.bbox[0][a]) as f64).product::<f64>()),
        ];
        for (name, of) in columns.iter().filter(|(name, _)| wants(name)) {
            floats(name.to_string(), of)?;
        }
        if wants("euler_number") {
            table.push("euler_number", Values::Int(objects.iter().map(|o| o.euler).collect()))?;
        }
        let Some(um) = meta.spacing.map(|s| s.um) else { return Ok(table) };
        let pixel: f64 = meta.axes().map(|a| um[a]).product();
        let mut floats = |name: String, of: &dyn Fn(&Object) -> f64| {
            table.push(name, Values::Float(objects.iter().map(of).collect()))
        };
        if wants("area") {
            let name = if meta.ndim == 2 { "area_um2" } else { "volume_um3" };
            floats(name.into(), &|o| o.area * pixel)?;
        }
        for &(i, a) in axes.iter().filter(|_| wants("centroid")) {
            floats(format!("centroid_um-{i}"), &|o| o.centroid[a] * um[a])?;
        }
        for &(i, a) in axes.iter().filter(|_| wants("centroid_weighted")) {
            floats(format!("centroid_weighted_um-{i}"), &|o| o.weighted[a] * um[a])?;
        }
        if wants("axis_major_length") {
            floats("axis_major_length_um".into(), &|o| lengths(o, um)[0])?;
        }
        if wants("axis_minor_length") {
            floats("axis_minor_length_um".into(), &|o| lengths(o, um)[1])?;
        }
        if wants("perimeter") && um[1] == um[2] {
            floats("perimeter_um".into(), &|o| o.perimeter * um[1])?;
        }
        if wants("equivalent_diameter_area") {
            floats("equivalent_diameter_area_um".into(), &|o| diameter(o.area * pixel))?;
        }
        Ok(table)
    }
}
