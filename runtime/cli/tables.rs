//! One table for all images of a run: rows of every image, with the names of the image in front.

use rotifer_registry::{Column, Error, Table, Values};

/// Which image rows are of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ids {
    pub image: String,
    pub plate: Option<String>,
    pub well: Option<String>,
    pub field: Option<u32>,
    pub channel: Option<String>,
}

/// The tables that one step gave for the images.
#[derive(Clone, Debug)]
pub struct Joint {
    pub name: String,
    parts: Vec<(Ids, Table)>,
}

impl Joint {
    pub fn new(name: &str) -> Joint {
        Joint { name: name.into(), parts: Vec::new() }
    }

    pub fn add(&mut self, ids: Ids, table: Table) {
        self.parts.push((ids, table));
    }

    /// One row for each object. An image with none has a row of its names and nothing else.
    ///
    /// A column that an image does not have is empty there; integers and floats of one name become floats.
    pub fn table(&self) -> Result<Table, Error> {
        let mut whole = Table::new();
        let rows: usize = self.parts.iter().map(|(_, table)| table.rows().max(1)).sum();
        let own = |name: &str| self.parts.iter().any(|(_, table)| table.column(name).is_some());
        type Id = fn(&Ids) -> Option<String>;
        let ids: [(&str, Id); 5] = [
            ("image", |ids| Some(ids.image.clone())),
            ("plate", |ids| ids.plate.clone()),
            ("well", |ids| ids.well.clone()),
            ("field", |ids| ids.field.map(|f| f.to_string())),
            ("channel", |ids| ids.channel.clone()),
        ];
        for (name, id) in ids {
            if own(name) || self.parts.iter().all(|(ids, _)| id(ids).is_none()) {
                continue;
            }
            let mut texts = Vec::with_capacity(rows);
            for (ids, table) in &self.parts {
                texts.extend(std::iter::repeat_n(id(ids).unwrap_or_default(), table.rows().max(1)));
            }
            whole.push(name, Values::Text(texts))?;
        }
        let mut columns: Vec<&Column> = Vec::new();
        for column in self.parts.iter().flat_map(|(_, table)| table.columns()) {
            if !columns.iter().any(|c| c.name == column.name) {
                columns.push(column);
            }
        }
        for column in columns {
            whole.push(&column.name, self.values(&column.name))?;
        }
        Ok(whole)
    }

    fn values(&self, name: &str) -> Values {
        let parts = || self.parts.iter().map(|(_, table)| (table.column(name), table.rows()));
        let gaps = parts().any(|(column, rows)| column.is_none() || rows == 0);
        if parts().any(|(column, _)| matches!(column, Some(Values::Text(_)))) {
            let mut texts: Vec<String> = Vec::new();
            for (column, rows) in parts() {
                match column {
                    Some(Values::Text(v)) if rows > 0 => texts.extend_from_slice(v),
                    Some(Values::Int(v)) if rows > 0 => texts.extend(v.iter().map(i64::to_string)),
                    Some(Values::Float(v)) if rows > 0 => texts.extend(v.iter().map(f64::to_string)),
                    _ => texts.extend(std::iter::repeat_n(String::new(), rows.max(1))),
                }
            }
            return Values::Text(texts);
        }
        if !gaps && parts().all(|(column, _)| matches!(column, Some(Values::Int(_)))) {
            let ints = |column: Option<&Values>| {
                if let Some(Values::Int(v)) = column { v.clone() } else { Vec::new() }
            };
            return Values::Int(parts().flat_map(|(column, _)| ints(column)).collect());
        }
        let floats = |(column, rows): (Option<&Values>, usize)| match column.and_then(Values::to_f64) {
            Some(values) if rows > 0 => values,
            _ => vec![f64::NAN; rows.max(1)],
        };
        Values::Float(parts().flat_map(floats).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_without_objects_keeps_its_row() {
        let table = |labels: &[i64], areas: &[f64]| {
            Table::new()
                .with("label", Values::Int(labels.to_vec()))
                .and_then(|t| t.with("area", Values::Float(areas.to_vec())))
                .unwrap()
        };
        let ids =
            |image: &str, well: &str| Ids { image: image.into(), well: Some(well.into()), ..Ids::default() };
        let mut joint = Joint::new("cells");
        joint.add(ids("a", "A01"), table(&[1, 2], &[10.0, 20.5]));
        joint.add(ids("b", "A02"), table(&[], &[]));
        joint.add(ids("c", "A03"), table(&[1], &[7.0]));
        let mut text = Vec::new();
        crate::io::table::write_csv(&mut text, &joint.table().unwrap()).unwrap();
        let expected = "image,well,label,area\na,A01,1,10\na,A01,2,20.5\nb,A02,,\nc,A03,1,7\n";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
