//! The text language of expressions.
//!
//! ```text
//! 0.9 * t.threshold
//! clamp(image - `flat field`, 0, 255)
//! area > 60 and not 0.2 <= solidity < 0.8
//! ```
//!
//! From loosest to tightest: `or`; `and`; `not`; `<`, `<=`, `>`, `>=`, `==`, `!=`, which may be chained; `+`, `-`; `*`, `/`, `%`;
//! a sign; `^` or `**`, from right to left. Names are letters, digits, `_` and dots, or anything in backticks or quotes. A
//! leading `=` is skipped.

use super::print::{UNARY, unary_name};
use super::{Binary, Expr, Node, Unary};
use crate::dtype::Dtype;
use crate::error::{Code, Error, suggestion};

/// The names that an expression may use.
pub trait Names {
    /// Meaning of a name.
    fn get(&self, name: &str) -> Option<Expr>;
    /// All names, for messages.
    fn all(&self) -> Vec<String>;
}

/// A list of names, each a number to be known later.
impl Names for Vec<&str> {
    fn get(&self, name: &str) -> Option<Expr> {
        self.contains(&name).then(|| Expr::number(name))
    }
    fn all(&self) -> Vec<String> {
        self.iter().map(|n| n.to_string()).collect()
    }
}

impl<F: Fn(&str) -> Option<Expr>> Names for (F, Vec<String>) {
    fn get(&self, name: &str) -> Option<Expr> {
        self.0(name)
    }
    fn all(&self) -> Vec<String> {
        self.1.clone()
    }
}

/// Longest text and deepest nesting that are read.
const LONGEST: usize = 4096;
const DEEPEST: usize = 64;

/// An expression from text.
///
/// # Errors
/// [`Code::Syntax`] with the character, counted from 1, where the text is no expression; [`Code::UnknownInput`] for a name that
/// `names` does not have, with the nearest ones; [`Code::InputCount`] for a function with too many or too few operands.
pub fn parse(text: &str, names: &dyn Names) -> Result<Expr, Error> {
    if text.len() > LONGEST {
        return Err(Error::new(Code::Syntax, "the expression is too long")
            .value(format!("{} bytes", text.len()))
            .allowed(format!("{LONGEST} bytes")));
    }
    let body = text.trim_start().strip_prefix('=').filter(|rest| !rest.starts_with('=')).unwrap_or(text);
    let tokens = tokens(text, text.len() - body.len())?;
    let mut parser = Parser { text, tokens: &tokens, names, at: 0, depth: 0 };
    let expr = parser.or()?;
    match parser.peek() {
        None => Ok(expr),
        Some(Token::Name(_) | Token::Number(_) | Token::Sign("(")) => {
            Err(parser.wrong("an operator is missing before this"))
        }
        Some(Token::Sign(")")) => Err(parser.wrong("no parenthesis is open here")),
        Some(_) => Err(parser.wrong("this is not expected here")),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token<'a> {
    Number(f64),
    Name(&'a str),
    Quoted(&'a str),
    Sign(&'static str),
}

/// Operators, the longer ones first.
const SIGNS: [&str; 17] =
    ["**", "<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "%", "^", "(", ")", ",", "="];
/// Spellings of other languages.
const FOREIGN: [(&str, &str); 6] = [
    ("&&", "`and`"),
    ("||", "`or`"),
    ("&", "`and`"),
    ("|", "`or`"),
    ("!", "`not`"),
    ("?", "`select(condition, yes, no)`"),
];

fn error(text: &str, at: usize, what: &str) -> Error {
    let character = text[..at].chars().count() + 1;
    let rest: String = text[at..].chars().take(20).collect();
    let found = if rest.is_empty() { "the end".to_string() } else { format!("`{rest}`") };
    Error::new(Code::Syntax, format!("{what}, at character {character} of `{text}`")).value(found)
}

fn tokens(text: &str, from: usize) -> Result<Vec<(usize, Token<'_>)>, Error> {
    let mut tokens = Vec::new();
    let mut at = from;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = |ok: &dyn Fn(char) -> bool| rest.find(|c| !ok(c)).unwrap_or(rest.len());
        let next_is_digit = rest[c.len_utf8()..].starts_with(|c: char| c.is_ascii_digit());
        let (token, n) = if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        } else if c.is_ascii_digit() || c == '.' && next_is_digit {
            let mut n = length(&|c| c.is_ascii_digit() || c == '.');
            if rest[n..].starts_with(['e', 'E']) {
                let exponent = rest[n + 1..].strip_prefix(['+', '-']).unwrap_or(&rest[n + 1..]);
                let digits = exponent.find(|c: char| !c.is_ascii_digit()).unwrap_or(exponent.len());
                if digits > 0 {
                    n = rest.len() - exponent.len() + digits;
                }
            }
            let number: f64 = rest[..n].parse().map_err(|_| error(text, at, "this is no number"))?;
            if rest[n..].starts_with(|c: char| c.is_alphanumeric() || c == '_') {
                return Err(error(text, at, "a number is followed by a letter: is a `*` missing?"));
            }
            (Token::Number(number), n)
        } else if c.is_alphabetic() || c == '_' {
            let n = length(&|c| c.is_alphanumeric() || c == '_' || c == '.');
            (Token::Name(&rest[..n]), n)
        } else if matches!(c, '`' | '\'' | '"') {
            let n = rest[1..].find(c).ok_or_else(|| error(text, at, "this quote is not closed"))?;
            (Token::Quoted(&rest[1..n + 1]), n + 2)
        } else if let Some((sign, ours)) =
            FOREIGN.iter().find(|(s, _)| rest.starts_with(s) && !rest.starts_with("!="))
        {
            return Err(error(text, at, &format!("`{sign}` is no operator")).help(format!("write {ours}")));
        } else if let Some(sign) = SIGNS.iter().find(|s| rest.starts_with(**s)) {
            (Token::Sign(sign), sign.len())
        } else {
            return Err(error(text, at, "this character has no meaning"));
        };
        tokens.push((at, token));
        at += n;
    }
    Ok(tokens)
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [(usize, Token<'a>)],
    names: &'a dyn Names,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn wrong(&self, what: &str) -> Error {
        self.wrong_at(self.at, what)
    }

    fn wrong_at(&self, token: usize, what: &str) -> Error {
        error(self.text, self.tokens.get(token).map_or(self.text.len(), |(at, _)| *at), what)
    }

    fn sign(&mut self, sign: &str) -> bool {
        let here = self.peek().is_some_and(|t| matches!(t, Token::Sign(s) if *s == sign));
        self.at += here as usize;
        here
    }

    fn word(&mut self, word: &str) -> bool {
        let here = self.peek() == Some(&Token::Name(word));
        self.at += here as usize;
        here
    }

    fn or(&mut self) -> Result<Expr, Error> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.wrong("this is nested too deeply"));
        }
        let mut left = self.and()?;
        while self.word("or") {
            left = left.or(self.and()?);
        }
        self.depth -= 1;
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr, Error> {
        let mut left = self.not()?;
        while self.word("and") {
            left = left.and(self.not()?);
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expr, Error> {
        let mut negations = 0;
        while self.word("not") {
            negations += 1;
        }
        let mut expr = self.comparison()?;
        for _ in 0..negations {
            expr = expr.not();
        }
        Ok(expr)
    }

    /// `a < b <= c` is `a < b and b <= c`.
    fn comparison(&mut self) -> Result<Expr, Error> {
        let mut left = self.sum()?;
        let mut all: Option<Expr> = None;
        loop {
            let signs = ["<", "<=", ">", ">=", "==", "!="];
            let Some(sign) = signs.into_iter().find(|s| self.sign(s)) else { break };
            let right = self.sum()?;
            let holds = match sign {
                "<" => left.less(&right),
                "<=" => left.less_equal(&right),
                ">" => left.greater(&right),
                ">=" => left.greater_equal(&right),
                "==" => left.equal(&right),
                _ => left.not_equal(&right),
            };
            all = Some(all.map_or(holds.clone(), |all| all.and(holds)));
            left = right;
        }
        if self.peek() == Some(&Token::Sign("=")) {
            return Err(self.wrong("`=` is no comparison").help("write `==`"));
        }
        Ok(all.unwrap_or(left))
    }

    fn sum(&mut self) -> Result<Expr, Error> {
        let mut left = self.product()?;
        loop {
            if self.sign("+") {
                left = left + self.product()?;
            } else if self.sign("-") {
                left = left - self.product()?;
            } else {
                return Ok(left);
            }
        }
    }

    fn product(&mut self) -> Result<Expr, Error> {
        let mut left = self.signed()?;
        loop {
            if self.sign("*") {
                left = left * self.signed()?;
            } else if self.sign("/") {
                left = left / self.signed()?;
            } else if self.sign("%") {
                left = left.modulo(self.signed()?);
            } else {
                return Ok(left);
            }
        }
    }

    fn signed(&mut self) -> Result<Expr, Error> {
        let mut minus = 0usize;
        loop {
            if self.sign("-") {
                minus += 1;
            } else if !self.sign("+") {
                break;
            }
        }
        let bare = self.peek() != Some(&Token::Sign("("));
        let mut expr = self.power()?;
        for _ in 0..minus {
            // `-2` is a number; `-2^2` is −4.
            expr = match expr.node() {
                Node::Constant(c) if bare => Expr::from(-c.get()),
                _ => -expr,
            };
        }
        Ok(expr)
    }

    fn power(&mut self) -> Result<Expr, Error> {
        let base = self.atom()?;
        if self.sign("^") || self.sign("**") {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(self.wrong("this is nested too deeply"));
            }
            let power = base.pow(self.signed()?);
            self.depth -= 1;
            return Ok(power);
        }
        Ok(base)
    }

    fn atom(&mut self) -> Result<Expr, Error> {
        let start = self.at;
        let Some(token) = self.peek().cloned() else {
            return Err(self.wrong(if start == 0 {
                "the expression is empty"
            } else {
                "an operand is missing"
            }));
        };
        match token {
            Token::Number(x) => {
                self.at += 1;
                Ok(Expr::from(x))
            }
            Token::Quoted(name) => {
                self.at += 1;
                self.named(name, start)
            }
            Token::Name("and" | "or" | "not") => Err(self.wrong("an operand is missing before this")),
            Token::Name(name) => {
                self.at += 1;
                if !self.sign("(") {
                    return self.named(name, start);
                }
                let mut operands = Vec::new();
                if !self.sign(")") {
                    loop {
                        operands.push(self.or()?);
                        if self.sign(")") {
                            break;
                        }
                        if !self.sign(",") {
                            return Err(self.wrong("`,` or `)` is missing"));
                        }
                    }
                }
                self.call(name, operands, start)
            }
            Token::Sign("(") => {
                self.at += 1;
                let inner = self.or()?;
                if self.sign(")") { Ok(inner) } else { Err(self.wrong("`)` is missing")) }
            }
            Token::Sign("=") => Err(self.wrong("`=` is no comparison").help("write `==`")),
            Token::Sign(_) => Err(self.wrong("an operand is missing before this")),
        }
    }

    fn named(&self, name: &str, token: usize) -> Result<Expr, Error> {
        if let Some(expr) = self.names.get(name) {
            return Ok(expr);
        }
        Ok(Expr::from(match name {
            "pi" => std::f64::consts::PI,
            "inf" => f64::INFINITY,
            "nan" => f64::NAN,
            "true" => 1.0,
            "false" => 0.0,
            _ => {
                let mut error = self.wrong_at(token, &format!("no value is named `{name}`"));
                error.code = Code::UnknownInput;
                let all = self.names.all();
                error.help = match functions().iter().any(|f| f == name) {
                    true => Some(format!("a function has parentheses: `{name}(...)`")),
                    false => suggestion(name, all.iter().map(String::as_str)),
                };
                return Err(error);
            }
        }))
    }

    fn call(&self, name: &str, operands: Vec<Expr>, token: usize) -> Result<Expr, Error> {
        let wrong = |allowed: &str| {
            let mut error = self.wrong_at(token, &format!("`{name}` takes {allowed}"));
            error.code = Code::InputCount;
            Err(error.value(format!("{}", operands.len())))
        };
        let unary = UNARY.into_iter().find(|op| unary_name(*op) == Some(name)).or(match name {
            "ln" => Some(Unary::Ln),
            "not" => Some(Unary::Not),
            _ => None,
        });
        if let Some(op) = unary {
            let [a] = operands.as_slice() else { return wrong("one operand") };
            return Ok(Expr::new(Node::Unary(op, a.clone())));
        }
        if let Some(dtype) = Dtype::ALL.into_iter().find(|d| d.name() == name) {
            let [a] = operands.as_slice() else { return wrong("one operand") };
            return Ok(a.cast(dtype));
        }
        match (name, operands.as_slice()) {
            ("square", [a]) => Ok(a.square()),
            ("square", _) => wrong("one operand"),
            ("min" | "max", [first, rest @ ..]) if !rest.is_empty() => {
                let op = if name == "min" { Binary::Min } else { Binary::Max };
                Ok(rest.iter().fold(first.clone(), |all, x| all.binary(op, x)))
            }
            ("min" | "max", _) => wrong("two operands or more"),
            ("pow", [a, b]) => Ok(a.pow(b)),
            ("atan2", [a, b]) => Ok(a.atan2(b)),
            ("hypot", [a, b]) => Ok(a.hypot(b)),
            ("pow" | "atan2" | "hypot", _) => wrong("two operands"),
            ("clamp", [x, low, high]) => Ok(x.clamp(low, high)),
            ("clamp", _) => wrong("three operands: a number, its least and its greatest value"),
            ("select", [c, a, b]) => Ok(c.select(a, b)),
            ("select", _) => {
                wrong("three operands: a condition, the value where it holds, the value where not")
            }
            _ => {
                let mut error = self.wrong_at(token, &format!("no function is named `{name}`"));
                error.help = suggestion(name, functions().iter().map(String::as_str))
                    .filter(|s| s.starts_with("did"))
                    .or_else(|| Some(format!("there are: {}", functions().join(", "))));
                Err(error)
            }
        }
    }
}

/// Every function that text can name.
pub fn functions() -> Vec<String> {
    let unary = UNARY.into_iter().filter_map(unary_name);
    let others = ["ln", "square", "min", "max", "pow", "atan2", "hypot", "clamp", "select"];
    unary.chain(others).chain(Dtype::ALL.map(Dtype::name)).map(String::from).collect()
}
