use rotifer_registry::*;

op! {
    /// Marks an image by numbers of earlier steps.
    ///
    /// The number `flag` is 1 where the condition holds, else 0; a condition that is NaN does not hold. It is a column of the table
    /// of images, like every number. With `skip`, the steps after this one are left out for an image that is marked: what earlier
    /// steps save of it stays, its status is `skipped`, and the table of images tells the condition. An image of several times or
    /// channels ends where one of them is marked.
    pub struct Flag {
        /// The condition, such as `quality.focus_score < 0.2 or nuclei.count < 5`: an expression of the numbers that earlier
        /// steps give, and of columns of their tables of one row.
        r#where: Condition;
        /// Whether the steps after this one are left out.
        skip: bool = false;
    }
    id: "flag", revision: 1, family: Util,
    memory: host,
    inputs: {},
    outputs: { flag: Number },
    agrees: Exact, follows: "Rotifer",
    python: "float(eval(where)) if isinstance(where, str) else float(where)",
    examples: ["where = \"0.1 < 0.2 and 3 > 2\"", "where = \"12 < 5\"\nskip = true"],
}

impl Flag {
    fn number(&self) -> f64 {
        self.r#where.0 as u8 as f64
    }
}

impl Host for Flag {
    fn ends(&self, outputs: &[&Datum]) -> bool {
        self.skip && matches!(outputs, [Datum::Number(flag)] if *flag != 0.0)
    }

    fn run(&self, _inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        Ok(vec![Datum::Number(self.number())])
    }

    fn reference(&self, _inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        Some(Ok(vec![Plain::Number(self.number())]))
    }
}
