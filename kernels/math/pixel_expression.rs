use rotifer_registry::expr::{Names, Node, parse};
use rotifer_registry::*;

op! {
    /// Computes every pixel by an expression of up to three images and the pixel's place.
    ///
    /// The expression names `image`, `other` and `third`, the inputs, and `x`, `y`, `z`, the pixel's indices from 0. Operators
    /// are `+ - * / % ^`, `< <= > >= == !=` (which give 1 or 0 and may be chained: `40 < image <= 90`), `and`, `or`, `not`.
    /// Functions are `abs sqrt square exp exp2 expm1 log log2 log10 log1p pow min max clamp(value, least, greatest)
    /// select(condition, yes, no) floor ceil round trunc sign is_nan hypot cbrt sin cos tan asin acos atan atan2 sinh cosh
    /// tanh`, and the dtypes, `uint8(...)`, which round as storing does; `pi`, `inf` and `nan` are numbers. On the host it is
    /// computed in float64 and rounded once, at the end, to float32. On the device it is computed in float32, trigonometric
    /// functions as precisely as the driver's are.
    pub struct PixelExpression {
        /// The expression, such as `(image - other) / max(other, 1)`.
        expression: PixelText;
    }
    id: "pixel_expression", revision: 1, family: Math,
    kernel: pixel |image, other, third| expression.of([Some(image), other, third]),
    inputs: { image: Image, other: ImageOrNumber optional, third: ImageOrNumber optional },
    outputs: { image: Image(F32) },
    agrees: Relative(5e-6), follows: "numpy.add 2.4",
    python: "
z, y, x = np.indices((1,) * (3 - image.ndim) + image.shape).reshape((3,) + image.shape)
names = dict(np=np, image=f64(image), x=x, y=y, z=z, select=np.where, clamp=np.clip, max=np.maximum, sqrt=np.sqrt, log1p=np.log1p)
names['other'] = None if other is None else f64(other)
result = eval(expression, names)",
    examples: [
        "expression = \"2.5 * sqrt(max(image, 0) + 0.375)\"",
        "expression = \"(image - other) / max(other, 1)\"",
        "expression = \"select(image > 100, image, other * 0.5)\"",
        "expression = \"log1p(max(image, 0)) * 0.3 - x + 2 * y - z\"",
    ],
}

/// The inputs, as expressions name them.
const INPUTS: [&str; 3] = ["image", "other", "third"];

/// An expression that was read: a mistake in it is a mistake of the argument.
#[derive(Clone, Debug)]
pub struct PixelText {
    text: String,
    /// Inputs stand in it as numbers by name.
    tree: Expr,
}

struct Pixels;

impl Names for Pixels {
    fn get(&self, name: &str) -> Option<Expr> {
        match ["z", "y", "x"].iter().position(|axis| *axis == name) {
            Some(axis) => Some(Expr::position(axis)),
            None => INPUTS.contains(&name).then(|| Expr::number(name)),
        }
    }
    fn all(&self) -> Vec<String> {
        INPUTS.iter().chain(&["x", "y", "z"]).map(|n| n.to_string()).collect()
    }
}

impl Param for PixelText {
    const TYPE: ParamType = ParamType::Text;
    fn from_value(value: &Value) -> Result<PixelText, Error> {
        let text = String::from_value(value)?;
        let tree = parse(&text, &Pixels)?;
        Ok(PixelText { text, tree })
    }
    fn to_value(&self) -> Value {
        Value::Text(self.text.clone())
    }
}

impl PixelText {
    /// The expression of the inputs that are given.
    fn of(&self, inputs: [Option<Expr>; 3]) -> Result<Expr, Error> {
        let mut absent = None;
        let tree = self.tree.replace(|leaf| {
            let Node::Number(name) = leaf else { return None };
            let input = INPUTS.iter().position(|n| **n == **name)?;
            if inputs[input].is_none() {
                absent = Some(INPUTS[input]);
            }
            inputs[input].clone()
        });
        match absent {
            None => Ok(tree),
            Some(name) => {
                Err(Error::new(Code::InputCount, format!("the expression needs the input `{name}`"))
                    .argument("expression")
                    .value(&self.text))
            }
        }
    }
}
