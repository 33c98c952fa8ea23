use super::condition::{ColumnList, column, numbers};
use rotifer_registry::*;

op! {
    /// Reads a barcode from the intensities of each row, and finds the nearest barcode of a library.
    ///
    /// For in-situ sequencing, as the module CallBarcodes of CellProfiler's plugins: the columns are intensities, cycle by cycle, in
    /// each cycle one for each of the `letters`. The letter of a cycle is the one with the greatest intensity, the first of equal ones,
    /// and N where all are NaN. `table` gets the columns
    ///
    /// - `barcode_called`: the letters of all cycles;
    /// - `matched_barcode`, `matched_name`: the barcode of `library` that has most letters in common with it, place by place, the first
    ///   of equal ones, and its name there; only as many letters count as were read, and a barcode that is too short has none beyond;
    /// - `matched_score`: the letters in common, by the letters read.
    pub struct CallBarcodes {
        /// Columns of the intensities, cycle by cycle, a list or parted by commas.
        columns: ColumnList;
        /// The letters, in the order of the columns of a cycle.
        letters: String = "ACGT".to_string();
        /// The column of `library` with the barcodes.
        barcode: String = "barcode".to_string();
        /// The column of `library` with their names.
        name: String = "name".to_string();
    }
    id: "call_barcodes", revision: 1, family: Table,
    memory: host,
    inputs: { points: Table, library: Table },
    outputs: { table: Table },
    agrees: Relative(1e-12), follows: "CellProfiler-plugins.CallBarcodes 4.2",
    python: "
names = [c.strip() for c in columns.split(',')] if isinstance(columns, str) else columns
values = np.stack([f64(points[c]) for c in names], axis=1).reshape(len(points[names[0]]), -1, len(letters))
called = [''.join(letters[int(np.argmax(c))] for c in row) for row in values]
known = [str(b) for b in library[barcode]]
same = np.array([[sum(a == b for a, b in zip(query, other)) for other in known] for query in called])
best = same.argmax(axis=1)
result = dict(points, barcode_called=called, matched_barcode=[known[b] for b in best], matched_name=[library[name][b] for b in best],
    matched_score=same.max(axis=1) / values.shape[1])",
    examples: [
        "columns = \"y, x, t, label, x, t, label, y\"",
        "columns = \"x, y, label, y, x, t\"\nletters = \"GA\"",
    ],
}

impl CallBarcodes {
    fn call(&self, inputs: &Inputs, best: fn(&[f64]) -> Option<usize>) -> Result<Table, Error> {
        let (table, library) = (inputs.table("points")?, inputs.table("library")?);
        let letters: Vec<char> = self.letters.chars().collect();
        let read = self.columns.0.len();
        if letters.is_empty() || read == 0 || !read.is_multiple_of(letters.len()) {
            return Err(Error::new(Code::OutOfRange, "each cycle has a column for each letter")
                .argument("columns")
                .value(read)
                .allowed(format!("a multiple of {}", letters.len().max(1))));
        }
        let columns =
            self.columns.0.iter().map(|name| numbers(table, name).map_err(|e| e.argument("columns")));
        let columns: Vec<Vec<f64>> = columns.collect::<Result<_, _>>()?;
        let texts = |name: &str, argument: &str| -> Result<Vec<String>, Error> {
            let values = column(library, name).map_err(|e| e.argument(argument))?;
            Ok(match values {
                Values::Text(v) => v.clone(),
                Values::Int(v) => v.iter().map(i64::to_string).collect(),
                Values::Float(v) => v.iter().map(f64::to_string).collect(),
            })
        };
        let (barcodes, names) = (texts(&self.barcode, "barcode")?, texts(&self.name, "name")?);
        if barcodes.is_empty() {
            return Err(Error::new(Code::Table, "the library has no barcode").argument("barcode"));
        }
        let letter = |values: &[f64]| best(values).map_or('N', |i| letters[i]);
        let call = |row: usize| -> String {
            let values: Vec<f64> = columns.iter().map(|c| c[row]).collect();
            values.chunks(letters.len()).map(letter).collect()
        };
        let called: Vec<String> = (0..table.rows()).map(call).collect();
        let cycles = read / letters.len();
        let (mut matched, mut scores) = (Vec::new(), Vec::new());
        for query in &called {
            let common = |other: &String| query.chars().zip(other.chars()).filter(|(a, b)| a == b).count();
            let best = (0..barcodes.len()).rev().max_by_key(|i| common(&barcodes[*i])).unwrap_or(0);
            matched.push(best);
            scores.push(common(&barcodes[best]) as f64 / cycles as f64);
        }
        let of = |texts: &[String]| Values::Text(matched.iter().map(|i| texts[*i].clone()).collect());
        let table = table.clone().with("barcode_called", Values::Text(called))?;
        let table = table.with("matched_barcode", of(&barcodes))?.with("matched_name", of(&names))?;
        table.with("matched_score", Values::Float(scores))
    }
}

/// Place of the greatest number, the first of equal ones.
fn greatest(values: &[f64]) -> Option<usize> {
    let numbers = (0..values.len()).rev().filter(|i| !values[*i].is_nan());
    // −0 is 0.
    numbers.max_by(|a, b| (values[*a] + 0.0).total_cmp(&(values[*b] + 0.0)))
}

/// [`greatest`], by trying each against all.
fn greatest_plain(values: &[f64]) -> Option<usize> {
    (0..values.len()).find(|i| !values[*i].is_nan() && values.iter().all(|v| v.is_nan() || *v <= values[*i]))
}

impl Host for CallBarcodes {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Table(self.call(inputs, greatest)?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(self.call(inputs, greatest_plain).map(|table| vec![Plain::Table(table)]))
    }
}
